//! What a value or row becomes: a line of a map, or `each_row`.

use std::collections::HashMap;

use super::conditions::conditions;
use super::ends;
use super::offerings::Offerings;
use super::release::{self, Granting, release};
use super::table_keys;
use super::table_reader::{TableReader, choice, line, table, text, texts};
use super::tags::{Left, Tags};
use super::tree::{Entry, Value};
use super::vocabulary::OTHERWISE;
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    plan::{Pattern, Rule, RuleEffect, TagGift, TextSpan},
    text::nearest::show,
};

/// The lines of `[sources.KEY.map.COLUMN]`.
pub(super) fn rules(
    map: &Entry,
    what: &str,
    offerings: &mut Offerings,
    tags: &mut Tags,
    out: &mut Diagnostics,
) -> Vec<Rule> {
    let Some(lines) = table(map, out) else {
        return Vec::new();
    };
    let mut seen: HashMap<Pattern, TextSpan> = HashMap::new();
    let mut rules = Vec::with_capacity(lines.entries.len());
    for entry in &lines.entries {
        if let Value::Text(word) = &entry.node.value {
            out.push(without_braces(entry, word));
            continue;
        }
        let pattern = pattern(entry, out);
        let Some(effect) = TableReader::open_entry(
            entry,
            table_keys::RULE,
            format!("{} in {what}", show(&entry.key)),
            out,
        )
        .map(|reader| effect(&reader, entry, offerings, tags, out)) else {
            continue;
        };
        let Some(pattern) = pattern else { continue };
        if let Some(first) = seen.get(&pattern) {
            out.push(
                Diagnostic::error(
                    Code::SameLine,
                    format!("{} appears twice in {what}", show(&entry.key)),
                )
                .at(entry.key_span.clone(), "the second entry")
                .at(first.clone(), "the first entry")
                .remedy("Keep one; values are compared without regard to case and surrounding spaces"),
            );
            continue;
        }
        seen.insert(pattern.clone(), entry.key_span.clone());
        rules.push(Rule {
            pattern,
            text: entry.key.clone(),
            effect,
            span: entry.span(),
            in_file: None,
        });
    }
    if lines.entries.is_empty() {
        out.push(
            Diagnostic::error(Code::DoesNothing, format!("{what} is empty"))
                .at(map.key_span.clone(), "no entries below")
                .remedy("Add an entry for every value of the column, such as \"Old course\" = { ignore = \"retired\" }"),
        );
    }
    rules
}

fn without_braces(entry: &Entry, word: &str) -> Diagnostic {
    let word = show(word);
    let word = word.trim_matches('`');
    Diagnostic::error(
        Code::WrongType,
        format!("{} must set what the value becomes", show(&entry.key)),
    )
    .at(entry.node.span.clone(), "only a text")
    .remedy(format!(
        "Write {{ grant = \"{word}\" }}, {{ tag = \"{word}\" }} or {{ ignore = \"why\" }}"
    ))
}

fn pattern(entry: &Entry, out: &mut Diagnostics) -> Option<Pattern> {
    let (message, remedy) = if entry.key.trim().is_empty() {
        (
            "an entry of a map has a blank value on its left",
            "Remove it; blank cells need no entry",
        )
    } else {
        let pattern = Pattern::parse(&entry.key);
        if pattern.is_some() {
            return pattern;
        }
        (
            "a pattern can contain only one `*`",
            "For a star that is part of the value, write '\\*' in single quotes; otherwise split the pattern into several entries",
        )
    };
    out.push(
        Diagnostic::error(Code::BadPattern, message)
            .at(entry.key_span.clone(), "this pattern")
            .remedy(remedy),
    );
    None
}

/// What every row of a source becomes.
pub(super) fn each_row(
    entry: &Entry,
    source: &str,
    offerings: &mut Offerings,
    tags: &mut Tags,
    out: &mut Diagnostics,
) -> Option<RuleEffect> {
    let reader = TableReader::open_entry(entry, table_keys::EACH_ROW, format!("each_row of {source}"), out)?;
    Some(effect(&reader, entry, offerings, tags, out))
}

