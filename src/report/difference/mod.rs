//! A difference in; text, JSON and Markdown out.

pub(super) mod brief;
pub(super) mod change_groups;
mod cost;
pub(super) mod json;
pub(super) mod markdown;
pub(super) mod member_lines;
pub(super) mod reconciliation;
mod setup;
pub(super) mod text;
pub(super) mod view;
