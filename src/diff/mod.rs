//! Wanted and observed in; changes, each with an action and a named reason, out.
//!
//! [`compare`] walks both in order of e-mail, once. What it says of one member is a list of [`Kind`]s
//! (few distinct lists occur: a [`Shapes`] numbers them) and the personal values beside them.

mod acceptance;
mod compare;
mod contact_ids;
mod difference;
mod ground;
mod kept_names;
mod kind;
mod ledger;
mod limits;
mod logins;
mod member;
mod parts;
mod reconcile;
mod renames;
mod rows;
mod setup;
mod strangers;
mod tags;
mod told;
mod undo;
mod walk;

pub use acceptance::{Acceptance, Accepted, WrongAcceptance};
pub use compare::{Observations, Sink, compare, compare_in_parts};
pub use difference::{
    Ahead, Difference, IdleCanary, MemberCounts, NAMED, SAMPLES, Sample, ShapeCount, Waiting, sample_rank,
};
pub use kind::{Kind, Names, ShapeId, Shapes, What};
pub use limits::Refusal;
pub use logins::{LoginGiven, Logins};
pub use member::{MemberDiff, OwnedDiff, Value};
pub use reconcile::{KeptAccess, NotWanted, OfferingLine};
pub use renames::Renames;
pub use setup::{Setup, setup};
pub use undo::{Done, Now, Undo};
