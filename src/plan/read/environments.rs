//! A plan's tree and the name of an environment in, the tree with the environment laid over out.

use std::collections::HashSet;

use super::{
    given::Given,
    table_keys,
    table_reader::{TableReader, check_key},
    tree::{Entry, Table, Value},
    whole_plan::plan_of,
};
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics, Place},
    model::{ContactKeyKind, Declarations},
    plan::TextSpan,
    text::{
        amount,
        nearest::{did_you_mean, list, show},
    },
};

/// Each environment is checked by reading the whole plan with it.
const MAX_ENVIRONMENTS: usize = 16;

/// Keys that hold secrets, which a changed `url` drops.
fn secret_keys(systems: &Declarations) -> Vec<&'static str> {
    let declared = systems.contact_keys().into_iter();
    let declared = declared
        .filter(|key| key.kind == ContactKeyKind::Secret)
        .map(|key| key.name);
    std::iter::once("password").chain(declared).collect()
}

/// The tree with the chosen environment laid over.
pub(super) fn choose(root: &Table, given: &Given<'_>, out: &mut Diagnostics) -> Table {
    let environments = check_shapes(root, out);
    let Some(name) = given.environment else {
        return root.clone();
    };
    let Some(chosen) = environments.iter().find(|entry| entry.key == name) else {
        let names: Vec<&str> = environments.iter().map(|entry| entry.key.as_str()).collect();
        let mut diagnostic = Diagnostic::error(
            Code::UnknownReference,
            format!("the plan has no environment {}", show(name)),
        )
        .remedy(match did_you_mean(name, names.iter().copied()) {
            Some(nearest) => nearest,
            None if names.is_empty() => format!("Add [environments.{name}], or leave out --env"),
            None => format!("The plan has {}", list(&names)),
        });
        if let Some(entry) = root.get("environments") {
            diagnostic = diagnostic.at(entry.key_span.clone(), "the environments");
        }
        out.push(diagnostic);
        return root.clone();
    };
    laid_over(root, chosen, &secret_keys(given.known.systems), out)
}

/// Reads the plan once with each environment that was not chosen, and keeps what is said about it.
pub(super) fn check_others(root: &Table, given: &Given<'_>, out: &mut Diagnostics) {
    let secrets = secret_keys(given.known.systems);
    let mut unheard = Diagnostics::default();
    for entry in check_shapes(root, &mut unheard) {
        if given.environment == Some(entry.key.as_str()) {
            continue;
        }
        let mut found = Diagnostics::default();
        let chosen = laid_over(root, entry, &secrets, &mut found);
        let given = Given {
            environment: Some(entry.key.as_str()),
            ..*given
        };
        plan_of(&chosen, &given, &mut found);
        let own = own_spans(entry);
        let mut known: HashSet<(Code, usize)> = out.iter().filter_map(place_of).collect();
        for diagnostic in found.iter() {
            let Some(place) = place_of(diagnostic) else {
                continue;
            };
            if holds(&own, place.1) && known.insert(place) {
                out.push(diagnostic.clone());
            }
        }
    }
}

/// The code, and where the main place starts.
fn place_of(diagnostic: &Diagnostic) -> Option<(Code, usize)> {
    match diagnostic.places.first() {
        Some(Place::Plan(span, _)) => Some((diagnostic.code, span.start)),
        _ => None,
    }
}

/// Where an environment's own lines are: in order, without overlaps.
fn own_spans(entry: &Entry) -> Vec<TextSpan> {
    let mut spans = Vec::new();
    let mut left = vec![entry];
    while let Some(entry) = left.pop() {
        spans.push(entry.span());
        if let Value::Table(table) = &entry.node.value {
            left.extend(&table.entries);
        }
    }
    spans.sort_by_key(|span| span.start);
    let mut merged: Vec<TextSpan> = Vec::with_capacity(spans.len());
    for span in spans {
        match merged.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => merged.push(span),
        }
    }
    merged
}

fn holds(spans: &[TextSpan], at: usize) -> bool {
    let after = spans.partition_point(|span| span.start <= at);
    after
        .checked_sub(1)
        .and_then(|index| spans.get(index))
        .is_some_and(|span| at < span.end)
}

