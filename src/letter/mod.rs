//! Emails as text: a Markdown body with merge fields in, a mail of HTML and plain text out.
//!
//! What a person is called is hostile: it goes through the Markdown parser as a placeholder (`placeholder.rs`)
//! and is written into the finished mail as text.
//!
//! Nothing is sent here, so that an email can be viewed, saved and tested without a mail server.

mod eml;
mod fields;
mod html;
mod links;
mod placeholder;
mod plain;
mod template;
#[cfg(test)]
mod tests;

pub use eml::{Envelope, eml};
pub use fields::{FIELDS, Fields, known};
pub use template::{Part, Problem, Template, Wrong};

/// A mail for one person, ready to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// One line.
    pub subject: String,
    /// A whole HTML document.
    pub html: String,
    /// The same as plain text, links written out.
    pub text: String,
}
