//! Cells of mapped columns in; what each gives out.

pub(super) mod asked;
pub(super) mod carried_tags;
pub(super) mod cell;
pub(super) mod condition;
pub(super) mod correct;
pub(super) mod days;
pub(super) mod effect_meaning;
pub(super) mod entry_end;
pub(super) mod field;
pub(super) mod mapper;
pub(super) mod person_cells;
pub(super) mod row_grant;
pub(super) mod row_key;
pub(super) mod row_view;
pub(super) mod rule_index;
pub(super) mod status;
