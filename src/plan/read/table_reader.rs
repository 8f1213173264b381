//! A table of the tree in, values of their types out; what does not fit is reported with its place.

use super::field_words::{belongs, meant};
use super::table_keys::TableKeys;
use super::tree::{Entry, Node, Table, Value};
use super::vocabulary::Choice;
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    plan::TextSpan,
    text::nearest::{did_you_mean, list, show},
};

/// For more unknown keys of one table no nearest one is looked for.
const MAX_NEAREST: usize = 100;

/// Reads one table whose keys are known. Every key that is not known is reported when it opens.
#[derive(Debug)]
pub(super) struct TableReader<'t> {
    table: &'t Table,
    keys: TableKeys,
    /// As the plan would write it: `[sources.people]`.
    what: String,
    /// Where to say that a key is missing.
    span: TextSpan,
}

impl<'t> TableReader<'t> {
    /// Opens the table.
    pub(super) fn open(
        table: &'t Table,
        keys: &TableKeys,
        what: impl Into<String>,
        span: TextSpan,
        out: &mut Diagnostics,
    ) -> Self {
        let what = what.into();
        let mut near = MAX_NEAREST;
        let mut misplaced = false;
        for entry in &table.entries {
            let key = entry.key.as_str();
            if keys.takes(key) {
                continue;
            }
            let belongs = belongs(key, &what);
            // Lines below the wrong table are one mistake, however many.
            if belongs.is_some() && std::mem::replace(&mut misplaced, true) {
                continue;
            }
            out.push(if keys.comes_later(key) {
                Diagnostic::error(
                    Code::NotBuiltYet,
                    format!(
                        "{} in {what} is part of the plan language, but not built yet",
                        show(key)
                    ),
                )
                .at(entry.key_span.clone(), "not built yet")
                .remedy(format!("Remove it for now; {what} takes {}", list(&keys.keys)))
            } else {
                near = near.saturating_sub(1);
                Diagnostic::error(Code::UnknownKey, format!("{what} has no key {}", show(key)))
                    .at(entry.key_span.clone(), "unknown key")
                    .remedy(
                        meant(key, keys)
                            .map(|key| format!("Did you mean {}?", show(key)))
                            .or(belongs)
                            .or_else(|| did_you_mean(key, keys.keys.iter().copied().filter(|_| near > 0)))
                            .unwrap_or_else(|| format!("{what} takes {}", list(&keys.keys))),
                    )
            });
        }
        Self {
            table,
            keys: keys.clone(),
            what,
            span,
        }
    }

    /// Opens the table in an entry.
    pub(super) fn open_entry(
        entry: &'t Entry,
        keys: &TableKeys,
        what: impl Into<String>,
        out: &mut Diagnostics,
    ) -> Option<Self> {
        let table = table(entry, out)?;
        Some(Self::open(table, keys, what, entry.key_span.clone(), out))
    }

    /// The same reader on another table, whose keys were checked before.
    pub(super) fn over<'m>(&self, table: &'m Table) -> TableReader<'m> {
        TableReader {
            table,
            keys: self.keys.clone(),
            what: self.what.clone(),
            span: self.span.clone(),
        }
    }

    /// The table.
    pub(super) fn table(&self) -> &'t Table {
        self.table
    }

    /// The table's name.
    pub(super) fn what(&self) -> &str {
        &self.what
    }

    /// Where the table is.
    pub(super) fn span(&self) -> TextSpan {
        self.span.clone()
    }

    /// All entries, in the order of the text.
    pub(super) fn entries(&self) -> &'t [Entry] {
        &self.table.entries
    }

    /// A key that may be left out.
    pub(super) fn optional(&self, key: &str) -> Option<&'t Entry> {
        debug_assert!(self.keys.takes(key), "{key} is in no list of keys");
        self.table.get(key)
    }

    /// A key that must be there.
    pub(super) fn required(&self, key: &str, example: &str, out: &mut Diagnostics) -> Option<&'t Entry> {
        let entry = self.optional(key);
        if entry.is_none() {
            out.push(
                Diagnostic::error(Code::MissingKey, format!("{} needs {}", self.what, show(key)))
                    .at(self.span(), format!("no {} here", show(key)))
                    .remedy(format!("Add it, for example: {example}")),
            );
        }
        entry
    }
}

fn wrong_type(key: &str, node: &Node, wanted: &str, example: &str, out: &mut Diagnostics) {
    let key = show(key);
    let name = key.trim_matches('`');
    out.push(
        Diagnostic::error(
            Code::WrongType,
            format!("{key} must be {wanted}, not {}", node.value.kind()),
        )
        .at(node.span.clone(), format!("this is {}", node.value.kind()))
        .remedy(format!("Write, for example: {name} = {example}")),
    );
}

/// Reports a value that is of the right type and does not fit.
pub(super) fn bad_value(
    span: TextSpan,
    message: impl Into<String>,
    remedy: impl Into<String>,
    out: &mut Diagnostics,
) {
    out.push(
        Diagnostic::error(Code::BadValue, message)
            .at(span, "this value")
            .remedy(remedy),
    );
}

