//! `[contacts]`: who owns contacts. Which contact systems there are, and which keys each has, is declared in their own
//! folders.

use super::{
    system_keys::{is_later, no_meaning, secret, url},
    table_keys,
    table_reader::{TableReader, bad_value, choice, line, number, table, word_of},
    tree::{Entry, Value},
    vocabulary::CONTACTS_OPTED_OUT,
};
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    model::{
        ContactDeclaration, ContactKey, ContactKeyKind, ContactSetting, ContactsTarget, Declarations,
        ExternalContacts, MANAGED, seconds,
    },
    text::nearest::show,
};

/// The keys that every contact system outside has.
const EXTERNAL: [&str; 3] = ["url", "share", "opted_out"];

/// Reads `[contacts]`.
pub(super) fn contacts(
    root: &TableReader<'_>,
    systems: &Declarations,
    out: &mut Diagnostics,
) -> Option<ContactsTarget> {
    let entry = root.required("contacts", "[contacts] and, below it, system = \"managed\"", out)?;
    let listed = systems.listed().map(|system| system.keyword);
    let mut keywords: Vec<&str> = std::iter::once(MANAGED).chain(listed).collect();
    if is_later(entry, "system", systems.later_contact_systems) {
        // The keys of a system that is not built yet are not judged by those of another.
        let system = table(entry, out)?.get("system")?;
        word_of(system, &keywords, systems.later_contact_systems, out);
        return None;
    }
    let mut declared = systems.contact_keys();
    // Nobody is told of a system that is not listed, and a plan that names it is read.
    if let Some(unlisted) = named(entry).and_then(|name| systems.contact_system(name))
        && !unlisted.listed
    {
        keywords.push(unlisted.keyword);
        declared.extend(unlisted.keys);
    }
    let keys = table_keys::CONTACTS.with(declared.iter().map(|key| key.name));
    let reader = TableReader::open_entry(entry, &keys, "[contacts]", out)?;
    let system = reader
        .required("system", "system = \"managed\"", out)
        .and_then(|entry| word_of(entry, &keywords, systems.later_contact_systems, out))?;
    let Some(declaration) = systems.contact_system(system) else {
        let others: Vec<&str> = EXTERNAL
            .into_iter()
            .chain(declared.iter().map(|key| key.name))
            .collect();
        no_meaning(&reader, &others, "managed contacts live on the site", out);
        return Some(ContactsTarget::Managed);
    };
    let of_others = declared
        .iter()
        .filter(|key| declaration.keys.iter().all(|own| own.name != key.name));
    let of_others: Vec<&str> = of_others.map(|key| key.name).collect();
    no_meaning(
        &reader,
        &of_others,
        &format!("it does not belong to {system}"),
        out,
    );
    external(&reader, declaration, out).map(ContactsTarget::External)
}

/// The word of `system`, whatever it is.
fn named(entry: &Entry) -> Option<&str> {
    let Value::Table(table) = &entry.node.value else {
        return None;
    };
    match &table.get("system")?.node.value {
        Value::Text(word) => Some(word),
        _ => None,
    }
}

fn external(
    reader: &TableReader<'_>,
    declaration: &ContactDeclaration,
    out: &mut Diagnostics,
) -> Option<ExternalContacts> {
    let mut target = ExternalContacts {
        system: declaration.keyword.to_owned(),
        title: declaration.title.to_owned(),
        url: declaration.default_url.unwrap_or_default().to_owned(),
        secrets: std::collections::BTreeMap::new(),
        settings: std::collections::BTreeMap::new(),
        account_keys: std::collections::BTreeSet::new(),
        share_permille: 1000,
        opted_out: None,
        plugin_word: declaration.plugin_word.to_owned(),
    };
    let mut complete = true;
    let secret_key = declaration
        .keys
        .iter()
        .find(|key| key.kind == ContactKeyKind::Secret);
    let secret_key = secret_key.map_or("token", |key| key.name);
    let address = if declaration.default_url.is_some() {
        reader.optional("url")
    } else {
        let address = reader.required("url", &format!("url = \"{}\"", declaration.example_url), out);
        complete &= address.is_some();
        address
    };
    if let Some(entry) = address {
        let address = url(entry, secret_key, out);
        complete &= address.is_some();
        target.url = address.unwrap_or_default();
    }
    for key in declaration.keys {
        let name = key.name.to_owned();
        let Some(entry) = entry_of(reader, declaration, key, out) else {
            let another = key.excludes.iter().any(|other| reader.optional(other).is_some());
            complete &= !key.required || another;
            continue;
        };
        if key.names_account {
            target.account_keys.insert(name.clone());
        }
        if key.kind == ContactKeyKind::Secret {
            drop(secret(entry, out).map(|at| target.secrets.insert(name, at)));
        } else {
            drop(setting(entry, key.kind, out).map(|value| target.settings.insert(name, value)));
        }
    }
    if let Some(share) = reader.optional("share").and_then(|entry| share(entry, out)) {
        target.share_permille = share;
    }
    target.opted_out = reader
        .optional("opted_out")
        .and_then(|entry| choice(entry, CONTACTS_OPTED_OUT, out));
    complete.then_some(target)
}

