//! One file per verb: what a command asks for in, what it did or found out.

pub(super) mod apply;
pub(super) mod compute;
pub(super) mod confirm;
pub(super) mod demo;
pub(super) mod doctor;
mod doctor_server;
pub(super) mod effective_access;
pub(super) mod examined;
pub(super) mod graph;
pub(super) mod members;
pub(super) mod purge;
pub(super) mod simulate;
pub(super) mod undo;
pub(super) mod undos;
mod valid_until;
pub(super) mod value_people;
pub(super) mod verify;
pub(super) mod verify_plan;
mod view;
