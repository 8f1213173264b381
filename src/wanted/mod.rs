//! Plan and records in; wanted members, coverage, accounting and findings out.
//!
//! One way through: a [`Gatherer`] takes batches of rows in source order and folds them into members;
//! [`Gatherer::finish`] gives the [`Wanted`] state in order of e-mail.

mod absence;
mod accounting;
mod addresses;
mod billing;
mod carried;
mod cell;
mod correct;
mod coverage;
mod days;
mod effect;
mod entitlement;
mod event_fates;
mod event_rows;
mod events;
mod field;
mod gather;
mod keys;
mod mapper;
mod people;
mod registered;
mod resolve;
mod row_key;
mod rule_index;
mod schedule;
mod state;
mod text_index;
mod unmet;

pub use absence::WhenGone;
pub use accounting::{Accounting, LeftOut, SourceCount};
pub use billing::{Billing, BillingLine};
pub use carried::{CarriedFrom, CarriedProblem, CarriedTrouble, MAX_TAGS};
pub use cell::{CellCut, Piece, cut};
pub use correct::{Corrected, Corrector};
pub use coverage::{AmbiguousCell, ColumnCoverage, Coverage, Rivals, ValueCount};
pub use days::{CellProblem, CellTrouble, DateColumns};
pub use effect::{Held, meets, open_modules};
pub use entitlement::{End, Entitlement, EntitlementId, Entitlements, Grant, Opened};
pub use event_fates::Fates;
pub use event_rows::{EventCell, EventTrouble};
pub use events::Fate;
pub use field::field_value;
pub use gather::{Gatherer, SourceInput};
pub use resolve::{Resolved, TagTable, WantedTag};
pub use rule_index::RuleIndex;
pub use schedule::{Expiring, Upcoming};
pub use state::{CarriedCount, TrailEntry, Wanted, WantedMember};
pub use unmet::Unmet;
