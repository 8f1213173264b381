//! Grants and revokes in; what they mean on the site out.

pub(super) mod absence;
pub(super) mod entitlement;
pub(super) mod resolve;
pub(super) mod schedule;
