//! Events in, commands out: the state machine of a run.

pub(super) mod cohorts;
pub(super) mod context;
pub(super) mod in_flight;
pub(super) mod jobs;
pub(super) mod machine;
pub(super) mod outcomes;
pub(super) mod parts;
pub(super) mod requests;
pub(super) mod setup;
#[cfg(test)]
mod tests;
