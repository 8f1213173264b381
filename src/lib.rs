//! Plan text to plan, exports to people, people and site to a difference, the difference to steps, steps to a run.
pub mod app;
pub mod changeset;
pub mod cli;
pub mod diagnostics;
pub mod diff;
pub mod graph;
pub mod journal;
pub mod letter;
pub mod model;
pub mod people;
pub mod plan;
pub mod report;
pub mod run;
pub mod sources;
pub mod systems;
pub mod wanted;
