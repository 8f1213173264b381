//! A difference in; the lists of members that a person opens in a spreadsheet out.

mod billing;
pub(super) mod csv;
pub(super) mod logins;
pub(super) mod mapping;
pub(super) mod renames;
pub(super) mod write;
