//! Kit (`ConvertKit` before), through its API v4: contact IDs, tags and fields live there.
//!
//! - With an OAuth access token, one request creates up to 100 contacts, or adds up to 100 pairs of a contact and a tag;
//!   with a key, one contact, or one tag of one contact. Rows come back in another order and without the tag: what was
//!   sent and is in no failure is done.
//! - A person is created without being subscribed (`inactive`), or as unsubscribed (`cancelled`). Nobody becomes `active`.
//! - Lists lag by up to five minutes; what is read by ID does not. Lists show only active people unless they are asked for
//!   all.
//! - The last name is a custom field.
//! - "Too many requests" is a line of text without a time to wait.

mod account;
mod add_pairs;
mod add_tag;
mod chosen;
mod create_tag;
mod cursor;
mod declaration;
mod fault;
mod field_book;
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
mod subscriber;
mod tag_pages;
#[cfg(test)]
mod tests;
mod write_contacts;
mod write_steps;

pub use declaration::DECLARATION;
pub use fault::CONVENTIONS;
pub use handshake::Handshake;
pub use protocol::Kit;

use super::contact_system::ContactSystem;
use declaration::WHO;

/// Kit, for the list of contact systems.
pub const SYSTEM: ContactSystem = ContactSystem {
    declaration: &DECLARATION,
    open: open::open,
    simulate: Some(server::simulate),
    #[cfg(test)]
    subject: subject::subject,
};
