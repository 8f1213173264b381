//! The systems that a plan names in; connections to them, and what they contain, out.

pub(super) mod bind_offerings;
pub(super) mod connection;
pub(super) mod observe;
pub(super) mod run_systems;
pub(super) mod secret_request;
pub(super) mod secrets;
pub(super) mod site;
