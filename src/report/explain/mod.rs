//! The story of a member in; text and JSON out.

pub(super) mod story;
pub(super) mod text;
