//! Coverage in, a diagnostic for every value without a line, every cell that can be cut two ways and
//! every word of a payment that is not understood out.

use super::Gathered;
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    plan::{ColumnMap, Plan},
    text::{counted, nearest::nearest, quoted},
    wanted::{AmbiguousCell, EventCell, EventTrouble, Rivals, ValueCount},
};

/// More values of one column than these are counted, not shown: the others are written to a file.
const MAX_VALUES: usize = 40;

/// One diagnostic a value, those of most records first, with its count and the nearest known title.
pub(super) fn diagnose(plan: &Plan, gathered: &Gathered) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    for (source, columns) in plan.sources.iter().zip(&gathered.wanted.coverage.sources) {
        for (map, column) in source.gives.maps.iter().zip(columns) {
            let table = match map.files.last() {
                Some(path) => path.clone(),
                None => format!("[sources.{}.map.\"{}\"]", source.key, map.column.name),
            };
            let mut values: Vec<&ValueCount> = column.unmapped().collect();
            if values.len() > MAX_VALUES {
                values.sort_by_key(|value| std::cmp::Reverse(value.count));
            }
            let more = values.split_off(values.len().min(MAX_VALUES));
            for value in values {
                diagnostics.push(unmapped(gathered, map, &table, value));
            }
            if !more.is_empty() {
                diagnostics.push(unmapped_more(gathered, map, &more));
            }
            for cell in &column.ambiguous {
                diagnostics.push(ambiguous(gathered, map, cell));
            }
            for rivals in column.rivals.iter().take(MAX_VALUES) {
                diagnostics.push(two_lines(gathered, map, rivals));
            }
            if let Some(more) = column
                .rivals
                .len()
                .checked_sub(MAX_VALUES)
                .filter(|more| *more > 0)
            {
                let message = format!(
                    "two entries match {} of this column",
                    counted(more as u64, "more value")
                );
                let diagnostic = Diagnostic::error(Code::AmbiguousCell, message);
                diagnostics.push(diagnostic.at(map.column.span.clone(), "the entries of this column"));
            }
        }
    }
    for trouble in &gathered.wanted.problems.events {
        diagnostics.push(unclear(plan, gathered, trouble));
    }
    diagnostics
}

/// A cell of a payment or refund that is not understood.
fn unclear(plan: &Plan, gathered: &Gathered, trouble: &EventTrouble) -> Diagnostic {
    let source = plan.sources.get(usize::from(trouble.source));
    let columns = source.and_then(|source| source.profile.event.as_ref());
    let (names, words) = match trouble.cell {
        EventCell::ChangeKind => (columns.map(|columns| &columns.kind), Some("refund")),
        EventCell::Status => (columns.map(|columns| &columns.status), Some("failed")),
        EventCell::Date => (columns.map(|columns| &columns.date), None),
        EventCell::Amount => (columns.map(|columns| &columns.amount), None),
    };
    let column = names.and_then(|names| names.first()).map_or("", |name| name);
    let shown = quoted(&trouble.text);
    let count = counted(trouble.count, "record");
    let message = match words {
        _ if trouble.text.is_empty() => {
            format!("\"{column}\" is blank in a payment or refund record ({count})")
        }
        Some(_) => format!("\"{shown}\" in \"{column}\" is an unknown payment status or kind ({count})"),
        None => format!("\"{shown}\" in \"{column}\": {} ({count})", trouble.why),
    };
    let remedy = match words {
        _ if trouble.text.is_empty() => "Fill in the cell in the export".to_owned(),
        Some(example) => format!(
            "Set what it means in [sources.{}], for example: events = {{ {example} = \"{shown}\" }}",
            source.map_or("", |source| source.key.as_str())
        ),
        None if trouble.cell == EventCell::Amount && trouble.text.contains(',') => format!(
            "Fix the cell in the export, or set the decimal separator in [sources.{}]: numbers = {{ decimal = \",\" }}",
            source.map_or("", |source| source.key.as_str())
        ),
        None => "Fix the cell in the export".to_owned(),
    };
    let mut diagnostic = Diagnostic::error(Code::UnclearEvent, message);
    if let Some(source) = source {
        diagnostic = diagnostic.at(
            source.span.clone(),
            "the records of this source are payments and refunds",
        );
    }
    diagnostic
        .in_file(
            gathered.path(trouble.first),
            trouble.first.line,
            "first seen here",
        )
        .remedy(remedy)
}

