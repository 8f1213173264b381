//! Coverage in, every value of every mapped column with its count and its line out.

use crate::{plan::Plan, wanted::Coverage};

use super::{Table, amount};

/// A table a mapped column: value, how often, and the line of the plan that it has.
pub fn coverage_text(plan: &Plan, coverage: &Coverage) -> String {
    let mut text = String::new();
    for (source, columns) in plan.sources.iter().zip(&coverage.sources) {
        for (map, column) in source.maps.iter().zip(columns) {
            text.push_str(&format!("[sources.{}.map.\"{}\"]\n", source.key, map.column.name));
            let mut table = Table::new(2, &["value", "line", "cells"]);
            for value in column.values.values() {
                let line = match value.rule.and_then(|rule| map.rules.get(rule)) {
                    Some(rule) if rule.effect.ignore.is_some() => format!("{} (ignored)", rule.text),
                    Some(rule) => rule.text.clone(),
                    None => "NO LINE".to_owned(),
                };
                table.row([value.value.escape_debug().to_string(), line, amount(value.count)]);
            }
            if column.blank > 0 {
                table.row(["(blank)".to_owned(), String::new(), amount(column.blank)]);
            }
            text.push_str(&table.text("  "));
        }
    }
    text
}
