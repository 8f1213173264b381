//! The practice CRM: a contact system over HTTP that Rehome brings along, so that a migration can be
//! rehearsed with real requests, real limits and real faults. The two halves share only the wire,
//! which `docs/practice-crm.md` writes down.

mod cursor;
mod declaration;
mod greet;
mod protocol;
mod read;
pub mod server;
#[cfg(test)]
mod tests;

pub use declaration::DECLARATION;
pub use greet::Greet;
pub use protocol::Simulated;

use super::{
    contact_system::{ContactSystem, OpenedContacts},
    fault_of_status,
    transport::Credentials,
};

/// The practice CRM, for the list of contact systems.
pub const SYSTEM: ContactSystem = ContactSystem {
    declaration: &DECLARATION,
    open: |target, secrets| OpenedContacts {
        greeting: Box::new(Greet::new(&target.url)),
        credentials: secrets
            .get("token")
            .map_or(Credentials::None, |token| Credentials::Bearer(token.clone())),
        fault: fault_of_status,
    },
};

/// How messages name it.
const WHO: &str = "the practice CRM";