/// The values that are too many to be shown one by one.
fn unmapped_more(gathered: &Gathered, map: &ColumnMap, more: &[&ValueCount]) -> Diagnostic {
    let records = more.iter().map(|value| value.count).sum();
    let message = format!(
        "{} of this column have no entry in the plan ({})",
        counted(more.len() as u64, "more value"),
        counted(records, "record")
    );
    let mut diagnostic = Diagnostic::error(Code::UnmappedValue, message).at(
        map.column.span.clone(),
        "every value of this column needs an entry",
    );
    if let Some(first) = more.first() {
        diagnostic = diagnostic.in_file(gathered.path(first.first), first.first.line, "the first of them");
    }
    diagnostic.remedy(format!(
        "Run `rehome check {} --unmapped DIR` to write them all into a mapping file, fill it in and name it in `map_file`",
        gathered.plan_path
    ))
}

fn unmapped(gathered: &Gathered, map: &ColumnMap, table: &str, value: &ValueCount) -> Diagnostic {
    let shown = quoted(&value.value);
    let near = nearest(&value.value, map.rules.iter().map(|rule| rule.text.as_str()));
    let remedy = match near {
        Some(near) if map.files.is_empty() => format!(
            "Fix the nearest entry, \"{}\", or add an entry to {table}, for example: \"{shown}\" = {{ ignore = \"why\" }}",
            quoted(near)
        ),
        Some(near) => format!(
            "Fix the nearest entry, \"{near}\", or add an entry for \"{shown}\" to {table}; `rehome check {} --unmapped DIR` writes the missing entries",
            gathered.plan_path
        ),
        None if !map.files.is_empty() => format!(
            "Add an entry for \"{shown}\" to {table}; `rehome check {} --unmapped DIR` writes the missing entries",
            gathered.plan_path
        ),
        None => format!(
            "Add an entry with `grant`, `tag` or `ignore` to {table}, for example: \"{shown}\" = {{ ignore = \"why\" }}"
        ),
    };
    let message = format!(
        "\"{shown}\" has no entry in the plan ({})",
        counted(value.count, "record")
    );
    Diagnostic::error(Code::UnmappedValue, message)
        .at(
            map.column.span.clone(),
            "every value of this column needs an entry",
        )
        .in_file(gathered.path(value.first), value.first.line, "first seen here")
        .remedy(remedy)
}

fn two_lines(gathered: &Gathered, map: &ColumnMap, rivals: &Rivals) -> Diagnostic {
    let message = format!(
        "two entries match \"{}\" equally well and mean different things ({})",
        quoted(&rivals.value),
        counted(rivals.count, "record")
    );
    let mut diagnostic = Diagnostic::error(Code::AmbiguousCell, message);
    for rule in [rivals.lines.0, rivals.lines.1]
        .iter()
        .filter_map(|at| map.rules.get(*at))
    {
        let in_file = rule
            .in_file
            .and_then(|(file, line)| Some((map.files.get(usize::from(file))?, line)));
        diagnostic = match in_file {
            Some((path, line)) => diagnostic.in_file(path, line, format!("the entry \"{}\"", rule.text)),
            None => diagnostic.at(rule.span.clone(), "this entry matches"),
        };
    }
    diagnostic
        .in_file(gathered.path(rivals.first), rivals.first.line, "first seen here")
        .remedy("Add an entry for the value, or make one pattern more specific: the longer pattern wins")
}

fn ambiguous(gathered: &Gathered, map: &ColumnMap, cell: &AmbiguousCell) -> Diagnostic {
    let list = |values: &[String]| {
        let quoted: Vec<String> = values
            .iter()
            .map(|value| format!("\"{}\"", quoted(value)))
            .collect();
        quoted.join(" + ")
    };
    let message = format!(
        "a cell can be split in two ways that mean different things: {} or {} ({})",
        list(&cell.one),
        list(&cell.other),
        counted(cell.count, "record")
    );
    Diagnostic::error(Code::AmbiguousCell, message)
        .at(map.column.span.clone(), "the entries of this column allow both")
        .in_file(gathered.path(cell.first), cell.first.line, "first seen here")
        .remedy("Rename one of the titles on the old platform, or give both ways the same effect")
}
