//! `[same]`: the old address of a person and the one by which the person is known now, chains followed.

use std::collections::BTreeMap;

use super::{
    given::keyed_by_text,
    table_reader::{TableReader, bad_value, line},
    tree::Entry,
};
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    model::Email,
    people::email,
    plan::TextSpan,
    text::nearest::show,
};

const MAX_LINES: usize = 100_000;

/// A line, as written.
struct Line {
    new: Email,
    span: TextSpan,
}

pub(crate) fn read(root: &TableReader<'_>, out: &mut Diagnostics) -> BTreeMap<Email, Email> {
    let mut lines: BTreeMap<Email, Line> = BTreeMap::new();
    for entry in keyed_by_text(root, "same", MAX_LINES, out) {
        let old = address(&entry.key, entry.key_span.clone(), out);
        let new = line(entry, out).and_then(|text| address(text, entry.node.span.clone(), out));
        let (Some(old), Some(new)) = (old, new) else {
            continue;
        };
        if old == new {
            itself(entry, out);
            continue;
        }
        if let Some(known) = lines.get(&old) {
            out.push(
                Diagnostic::error(
                    Code::SameLine,
                    format!("{} appears in [same] twice", show(old.as_str())),
                )
                .at(entry.key_span.clone(), "the second one")
                .at(known.span.clone(), "the first one")
                .remedy("Keep one of the two; addresses are compared without regard to case and spaces"),
            );
            continue;
        }
        let span = entry.span();
        lines.insert(old, Line { new, span });
    }
    followed(&lines, out)
}

/// An address as the cells of exports are read.
fn address(text: &str, span: TextSpan, out: &mut Diagnostics) -> Option<Email> {
    match email::parse(text) {
        Ok((email, _)) => Some(email),
        Err(problem) => {
            bad_value(
                span,
                format!("{} in [same] is {problem}", show(text)),
                "Write both addresses in quotes: \"old@address\" = \"new@address\"",
                out,
            );
            None
        }
    }
}

fn itself(entry: &Entry, out: &mut Diagnostics) {
    out.push(
        Diagnostic::error(
            Code::DoesNothing,
            format!("{} is the same as itself", show(&entry.key)),
        )
        .at(entry.span(), "both are the same address")
        .remedy("Remove the entry; addresses are compared without regard to case and spaces"),
    );
}

/// Each old address with the last of its chain. A circle is reported with all that is in it.
fn followed(lines: &BTreeMap<Email, Line>, out: &mut Diagnostics) -> BTreeMap<Email, Email> {
    let mut last: BTreeMap<Email, Option<Email>> = BTreeMap::new();
    for start in lines.keys() {
        let mut way: Vec<&Email> = Vec::new();
        let mut places: BTreeMap<&Email, usize> = BTreeMap::new();
        let mut at = start;
        let end = loop {
            if let Some(known) = last.get(at) {
                break known.clone();
            }
            if let Some(from) = places.get(at) {
                out.push(circle(&way[*from..], lines));
                break None;
            }
            let Some(line) = lines.get(at) else {
                break Some(at.clone());
            };
            places.insert(at, way.len());
            way.push(at);
            at = &line.new;
        };
        for old in way {
            last.insert(old.clone(), end.clone());
        }
    }
    last.into_iter()
        .filter_map(|(old, new)| Some((old, new?)))
        .collect()
}

fn circle(way: &[&Email], lines: &BTreeMap<Email, Line>) -> Diagnostic {
    let mut names: Vec<&str> = way.iter().map(|email| email.as_str()).collect();
    names.extend(way.first().map(|email| email.as_str()));
    let mut diagnostic = Diagnostic::error(
        Code::SameCycle,
        format!("the addresses in [same] form a circle: {}", names.join(" → ")),
    );
    for old in way {
        if let Some(line) = lines.get(*old) {
            diagnostic = diagnostic.at(line.span.clone(), format!("{old} is {}", line.new));
        }
    }
    diagnostic.remedy(
        "Remove the entry whose right side is not the member's current address; [same] cannot describe two people who swapped addresses",
    )
}