/// The environments that are tables; what is wrong with their outline is reported.
fn check_shapes<'t>(root: &'t Table, out: &mut Diagnostics) -> Vec<&'t Entry> {
    let Some(entry) = root.get("environments") else {
        return Vec::new();
    };
    let Some(table) = super::table_reader::table(entry, out) else {
        return Vec::new();
    };
    if let Some(first_too_many) = table.entries.get(MAX_ENVIRONMENTS) {
        out.push(
            Diagnostic::error(
                Code::TooMany,
                format!(
                    "the plan has {} environments; at most {} are read",
                    amount(table.entries.len() as u64),
                    amount(MAX_ENVIRONMENTS as u64)
                ),
            )
            .at(first_too_many.key_span.clone(), "the first one over the limit"),
        );
    }
    let mut environments = Vec::new();
    for entry in table.entries.iter().take(MAX_ENVIRONMENTS) {
        check_key(entry, out);
        let what = format!("[environments.{}]", entry.key);
        let Some(reader) = TableReader::open_entry(entry, table_keys::ENVIRONMENT, what, out) else {
            continue;
        };
        if let (Some(site), None) = (reader.optional("site"), reader.optional("contacts")) {
            out.push(
                Diagnostic::error(
                    Code::EnvironmentIncomplete,
                    format!("{} changes `site` but does not set `contacts`", reader.what()),
                )
                .at(site.key_span.clone(), "another site")
                .remedy(format!(
                    "Set which contacts belong to this site, so that a test never writes to the live system: [environments.{}.contacts]",
                    entry.key
                )),
            );
        }
        environments.push(entry);
    }
    environments
}

fn laid_over(root: &Table, environment: &Entry, secrets: &[&str], out: &mut Diagnostics) -> Table {
    let mut merged = root.clone();
    let Value::Table(over) = &environment.node.value else {
        return merged;
    };
    for entry in &over.entries {
        if !table_keys::ENVIRONMENT.keys.contains(&entry.key.as_str()) {
            continue;
        }
        let replaces = match entry.key.as_str() {
            "site" => "kind",
            "contacts" => "system",
            _ => "",
        };
        match &entry.node.value {
            Value::Table(table) if table.get(replaces).is_none() => {
                if !replaces.is_empty() {
                    drop_secrets(&mut merged, entry, table, secrets, out);
                }
                lay(&mut merged, entry);
            }
            _ => put(&mut merged, entry),
        }
    }
    merged
}

/// A changed `url` drops the secrets that belong to the old one.
fn drop_secrets(merged: &mut Table, entry: &Entry, over: &Table, secrets: &[&str], out: &mut Diagnostics) {
    let Some(base) = merged.entries.iter_mut().find(|known| known.key == entry.key) else {
        return;
    };
    let Value::Table(base) = &mut base.node.value else {
        return;
    };
    let Some(url) = over.get("url") else { return };
    let same = base
        .get("url")
        .is_some_and(|known| known.node.value == url.node.value);
    if same {
        return;
    }
    base.entries.retain(|known| {
        let dropped = secrets.contains(&known.key.as_str());
        if dropped && over.get(&known.key).is_none() {
            out.push(
                Diagnostic::error(
                    Code::EnvironmentIncomplete,
                    format!(
                        "{}.url changes, so the {} of the old address is not sent there",
                        entry.key, known.key
                    ),
                )
                .at(url.span(), "another address")
                .at(known.key_span.clone(), "belongs to the old address")
                .remedy(format!(
                    "Set the secret again for the new url, for example: {}.{} = {{ env = \"NEW_SECRET\" }}",
                    entry.key, known.key
                )),
            );
        }
        !dropped
    });
}

/// Lays one entry over a table: tables merge by key, everything else is replaced.
fn lay(under: &mut Table, over: &Entry) {
    if let Value::Table(table) = &over.node.value
        && let Some(known) = under.entries.iter_mut().find(|known| known.key == over.key)
        && let Value::Table(base) = &mut known.node.value
    {
        for entry in &table.entries {
            lay(base, entry);
        }
        return;
    }
    put(under, over);
}

fn put(under: &mut Table, over: &Entry) {
    match under.entries.iter_mut().find(|known| known.key == over.key) {
        Some(known) => *known = over.clone(),
        None => under.entries.push(over.clone()),
    }
}
