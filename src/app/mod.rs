//! Wires the phases together; opens files; owns clock, environment, locks and the state directory.

mod compute;
mod error;
mod gather;
mod lists;
mod members;
mod observe;
mod plan_file;
mod unmapped;
mod watch;

pub use compute::{Computed, compute};
pub use error::AppError;
pub use gather::{Gathered, gather};
pub use lists::write_lists;
pub use members::members;
pub use observe::{Seen, observe};
pub use plan_file::PlanFile;
pub use watch::Watch;
