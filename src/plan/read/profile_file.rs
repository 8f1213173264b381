//! The text of a profile in; the profile out, or what is wrong with it and on which line.

use std::{borrow::Cow, path::Path};

use super::{
    columns::column_names,
    described::Described,
    ends, events,
    parse::parse,
    profile_keys, profile_rules, statuses,
    table_keys::{self, TableKeys},
    table_reader::{TableReader, choice, line, table, text},
    tree::{Entry, Table, Value},
    vocabulary::{CERTAINTY, ROWS},
};
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics, Place},
    model::EventColumns,
    plan::{Certainty, PersonColumns, Profile, RowShape, profile::Settings},
    text::{amount, nearest::show},
};

/// The longest profile that is read, in bytes.
const MAX_BYTES: usize = 256 * 1024;

/// More than this that is wrong with a profile is not shown.
const MAX_DIAGNOSTICS: usize = 100;

/// Keys that are not settings of a source: of the profile itself, or kept apart.
const NO_SETTINGS: [&str; 7] = [
    "title",
    "rows",
    "certainty",
    "facts",
    "event",
    "example",
    "columns",
];

/// Keys that say something of the export that no source says, and `statuses`, which is only proposed.
const RULES: [&str; 11] = [
    "statuses",
    "blank",
    "unescape",
    "guard",
    "footer",
    "items",
    "drop",
    "recipient",
    "deleted",
    "together",
    "billing_columns",
];

const PROFILE: &TableKeys = &table_of(profile_keys::KEYS);
const EXAMPLE: &TableKeys = &table_of(&["csv", "records"]);
const EVENT: &TableKeys = &table_of(&[
    "id", "order", "date", "amount", "currency", "kind", "status", "flags",
]);

const fn table_of(keys: &'static [&'static str]) -> TableKeys {
    TableKeys {
        #[cfg(test)]
        schema: "",
        keys: Cow::Borrowed(keys),
        later: &[],
    }
}

/// True for the path of a profile, as opposed to the name of a built-in one.
pub fn is_profile_file(name: &str) -> bool {
    name.contains('/') || Path::new(name).extension().is_some_and(|ending| ending == "toml")
}

/// Reads a profile. `name` is the name in `profile = "…"`, `path` the file that diagnostics name.
pub fn read_profile(name: &str, path: &str, text: &str, out: &mut Diagnostics) -> Option<Profile> {
    let mut found = Diagnostics::default();
    let profile = if text.len() > MAX_BYTES {
        let message = format!(
            "the profile is {} bytes long; at most {} are read",
            amount(text.len() as u64),
            amount(MAX_BYTES as u64)
        );
        found.push(
            Diagnostic::error(Code::BadValue, message)
                .at(0..0, "this file")
                .remedy("Check that this is a profile and not an export"),
        );
        None
    } else {
        parse(text, &mut found).and_then(|table| profile_of(name, &table, &mut found))
    };
    let profile = profile.filter(|_| !found.has_errors());
    found.cut(MAX_DIAGNOSTICS);
    for diagnostic in found.iter() {
        out.push(in_file(diagnostic, path, text));
    }
    profile
}

/// The diagnostic with lines of the file for places.
fn in_file(diagnostic: &Diagnostic, path: &str, text: &str) -> Diagnostic {
    let mut diagnostic = diagnostic.clone();
    for place in &mut diagnostic.places {
        if let Place::Plan(span, note) = place {
            let before = text.bytes().take(span.start);
            let lines = before.filter(|byte| *byte == b'\n').count();
            *place = Place::File {
                path: path.to_owned(),
                line: u32::try_from(lines + 1).unwrap_or(0),
                note: std::mem::take(note),
            };
        }
    }
    diagnostic
}

