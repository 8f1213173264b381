//! The practice CRM: a contact system over HTTP that Rehome brings along, so that a migration can be
//! rehearsed with real requests, real limits and real faults. The two halves share only the wire,
//! which `docs/practice-crm.md` writes down.

mod cursor;
mod declaration;
mod fault;
mod handshake;
mod open;
mod protocol;
mod read;
pub mod server;
#[cfg(test)]
mod server_tests;
#[cfg(test)]
mod subject;
#[cfg(test)]
mod tests;
mod wire;

pub use declaration::DECLARATION;
use declaration::WHO;
pub use fault::CONVENTIONS;
pub use handshake::Handshake;
pub use protocol::Simulated;

use super::contact_system::ContactSystem;

/// The practice CRM, for the list of contact systems.
pub const SYSTEM: ContactSystem = ContactSystem {
    declaration: &DECLARATION,
    open: open::open,
    simulate: Some(server::simulate),
    #[cfg(test)]
    subject: subject::subject,
};
