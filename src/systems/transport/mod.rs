//! Exchanges in, their results out: the one place that has sockets, and the one that paces, waits and tries again.

mod credentials;
mod drive;
mod http;
mod pace;
mod paced;
mod retry;
mod shown;
mod waits;

pub use credentials::Credentials;
pub use drive::{Watcher, drive, drive_telling, drive_watched};
pub use http::{HttpTransport, TransportOptions};
pub use pace::Pacer;
pub use paced::PacedWire;
pub use retry::RetryPolicy;
pub use waits::{WAITS, announce};
