//! One member of a plan in; the story of that member out.

pub(super) mod member;
pub(super) mod record;
