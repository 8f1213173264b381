//! Targets in; the folder that remembers their runs, and who is at work, out.

pub(super) mod free_space;
pub(super) mod identity;
pub(super) mod state_dir;
pub(super) mod unsafe_location;
