//! `rehome undo`: a run in; what is still Rehome's undone, out.

use super::{
    Exit, Printer,
    apply::{Approved, Doing, with_person},
    args::UndoVerb,
    common::{accepted, read_plan},
};
use crate::app::{AppError, undo};

pub(super) fn run(verb: &UndoVerb, printer: &mut Printer) -> Result<Exit, AppError> {
    let file = read_plan(&verb.how.plan.plan, verb.how.plan.env.as_deref(), printer)?;
    let accepted = accepted(&verb.accept)?;
    if accepted.updates.is_some() || accepted.renames {
        return Err(AppError::Usage(
            "an undo has one limit, lost_access: members who would lose access that the run did not give them".to_owned(),
        ));
    }
    let accepted = Approved {
        accepted,
        ..Approved::default()
    };
    with_person(
        Doing::Undo,
        &verb.how,
        accepted,
        printer,
        |options, person, watch| undo(&file, verb.run, options, person, watch),
    )
}
