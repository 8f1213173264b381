//! The records of one member, read again, in; why the fold gave the member what it did, out.
//!
//! A million members need not carry what only one is asked about, so `explain` reads that member's records again.
//! Everything here asks the functions of the fold, and says what they answered: there is no second interpretation
//! of a row. A law holds what is said against what the fold gave (`tests/it/random_plans.rs`).

pub(super) mod origins;
pub(super) mod row;
