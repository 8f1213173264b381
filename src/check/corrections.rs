//! What became of every correction in; a diagnostic for each that changed nothing out.

use super::Gathered;
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    plan::{Correction, Corrections, Plan},
    text::quoted,
    wanted::Corrected,
};

/// One diagnostic for each correction that matches no record, or not the value that it was made for.
pub(super) fn diagnose(plan: &Plan, gathered: &Gathered) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    for (source, all) in plan.sources.iter().zip(&gathered.wanted.problems.corrected) {
        let Some(corrections) = &source.corrections else {
            continue;
        };
        for (line, done) in corrections.lines.iter().zip(all) {
            if let Some(diagnostic) = one(gathered, corrections, line, done) {
                diagnostics.push(diagnostic);
            }
        }
    }
    diagnostics
}

fn one(
    gathered: &Gathered,
    corrections: &Corrections,
    line: &Correction,
    done: &Corrected,
) -> Option<Diagnostic> {
    let error = |code, message: String| {
        Diagnostic::error(code, message)
            .at(corrections.span.clone(), "the file named here")
            .in_file(&corrections.path, line.line, "this correction")
    };
    let column = quoted(&line.column);
    if done.met == 0 {
        let who = match (&line.email, &line.key) {
            (Some(email), None) => format!("the address \"{}\"", quoted(email)),
            (None, Some(key)) => format!("the key \"{}\"", quoted(key)),
            (email, key) => format!(
                "the address \"{}\" and the key \"{}\"",
                quoted(email.as_deref().unwrap_or_default()),
                quoted(key.as_deref().unwrap_or_default())
            ),
        };
        return Some(
            error(Code::CorrectionOfNobody, format!("no record has {who}, so nothing is corrected"))
                .remedy("Write the address and key as the export has them, before any correction; remove the row if the export was fixed"),
        );
    }
    if let Some((record, other)) = done.twice {
        let other = corrections.lines.get(other).map_or(0, |other| other.line);
        return Some(
            error(
                Code::CorrectionUnmet,
                format!("two corrections change \"{column}\" of the same record"),
            )
            .in_file(&corrections.path, other, "the other correction")
            .in_file(gathered.path(record), record.line, "the record")
            .remedy("Keep one of the two, or set `was` to the cell value that each is meant for"),
        );
    }
    if done.changed > 0 || done.already > 0 {
        return None;
    }
    let (record, held) = done.other.as_ref()?;
    let message = format!(
        "\"{column}\" contains \"{}\", not the value that the correction was made for",
        quoted(held)
    );
    Some(
        error(Code::CorrectionUnmet, message)
            .in_file(gathered.path(*record), record.line, "the record")
            .remedy("Set `was` to what the cell contains, or leave it blank; remove the row if the export was fixed"),
    )
}
