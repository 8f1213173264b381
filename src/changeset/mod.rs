//! The computed difference as one self-contained SQLite file: a row a member, in order of e-mail.

mod header;

pub use header::{ChangeSetKind, Header, MemberChanges, Setup};
