//! `lists`: columns that hold several values in a cell. What maps and conditions have to know of them, out.

use std::collections::HashMap;

use super::{
    table_reader::{TableReader, bad_value, table, text},
    tree::Value,
};
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    plan::{ColumnMap, Condition, ListCells, Pattern, RuleEffect, Test, TextSpan},
    text::nearest::show,
};

struct ListColumn {
    separator: String,
    written: String,
    span: TextSpan,
}

/// The columns of a source that hold lists, by folded name.
pub(crate) struct ListColumns {
    all: HashMap<String, ListColumn>,
}

impl ListColumns {
    pub(crate) fn read(reader: &TableReader<'_>, out: &mut Diagnostics) -> Self {
        let mut all = HashMap::new();
        let entries = reader.optional("lists").and_then(|entry| table(entry, out));
        for entry in entries.map_or(&[][..], |table| &table.entries) {
            let Some(separator) = text(entry, out) else {
                continue;
            };
            if separator.is_empty() || separator.chars().count() > 4 {
                bad_value(
                    entry.node.span.clone(),
                    format!(
                        "the separator of {} must be one to four characters",
                        show(&entry.key)
                    ),
                    "Write what separates two values in a cell, such as \",\" or \";\"",
                    out,
                );
                continue;
            }
            all.insert(
                Pattern::fold(&entry.key),
                ListColumn {
                    separator: separator.to_owned(),
                    written: entry.key.clone(),
                    span: entry.key_span.clone(),
                },
            );
        }
        Self { all }
    }

    /// What separates the values of a column, if it contains lists.
    pub(crate) fn separator(&self, column: &str) -> Option<&str> {
        let list = self.all.get(&Pattern::fold(column))?;
        Some(&list.separator)
    }

    /// Tells the conditions on such columns how the cells are cut. A title with the separator in it is known
    /// by the map of the column, where there is one.
    pub(crate) fn cut_conditions(&self, maps: &mut [ColumnMap], each_row: Option<&mut RuleEffect>) {
        let mut titles: HashMap<String, Vec<String>> = HashMap::new();
        for map in &*maps {
            let Some(separator) = &map.separator else { continue };
            let exact = map.rules.iter().filter_map(|rule| match &rule.pattern {
                Pattern::Exact(title) if title.contains(&separator.to_lowercase()) => Some(title.clone()),
                _ => None,
            });
            titles.insert(Pattern::fold(&map.column.name), exact.collect());
        }
        let effects = maps
            .iter_mut()
            .flat_map(|map| &mut map.rules)
            .map(|rule| &mut rule.effect);
        for condition in effects.chain(each_row).flat_map(|effect| &mut effect.when) {
            if let (Test::AnyOf(values) | Test::NoneOf(values), Some(separator)) =
                (&condition.test, self.separator(&condition.column.name))
            {
                let titles = titles.get(&Pattern::fold(&condition.column.name));
                let titles = titles.into_iter().flatten().map(String::as_str);
                condition.list = Some(ListCells::new(separator, titles, values));
            }
        }
    }

    /// A column of the plan's own `lists` of which neither a map nor a condition makes use is a slip.
    pub(crate) fn check_used(
        &self,
        own: &TableReader<'_>,
        maps: &[ColumnMap],
        each_row: Option<&RuleEffect>,
        out: &mut Diagnostics,
    ) {
        let effects = maps.iter().flat_map(|map| &map.rules).map(|rule| &rule.effect);
        let conditions: Vec<&Condition> = effects.chain(each_row).flat_map(|effect| &effect.when).collect();
        let is_used = |folded: &str| {
            let of_conditions = conditions.iter().filter(|condition| condition.list.is_some());
            let mut names = maps
                .iter()
                .map(|map| &map.column)
                .chain(of_conditions.map(|condition| &condition.column));
            names.any(|column| Pattern::fold(&column.name) == folded)
        };
        let lists = own.optional("lists").map(|entry| &entry.node.value);
        let own = |list: &ListColumn| match lists {
            Some(Value::Table(lists)) => lists.get(&list.written).is_some(),
            _ => false,
        };
        let mut unused: Vec<&ListColumn> = self
            .all
            .iter()
            .filter(|(folded, list)| own(list) && !is_used(folded))
            .map(|(_, list)| list)
            .collect();
        unused.sort_by_key(|list| list.span.start);
        for list in unused {
            out.push(
                Diagnostic::warning(
                    Code::Unused,
                    format!(
                        "`lists` names the column {}, which has no map and no values in `when`",
                        show(&list.written)
                    ),
                )
                .at(list.span.clone(), "no effect")
                .remedy("Add a map of this column, or remove the line"),
            );
        }
    }
}
