//! A seed in; a run through faults, edits and kills, and the laws that it broke, out.

mod simulation;
pub(super) mod world;

pub use simulation::*;
