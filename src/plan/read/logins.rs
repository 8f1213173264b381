//! `login` and `username`: how new users log in.

use super::columns::column;
use super::table_keys;
use super::table_reader::{TableReader, bad_value, choice};
use super::tree::{Entry, Value};
use super::vocabulary::{LOGIN, LoginWord};
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    plan::LoginRule,
    text::nearest::{did_you_mean, show},
};

/// `login` of `[members]`: a word, since a column belongs to a source.
pub(super) fn of_everybody(entry: &Entry, out: &mut Diagnostics) -> Option<LoginRule> {
    if matches!(entry.node.value, Value::Table(_)) {
        bad_value(
            entry.node.span.clone(),
            "a login column must be set in its source",
            "Set it below the source, [sources.people] and username = \"Username\"; this key takes \"email\" or \"local-part\"",
            out,
        );
        return None;
    }
    word(entry, out)
}

/// `login` or `username` of a source.
pub(super) fn of_source(reader: &TableReader<'_>, out: &mut Diagnostics) -> Option<LoginRule> {
    let (login, username) = (reader.optional("login"), reader.optional("username"));
    if let (Some(login), Some(username)) = (login, username) {
        out.push(
            Diagnostic::error(
                Code::KeysClash,
                format!("{} has both `login` and `username`", reader.what()),
            )
            .at(username.key_span.clone(), "this one")
            .at(login.key_span.clone(), "the other")
            .remedy(
                "Keep one of the two: `username = \"COLUMN\"` is short for `login = { column = \"COLUMN\" }`",
            ),
        );
        return None;
    }
    let of_login = login.and_then(|entry| match &entry.node.value {
        Value::Table(_) => {
            let what = format!("login of {}", reader.what());
            let table = TableReader::open_entry(entry, table_keys::LOGIN, what, out)?;
            let entry = table.required("column", "login = { column = \"Username\" }", out)?;
            column(entry, out).map(LoginRule::Column)
        }
        Value::Text(text) if LOGIN.words.iter().all(|(word, _)| word != text) => {
            let words = LOGIN.words.iter().map(|(word, _)| *word);
            bad_value(
                entry.node.span.clone(),
                format!("{} cannot be {}", show(&entry.key), show(text)),
                did_you_mean(text, words).unwrap_or_else(|| {
                    "Use `email` or `local-part`; for a column, write `username = \"COLUMN\"`".to_owned()
                }),
                out,
            );
            None
        }
        _ => word(entry, out),
    });
    of_login.or_else(|| column(username?, out).map(LoginRule::Column))
}

fn word(entry: &Entry, out: &mut Diagnostics) -> Option<LoginRule> {
    Some(match choice(entry, LOGIN, out)? {
        LoginWord::Email => LoginRule::Email,
        LoginWord::LocalPart => LoginRule::LocalPart,
    })
}
