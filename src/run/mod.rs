//! A change set, a journal and the systems in; the change set carried out, and a report, out.

mod compare;
mod engine;
mod engine_cohorts;
mod engine_flights;
mod engine_outcomes;
#[cfg(test)]
mod engine_tests;
mod event;
mod flight;
mod options;
mod setting;
mod shell;
#[cfg(any(test, feature = "planted-bugs"))]
pub mod simulator;
mod site_link;
mod site_thread;
mod talk;
#[cfg(test)]
mod tests;
#[cfg(any(test, feature = "planted-bugs"))]
mod world;

pub use engine::{Engine, Tally};
pub use event::{Command, End, Event, Load, LoadFor, Millis, Phase, Question, RunEvent};
pub use options::{ExitClass, Host, Interrupts, Members, RunError, RunOptions, RunReport, Timings};
pub use setting::{Goal, PlantedBug, Rules, Setting};
pub use shell::{Stop, run};
