//! Keys that sites and contact systems share: addresses, secrets, and keys without a meaning.

use super::{
    table_keys,
    table_reader::{TableReader, bad_value, line},
    tree::{Entry, Value},
};
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    model::SecretRef,
    text::nearest::show,
};

pub(super) fn no_meaning(reader: &TableReader<'_>, keys: &[&str], why: &str, out: &mut Diagnostics) {
    for entry in keys.iter().filter_map(|key| reader.optional(key)) {
        out.push(
            Diagnostic::error(
                Code::KeysClash,
                format!("{} does not apply here: {why}", show(&entry.key)),
            )
            .at(entry.key_span.clone(), "does not apply here")
            .remedy("Remove the line"),
        );
    }
}

pub(super) fn is_later(entry: &Entry, key: &str, later: &[&str]) -> bool {
    let Value::Table(table) = &entry.node.value else {
        return false;
    };
    table
        .get(key)
        .is_some_and(|entry| matches!(&entry.node.value, Value::Text(word) if later.contains(&word.as_str())))
}

/// `{ env = "NAME" }` or `{ file = "path" }`. Anything else in the plan is never repeated.
pub(super) fn secret(entry: &Entry, out: &mut Diagnostics) -> Option<SecretRef> {
    let key = show(&entry.key);
    let literal = |out: &mut Diagnostics, at: &Entry, message: String| {
        out.push(
            Diagnostic::error(Code::LiteralSecret, message)
                .at(at.node.span.clone(), "not shown")
                .remedy(format!(
                    "Put the secret in an environment variable and write {} = {{ env = \"NAME_OF_THE_VARIABLE\" }}, or in a file and write {{ file = \"path\" }}; if the plan was shared, change the secret",
                    entry.key
                )),
        );
    };
    let Value::Table(table) = &entry.node.value else {
        literal(out, entry, format!("{key} is written in the plan itself"));
        return None;
    };
    let reader = TableReader::open(
        table,
        table_keys::SECRET,
        key.clone(),
        entry.key_span.clone(),
        out,
    );
    match (reader.optional("env"), reader.optional("file")) {
        (Some(env), None) => {
            let name = line(env, out)?;
            let fits = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
                && !name.starts_with(|c: char| c.is_ascii_digit());
            if !fits {
                literal(
                    out,
                    env,
                    format!("{key} does not name an environment variable; is it the secret itself?"),
                );
                return None;
            }
            Some(SecretRef::Env(name.to_owned()))
        }
        (None, Some(file)) => Some(SecretRef::File(line(file, out)?.to_owned())),
        (Some(env), Some(file)) => {
            out.push(
                Diagnostic::error(Code::KeysClash, format!("{key} has both `env` and `file`"))
                    .at(file.key_span.clone(), "the second")
                    .at(env.key_span.clone(), "the first")
                    .remedy("Keep one of the two"),
            );
            None
        }
        (None, None) => {
            out.push(
                Diagnostic::error(Code::MissingKey, format!("{key} has neither `env` nor `file`"))
                    .at(entry.key_span.clone(), "where is the secret?")
                    .remedy(format!(
                        "Write, for example: {} = {{ env = \"CRM_TOKEN\" }}",
                        entry.key
                    )),
            );
            None
        }
    }
}

/// An `http` or `https` address without credentials, query or fragment; no slash at the end.
pub(super) fn url(entry: &Entry, secret: &str, out: &mut Diagnostics) -> Option<String> {
    let text = line(entry, out)?;
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let host = rest.unwrap_or_default().split('/').next().unwrap_or_default();
    let problem = if rest.is_none() {
        "`url` must start with https:// or http://"
    } else if text.contains('@') {
        "`url` must not contain a user name or password"
    } else if host.is_empty() || host.starts_with(':') {
        "`url` has no host"
    } else if text.contains(['?', '#', '\\', '"', '<', '>']) || text.contains(char::is_whitespace) {
        "`url` must be a plain address, without ? # and blanks"
    } else {
        return Some(text.trim_end_matches('/').to_owned());
    };
    bad_value(
        entry.node.span.clone(),
        problem,
        format!("Write, for example: url = \"https://members.example\"; secrets go into `{secret}`"),
        out,
    );
    None
}
