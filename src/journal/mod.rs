//! What a run does, in; what it did, after any kill, out: one SQLite file a state directory.
//!
//! The ids of effects are not stored one by one. They follow from the change set (which says every
//! change of every member) and from the ranges of members that an intent or outcome names; the
//! change set's fingerprint is stored with the run. So a million plain successes cost one row per request.
//!
//! An intent is committed before its request is sent and the outcome after the answer. So after any kill each
//! request is known to be unsent, answered or in doubt; only those in doubt are looked up, and no effect happens
//! twice.

mod entry;
mod error;
mod invitations;
mod open;
mod progress;
mod run_id;
mod run_kind;
mod runs;
mod sign_offs;
#[cfg(test)]
mod tests;
mod write;

pub use entry::{Entry, Exception, Level, Status, StepKey};
pub use error::JournalError;
pub use invitations::{Asked, AskedState, InvitationCount};
pub use open::Journal;
pub use progress::{Doubt, Progress, StepProgress};
pub use run_id::RunId;
pub use run_kind::{RunKind, UnknownRunKind};
pub use runs::{Confirmation, LoggedEvent, NewRun, RunRow, RunState};
pub use sign_offs::{RunSignOff, SignOff};
