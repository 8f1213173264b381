//! Wires the phases together; opens files; owns clock, environment, locks and the state directory.

mod apply;
mod compute;
mod confirm;
mod error;
mod explain;
mod gather;
mod lists;
mod members;
mod observe;
mod plan_file;
mod state_dir;
mod steps;
mod story_of_row;
mod systems;
mod unmapped;
mod verify;
mod watch;

pub use apply::{Applied, ApplyOptions, Person, apply_file, apply_plan};
use compute::inputs;
pub use compute::{Computed, Nobody, compute};
pub use confirm::confirm;
pub use error::AppError;
pub use explain::explain;
pub use gather::{Gathered, gather};
pub use lists::write_lists;
pub use members::members;
pub use observe::{Seen, observe};
pub use plan_file::PlanFile;
pub use state_dir::{StateDir, StateLock, fingerprint};
pub use steps::steps;
pub use systems::Systems;
pub use verify::{Verified, verify, verify_last};
pub use watch::Watch;