fn profile_of(name: &str, root: &Table, out: &mut Diagnostics) -> Option<Profile> {
    let reader = TableReader::open(root, PROFILE, "the profile", 0..0, out);
    let title = reader
        .required(
            "title",
            "title = \"Podia customers export (one row per person)\"",
            out,
        )
        .and_then(|entry| line(entry, out));
    let shape = reader
        .required("rows", "rows = \"person\"", out)
        .and_then(|entry| choice(entry, ROWS, out));
    let certainty = reader
        .optional("certainty")
        .and_then(|entry| choice(entry, CERTAINTY, out));
    let facts = reader.optional("facts").and_then(|entry| line(entry, out));
    if let Some(entry) = reader.optional("example") {
        example(entry, out);
    }
    let columns = reader
        .optional("columns")
        .and_then(|entry| TableReader::open_entry(entry, table_keys::COLUMNS, "columns of the profile", out));
    let columns = columns.map_or_else(PersonColumns::default, |columns| {
        let mut named = |key| names(&columns, key, out);
        PersonColumns {
            email: named("email"),
            first_name: named("first_name"),
            last_name: named("last_name"),
            full_name: named("name"),
        }
    });
    let event = event(&reader, shape, out);
    // The same reader as for a source of a plan; what it finds counts once the plan's keys lie over it.
    let described = Described::read(&reader, out);
    if let Some(entry) = reader.optional("ends") {
        ends::last_day(entry, reader.what(), out);
    }
    let statuses = statuses::of_profile(&reader, out);
    let rules = profile_rules::read(&reader, out);
    let words = events::of_profile(&reader, event.is_some(), out);
    if !described.header {
        check_numbers(&columns, &reader, out);
    }
    Some(Profile {
        name: name.to_owned(),
        title: title?.to_owned(),
        shape: shape?,
        certainty: certainty.unwrap_or(Certainty::Assumed),
        facts: facts.unwrap_or_default().to_owned(),
        columns,
        event,
        words,
        statuses,
        rules,
        proposed: settings(root, |key| RULES.contains(&key)),
        settings: settings(root, |key| !NO_SETTINGS.contains(&key) && !RULES.contains(&key)),
    })
}

/// The keys of a profile that are meant.
fn settings(root: &Table, is_meant: impl Fn(&str) -> bool) -> Settings {
    let entries = root.entries.iter().filter(|entry| is_meant(&entry.key));
    Settings(Table {
        entries: entries.cloned().collect(),
    })
}

/// The possible names of a column.
fn names(reader: &TableReader<'_>, key: &str, out: &mut Diagnostics) -> Vec<String> {
    reader
        .optional(key)
        .map(|entry| column_names(entry, out))
        .unwrap_or_default()
}

/// The columns of events, which a profile has exactly where its rows are events.
fn event(reader: &TableReader<'_>, shape: Option<RowShape>, out: &mut Diagnostics) -> Option<EventColumns> {
    let is_event = shape? == RowShape::Event;
    let Some(entry) = reader.optional("event") else {
        if is_event {
            reader.required("event", "[event] and, below it, date = \"Created At\"", out);
        }
        return None;
    };
    if !is_event {
        out.push(
            Diagnostic::error(
                Code::KeysClash,
                "`event` has no meaning where a row is not an event",
            )
            .at(entry.key_span.clone(), "does not apply here")
            .remedy("Write rows = \"event\", or remove it"),
        );
        return None;
    }
    let event = TableReader::open_entry(entry, EVENT, "event of the profile", out)?;
    // Where a word for how it ended, or flags, say what a row is, it needs no kind: it is a charge.
    let by_flags = event.optional("flags").is_some();
    let by_status = event.optional("status").is_some();
    for (key, example, is_required) in [
        ("date", "date = \"Created At\"", true),
        ("amount", "amount = \"Amount\"", true),
        ("kind", "kind = \"Type\"", !by_flags && !by_status),
        ("status", "status = \"Status\"", !by_flags),
    ] {
        if is_required {
            event.required(key, example, out);
        }
    }
    let flags = profile_rules::flags(&event, out);
    let mut named = |key| names(&event, key, out);
    Some(EventColumns {
        id: named("id"),
        order: named("order"),
        date: named("date"),
        amount: named("amount"),
        currency: named("currency"),
        kind: named("kind"),
        status: named("status"),
        flags,
    })
}

/// Without a header row, columns are numbers from 1.
fn check_numbers(columns: &PersonColumns, reader: &TableReader<'_>, out: &mut Diagnostics) {
    let all = [
        &columns.email,
        &columns.first_name,
        &columns.last_name,
        &columns.full_name,
    ];
    let is_number = |name: &&String| name.parse::<u32>().is_ok_and(|number| number >= 1);
    if let Some(name) = all.into_iter().flatten().find(|name| !is_number(name)) {
        let span = reader
            .optional("columns")
            .map_or(0..0, |entry| entry.key_span.clone());
        out.push(
            Diagnostic::error(
                Code::BadValue,
                format!("{} is not the number of a column", show(name)),
            )
            .at(span, "these columns")
            .remedy("With `header = false`, columns have no names; number them from 1"),
        );
    }
}

/// The rows that show what the profile reads; a test of the built-in profiles compares them.
fn example(entry: &Entry, out: &mut Diagnostics) {
    let Some(reader) = TableReader::open_entry(entry, EXAMPLE, "example of the profile", out) else {
        return;
    };
    if let Some(csv) = reader.required("csv", "csv = '''Email,Name'''", out) {
        text(csv, out);
    }
    let Some(records) = reader.required("records", "[[example.records]]", out) else {
        return;
    };
    match &records.node.value {
        Value::List(nodes) if nodes.iter().all(|node| matches!(node.value, Value::Table(_))) => {}
        _ => {
            table(records, out);
        }
    }
}
