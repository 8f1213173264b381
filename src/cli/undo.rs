//! `rehome undo`: a run in; what is still Rehome's undone, out.

use super::{
    Exit, Printer,
    apply::{Approved, Doing, with_person},
    args::UndoVerb,
    common::read_plan,
};
use crate::app::{AppError, undo};

pub(super) fn run(verb: &UndoVerb, printer: &mut Printer) -> Result<Exit, AppError> {
    let file = read_plan(&verb.how.plan.plan, verb.how.plan.env.as_deref(), printer)?;
    let nothing = Approved::default();
    with_person(
        Doing::Undo,
        &verb.how,
        nothing,
        printer,
        |options, person, watch| undo(&file, verb.run, options, person, watch),
    )
}
