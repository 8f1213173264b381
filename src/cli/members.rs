//! `rehome members`: a plan in; what its systems hold now out.

use super::{
    Exit, Printer,
    args::{ListFormat, MembersVerb},
    common::read_plan,
    progress::Progress,
};
use crate::{
    app::{AppError, members},
    report::{members_csv, members_json, members_text},
};

pub(super) fn run(verb: &MembersVerb, printer: &mut Printer) -> Result<Exit, AppError> {
    let file = read_plan(&verb.plan.plan, verb.plan.env.as_deref(), printer)?;
    let progress = Progress::new();
    let rows = members(&file, &progress);
    progress.clear();
    let (rows, cannot_write) = rows?;
    if let Some(why) = cannot_write {
        printer.say(&format!("This site cannot be written to at the moment: {why}\n"));
    }
    match verb.format {
        ListFormat::Text => printer.result(&members_text(&rows)),
        ListFormat::Csv => printer.machine(|out| members_csv(&rows, out)),
        ListFormat::Json => printer.machine(|out| members_json(&rows, out)),
    }
    Ok(Exit::Done)
}
