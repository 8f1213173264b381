//! Plan and records in; wanted members, coverage, accounting and findings out.
//!
//! One way through: a [`RecordFold`] takes batches of rows in source order and folds them into members;
//! [`RecordFold::finish`] gives the [`Wanted`] state by email address.
//!
//! Folding two records of one member is a union, so the order of records does not change who gets what: exports
//! list their rows in any order. Distinct entitlements are stored once and numbered, because a million members
//! have few of them. Nothing here knows the site; what is wanted can be computed, tested and explained without
//! one.

mod entitlements;
mod gather;
mod map;
mod payments;
mod state;
mod trace;

pub use entitlements::absence::WhenGone;
pub use entitlements::entitlement::{End, Entitlement, EntitlementId, Entitlements, Grant, Opened};
pub use entitlements::resolve::{Resolved, TagTable, WantedTag};
pub use entitlements::schedule::{Expiring, Upcoming};
pub use gather::consent::{ConsentColumn, ConsentSays, ConsentValue, consent_says};
pub use gather::record_fold::RecordFold;
pub use map::asked::{AskedCondition, AskedValue};
pub use map::carried_tags::{CarriedFrom, CarriedProblem, CarriedTrouble, MAX_TAGS};
pub use map::cell::{CellCut, Piece, cut};
pub use map::correct::{Corrected, Corrector};
pub use map::days::{CellProblem, CellTrouble};
pub use map::effect_meaning::GrantState;
pub use map::rule_index::RuleIndex;
pub use map::status::{StatusColumn, StatusValue};
pub use payments::billing::{Billing, BillingLine};
pub use payments::fold::PaymentOutcome;
pub use payments::outcomes::PaymentOutcomes;
pub use payments::rows::{EventCell, EventTrouble};
pub use state::accounting::{Accounting, LeftOut, SourceCount};
pub use state::coverage::{AmbiguousCell, ColumnCoverage, Coverage, Rivals, ValueCount};
pub use state::trail::TrailEntry;
pub use state::wanted::{CarriedCount, PaymentRecords, RecordProblems, Wanted, WantedMember};
pub use trace::origins::{Origin, origins};
pub use trace::row::{ConditionTrace, DripTrace, GrantTrace, RowTrace, RowTracer, ValueOutcome, ValueTrace};
