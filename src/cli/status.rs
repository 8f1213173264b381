//! `rehome status` and `rehome log`: what the journal says of the runs.

use serde_json::{Value, json};

use super::{
    Exit, Printer,
    args::StateVerb,
    common::{again, read_plan, say_moved},
    shared_args::Format,
};
use crate::{
    app::{AppError, StateDir},
    journal::{InvitationCount, Journal, LoggedEvent, RunRow, RunSignOff, Status},
    text::{Table, amount, printable},
};

/// The journal of a plan; `None` if nothing was ever applied, which is said.
fn open(verb: &StateVerb, empty: &Value, printer: &mut Printer) -> Result<Option<Journal>, AppError> {
    let file = read_plan(&verb.plan.plan, verb.plan.env.as_deref(), printer)?;
    let state = StateDir::find(&file.plan.targets, &file.folder, verb.plan.state.as_deref())?;
    say_moved(&state, printer);
    let journal = state.journal_to_read()?;
    if journal.is_none() {
        match verb.format {
            Format::Json => printer.json(empty),
            Format::Text => printer.result(&format!(
                "There has been no run yet: nothing is in {}.{} Runs of another machine, or with another --state, are kept there. Next: rehome plan {}\n",
                state.path().display(),
                state.looked_text(),
                again(&verb.plan)
            )),
        }
    }
    Ok(journal)
}

