//! Cells of mapped columns in; what each gives out.

pub(super) mod asked;
pub(super) mod carried_tags;
pub(super) mod cell;
pub(super) mod correct;
pub(super) mod days;
pub(super) mod field;
pub(super) mod mapper;
pub(super) mod row_grant;
pub(super) mod row_key;
pub(super) mod rule_index;
