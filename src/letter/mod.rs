//! Emails as text: a Markdown body with merge fields in, an email of HTML and plain text out.
//!
//! A person's name may be hostile: it goes through the Markdown parser as a placeholder (`placeholder.rs`)
//! and is written into the finished email as text.
//!
//! Nothing is sent here, so that an email can be viewed, saved and tested without an email server.

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

/// An email for one person, ready to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// One line.
    pub subject: String,
    /// A whole HTML document.
    pub html: String,
    /// The same as plain text, links written out.
    pub text: String,
}
