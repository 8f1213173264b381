//! A plan's path in; the plan and everything its sources contain out.

pub(super) mod gather;
pub(super) mod known;
pub(super) mod plan_file;
pub(super) mod profile_file;
