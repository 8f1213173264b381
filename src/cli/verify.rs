//! `rehome verify`: the last run in; what a full reading of the systems finds out.

use super::{
    Exit, Printer,
    apply::verified_text,
    args::{Format, StateVerb},
    common::read_plan,
    progress::Progress,
};
use crate::{
    app::{AppError, LookAt, StateDir, verify_last},
    report::printable,
};

pub(super) fn run(verb: &StateVerb, printer: &mut Printer) -> Result<Exit, AppError> {
    let file = read_plan(&verb.plan.plan, verb.plan.env.as_deref(), printer)?;
    let state = StateDir::of(&file.plan.targets, &file.folder, verb.plan.state.as_deref())?;
    let progress = Progress::new();
    let verified = verify_last(&state, &progress);
    progress.clear();
    let (run, verified) = verified?;
    match verb.format {
        Format::Json => printer.json(&serde_json::json!({ "version": 1, "run": run, "verified": verified })),
        Format::Text => printer.result(&format!(
            "Run {run}. {}{}",
            verified_text(&verified),
            look_at_text(&verified.look_at)
        )),
    }
    Ok(if verified.wrong > 0 {
        Exit::Changes
    } else {
        Exit::Done
    })
}

/// Some people, each a line, for a person to look at.
fn look_at_text(people: &[LookAt]) -> String {
    if people.is_empty() {
        return String::new();
    }
    let mut text =
        "Look at some of them yourself: can they log in, and do they see what is theirs?\n".to_owned();
    for one in people {
        let offerings: Vec<&str> = one
            .offerings
            .iter()
            .map(crate::model::OfferingKey::as_str)
            .collect();
        let offerings = match offerings.as_slice() {
            [] => "nothing".to_owned(),
            some => some.join(", "),
        };
        text.push_str(&format!(
            "  {}, logs in as {}, sees {offerings}{}\n",
            printable(&one.email),
            printable(&one.login),
            one.link
                .as_ref()
                .map_or(String::new(), |link| format!("\n    {link}"))
        ));
    }
    text
}
