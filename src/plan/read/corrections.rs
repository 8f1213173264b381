//! `corrections` of a source: a file of fixes kept in a spreadsheet in, [`Corrections`] out.

use std::collections::HashMap;

use super::{
    given::Load,
    sheet::{Named, Sheet, SheetRow, SheetShape},
    table_reader::line,
    tree::Entry,
};
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    plan::{Correction, Corrections, Pattern, Source},
    text::nearest::{did_you_mean, list, show},
};

const SHAPE: &SheetShape = &SheetShape {
    what: "a corrections file",
    columns: &["email", "key", "column", "was", "becomes", "note"],
    needed: &["column", "becomes"],
};

/// Reads the file of a source that is otherwise whole.
pub(super) fn read(
    entry: &Entry,
    source: &Source,
    load: &Load<'_>,
    out: &mut Diagnostics,
) -> Option<Corrections> {
    let path = line(entry, out)?;
    let file = Named {
        path,
        span: &entry.node.span,
    };
    let sheet = Sheet::load(file, SHAPE, load, out)?;
    let mut seen = HashMap::new();
    let mut lines = Vec::new();
    let mut wrong = 0;
    for row in sheet.rows() {
        let mut found = Diagnostics::default();
        let correction = correction(row, file, source, &mut found);
        if let Some(first) = seen.insert(cell_of(&correction), row.line) {
            let message = format!(
                "{} of {} is corrected twice",
                show(&correction.column),
                who(&correction)
            );
            found.push(
                Diagnostic::error(Code::SameLine, message)
                    .at(file.span.clone(), "the second row")
                    .in_file(path, first, "the first row")
                    .remedy("Keep one of the two"),
            );
        }
        if found.is_empty() {
            lines.push(correction);
            continue;
        }
        if file.enough(wrong, row.line, out) {
            break;
        }
        wrong += 1;
        file.hand_on(&found, row.line, out);
    }
    Some(Corrections {
        path: path.to_owned(),
        span: entry.node.span.clone(),
        lines,
    })
}

/// The cells that a correction changes: no two may change the same.
fn cell_of(correction: &Correction) -> [Option<String>; 4] {
    [
        correction.email.clone(),
        correction.key.clone(),
        Some(Pattern::fold(&correction.column)),
        correction.was.clone(),
    ]
}

fn who(correction: &Correction) -> String {
    let who = correction.email.as_deref().or(correction.key.as_deref());
    show(who.unwrap_or_default())
}

fn correction(row: SheetRow<'_>, file: Named<'_>, source: &Source, out: &mut Diagnostics) -> Correction {
    let cell = |name: &str| Some(row.cell(name)).filter(|cell| !cell.is_empty());
    let mut wrong = |code, message: String, note: &str, remedy: String| {
        out.push(
            Diagnostic::error(code, message)
                .at(file.span.clone(), note)
                .remedy(remedy),
        );
    };
    if cell("email").is_none() && cell("key").is_none() {
        wrong(
            Code::MissingKey,
            "a correction has neither `email` nor `key`".to_owned(),
            "which record?",
            "Fill in the address as the export has it, or the member's key in the source".to_owned(),
        );
    }
    if cell("key").is_some() && source.person.key.is_none() {
        wrong(
            Code::MissingKey,
            format!("a correction uses `key`, but [sources.{}] has no key", source.key),
            "this key",
            "Set which column contains it: key = \"Member ID\"".to_owned(),
        );
    }
    let column = row.cell("column");
    if column.is_empty() {
        wrong(
            Code::MissingKey,
            "a correction has no `column`".to_owned(),
            "which cell?",
            "Fill in the header of the column to correct".to_owned(),
        );
    } else if source.in_use.named(column).is_none() {
        let used: Vec<&str> = source
            .in_use
            .columns
            .iter()
            .filter_map(|slot| slot.names.first().map(String::as_str))
            .collect();
        let remedy = did_you_mean(column, used.iter().copied());
        wrong(
            Code::DoesNothing,
            format!(
                "a correction of {} has no effect: the plan does not use this column",
                show(column)
            ),
            "this column",
            remedy.unwrap_or_else(|| format!("The plan uses {}", list(&used))),
        );
    }
    Correction {
        line: row.line,
        email: cell("email").map(Pattern::fold),
        key: cell("key").map(Pattern::fold),
        column: column.to_owned(),
        was: cell("was").map(Pattern::fold),
        becomes: row.cell("becomes").to_owned(),
    }
}
