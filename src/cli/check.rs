//! `rehome check`: a plan and its exports in; coverage or diagnostics out.

use std::path::PathBuf;

use serde_json::json;

use super::{
    Exit, Printer,
    args::CheckVerb,
    common::{moment, read_plan, say_doubts},
    progress::Progress,
    shared_args::Format,
};
use crate::{
    app::{AppError, PlanFile, gather_all, write_unmapped},
    check::Gathered,
    report::{coverage_json, coverage_text, findings_text, statuses_json, words_json, words_text},
    text::counted,
};

pub(super) fn run(verb: &CheckVerb, printer: &mut Printer) -> Result<Exit, AppError> {
    let file = match read_plan(&verb.plan.plan, verb.plan.env.as_deref(), printer) {
        Err(AppError::Diagnosed {
            path,
            text,
            diagnostics,
        }) if verb.format == Format::Json => {
            let listed = crate::diagnostics::to_json(&diagnostics, &path, &text);
            printer.json(&json!({ "version": 1, "diagnostics": listed }));
            return Ok(Exit::Error);
        }
        other => other?,
    };
    let progress = Progress::new();
    let gathered = gather_all(&file, file.plan.day(moment().now_ms), &progress);
    progress.clear();
    let gathered = match gathered {
        Ok((gathered, diagnostics)) => {
            if let Some(folder) = &verb.unmapped {
                printer.say(&written(&write_unmapped(&file, &gathered, folder)?));
            }
            if diagnostics.has_errors() {
                Err(file.error(diagnostics))
            } else {
                Ok(gathered)
            }
        }
        Err(error) => Err(error),
    };
    match (verb.format, gathered) {
        (
            Format::Json,
            Err(AppError::Diagnosed {
                path,
                text,
                diagnostics,
            }),
        ) => {
            let listed = crate::diagnostics::to_json(&diagnostics, &path, &text);
            printer.json(&json!({ "version": 1, "diagnostics": listed }));
            Ok(Exit::Error)
        }
        (_, Err(error)) => Err(error),
        (Format::Text, Ok(gathered)) => {
            say_doubts(&file, &gathered, printer);
            printer.result(&text(&file, &gathered));
            Ok(Exit::Done)
        }
        (Format::Json, Ok(gathered)) => {
            let mut warnings = file.warnings.clone();
            warnings.append(gathered.warnings.clone());
            let (consent, conditions) = words_json(&file.plan, &gathered.wanted);
            let warnings = crate::diagnostics::to_json(&warnings, &file.path, &file.text);
            printer.json(&json!({
                "version": 1,
                "diagnostics": warnings,
                "coverage": coverage_json(&file.plan, &gathered.wanted.coverage, None),
                "consent": consent,
                "conditions": conditions,
                "statuses": statuses_json(&file.plan, &gathered.wanted),
            }));
            Ok(Exit::Done)
        }
    }
}

/// What was written, and what to do with it.
fn written(paths: &[PathBuf]) -> String {
    if paths.is_empty() {
        return "Every value has an entry; there is no mapping file to fill in.\n".to_owned();
    }
    let mut text = String::new();
    for path in paths {
        text.push_str(&format!("written: {}\n", path.display()));
    }
    text.push_str("Fill in an entry for every value, then name the files in the plan: map_file = { \"COLUMN\" = \"FILE\" }\n\n");
    text
}

fn text(file: &PlanFile, gathered: &Gathered) -> String {
    let plan = &file.plan;
    let total = gathered.wanted.accounting.total();
    let mut text = coverage_text(plan, &gathered.wanted.coverage, None);
    text.push_str(&words_text(plan, &gathered.wanted, None));
    for source in 0..plan.sources.len() {
        text.push_str(&gathered.date_orders(plan, source));
    }
    text.push('\n');
    text.push_str(&findings_text(
        &gathered.wanted.findings,
        &|record| gathered.wanted.who(record),
        &|record| gathered.place(record),
    ));
    text.push_str(&format!(
        "\n{} read, {}; every value has an entry. Next: rehome plan {}\n",
        counted(total.read, "record"),
        counted(gathered.wanted.accounting.members, "member"),
        file.path
    ));
    text
}
