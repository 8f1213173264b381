//! `rehome purge`: forgets what is personal in the state of a plan.

use super::{
    Exit, Printer,
    args::PurgeVerb,
    common::{now_ms, read_plan},
};
use crate::{
    app::{AppError, purge},
    text::counted,
};

pub(super) fn run(verb: &PurgeVerb, printer: &mut Printer) -> Result<Exit, AppError> {
    let file = read_plan(&verb.plan.plan, verb.plan.env.as_deref(), printer)?;
    if !verb.yes {
        printer.say(
            "This deletes the record of who was moved; the runs can then be neither undone nor verified. Pass --yes to do it.\n",
        );
        return Ok(Exit::Error);
    }
    let removed = purge(&file, verb.plan.state.as_deref(), now_ms())?;
    printer.result(&format!(
        "Deleted {}. The journal keeps counts and times.\n",
        counted(removed, "change set")
    ));
    Ok(Exit::Done)
}
