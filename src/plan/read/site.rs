//! `[site]` and `[contacts]`: where users live, who owns contacts, and where the secrets are.

use super::table_keys;
use super::table_reader::{TableReader, bad_value, choice, line, table};
use super::tree::{Entry, Value};
use super::vocabulary::{
    CONTACTS_OPTED_OUT, CONTACTS_SYSTEM, ContactsKind, SITE_KIND, SITE_MEMBERSHIP, SiteKind,
};
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    model::{ContactsTarget, SecretRef, SiteTarget},
    text::nearest::show,
};

pub(super) fn site(root: &TableReader<'_>, out: &mut Diagnostics) -> Option<SiteTarget> {
    let entry = root.required(
        "site",
        "[site] and, below it, kind = \"local\" and path = \"site.sqlite\"",
        out,
    )?;
    if is_later(entry, "kind", SITE_KIND.later) {
        // The keys of a site that is not built yet are not judged by those of another.
        let kind = table(entry, out)?.get("kind")?;
        choice(kind, SITE_KIND, out);
        return None;
    }
    let reader = TableReader::open_entry(entry, table_keys::SITE, "[site]", out)?;
    let kind = reader
        .required("kind", "kind = \"local\"", out)
        .and_then(|entry| choice(entry, SITE_KIND, out));
    match kind? {
        SiteKind::Local => {
            no_meaning(
                &reader,
                &["url", "membership", "user", "password"],
                "the embedded site is a file",
                out,
            );
            let path = reader
                .required("path", "path = \"site.sqlite\"", out)
                .and_then(|entry| line(entry, out));
            Some(SiteTarget::Local {
                path: path?.to_owned(),
            })
        }
        SiteKind::WordPress => wordpress(&reader, out),
    }
}

fn wordpress(reader: &TableReader<'_>, out: &mut Diagnostics) -> Option<SiteTarget> {
    no_meaning(reader, &["path"], "a WordPress site is found by its `url`", out);
    let url = reader
        .required("url", "url = \"https://members.example\"", out)
        .and_then(|entry| url(entry, "password", out));
    let membership = reader
        .required("membership", "membership = \"accessally\"", out)
        .and_then(|entry| choice(entry, SITE_MEMBERSHIP, out));
    let user = reader
        .required("user", "user = \"migrator\"", out)
        .and_then(|entry| user(entry, out));
    let password = reader
        .required("password", "password = { env = \"SITE_PASSWORD\" }", out)
        .and_then(|entry| secret(entry, out));
    Some(SiteTarget::WordPress {
        url: url?,
        membership: membership?,
        user: user?.to_owned(),
        password: password?,
    })
}

/// The login of the application password: what Basic authentication can carry.
fn user<'t>(entry: &'t Entry, out: &mut Diagnostics) -> Option<&'t str> {
    let user = line(entry, out)?;
    if user.contains(':') {
        out.push(
            Diagnostic::error(
                Code::LiteralSecret,
                "`user` holds a colon, which no login does: is the password in it?",
            )
            .at(entry.node.span.clone(), "not shown")
            .remedy(
                "Give the login alone as `user`, and say by `password` where the application password is",
            ),
        );
        return None;
    }
    Some(user)
}

fn no_meaning(reader: &TableReader<'_>, keys: &[&str], why: &str, out: &mut Diagnostics) {
    for entry in keys.iter().filter_map(|key| reader.optional(key)) {
        out.push(
            Diagnostic::error(
                Code::KeysClash,
                format!("{} has no meaning here: {why}", show(&entry.key)),
            )
            .at(entry.key_span.clone(), "has no meaning here")
            .remedy("Take the line out"),
        );
    }
}

