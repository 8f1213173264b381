//! Everything gathered in; the wanted state out.

pub(super) mod accounting;
pub(super) mod ahead;
pub(super) mod coverage;
pub(super) mod finish;
pub(super) mod trail;
pub(super) mod wanted;