fn effect(
    reader: &TableReader<'_>,
    entry: &Entry,
    offerings: &mut Offerings,
    tags: &mut Tags,
    out: &mut Diagnostics,
) -> RuleEffect {
    let grant_entry = reader.optional("grant");
    let grant = grant_entry.and_then(|entry| {
        if matches!(entry.node.value, Value::List(_)) {
            out.push(
                Diagnostic::error(Code::WrongType, "`grant` takes one offering")
                    .at(entry.node.span.clone(), "this is a list")
                    .remedy("Make an offering that includes them, and grant that one"),
            );
            return None;
        }
        let key = text(entry, out)?;
        offerings.find(key, &entry.node.span, out)
    });
    if let Some(grant) = grant {
        offerings.grant(grant);
    }
    let release_entry = reader.optional("release");
    let release = release_entry.and_then(|entry| release(entry, out));
    let ends_entry = reader.optional("ends");
    // A value that is ignored gives nothing, and that is said below.
    let has_grant = grant_entry.is_some() || (entry.key != "each_row" && reader.optional("ignore").is_some());
    let ends =
        ends_entry.and_then(|entry| ends::of_line(entry, reader.what(), (has_grant, grant), offerings, out));
    let tag_entry = reader.optional("tag");
    let gifts = gifts(tag_entry, entry, tags, out);
    let ignore_entry = if entry.key == "each_row" {
        None
    } else {
        reader.optional("ignore")
    };
    let ignore = ignore_entry.and_then(|entry| line(entry, out));
    let when_entry = reader.optional("when");
    let when = when_entry.map(|entry| conditions(entry, out)).unwrap_or_default();
    let otherwise_entry = reader.optional("otherwise");
    let otherwise = otherwise_entry.and_then(|entry| choice(entry, OTHERWISE, out));

    if let Some(ignore) = ignore_entry {
        for other in [
            grant_entry,
            release_entry,
            ends_entry,
            tag_entry,
            when_entry,
            otherwise_entry,
        ]
        .into_iter()
        .flatten()
        {
            out.push(clash(ignore, other, "a value that is ignored gives nothing"));
        }
    } else if grant_entry.is_none() && tag_entry.is_none_or(names_nothing) {
        let mut diagnostic = Diagnostic::error(Code::DoesNothing, format!("{} does nothing", reader.what()))
            .at(entry.span(), "neither grant, tag nor ignore")
            .remedy("Set what it gives, { grant = \"offering-key\" } or { tag = \"tag-key\" }, or why it gives nothing, { ignore = \"retired in 2023\" }");
        if entry.key == "each_row" {
            diagnostic = diagnostic
                .remedy("Set what every row gives: { grant = \"offering-key\" } or { tag = \"tag-key\" }");
        }
        out.push(diagnostic);
    }
    if ignore_entry.is_none() {
        let granting = Granting {
            grant: grant_entry.map(|entry| (entry.span(), grant)),
            release: release_entry.map(|entry| (entry.key_span.clone(), entry.span(), release.as_ref())),
        };
        release::check(&granting, offerings, out);
    }
    let missing = match (when_entry, grant_entry) {
        (None, _) => Some("when"),
        (_, None) => Some("grant"),
        _ => None,
    };
    if let (Some(otherwise), Some(missing), None) = (otherwise_entry, missing, ignore_entry) {
        out.push(
            Diagnostic::error(
                Code::KeysClash,
                "`otherwise` sets what happens to a grant whose `when` is not met",
            )
            .at(otherwise.key_span.clone(), format!("no `{missing}` here"))
            .remedy(format!("Add `{missing}`, or remove `otherwise`")),
        );
    }
    if let (Some(_), Some(offering)) = (otherwise, grant) {
        let revoking = "would revoke it, by itself or as a part of a bundle";
        offerings.check_revoke([offering], (entry.span(), revoking), "`otherwise`", out);
    }
    RuleEffect {
        grant,
        release,
        ends,
        tags: gifts,
        ignore: ignore.map(ToOwned::to_owned),
        when,
        otherwise,
    }
}

fn names_nothing(tags: &Entry) -> bool {
    matches!(&tags.node.value, Value::List(list) if list.is_empty())
}

/// The tags of a rule, each once.
fn gifts(tag_entry: Option<&Entry>, rule: &Entry, tags: &mut Tags, out: &mut Diagnostics) -> Vec<TagGift> {
    let left = if rule.key == "each_row" {
        Left::EachRow
    } else {
        Left::of(&rule.key)
    };
    let mut gifts = Vec::new();
    for (text, span) in tag_entry.map(|entry| texts(entry, out)).unwrap_or_default() {
        if let Some(gift) = tags.gift(text, left, &span, out)
            && !gifts.contains(&gift)
        {
            gifts.push(gift);
        }
    }
    gifts
}

fn clash(one: &Entry, other: &Entry, why: &str) -> Diagnostic {
    Diagnostic::error(
        Code::KeysClash,
        format!(
            "{} and {} exclude each other: {why}",
            show(&one.key),
            show(&other.key)
        ),
    )
    .at(other.key_span.clone(), "this one")
    .at(one.key_span.clone(), "the other")
    .remedy("Keep one of the two")
}