pub(super) fn contacts(root: &TableReader<'_>, out: &mut Diagnostics) -> Option<ContactsTarget> {
    let entry = root.required("contacts", "[contacts] and, below it, system = \"managed\"", out)?;
    if is_later(entry, "system", CONTACTS_SYSTEM.later) {
        let system = table(entry, out)?.get("system")?;
        choice(system, CONTACTS_SYSTEM, out);
        return None;
    }
    let reader = TableReader::open_entry(entry, table_keys::CONTACTS, "[contacts]", out)?;
    let system = reader
        .required("system", "system = \"managed\"", out)
        .and_then(|entry| choice(entry, CONTACTS_SYSTEM, out));
    let token = reader.optional("token").and_then(|entry| secret(entry, out));
    let share = reader.optional("share").and_then(|entry| share(entry, out));
    let opted_out = reader
        .optional("opted_out")
        .and_then(|entry| choice(entry, CONTACTS_OPTED_OUT, out));
    match system? {
        ContactsKind::Managed => {
            no_meaning(
                &reader,
                &["url", "token", "share", "opted_out"],
                "managed contacts live on the site",
                out,
            );
            Some(ContactsTarget::Managed)
        }
        ContactsKind::Simulated => {
            let url = reader
                .required("url", "url = \"http://127.0.0.1:8700\"", out)
                .and_then(|entry| url(entry, "token", out));
            Some(ContactsTarget::Simulated {
                url: url?,
                token,
                share_permille: share.unwrap_or(1000),
                opted_out,
            })
        }
    }
}

fn is_later(entry: &Entry, key: &str, later: &[&str]) -> bool {
    let Value::Table(table) = &entry.node.value else {
        return false;
    };
    table
        .get(key)
        .is_some_and(|entry| matches!(&entry.node.value, Value::Text(word) if later.contains(&word.as_str())))
}

/// `{ env = "NAME" }` or `{ file = "path" }`. What stands in the plan instead is never repeated.
fn secret(entry: &Entry, out: &mut Diagnostics) -> Option<SecretRef> {
    let key = show(&entry.key);
    let literal = |out: &mut Diagnostics, at: &Entry, message: String| {
        out.push(
            Diagnostic::error(Code::LiteralSecret, message)
                .at(at.node.span.clone(), "not shown")
                .remedy(format!(
                    "Put the secret into an environment variable and write {} = {{ env = \"NAME_OF_THE_VARIABLE\" }}, or into a file and write {{ file = \"path\" }}; if the plan was shared, the secret is known and should be changed",
                    entry.key
                )),
        );
    };
    let Value::Table(table) = &entry.node.value else {
        literal(out, entry, format!("{key} stands in the plan itself"));
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
                Diagnostic::error(Code::MissingKey, format!("{key} says neither `env` nor `file`"))
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

/// A share above 0, at most 1, in thousandths.
fn share(entry: &Entry, out: &mut Diagnostics) -> Option<u16> {
    let share = match &entry.node.value {
        Value::Float(share) => share.parse().unwrap_or(f64::NAN),
        Value::Integer(Some(1)) => 1.0,
        Value::Integer(_) => 0.0,
        _ => {
            out.push(
                Diagnostic::error(
                    Code::WrongType,
                    format!("`share` must be a number, not {}", entry.node.value.kind()),
                )
                .at(entry.node.span.clone(), "this value")
                .remedy("Write, for example: share = 0.6"),
            );
            return None;
        }
    };
    let permille = (1..=1000u16).find(|permille| f64::from(*permille) >= share * 1000.0 - 0.5);
    if share > 0.0 && share <= 1.0 && permille.is_some() {
        return permille;
    }
    bad_value(
        entry.node.span.clone(),
        "`share` is out of range",
        "Give a share of the published rate above 0 and at most 1, for example 0.6",
        out,
    );
    None
}

/// An `http` or `https` address without credentials, query or fragment; no slash at the end.
fn url(entry: &Entry, secret: &str, out: &mut Diagnostics) -> Option<String> {
    let text = line(entry, out)?;
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let host = rest.unwrap_or_default().split('/').next().unwrap_or_default();
    let problem = if rest.is_none() {
        "`url` must start with https:// or http://"
    } else if text.contains('@') {
        "`url` must not hold a name or password"
    } else if host.is_empty() || host.starts_with(':') {
        "`url` names no host"
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
