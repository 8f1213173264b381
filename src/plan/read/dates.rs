//! `dates` and `numbers` of a source: how its columns write them.

use super::table_keys;
use super::table_reader::{TableReader, bad_value, choice, line, table, texts};
use super::tree::{Entry, Value};
use super::vocabulary::DECIMAL;
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    model::{DateFormat, DateRule, NumberRule, Zone},
    plan::{ColumnUse, DateRules, Pattern},
    text::nearest::show,
};

const EXAMPLE: &str = "dates = { format = \"%d/%m/%Y\", zone = \"Europe/Madrid\" }";

/// The rules of a source.
pub(super) fn dates(reader: &TableReader<'_>, out: &mut Diagnostics) -> DateRules {
    let mut all = DateRule::default();
    let mut columns: Vec<(ColumnUse, DateRule)> = Vec::new();
    let given = reader.optional("dates").and_then(|entry| {
        let what = format!("`dates` of {}", reader.what());
        let dates = TableReader::open_entry(entry, table_keys::DATES, what, out)?;
        says_something(entry, &dates, out);
        Some(dates)
    });
    if let Some(dates) = &given {
        all = rule(dates, &all, out);
        let entries = dates.optional("columns").and_then(|entry| table(entry, out));
        for entry in entries.map_or(&[][..], |table| &table.entries) {
            let what = format!("`dates` of the column {}", show(&entry.key));
            let Some(own) = TableReader::open_entry(entry, table_keys::DATE_COLUMN, what, out) else {
                continue;
            };
            says_something(entry, &own, out);
            let folded = Pattern::fold(&entry.key);
            let known = columns
                .iter()
                .find(|(column, _)| Pattern::fold(&column.name) == folded);
            if let Some((first, _)) = known {
                out.push(
                    Diagnostic::error(
                        Code::SameLine,
                        format!("`dates` names the column {} twice", show(&entry.key)),
                    )
                    .at(entry.key_span.clone(), "the second one")
                    .at(first.span.clone(), "the first one")
                    .remedy("Keep one; column names are not case-sensitive"),
                );
                continue;
            }
            let column = ColumnUse {
                name: entry.key.clone(),
                span: entry.key_span.clone(),
            };
            columns.push((column, rule(&own, &all, out)));
        }
    }
    DateRules {
        default: all,
        columns,
    }
}

fn says_something(entry: &Entry, reader: &TableReader<'_>, out: &mut Diagnostics) {
    if matches!(&entry.node.value, Value::Table(table) if table.entries.is_empty()) {
        out.push(
            Diagnostic::error(Code::DoesNothing, format!("{} is empty", reader.what()))
                .at(entry.span(), "has no effect")
                .remedy(format!("Write, for example: {EXAMPLE}")),
        );
    }
}

/// The rule of a table; what it does not say is as in the rule above it.
fn rule(reader: &TableReader<'_>, above: &DateRule, out: &mut Diagnostics) -> DateRule {
    let mut rule = above.clone();
    if let Some(entry) = reader.optional("format") {
        rule.formats = formats(entry, out);
    }
    if let Some(zone) = reader.optional("zone").and_then(|entry| zone(entry, out)) {
        rule.zone = zone;
    }
    if let Some(entry) = reader.optional("never") {
        rule.never = never(entry, out);
    }
    rule
}

/// The formats that `format` names, one or a list.
pub(super) fn formats(entry: &Entry, out: &mut Diagnostics) -> Vec<DateFormat> {
    let mut formats = Vec::new();
    for (text, span) in texts(entry, out) {
        match DateFormat::parse(text) {
            Ok(format) => formats.push(format),
            Err(problem) => bad_value(
                span,
                format!("the format cannot be used: {problem}"),
                "Write the format of the dates in the cells, such as %d/%m/%Y for 31/12/2025 or %Y-%m-%d %H:%M:%S for 2025-12-31 23:59:00",
                out,
            ),
        }
    }
    if matches!(&entry.node.value, Value::List(list) if list.is_empty()) {
        out.push(
            Diagnostic::error(Code::DoesNothing, "`format` lists no formats")
                .at(entry.span(), "an empty list")
                .remedy("Write one, such as \"%d/%m/%Y\", or remove it"),
        );
    }
    formats
}

pub(super) fn zone(entry: &Entry, out: &mut Diagnostics) -> Option<Zone> {
    let text = line(entry, out)?;
    match Zone::parse(text) {
        Ok(zone) => Some(zone),
        Err(problem) => {
            bad_value(
                entry.node.span.clone(),
                problem,
                "Use a zone name such as Europe/Madrid or America/New_York",
                out,
            );
            None
        }
    }
}

/// Values that mean "no date", as they are compared.
fn never(entry: &Entry, out: &mut Diagnostics) -> Vec<String> {
    let mut values = Vec::new();
    for (value, span) in texts(entry, out) {
        let value = value.trim().to_lowercase();
        if value.is_empty() {
            bad_value(
                span,
                "`never` contains a blank value",
                "Remove it; a blank cell is never a date",
                out,
            );
        } else {
            values.push(value);
        }
    }
    values
}

/// `numbers = { decimal = "," }`.
pub(super) fn numbers(reader: &TableReader<'_>, out: &mut Diagnostics) -> NumberRule {
    let decimal = reader.optional("numbers").and_then(|entry| {
        let what = format!("`numbers` of {}", reader.what());
        let numbers = TableReader::open_entry(entry, table_keys::NUMBERS, what, out)?;
        let decimal = numbers.required("decimal", "numbers = { decimal = \",\" }", out)?;
        choice(decimal, DECIMAL, out)
    });
    NumberRule { decimal }
}
