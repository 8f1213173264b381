//! Records of payments in; what each one means in the end out.

pub(super) mod billing;
pub(super) mod fold;
pub(super) mod outcomes;
pub(super) mod rows;
