//! A record of a member whom several records name, and what it gives.

use crate::{model::RecordRef, wanted::EntitlementId};

/// A record of a member whom several records name, and what it gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrailEntry {
    pub(crate) person: u32,
    /// Where the record is.
    pub record: RecordRef,
    /// What it alone gives.
    pub gives: EntitlementId,
}
