//! The practice CRM: a contact system over HTTP that Rehome brings along, so that a migration can be
//! rehearsed with real requests, real limits and real faults. The two halves share only the wire,
//! which `docs/practice-crm.md` writes down.

mod cursor;
mod fault;
mod handshake;
mod protocol;
mod read;
pub mod server;
#[cfg(test)]
mod tests;
mod wire;

pub use fault::CONVENTIONS;
pub use handshake::Handshake;
pub use protocol::Simulated;

/// How messages name it.
const WHO: &str = "the practice CRM";
