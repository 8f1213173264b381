//! One member of a plan in; the story of that member out.

mod changes;
mod context;
mod findings;
pub(super) mod member;
mod now;
pub(super) mod read_again;
mod records;
mod values;
mod wanted;
