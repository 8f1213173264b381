//! A change set, a journal and the systems in; the change set applied, and a report, out.
//!
//! [`Engine`] is a pure machine: events in, commands out, and no clock, thread or network of its own. That is why
//! a simulator can run it with thousands of seeded faults and kills. Only [`run()`] touches the world, and it
//! commits to the journal before it sends, so that a kill at any moment can be resumed without a doubled effect.

mod driver;
mod engine;
mod event;
mod options;
#[cfg(any(test, feature = "planted-bugs"))]
pub mod simulator;
#[cfg(test)]
mod site_edits;
#[cfg(test)]
mod tests;

pub use driver::drive::{Listening, Stop, run, somebody_listens};
pub use engine::context::{PlantedBug, Rules, RunContext, RunMode};
pub use engine::counts::Tally;
pub use engine::preconditions::AccessTags;
pub use engine::state::Engine;
pub use event::{Command, End, Event, Load, LoadFor, Millis, Phase, Question, RunEvent};
pub use options::{ExitClass, Host, Interrupts, Members, Reply, RunError, RunOptions, RunReport, Timings};
