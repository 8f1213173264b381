//! Wires the phases together; opens files; owns clock, environment, locks and the state directory.
//!
//! Everything impure that the layers below refuse to own is here. A verb that writes takes the lock of its
//! [`StateDir`] first: two runs at once would not know what the other has just changed.

mod connect;
mod error;
mod explain;
mod inputs;
mod invite;
mod lists;
mod progress;
mod state;
mod verbs;

pub use connect::observe::{Seen, observe};
pub use connect::secret_request::SecretRequest;
pub use error::AppError;
pub use explain::member::explain;
pub use inputs::gather::{audit_files, gather, gather_all};
pub use inputs::known::known;
pub use inputs::plan_file::PlanFile;
pub use inputs::profile_file::profile_from_file;
pub use invite::{
    EmailReport, InviteEnd, InviteHost, InviteOptions, InviteView, Invited, Listed, ViewedEmail, invite,
};
pub use lists::mapping::write_unmapped;
pub use lists::write::write_lists;
pub use progress::ProgressReporter;
pub use state::state_dir::{StateDir, StateLock};
pub use verbs::apply::{Applied, ApplyOptions, Person, apply_file, apply_plan};
pub use verbs::compute::{Computed, Moment, NullSink, compute};
pub use verbs::confirm::confirm;
pub use verbs::demo::{DEMO_PLAN, write_demo};
pub use verbs::doctor::doctor;
pub use verbs::examined::{Checked, Examined};
pub use verbs::graph::steps;
pub use verbs::members::members;
pub use verbs::purge::purge;
pub use verbs::simulate::simulate;
pub use verbs::undo::undo;
pub use verbs::value_people::{GainedAccess, ValuePeople, value_people};
pub use verbs::verify::{Verified, verify, verify_last};
pub use verbs::verify_plan::{ByPlan, LookAt, verify_plan};