/// The entry of a key, if the plan has it. Says what is wrong where it must have it or one that it excludes, and where it has
/// both.
fn entry_of<'t>(
    reader: &TableReader<'t>,
    declaration: &ContactDeclaration,
    key: &ContactKey,
    out: &mut Diagnostics,
) -> Option<&'t Entry> {
    let entry = reader.optional(key.name);
    let other = key.excludes.iter().find_map(|other| reader.optional(other));
    match (entry, other) {
        // Said once, at the second.
        (Some(own), Some(other)) if own.key_span.start > other.key_span.start => out.push(
            Diagnostic::error(
                Code::KeysClash,
                format!("[contacts] has both {} and {}", show(&other.key), show(&own.key)),
            )
            .at(own.key_span.clone(), "the second")
            .at(other.key_span.clone(), "the first")
            .remedy("Keep one of the two"),
        ),
        (None, None) if key.required => {
            let index = |name: &str| declaration.keys.iter().position(|other| other.name == name);
            let first = key.excludes.iter().all(|other| index(other) > index(key.name));
            if first {
                reader.required(key.name, &example(key.name, key.kind), out);
            }
        }
        _ => {}
    }
    entry
}

/// The value of a key that is no secret.
fn setting(entry: &Entry, kind: ContactKeyKind, out: &mut Diagnostics) -> Option<ContactSetting> {
    let text = |text: &str| ContactSetting::Text(text.to_owned());
    match kind {
        ContactKeyKind::Secret => None,
        ContactKeyKind::Text => line(entry, out).map(text),
        ContactKeyKind::Choice(words) => word_of(entry, words, &[], out).map(text),
        ContactKeyKind::Number { min, max } => number(entry, min, max, out).map(ContactSetting::Number),
        ContactKeyKind::Duration { max_seconds } => {
            duration(entry, max_seconds, out).map(ContactSetting::Number)
        }
        ContactKeyKind::Table(keys) => {
            let names = table_keys::NONE.with(keys.iter().map(|key| key.name));
            let what = format!("[contacts.{}]", entry.key);
            let reader = TableReader::open_entry(entry, &names, what, out)?;
            let read = |key: &ContactKey, out: &mut Diagnostics| {
                let value = setting(reader.optional(key.name)?, key.kind, out)?;
                Some((key.name.to_owned(), value))
            };
            Some(ContactSetting::Table(
                keys.iter().filter_map(|key| read(key, out)).collect(),
            ))
        }
        ContactKeyKind::Names => {
            let entries = table(entry, out)?.entries.iter();
            let read = |entry: &Entry| Some((entry.key.clone(), line(entry, out).map(text)?));
            Some(ContactSetting::Table(entries.filter_map(read).collect()))
        }
    }
}

/// A time such as `"5 minutes"`, in seconds.
fn duration(entry: &Entry, max_seconds: u64, out: &mut Diagnostics) -> Option<u64> {
    let text = line(entry, out)?;
    let time = seconds(text).filter(|time| *time <= max_seconds);
    if time.is_none() {
        bad_value(
            entry.node.span.clone(),
            format!("{} is not a time of at most {max_seconds} seconds", show(text)),
            format!("Write, for example: {} = \"5 minutes\"", entry.key),
            out,
        );
    }
    time
}

/// A line that a plan could have, for messages.
fn example(name: &str, kind: ContactKeyKind) -> String {
    match kind {
        ContactKeyKind::Secret => format!("{name} = {{ env = \"CRM_TOKEN\" }}"),
        ContactKeyKind::Text => format!("{name} = \"…\""),
        ContactKeyKind::Choice(words) => {
            format!("{name} = \"{}\"", words.first().copied().unwrap_or("…"))
        }
        ContactKeyKind::Number { min, .. } => format!("{name} = {min}"),
        ContactKeyKind::Duration { .. } => format!("{name} = \"5 minutes\""),
        ContactKeyKind::Table(_) | ContactKeyKind::Names => format!("[contacts.{name}]"),
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