/// A moment, in UTC.
pub(super) fn moment(unix_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(unix_ms).map_or_else(
        |_| unix_ms.to_string(),
        |at| at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}

/// `rehome status`.
pub(super) fn status(verb: &StateVerb, printer: &mut Printer) -> Result<Exit, AppError> {
    let empty = json!({
        "version": 1, "runs": [], "accepted": [], "steps": [], "doubts": 0, "exceptions": [], "invitations": [],
    });
    let Some(journal) = open(verb, &empty, printer)? else {
        return Ok(Exit::Done);
    };
    let runs = journal.runs()?;
    let invitations = journal.invitation_counts()?;
    let Some(last) = runs.last() else {
        printer.result("There has been no run yet.\n");
        printer.result(&invitations_text(&invitations));
        return Ok(Exit::Done);
    };
    let progress = journal.progress(last.id)?;
    let exceptions = journal.exceptions(last.id)?;
    let accepted = journal.sign_offs()?;
    if verb.format == Format::Json {
        let steps: Vec<_> = progress
            .steps
            .iter()
            .map(|(key, step)| {
                let counts = step.counts();
                let by: serde_json::Map<_, _> = counts
                    .into_iter()
                    .map(|(status, count)| (status.word().to_owned(), json!(count)))
                    .collect();
                let mut step_json = json!({ "step": key.as_str(), "members": by });
                if let Some(status) = step.whole {
                    step_json["outcome"] = json!(status.word());
                }
                step_json
            })
            .collect();
        let exceptions: Vec<_> = exceptions
            .iter()
            .map(|one| json!({ "email": one.email, "outcome": one.status.word(), "why": one.why }))
            .collect();
        printer.json(&json!({
            "version": 1, "runs": runs, "accepted": accepted, "steps": steps, "doubts": progress.doubts.len(),
            "exceptions": exceptions, "invitations": invitations,
        }));
        return Ok(Exit::Done);
    }
    printer.result(&runs_table(&runs));
    for one in &accepted {
        let at = moment(one.sign_off.at);
        printer.result(&format!("{} at {at}\n", accepted_text(one)));
    }
    let mut table = Table::new(
        1,
        &[
            "step of the last run",
            "confirmed",
            "accepted",
            "changed",
            "rejected",
        ],
    );
    for (key, step) in &progress.steps {
        let counts = step.counts();
        // An offering, a tag or an email is one thing, and no number of members.
        let count = |status: Status| match step.whole {
            Some(whole) if whole != status => String::new(),
            Some(_) => "yes".to_owned(),
            None => amount(counts.get(&status).copied().unwrap_or_default()),
        };
        table.row([
            key.as_str().to_owned(),
            count(Status::Confirmed),
            count(Status::Accepted),
            count(Status::Moved),
            count(Status::Refused),
        ]);
    }
    printer.result(&format!("\n{}", table.text("")));
    if !progress.doubts.is_empty() {
        printer.result(&format!(
            "\n{} requests have no answer yet; the next apply checks them first.\n",
            progress.doubts.len()
        ));
    }
    for exception in &exceptions {
        printer.result(&format!(
            "{} {}: {}\n",
            exception.email,
            exception.status.word(),
            printable(&exception.why)
        ));
    }
    printer.result(&invitations_text(&invitations));
    Ok(Exit::Done)
}

fn invitations_text(counts: &[InvitationCount]) -> String {
    let line = |one: &InvitationCount| {
        let people = if one.people == 1 { "person" } else { "people" };
        format!(
            "{}: {} {people} {}\n",
            one.email,
            amount(one.people),
            one.state.word()
        )
    };
    let lines: String = counts.iter().map(line).collect();
    if lines.is_empty() {
        lines
    } else {
        format!("\nInvitations\n{lines}")
    }
}

fn runs_table(runs: &[RunRow]) -> String {
    let mut table = Table::new(5, &["run", "kind", "state", "started", "ended", "members"]);
    for row in runs {
        table.row([
            row.id.to_string(),
            row.run.kind.to_string(),
            row.state.word().to_owned(),
            moment(row.started),
            row.ended.map_or_else(|| "-".to_owned(), moment),
            amount(u64::from(row.run.members)),
        ]);
    }
    table.text("")
}

/// What was accepted of a run, and by whom.
fn accepted_text(one: &RunSignOff) -> String {
    let RunSignOff { run, sign_off } = one;
    format!(
        "run {run} accepted: {} by {}",
        sign_off.what.replace(',', ", "),
        sign_off.who
    )
}

/// `rehome log`.
pub(super) fn log(verb: &StateVerb, printer: &mut Printer) -> Result<Exit, AppError> {
    let empty = json!({ "version": 1, "runs": [], "accepted": [], "events": [], "confirmations": [] });
    let Some(journal) = open(verb, &empty, printer)? else {
        return Ok(Exit::Done);
    };
    let (runs, events, confirmations) = (journal.runs()?, journal.events()?, journal.confirmations()?);
    let accepted = journal.sign_offs()?;
    if verb.format == Format::Json {
        printer.json(&json!({
            "version": 1, "runs": runs, "accepted": accepted, "events": events, "confirmations": confirmations,
        }));
        return Ok(Exit::Done);
    }
    let mut lines: Vec<(i64, String)> = Vec::new();
    for row in &runs {
        lines.push((
            row.started,
            format!("run {} begins ({}, {})", row.id, row.run.kind, row.run.change_set),
        ));
        if let Some(ended) = row.ended {
            lines.push((
                ended,
                format!("run {} ends ({}): {}", row.id, row.state.word(), row.note),
            ));
        }
    }
    for one in &accepted {
        lines.push((one.sign_off.at, accepted_text(one)));
    }
    // How a run ended is told by its own line.
    let told = |event: &LoggedEvent| {
        let run = runs.iter().find(|row| Some(row.id) == event.run);
        run.is_some_and(|row| row.ended.is_some() && row.note == event.text)
    };
    for event in events.into_iter().filter(|event| !told(event)) {
        let run = event.run.map_or(String::new(), |run| format!("run {run}: "));
        lines.push((event.at, format!("{run}{}", event.text)));
    }
    for confirmation in confirmations {
        let text = format!(
            "checkpoint {} confirmed by {}",
            confirmation.key, confirmation.who
        );
        lines.push((confirmation.at, text));
    }
    lines.sort();
    for (at, text) in lines {
        printer.result(&format!("{}  {text}\n", moment(at)));
    }
    Ok(Exit::Done)
}
