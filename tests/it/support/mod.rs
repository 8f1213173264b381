//! What several tests build their inputs with: small plans, random worlds, and the systems that they run against.

pub(crate) mod in_parts;
pub(crate) mod inline;
pub(crate) mod plan;
