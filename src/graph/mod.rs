//! A change set's header in, the steps of its run out: what waits for what, in one total, stable order.

mod build;
mod cost;
mod order;
mod step;
#[cfg(test)]
mod tests;

pub use build::{COHORT, build};
pub use cost::costs;
pub use step::{Cohort, Step, StepGraph, StepId, StepKind, Waves};
