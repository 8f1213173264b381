//! The columns that a source names: people's, consent, and their numbers if there is no header.

use super::table_keys;
use super::table_reader::{TableReader, bad_value, line, texts};
use super::tree::{Entry, Node, Value};
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    plan::{ColumnUse, Consent, LoginRule, Pattern, Release, Source, TextSpan, Words},
    text::nearest::show,
};

/// A column: its header as text, or its number.
pub(super) fn column(entry: &Entry, out: &mut Diagnostics) -> Option<ColumnUse> {
    let name = match entry.node.value {
        Value::Integer(Some(number)) => number.to_string(),
        _ => line(entry, out)?.to_owned(),
    };
    Some(ColumnUse {
        name,
        span: entry.node.span.clone(),
    })
}

/// The possible names of a column, best first: one, or a list.
pub(super) fn column_names(entry: &Entry, out: &mut Diagnostics) -> Vec<String> {
    let Value::List(nodes) = &entry.node.value else {
        return column(entry, out).map(|column| column.name).into_iter().collect();
    };
    if nodes.is_empty() {
        bad_value(
            entry.node.span.clone(),
            format!("{} lists no columns", show(&entry.key)),
            "Name at least one column, or remove the key",
            out,
        );
    }
    let one = |node: &Node| Entry {
        node: node.clone(),
        ..entry.clone()
    };
    nodes
        .iter()
        .filter_map(|node| column(&one(node), out))
        .map(|column| column.name)
        .collect()
}

/// `consent = { column, opted_out, opted_in }`.
pub(super) fn consent(entry: &Entry, source: &str, out: &mut Diagnostics) -> Option<Consent> {
    let what = format!("consent of {source}");
    let example = "consent = { column = \"Marketing\", opted_out = [\"no\"] }";
    let reader = TableReader::open_entry(entry, table_keys::CONSENT, what, out)?;
    let column = reader
        .required("column", example, out)
        .and_then(|entry| column(entry, out));
    let opted_out_entry = reader.required("opted_out", example, out);
    let opted_out = opted_out_entry.map(|entry| texts(entry, out)).unwrap_or_default();
    let opted_in = reader
        .optional("opted_in")
        .map(|entry| texts(entry, out))
        .unwrap_or_default();
    let is_empty = |entry: &&Entry| matches!(&entry.node.value, Value::List(list) if list.is_empty());
    if let Some(entry) = opted_out_entry.filter(is_empty) {
        bad_value(
            entry.node.span.clone(),
            "`opted_out` has no values, so no member would count as opted out",
            "List the values that mean no",
            out,
        );
    }
    let words = |values: &[(&str, TextSpan)]| Words::new(values.iter().map(|(value, _)| *value));
    let folded_out: Vec<String> = opted_out.iter().map(|(value, _)| Pattern::fold(value)).collect();
    for (value, span) in opted_out.iter().chain(&opted_in) {
        check_pattern(value, span, out);
    }
    for (value, span) in &opted_in {
        if let Some(at) = folded_out.iter().position(|out| *out == Pattern::fold(value)) {
            let mut diagnostic =
                Diagnostic::error(Code::SameLine, format!("{} means both yes and no", show(value)))
                    .at(span.clone(), "opted in");
            if let Some((_, span)) = opted_out.get(at) {
                diagnostic = diagnostic.at(span.clone(), "opted out");
            }
            out.push(diagnostic.remedy("Keep it in one of the two lists"));
        }
    }
    Some(Consent {
        column: column?,
        opted_in: words(&opted_in),
        opted_out: words(&opted_out),
    })
}

/// A pattern of a list has one star.
pub(super) fn check_pattern(value: &str, span: &TextSpan, out: &mut Diagnostics) {
    if Pattern::parse(value).is_none() {
        out.push(
            Diagnostic::error(Code::BadPattern, format!("{} has more than one `*`", show(value)))
                .at(span.clone(), "this pattern")
                .remedy("Keep one `*`; write `\\\\*` for a star that is part of the value"),
        );
    }
}

/// Without a header row, columns are numbers from 1.
pub(super) fn check_numbers(source: &Source, out: &mut Diagnostics) {
    let people = [
        &source.person.email,
        &source.person.first_name,
        &source.person.last_name,
        &source.person.full_name,
        &source.person.key,
    ];
    let effects = source.gives.each_row.iter().chain(
        source
            .gives
            .maps
            .iter()
            .flat_map(|map| map.rules.iter().map(|rule| &rule.effect)),
    );
    let all = people
        .into_iter()
        .flatten()
        .chain(source.person.consent.iter().map(|consent| &consent.column))
        .chain(source.gives.maps.iter().map(|map| &map.column))
        .chain(source.fields.iter().map(|field| &field.column))
        .chain(source.gives.ends.as_ref().map(|ends| &ends.column))
        .chain(source.gives.statuses.iter().flat_map(|statuses| {
            let until = statuses.until.as_ref().map(|until| &until.column);
            std::iter::once(&statuses.column).chain(until)
        }))
        .chain(&source.person.registered)
        .chain(match &source.person.login {
            Some(LoginRule::Column(column)) => Some(column),
            _ => None,
        })
        .chain(source.formats.dates.columns.iter().map(|(column, _)| column))
        .chain(effects.flat_map(|effect| {
            let from = match &effect.release {
                Some(Release::Drip { from, .. }) => Some(from),
                _ => None,
            };
            let ends = effect.ends.as_ref().map(|ends| &ends.column);
            let conditions = effect.when.iter().map(|condition| &condition.column);
            conditions.chain(from).chain(ends)
        }));
    for column in all {
        let fits = column.name.parse::<u32>().is_ok_and(|number| number >= 1);
        if !fits {
            bad_value(
                column.span.clone(),
                format!("{} is not a column number", show(&column.name)),
                "With `header = false`, columns have no names; number them from 1",
                out,
            );
        }
    }
}
