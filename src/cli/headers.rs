//! `rehome headers`: an export in; its columns, and no cell of it, out.

use serde_json::{Value, json};

use super::{Exit, Printer, headers_args::HeadersVerb, shared_args::Format};
use crate::{
    app::AppError,
    sources::{ColumnSurvey, Survey, Trouble, survey},
    text::{Table, amount, printable},
};

pub(super) fn run(verb: &HeadersVerb, printer: &mut Printer) -> Result<Exit, AppError> {
    let found = survey(&verb.file).map_err(|trouble| AppError::File {
        doing: "read",
        path: verb.file.clone(),
        why: why(&trouble),
    })?;
    match verb.format {
        Format::Text => printer.result(&text(&found)),
        Format::Json => printer.json(&document(&found)),
    }
    Ok(Exit::Done)
}

/// What is wrong with the file, and what to do.
fn why(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Io(error) => error.to_string(),
        Trouble::NotATable { .. } => {
            format!("{trouble}; save it as \"CSV UTF-8\" in a spreadsheet program, or unpack the ZIP, first")
        }
        other => other.to_string(),
    }
}

fn text(survey: &Survey) -> String {
    let mut table = Table::new(2, &["column", "type", "filled", "values"]);
    for column in &survey.columns {
        table.row([
            printable(&column.name).into_owned(),
            column.kind.word().to_owned(),
            format!("{}%", percent(column, survey)),
            at_least(magnitude(column.distinct)),
        ]);
    }
    let mut text = table.text("");
    text.push_str(&format!("\nrecords: {}\n", at_least(magnitude(survey.rows))));
    if !survey.named {
        text.push_str(
            "The first row looks like data, so the columns have numbers. In the plan, write `header = false`.\n",
        );
    }
    text.push_str(
        "No cell contents are shown. The values are in orders of magnitude: 100+ means 100 to 999.\n",
    );
    text
}

fn document(survey: &Survey) -> Value {
    let columns = survey.columns.iter();
    let columns: Vec<Value> = columns
        .map(|column| {
            json!({
                "name": column.name,
                "type": column.kind.word(),
                "filled_percent": percent(column, survey),
                "values_at_least": magnitude(column.distinct),
            })
        })
        .collect();
    json!({
        "version": 1,
        "named": survey.named,
        "records_at_least": magnitude(survey.rows),
        "columns": columns,
    })
}

/// The share of filled cells. 0 only where none is, 100 only where all are.
fn percent(column: &ColumnSurvey, survey: &Survey) -> u64 {
    match (column.filled, survey.rows) {
        (0, _) => 0,
        (filled, rows) if filled >= rows => 100,
        (filled, rows) => (filled.saturating_mul(100) / rows).clamp(1, 99),
    }
}

/// The power of ten that a number reaches; 0 for none.
fn magnitude(number: u64) -> u64 {
    number.checked_ilog10().map_or(0, |power| 10_u64.pow(power))
}

fn at_least(magnitude: u64) -> String {
    match magnitude {
        0 => "0".to_owned(),
        reached => format!("{}+", amount(reached)),
    }
}
