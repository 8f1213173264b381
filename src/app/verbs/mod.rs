//! One file per verb: what a command asks for in, what it did or found out.

pub(super) mod apply;
pub(super) mod compute;
pub(super) mod confirm;
pub(super) mod effective_access;
pub(super) mod graph;
pub(super) mod members;
pub(super) mod purge;
pub(super) mod simulate;
pub(super) mod undo;
pub(super) mod undos;
pub(super) mod value_people;
pub(super) mod verify;
pub(super) mod verify_plan;
mod view;
