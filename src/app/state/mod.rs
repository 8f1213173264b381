//! Targets in; the folder that remembers their runs, and who is at work, out.

pub(super) mod account_lock;
pub(super) mod bindings;
pub(super) mod find_state;
pub(super) mod free_space;
pub(super) mod identity;
pub(super) mod state_dir;
pub(super) mod unsafe_location;
