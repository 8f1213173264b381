//! Everything gathered in; the wanted state out.

pub(super) mod accounting;
pub(super) mod coverage;
pub(super) mod finish;
pub(super) mod wanted;
