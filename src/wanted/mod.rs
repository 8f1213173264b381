//! Plan and records in; wanted members, coverage, accounting and findings out.
//!
//! One way through: a [`Gatherer`] takes batches of rows in source order and folds them into members;
//! [`Gatherer::finish`] gives the [`Wanted`] state in order of e-mail.

mod accounting;
mod addresses;
mod billing;
mod cell;
mod coverage;
mod days;
mod effect;
mod entitlement;
mod event_fates;
mod event_rows;
mod events;
mod gather;
mod mapper;
mod people;
mod resolve;
mod row_key;
mod schedule;
mod state;

pub use accounting::{Accounting, LeftOut, SourceCount};
pub use billing::{Billing, BillingLine};
pub use cell::{CellCut, Piece, cut};
pub use coverage::{AmbiguousCell, ColumnCoverage, Coverage, ValueCount};
pub use days::{CellProblem, CellTrouble, DateColumns};
pub use effect::{Held, meets, open_modules};
pub use entitlement::{End, Entitlement, EntitlementId, Entitlements, Grant, Opened};
pub use event_fates::Fates;
pub use event_rows::{EventCell, EventTrouble};
pub use events::Fate;
pub use gather::{Gatherer, SourceInput};
pub use resolve::{Resolved, TagTable, WantedTag};
pub use schedule::{Expiring, Upcoming};
pub use state::{TrailEntry, Wanted, WantedMember};
