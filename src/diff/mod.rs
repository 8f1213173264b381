//! Wanted and observed in; changes, each with an action and a named reason, out.
//!
//! [`compare()`] walks both by email address, once. What it says of one member is a list of [`ChangeKind`]s
//! (few distinct lists occur: a [`Shapes`] numbers them) and the personal values beside them.
//!
//! Every difference between wanted and observed becomes a change, also one that is not applied: it then has a
//! [`Reason`](crate::model::Reason). So the reconciliation adds up, and nothing is left out without a word. Both
//! sides are by email address, which makes the comparison one walk in constant memory per member. The result
//! does not depend on how members are split between threads: numbers and samples of a signed summary must be
//! reproducible.

mod acceptance;
mod change_kind;
mod compare;
mod cost;
mod difference;
mod limits;
mod login_given;
mod logins;
mod members;
mod name_limits;
mod observations;
mod ownership;
mod reconciliation;
mod recount;
mod refusal;
mod renames;
mod setup;
mod site_names;
mod site_offerings;
mod tag_choices;
mod tag_names;
mod unapplied;
mod undo;

pub use crate::plan::Limits;
pub use acceptance::{Acceptance, Accepted, WrongAcceptance};
pub use change_kind::{ChangeKind, Names, ShapeId, Shapes, What};
pub use compare::{compare, compare_in_parts};
pub use cost::{Cost, Costs};
pub use difference::{
    Ahead, ChangeGroups, Difference, IdleCanary, MemberCounts, MemberTotals, NAMED, NamedMembers, SAMPLES,
    Sample, ShapeCount, Waiting, sample_rank,
};
pub use login_given::LoginGiven;
pub use logins::Logins;
pub use members::member_diff::{MemberDiff, OwnedDiff, Value};
pub use name_limits::refused_names;
pub use observations::{Observations, Sink};
pub use ownership::{of_other_migrations, remembered_elsewhere};
pub use reconciliation::{KeptAccess, NotWanted, OfferingLine};
pub use recount::{ListedRow, Recount};
pub use refusal::Refusal;
pub use renames::Renames;
pub use setup::{EmailSetup, OfferingSetup, Setup, setup};
pub use tag_choices::choose_tags;
pub use tag_names::refused_tag_names;
pub use unapplied::Unapplied;
pub use undo::{Done, Now, Undo};
