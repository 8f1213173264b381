//! `rehome verify`: the last run and the plan in; what a full reading of the systems finds, member by member, out.

use super::{
    Exit, Printer,
    apply::verified_text,
    args::StateVerb,
    common::{moment, read_plan, say_moved},
    progress::Progress,
    shared_args::Format,
};
use crate::{
    app::{AppError, ByPlan, LookAt, StateDir, verify_last, verify_plan},
    model::OfferingKey,
    report::unapplied_text,
    text::{amount, counted, printable},
};

pub(super) fn run(verb: &StateVerb, printer: &mut Printer) -> Result<Exit, AppError> {
    let file = read_plan(&verb.plan.plan, verb.plan.env.as_deref(), printer)?;
    let state = StateDir::find(&file.plan.targets, &file.folder, verb.plan.state.as_deref())?;
    say_moved(&state, printer);
    let progress = Progress::new();
    let verified = verify_last(&state, &progress);
    let by_plan = verified.is_ok().then(|| verify_plan(&file, moment(), &progress));
    progress.clear();
    let (run, verified) = verified?;
    // Exports may be gone by now: then the run alone is compared.
    let by_plan = match by_plan.transpose() {
        Ok(by_plan) => by_plan,
        Err(error) => {
            super::failure::explain(&error, printer);
            printer.say("Only the members of the run were compared, not the whole plan.\n");
            None
        }
    };
    match verb.format {
        Format::Json => printer
            .json(&serde_json::json!({ "version": 1, "run": run, "verified": verified, "plan": by_plan })),
        Format::Text => printer.result(&format!(
            "Run {run}. {}{}",
            verified_text(&verified),
            by_plan.as_ref().map(by_plan_text).unwrap_or_default()
        )),
    }
    let different = !verified.is_right() || by_plan.as_ref().is_some_and(|by_plan| by_plan.different > 0);
    let left = by_plan.is_some_and(|by_plan| !by_plan.not_applied.is_empty()) || verified.left_out > 0;
    Ok(match (different, left) {
        (true, _) => Exit::Changes,
        (false, true) => Exit::Partly,
        (false, false) => Exit::Done,
    })
}

/// All members of the plan, and a few to check by hand.
fn by_plan_text(by_plan: &ByPlan) -> String {
    let mut text = format!(
        "Compared with the plan and its exports as they are now: {}, {} different, {} in conflict or blocked.\n",
        counted(by_plan.members, "member"),
        amount(by_plan.different),
        amount(by_plan.not_applied.conflicts + by_plan.not_applied.blocked)
    );
    text.push_str(&unapplied_text(&by_plan.not_applied));
    text.push_str(&look_at_text(&by_plan.look_at));
    text
}

/// Some people, each a line, for a person to look at.
fn look_at_text(people: &[LookAt]) -> String {
    if people.is_empty() {
        return String::new();
    }
    let mut text = "Check a few yourself: can they log in, and do they see what they should?\n".to_owned();
    for one in people {
        let offerings: Vec<&str> = one.offerings.iter().map(OfferingKey::as_str).collect();
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
