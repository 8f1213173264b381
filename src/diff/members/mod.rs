//! Members and what the systems contain, by email address address, in; changes, totals and listed members out.

pub(super) mod compare_all;
pub(super) mod compare_members;
pub(super) mod contact_ids;
pub(super) mod context;
pub(super) mod listed_member;
pub(super) mod member;
pub(super) mod member_diff;
pub(super) mod partition;
pub(super) mod rows;
pub(super) mod tags;
pub(super) mod totals;
pub(super) mod unlisted;
