//! Cells that hold no day or number where one is needed in, a diagnostic for every column and problem out.

use jiff::civil::Date;

use super::Gathered;
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    people::evidence::{DateEvidence, Sort},
    plan::Plan,
    text::counted,
    wanted::{CellProblem, CellTrouble},
};

/// One diagnostic for every column and problem.
pub(super) fn diagnose(plan: &Plan, gathered: &Gathered) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    for trouble in &gathered.wanted.problems.cells {
        let source = &plan.sources[usize::from(trouble.source)];
        let Some(column) = source.in_use.columns.get(trouble.slot) else {
            continue;
        };
        let name = column.names.first().map_or("", String::as_str);
        let span = column.span.clone().unwrap_or_else(|| source.span.clone());
        let mut evidence = gathered
            .evidence
            .get(usize::from(trouble.source))
            .into_iter()
            .flatten();
        let evidence = evidence
            .find(|one| one.slot == trouble.slot)
            .map(|one| &one.evidence);
        let (code, message, remedy) = said(
            trouble,
            name,
            source.key.as_str(),
            evidence,
            gathered.wanted.as_of,
        );
        let is_number = matches!(
            trouble.problem,
            CellProblem::NotANumber | CellProblem::UnclearNumber
        );
        let path = gathered.path(trouble.first);
        let example = format!("\"{}\", the first", trouble.example.escape_debug());
        let mut diagnostic = Diagnostic::error(code, message).at(
            span,
            if is_number {
                "read as a number"
            } else {
                "read as a date"
            },
        );
        let shows = evidence.filter(|_| trouble.problem == CellProblem::DayMonth);
        match shows {
            None => diagnostic = diagnostic.in_file(path, trouble.first.line, example),
            Some(evidence) => {
                // Where several files are one source, the evidence does not know of which a line is.
                let one_file = gathered
                    .files
                    .get(usize::from(trouble.source))
                    .is_none_or(|all| all.len() == 1);
                for (sort, what) in sorts(evidence) {
                    if let Some((cell, line)) = &sort.first {
                        let line = u32::try_from(*line).unwrap_or(u32::MAX);
                        let note = format!(
                            "{} {what}: \"{}\"",
                            counted(sort.count, "cell"),
                            cell.trim().escape_debug()
                        );
                        let line = if one_file { line } else { 0 };
                        diagnostic = diagnostic.in_file(path.clone(), line, note);
                    }
                }
            }
        }
        diagnostics.push(diagnostic.remedy(remedy));
    }
    diagnostics
}

fn sorts(evidence: &DateEvidence) -> [(&Sort, &'static str); 3] {
    [
        (&evidence.day_first, "only with the day first"),
        (&evidence.month_first, "only with the month first"),
        (&evidence.either, "either way"),
    ]
}

fn said(
    trouble: &CellTrouble,
    column: &str,
    source: &str,
    evidence: Option<&DateEvidence>,
    as_of: Date,
) -> (Code, String, String) {
    let cells = counted(trouble.count, "record");
    let dates = format!(
        "in [sources.{source}]: dates = {{ columns = {{ \"{column}\" = {{ format = \"%d/%m/%Y\" }} }} }}"
    );
    match trouble.problem {
        CellProblem::NotADate => (
            Code::NotADate,
            format!("\"{column}\" in [sources.{source}] contains values that are not dates ({cells})"),
            format!("Name another column, fix the cells, or set how the dates are written {dates}"),
        ),
        CellProblem::DayMonth => {
            let shows = match evidence.map(|one| (one.day_first.count > 0, one.month_first.count > 0)) {
                Some((true, true)) => {
                    "some of its dates are only valid with the day first, others only with the month first"
                }
                _ => "none of its dates shows which comes first",
            };
            (
                Code::DayMonth,
                format!(
                    "day and month in \"{column}\" in [sources.{source}] are ambiguous ({cells}): {shows}"
                ),
                format!(
                    "Look up a date that you know on the old platform, then set {dates}, or \"%m/%d/%Y\" if the month comes first"
                ),
            )
        }
        CellProblem::NotANumber => (
            Code::NotANumber,
            format!("\"{column}\" in [sources.{source}] contains values that are not numbers ({cells})"),
            "Name another column in `when`, or fix the cells".to_owned(),
        ),
        CellProblem::UnclearNumber => (
            Code::NotANumber,
            format!(
                "\"{column}\" in [sources.{source}] contains numbers such as 1,089, which could be a thousand or a fraction ({cells})"
            ),
            format!(
                "Set the decimal separator in [sources.{source}]: numbers = {{ decimal = \",\" }}"
            ),
        ),
        CellProblem::NotYet => (
            Code::ImplausibleDate,
            format!(
                "\"{column}\" in [sources.{source}] has registration dates after the day of the plan, {as_of} ({cells})"
            ),
            "Fix the cells, or name another column in `registered`; if the export is newer than the plan, set a later `as_of` in [migration]"
                .to_owned(),
        ),
        CellProblem::Implausible => (
            Code::ImplausibleDate,
            format!("\"{column}\" in [sources.{source}] contains implausible dates ({cells})"),
            format!(
                "Fix the cells; if \"{}\" means \"no date\", set in [sources.{source}]: dates = {{ never = [\"{}\"] }}",
                trouble.example.escape_debug(),
                trouble.example.escape_debug()
            ),
        ),
    }
}