/// Text of any kind.
pub(super) fn text<'t>(entry: &'t Entry, out: &mut Diagnostics) -> Option<&'t str> {
    node_text(&entry.key, &entry.node, out)
}

fn node_text<'t>(key: &str, node: &'t Node, out: &mut Diagnostics) -> Option<&'t str> {
    if let Value::Text(text) = &node.value {
        return Some(text);
    }
    wrong_type(key, node, "text in quotes", "\"…\"", out);
    None
}

/// Text that is not blank and contains no control characters, trimmed.
pub(super) fn line<'t>(entry: &'t Entry, out: &mut Diagnostics) -> Option<&'t str> {
    let text = text(entry, out)?;
    let problem = if text.trim().is_empty() {
        "is blank"
    } else if text.trim().chars().any(char::is_control) {
        "contains a line break, tab or other control character"
    } else {
        return Some(text.trim());
    };
    bad_value(
        entry.node.span.clone(),
        format!("{} {problem}", show(&entry.key)),
        "Write it on one line, with at least one visible character",
        out,
    );
    None
}

/// `true` or `false`.
pub(super) fn flag(entry: &Entry, out: &mut Diagnostics) -> Option<bool> {
    if let Value::Flag(flag) = entry.node.value {
        return Some(flag);
    }
    wrong_type(
        &entry.key,
        &entry.node,
        "true or false, without quotes",
        "true",
        out,
    );
    None
}

/// A whole number from `min` to `max`.
pub(super) fn number(entry: &Entry, min: u64, max: u64, out: &mut Diagnostics) -> Option<u64> {
    let Value::Integer(number) = entry.node.value else {
        wrong_type(
            &entry.key,
            &entry.node,
            "a whole number, without quotes",
            "10",
            out,
        );
        return None;
    };
    let fits = number
        .and_then(|number| u64::try_from(number).ok())
        .filter(|number| (min..=max).contains(number));
    if fits.is_none() {
        bad_value(
            entry.node.span.clone(),
            format!("{} is out of range", show(&entry.key)),
            format!("Use a whole number from {min} to {max}"),
            out,
        );
    }
    fits
}

/// One word of a closed set.
pub(super) fn choice<T: Copy>(entry: &Entry, choice: &Choice<T>, out: &mut Diagnostics) -> Option<T> {
    let words: Vec<&str> = choice.words.iter().map(|(word, _)| *word).collect();
    let chosen = word_of(entry, &words, choice.later, out)?;
    let (_, value) = choice.words.iter().find(|(word, _)| *word == chosen)?;
    Some(*value)
}

/// One of these words. `later` are words of the language that are not built yet.
pub(super) fn word_of<'w>(
    entry: &Entry,
    words: &[&'w str],
    later: &[&str],
    out: &mut Diagnostics,
) -> Option<&'w str> {
    let text = text(entry, out)?;
    if let Some(word) = words.iter().find(|word| **word == text) {
        return Some(word);
    }
    let key = show(&entry.key);
    if later.contains(&text) {
        out.push(
            Diagnostic::error(
                Code::NotBuiltYet,
                format!(
                    "{key} = {} is part of the plan language, but not built yet",
                    show(text)
                ),
            )
            .at(entry.node.span.clone(), "not built yet")
            .remedy(format!("This version takes {}", list(words))),
        );
    } else {
        bad_value(
            entry.node.span.clone(),
            format!("{key} cannot be {}", show(text)),
            did_you_mean(text, words.iter().copied()).unwrap_or_else(|| format!("It takes {}", list(words))),
            out,
        );
    }
    None
}

/// A table.
pub(super) fn table<'t>(entry: &'t Entry, out: &mut Diagnostics) -> Option<&'t Table> {
    if let Value::Table(table) = &entry.node.value {
        return Some(table);
    }
    wrong_type(
        &entry.key,
        &entry.node,
        "a table of keys and values",
        "{ key = \"value\" }",
        out,
    );
    None
}

/// One text, or a list of texts, each with its place.
pub(super) fn texts<'t>(entry: &'t Entry, out: &mut Diagnostics) -> Vec<(&'t str, TextSpan)> {
    match &entry.node.value {
        Value::Text(text) => vec![(text.as_str(), entry.node.span.clone())],
        Value::List(nodes) => nodes
            .iter()
            .filter_map(|node| Some((node_text(&entry.key, node, out)?, node.span.clone())))
            .collect(),
        _ => {
            wrong_type(
                &entry.key,
                &entry.node,
                "text in quotes, or a list of texts",
                "[\"…\", \"…\"]",
                out,
            );
            Vec::new()
        }
    }
}

/// A key that the plan's author chose: `[offerings.KEY]`.
pub(super) fn check_key(entry: &Entry, out: &mut Diagnostics) {
    let mut bytes = entry.key.bytes();
    let first = bytes
        .next()
        .is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let rest = bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
    if !(first && rest && entry.key.len() <= 64) {
        out.push(
            Diagnostic::error(Code::BadKey, format!("{} cannot be a key", show(&entry.key)))
                .at(entry.key_span.clone(), "this key")
                .remedy(
                    "Use up to 64 lowercase letters, digits, - and _, starting with a letter or digit; put the visible name in `name`",
                ),
        );
    }
}
