//! The wanted state in; the audit as text and JSON out.

pub(super) mod figures;
pub(super) mod text;
