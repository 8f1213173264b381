//! The form of a system that carries operations out itself.

use super::{Lease, SystemError};
use crate::model::{Account, Answer, Capabilities, Fault, Looked, Observed, Request};

/// Told how far a long reading is: done so far, total where known.
pub type OnProgress<'a> = &'a mut dyn FnMut(u64, Option<u64>);

/// A system that carries operations out itself. Blocking; lives on a thread of its own.
pub trait Direct: Send {
    /// Who it says it is.
    fn account(&self) -> Result<Account, SystemError>;
    /// What it can do.
    fn capabilities(&self) -> Capabilities;
    /// Everything it has, proven complete.
    fn observe(&mut self, progress: OnProgress<'_>) -> Result<Observed, SystemError>;
    /// Carries a request out: all of it or none of it, one outcome a member.
    fn perform(&mut self, request: &Request) -> Result<Answer, Fault>;
    /// Reads the members of a request as they are now.
    fn look(&mut self, request: &Request) -> Result<Looked, Fault>;
    /// Takes or renews the lease for `seconds` from `now` (Unix seconds).
    fn lease(&mut self, lease: &Lease, now: i64, seconds: u32) -> Result<(), SystemError>;
    /// Gives the lease back, if it is held by this holder.
    fn release(&mut self, lease: &Lease) -> Result<(), SystemError>;
}
