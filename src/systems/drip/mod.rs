//! Drip, through its API v2.
//!
//! - The token can access several accounts; all paths contain the account's ID.
//! - Subscribers have opaque IDs and one address each. Tags are texts without IDs: they come into existence when the
//!   first subscriber gets one, and they cannot be created.
//! - One request creates or changes up to 1,000 subscribers with their fields and tags. Its response is always 201 and
//!   `{}`, it is carried out later, and nobody is told whom it dropped: everything that went in a batch is read back. One
//!   subscriber alone is written at once, and the response has the ID.
//! - Tags are removed one by one. A batch may not remove any.
//! - Pages are numbered and have no stable order: the result set is frozen, and each subscriber counts once.
//! - A status is sent only to unsubscribe. `active` would subscribe again whoever unsubscribed, and `initial_status` may.

mod account;
mod chosen;
mod cursor;
mod declaration;
mod fault;
mod field_names;
mod handshake;
mod open;
mod probe;
mod protocol;
mod read;
mod remove_tag;
mod request;
#[cfg(test)]
mod response_tests;
pub mod server;
#[cfg(test)]
mod subject;
#[cfg(test)]
mod tests;
mod write_subscribers;

pub use declaration::DECLARATION;
pub use fault::CONVENTIONS;
pub use handshake::Handshake;
pub use protocol::Drip;

use super::contact_system::ContactSystem;
use declaration::WHO;

/// Drip, for the list of contact systems.
pub const SYSTEM: ContactSystem = ContactSystem {
    declaration: &DECLARATION,
    open: open::open,
    simulate: Some(server::simulate),
    #[cfg(test)]
    subject: subject::subject,
};
