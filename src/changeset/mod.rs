//! The computed difference as one self-contained SQLite file: a row a member, in order of e-mail.

mod error;
mod header;
mod read;
#[cfg(test)]
mod tests;
mod write;

pub use crate::diff::Setup;
pub use error::ChangeSetError;
pub use header::{AcceptedBy, ChangeSetKind, FORMAT, Header, MemberChanges};
pub use read::ChangeSet;
pub use write::ChangeSetWriter;
