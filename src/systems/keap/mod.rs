//! Keap, through its REST API v2: contact IDs, tags and fields live there.
//!
//! - One request creates or changes one contact; one adds one tag to at most 100 contacts, and says a word of each.
//! - An array in a change replaces what is stored, so a contact is read, merged and written.
//! - A contact has up to three addresses; each of them identifies it.
//! - Who has opted out is opted out by a request about the address, before any tag is added. Nobody is opted in:
//!   `opt_in_reason` is never sent.
//! - Every field but the standard ones has an ID of its own, which the account's model lists.
//! - The gateway in front of Keap answers in its own form when it throttles or refuses.

mod account;
mod books;
mod change_tag;
mod chosen;
mod contact;
mod create_field;
mod create_tag;
mod cursor;
mod declaration;
mod duplicates;
mod fault;
mod fields;
mod handshake;
mod merge;
mod open;
mod probe;
mod protocol;
mod read;
mod request;
#[cfg(test)]
mod response_tests;
mod rows;
pub mod server;
#[cfg(test)]
mod subject;
mod tag_pages;
#[cfg(test)]
mod tests;
mod write_contact;

pub use declaration::DECLARATION;
pub use fault::CONVENTIONS;
pub use handshake::Handshake;
pub use protocol::Keap;

use super::contact_system::ContactSystem;
use declaration::WHO;

/// Keap, for the list of contact systems.
pub const SYSTEM: ContactSystem = ContactSystem {
    declaration: &DECLARATION,
    open: open::open,
    simulate: Some(server::simulate),
    #[cfg(test)]
    subject: subject::subject,
};
