//! A change set's header in, the steps of its run out: what waits for what, in one total, stable order.
//!
//! The same header gives the same steps in the same order: a run that resumes after a kill finds its place by the
//! number of the step, and `graph` shows what `apply` will do. Risk grows in waves (1, 10, 100, then all), each
//! behind the one before it, so that a mistake in a plan meets one member first.

mod build;
mod cost;
mod order;
mod step;
#[cfg(test)]
mod tests;

pub use build::{COHORT, build};
pub use cost::costs;
pub use step::{Cohort, Step, StepGraph, StepId, StepKind, Waves};
