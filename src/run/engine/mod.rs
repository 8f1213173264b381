//! Events in, commands out: the state machine of a run.

pub(super) mod cohorts;
pub(super) mod context;
pub(super) mod counts;
pub(super) mod faults;
pub(super) mod group;
pub(super) mod in_flight;
pub(super) mod jobs;
pub(super) mod lifecycle;
pub(super) mod machine;
pub(super) mod outcomes;
pub(super) mod parts;
pub(super) mod pending;
pub(super) mod preconditions;
pub(super) mod record;
pub(super) mod requests;
pub(super) mod schedule;
pub(super) mod setup;
pub(super) mod state;
pub(super) mod steps;
#[cfg(test)]
mod tests;
