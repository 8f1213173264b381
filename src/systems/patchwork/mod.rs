//! The patchwork CRM: a contact system for tests that has the awkward habits of real ones, all of them at once. It
//! proves that the seam for contact systems can express them.
//!
//! It is in no release: only the feature `practice-systems`, which the tests switch on, builds it.
//!
//! - One request creates or changes one contact, adds one tag to at most 25 contacts, or takes one tag from one.
//! - Tags and contacts have IDs, as a number here and as text there. A tag may have a category, and two tags of different
//!   categories may have the same name; names that differ only in case are the same.
//! - A list in a change replaces what is stored: the fields of a contact are read, merged and written.
//! - A person whom it rejects is 400, 409 or 422.
//! - More than a few contacts a tag become a job, which answers later.
//! - Lists and searches lag; what is read by ID does not. The last page has a token that is blank, `null`, or not there.
//! - Requests are limited per second, minute and day, and those that tag once more per minute; it says so in headers of
//!   its own. It refuses to change a contact that is being changed.
//! - A proxy answers in its place at times.

mod account;
mod add_tag;
mod create_tag;
mod cursor;
mod declaration;
mod fault;
mod handshake;
mod job;
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
mod tag_pages;
#[cfg(test)]
mod tests;
mod write_contact;

pub use declaration::DECLARATION;
pub use fault::CONVENTIONS;
pub use handshake::Handshake;
pub use protocol::Patchwork;

use super::contact_system::ContactSystem;
use declaration::WHO;

/// The patchwork CRM, for the list of contact systems.
pub const SYSTEM: ContactSystem = ContactSystem {
    declaration: &DECLARATION,
    open: open::open,
    simulate: None,
    #[cfg(test)]
    subject: subject::subject,
};
