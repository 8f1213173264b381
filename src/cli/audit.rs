//! `rehome audit`: a plan in; what a person should know of its people out. No system is asked.

use super::{
    Exit, Printer,
    args::{AuditVerb, ListFormat},
    common::{NEAREST, moment, read_plan, say_doubts},
    progress::Progress,
};
use crate::text::printable;
use crate::{
    app::{AppError, PlanFile, audit_files, gather},
    report::{AuditView, audit, audit_csv, audit_json, audit_text},
    text::nearest::nearest_few,
};

pub(super) fn run(verb: &AuditVerb, printer: &mut Printer) -> Result<Exit, AppError> {
    let file = read_plan(&verb.plan.plan, verb.plan.env.as_deref(), printer)?;
    let only = verb.source.as_deref().map(|key| source(&file, key)).transpose()?;
    let progress = Progress::new();
    let gathered = gather(&file, file.plan.day(moment().now_ms), &progress);
    progress.clear();
    let gathered = gathered?;
    say_doubts(&file, &gathered, printer);
    let files = audit_files(&file, &gathered);
    let sources = 0..file.plan.sources.len();
    let dates: Vec<String> = sources.map(|at| gathered.date_orders(&file.plan, at)).collect();
    let place = |record| gathered.place(record);
    let view = AuditView {
        plan: &file.plan,
        wanted: &gathered.wanted,
        files: &files,
        dates: &dates,
        place: &place,
        only,
    };
    let audited = audit(&view);
    match verb.format {
        ListFormat::Text => printer.result(&audit_text(&view, &audited)),
        ListFormat::Csv => printer.machine(|out| audit_csv(&view, &audited, out)),
        ListFormat::Json => printer.json(&audit_json(&view, &audited)),
    }
    Ok(Exit::Done)
}

fn source(file: &PlanFile, key: &str) -> Result<u16, AppError> {
    let sources = &file.plan.sources;
    let at = sources.iter().position(|source| source.key.as_str() == key);
    at.and_then(|at| u16::try_from(at).ok()).ok_or_else(|| {
        let near = nearest_few(key, sources.iter().map(|source| source.key.as_str()), NEAREST);
        AppError::Usage(format!(
            "the plan has no [sources.{}]. The nearest: {}",
            printable(key),
            near.join(", ")
        ))
    })
}
