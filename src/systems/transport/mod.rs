//! Requests as values in, answers or faults out: the one place that has sockets.

mod http;
mod pace;
mod paced;
mod read_all;

pub use http::{Credentials, FaultOf, HttpTransport, TransportOptions};
pub use pace::Pacer;
pub use paced::{PacedWire, now_ms};
pub use read_all::{Patience, fetch, read_all};
