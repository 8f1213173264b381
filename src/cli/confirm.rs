//! `rehome confirm`: a person says that the work of a checkpoint is done.

use super::{
    Exit, Printer,
    args::ConfirmVerb,
    common::{now_ms, read_plan},
};
use crate::app::{AppError, confirm};

pub(super) fn run(verb: &ConfirmVerb, printer: &mut Printer) -> Result<Exit, AppError> {
    let file = read_plan(&verb.plan.plan, verb.plan.env.as_deref(), printer)?;
    let who = confirm(&file, verb.plan.state.as_deref(), &verb.checkpoint, now_ms())?;
    printer.result(&format!(
        "Recorded: {} is done (confirmed by {who}).\n",
        verb.checkpoint
    ));
    Ok(Exit::Done)
}
