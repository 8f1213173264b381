//! `was` and `takes_over`: the key that something had before, and the migration from which it is taken over.

use super::{
    table_reader::{TableReader, bad_value, line},
    tree::{Entry, Value},
};
use crate::{diagnostics::Diagnostics, plan::PlanItem, text::nearest::show};

/// The key by which the site knows an entry: the one that it had before, else its own.
pub(super) fn site_key(entry: &Entry) -> &str {
    let Value::Table(table) = &entry.node.value else {
        return &entry.key;
    };
    match table.get("was").map(|was| &was.node.value) {
        Some(Value::Text(was)) => was,
        _ => &entry.key,
    }
}

/// Checks `was`: two entries must not have one key on the site.
pub(super) fn check_was(
    entry: &Entry,
    reader: &TableReader<'_>,
    entries: &[Entry],
    out: &mut Diagnostics,
) -> Option<()> {
    let was = reader.optional("was")?;
    let old = line(was, out)?;
    let same = |other: &&Entry| other.key != entry.key && site_key(other) == old;
    let other = entries.iter().find(same)?;
    bad_value(
        was.node.span.clone(),
        format!("{} is also the key of [{}]", show(old), other.key),
        "Name the key that this entry had before, which no other entry has now",
        out,
    );
    None
}

/// The entry as the plan names it.
pub(super) fn item(entry: &Entry, reader: Option<&TableReader<'_>>, out: &mut Diagnostics) -> PlanItem {
    PlanItem {
        key: entry.key.clone(),
        span: entry.key_span.clone(),
        takes_over: reader.and_then(|reader| takes_over(reader, out)),
    }
}

/// The migration from which an entry is taken over.
pub(super) fn takes_over(reader: &TableReader<'_>, out: &mut Diagnostics) -> Option<String> {
    let entry = reader.optional("takes_over")?;
    line(entry, out).map(str::to_owned)
}
