//! Coverage in, every value of every mapped column with its count and its line out.

use serde_json::{Value, json};

use crate::{
    plan::{Plan, Source},
    text::{Table, amount, revealed},
    wanted::{ColumnCoverage, Coverage},
};

/// A table a mapped column: value, how often, and the line of the plan that it has.
/// `only` is the index of one source.
pub fn coverage_text(plan: &Plan, coverage: &Coverage, only: Option<usize>) -> String {
    let mut text = String::new();
    for (source, columns) in chosen(plan, coverage, only) {
        for (map, column) in source.gives.maps.iter().zip(columns) {
            text.push_str(&format!("[sources.{}.map.\"{}\"]\n", source.key, map.column.name));
            let mut table = Table::new(2, &["value", "entry", "cells"]);
            for value in column.values.values() {
                let line = match value.rule.and_then(|rule| map.rules.get(rule)) {
                    Some(rule) if rule.effect.ignore.is_some() => format!("{} (ignored)", rule.text),
                    Some(rule) => rule.text.clone(),
                    None => "NO ENTRY".to_owned(),
                };
                table.row([revealed(&value.value), line, amount(value.count)]);
            }
            for (word, count) in &column.null_markers {
                table.row([revealed(word), "(blank)".to_owned(), amount(*count)]);
            }
            if column.blank > 0 {
                table.row(["(blank)".to_owned(), String::new(), amount(column.blank)]);
            }
            text.push_str(&table.text("  "));
        }
    }
    text
}

/// An entry a mapped column: every value with its count and the line that it has. `only` is the index
/// of one source.
pub fn coverage_json(plan: &Plan, coverage: &Coverage, only: Option<usize>) -> Value {
    let mut columns = Vec::new();
    for (source, coverages) in chosen(plan, coverage, only) {
        for (map, column) in source.gives.maps.iter().zip(coverages) {
            let values: Vec<Value> = column
                .values
                .values()
                .map(|value| {
                    let rule = value.rule.and_then(|rule| map.rules.get(rule));
                    json!({
                        "value": value.value,
                        "count": value.count,
                        "line": rule.map(|rule| &rule.text),
                        "ignored": rule.and_then(|rule| rule.effect.ignore.as_ref()),
                    })
                })
                .collect();
            columns.push(json!({
                "source": source.key, "column": map.column.name, "blank": column.blank,
                "null_markers": column.null_markers, "values": values,
            }));
        }
    }
    Value::Array(columns)
}

fn chosen<'a>(
    plan: &'a Plan,
    coverage: &'a Coverage,
    only: Option<usize>,
) -> impl Iterator<Item = (&'a Source, &'a Vec<ColumnCoverage>)> {
    let all = plan.sources.iter().zip(&coverage.sources).enumerate();
    all.filter(move |(index, _)| only.is_none_or(|only| only == *index))
        .map(|(_, both)| both)
}
