//! The computed difference as one self-contained SQLite file: one row per member, by email address.
//!
//! A change set is applied as it was signed: it contains all that a run needs, and no plan or export is read
//! again. A file may be damaged or forged, so the reader checks limits and every value first. Its fingerprint
//! identifies the run in the journal; the ids of effects follow from it, which is why its rows never change after
//! writing.

mod checksum;
mod error;
mod header;
mod read;
mod recount;
mod signature;
#[cfg(test)]
mod tests;
mod write;

pub use crate::diff::{EmailSetup, OfferingSetup, Setup};
pub use error::ChangeSetError;
pub use header::{AcceptedBy, ChangeSetKind, FORMAT, Header, MemberChanges};
pub use read::ChangeSet;
pub use signature::{SignatureHasher, same_signature};
pub use write::ChangeSetWriter;
