//! `rehome verify`: the last run in; what a full reading of the systems finds out.

use super::{
    Exit, Printer,
    apply::verified_text,
    args::{Format, StateVerb},
    common::read_plan,
    progress::Progress,
};
use crate::app::{AppError, StateDir, verify_last};

pub(super) fn run(verb: &StateVerb, printer: &mut Printer) -> Result<Exit, AppError> {
    let file = read_plan(&verb.plan.plan, verb.plan.env.as_deref(), printer)?;
    let state = StateDir::of(&file.plan.targets, &file.folder, verb.plan.state.as_deref())?;
    let progress = Progress::new();
    let verified = verify_last(&state, &progress);
    progress.clear();
    let (run, verified) = verified?;
    match verb.format {
        Format::Json => printer.json(&serde_json::json!({ "version": 1, "run": run, "verified": verified })),
        Format::Text => printer.result(&format!("Run {run}. {}", verified_text(&verified))),
    }
    Ok(if verified.wrong > 0 {
        Exit::Changes
    } else {
        Exit::Done
    })
}
