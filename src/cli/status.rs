//! `rehome status` and `rehome log`: what the journal says of the runs.

use serde_json::json;

use super::{
    Exit, Printer,
    args::{Format, StateVerb},
    common::read_plan,
};
use crate::{
    app::{AppError, StateDir},
    journal::{Journal, RunRow, Status},
    report::{Table, amount},
};

fn open(verb: &StateVerb, printer: &mut Printer) -> Result<Journal, AppError> {
    let file = read_plan(&verb.plan.plan, verb.plan.env.as_deref(), printer)?;
    let state = StateDir::of(&file.plan.targets, &file.folder, verb.plan.state.as_deref())?;
    state.journal_to_read()?.ok_or(AppError::NoRun {
        folder: state.path().to_owned(),
    })
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
    let journal = open(verb, printer)?;
    let runs = journal.runs()?;
    let Some(last) = runs.last() else {
        printer.result("No run yet.\n");
        return Ok(Exit::Done);
    };
    let progress = journal.progress(last.id)?;
    let exceptions = journal.exceptions(last.id)?;
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
                json!({ "step": key.as_str(), "members": by })
            })
            .collect();
        let exceptions: Vec<_> = exceptions
            .iter()
            .map(|one| json!({ "email": one.email, "outcome": one.status.word(), "why": one.why }))
            .collect();
        printer.json(&json!({
            "version": 1, "runs": runs, "steps": steps, "doubts": progress.doubts.len(), "exceptions": exceptions,
        }));
        return Ok(Exit::Done);
    }
    printer.result(&runs_table(&runs));
    let mut table = Table::new(
        1,
        &[
            "step of the last run",
            "confirmed",
            "accepted",
            "moved",
            "refused",
        ],
    );
    for (key, step) in &progress.steps {
        let counts = step.counts();
        let count = |status: Status| amount(counts.get(&status).copied().unwrap_or_default());
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
            "\n{} requests left without an answer: the next apply looks at them first.\n",
            progress.doubts.len()
        ));
    }
    for exception in &exceptions {
        printer.result(&format!(
            "{} {}: {}\n",
            exception.email,
            exception.status.word(),
            exception.why
        ));
    }
    Ok(Exit::Done)
}

fn runs_table(runs: &[RunRow]) -> String {
    let mut table = Table::new(5, &["run", "kind", "state", "started", "ended", "members"]);
    for row in runs {
        table.row([
            row.id.to_string(),
            row.run.kind.clone(),
            row.state.word().to_owned(),
            moment(row.started),
            row.ended.map_or_else(|| "-".to_owned(), moment),
            amount(u64::from(row.run.members)),
        ]);
    }
    table.text("")
}

/// `rehome log`.
pub(super) fn log(verb: &StateVerb, printer: &mut Printer) -> Result<Exit, AppError> {
    let journal = open(verb, printer)?;
    let (runs, events, confirmations) = (journal.runs()?, journal.events()?, journal.confirmations()?);
    if verb.format == Format::Json {
        printer.json(&json!({
            "version": 1, "runs": runs, "events": events, "confirmations": confirmations,
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
                format!("run {}: {} {}", row.id, row.state.word(), row.note),
            ));
        }
    }
    for event in events {
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
