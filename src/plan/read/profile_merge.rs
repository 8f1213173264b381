//! A profile and a source's table of a plan in; the table with the profile's keys underneath out.
//!
//! The rule, key by key:
//! - what the plan writes replaces what the profile says;
//! - `dates` (and each of its columns), `numbers`, `lists` and `fields` merge by key, a column or a field at a time;
//! - `login` and `username` are two ways to say one thing, so either replaces both;
//! - `columns` and `events` are not merged here: the profile's are looked at where the plan's say nothing.

use super::tree::{Entry, Node, Table, Value};
use crate::plan::{Pattern, Profile, TextSpan};

/// The tables that merge by key.
const BY_KEY: [&str; 4] = ["dates", "numbers", "lists", "fields"];

/// The plan's table with the profile's keys underneath. `span` is where the plan names the profile: what does not fit
/// between the two is shown there, since the profile by itself is valid.
pub(super) fn merge(profile: &Profile, own: &Table, span: &TextSpan) -> Table {
    let mut merged = own.clone();
    for entry in &profile.settings.0.entries {
        let key = entry.key.as_str();
        let replaced = match key {
            "events" => true,
            "login" | "username" => own.get("login").or(own.get("username")).is_some(),
            _ => false,
        };
        if replaced {
            continue;
        }
        match merged.entries.iter_mut().find(|known| known.key == key) {
            None => merged.entries.push(placed(entry, span)),
            Some(known) if BY_KEY.contains(&key) => fill(known, entry, span, key != "fields"),
            Some(_) => {}
        }
    }
    merged
}

/// Adds the keys that only the profile has. Keys are columns or words, which compare without case.
fn fill(known: &mut Entry, under: &Entry, span: &TextSpan, deep: bool) {
    let (Value::Table(known), Value::Table(under)) = (&mut known.node.value, &under.node.value) else {
        return;
    };
    for entry in &under.entries {
        let folded = Pattern::fold(&entry.key);
        match known
            .entries
            .iter_mut()
            .find(|known| Pattern::fold(&known.key) == folded)
        {
            None => known.entries.push(placed(entry, span)),
            Some(known) if deep => fill(known, entry, span, deep),
            Some(_) => {}
        }
    }
}

fn placed(entry: &Entry, span: &TextSpan) -> Entry {
    Entry {
        key: entry.key.clone(),
        key_span: span.clone(),
        node: placed_node(&entry.node, span),
    }
}

fn placed_node(node: &Node, span: &TextSpan) -> Node {
    let value = match &node.value {
        Value::List(nodes) => Value::List(nodes.iter().map(|node| placed_node(node, span)).collect()),
        Value::Table(table) => Value::Table(Table {
            entries: table.entries.iter().map(|entry| placed(entry, span)).collect(),
        }),
        value => value.clone(),
    };
    Node {
        value,
        span: span.clone(),
    }
}
