//! The number of a run in its journal.

/// A run's number, counted from 1 in a state directory.
pub type RunId = u64;
