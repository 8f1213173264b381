//! The keys of a profile that no source has, in; how its cells are cleaned, which rows and columns do not count, and what
//! belongs to the export, out.

use std::borrow::Cow;

use super::columns::{check_pattern, column_names};
use super::table_keys::TableKeys;
use super::table_reader::{TableReader, choice, texts};
use super::vocabulary::{GUARD, UNESCAPE};
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    model::EventFlags,
    plan::{BillingColumns, CellRules, DeletedPeople, ExportRules, Words},
};

const DELETED: &TableKeys = &table_of(&["columns", "domains"]);
const BILLING: &TableKeys = &table_of(&BillingColumns::KEYS);
const FLAGS: &TableKeys = &table_of(&EventFlags::KEYS);

const fn table_of(keys: &'static [&'static str]) -> TableKeys {
    TableKeys {
        #[cfg(test)]
        schema: "",
        keys: Cow::Borrowed(keys),
        later: &[],
    }
}

/// Reads these keys.
pub(super) fn read(profile: &TableReader<'_>, out: &mut Diagnostics) -> ExportRules {
    let drop = profile
        .optional("drop")
        .map(|entry| texts(entry, out))
        .unwrap_or_default();
    for (pattern, span) in &drop {
        check_pattern(pattern, span, out);
    }
    ExportRules {
        cells: CellRules {
            blank: words(profile, "blank", out),
            unescape: profile
                .optional("unescape")
                .and_then(|entry| choice(entry, UNESCAPE, out))
                .is_some(),
            guard: profile
                .optional("guard")
                .and_then(|entry| choice(entry, GUARD, out))
                .is_some(),
            items: names(profile, "items", out),
            footer: words(profile, "footer", out).into_iter().next(),
        },
        drop: Words::new(drop.iter().map(|(pattern, _)| *pattern)),
        recipient: names(profile, "recipient", out),
        deleted: deleted(profile, out),
        together: words(profile, "together", out),
        billing: billing(profile, out),
    }
}

fn deleted(profile: &TableReader<'_>, out: &mut Diagnostics) -> DeletedPeople {
    let reader = profile
        .optional("deleted")
        .and_then(|entry| TableReader::open_entry(entry, DELETED, "deleted of the profile", out));
    let Some(reader) = reader else {
        return DeletedPeople::default();
    };
    let domains = words(&reader, "domains", out).into_iter();
    DeletedPeople {
        columns: names(&reader, "columns", out),
        domains: domains.map(|domain| domain.to_lowercase()).collect(),
    }
}

fn billing(profile: &TableReader<'_>, out: &mut Diagnostics) -> BillingColumns {
    let reader = profile
        .optional("billing_columns")
        .and_then(|entry| TableReader::open_entry(entry, BILLING, "billing_columns of the profile", out));
    reader.map_or_else(BillingColumns::default, |reader| BillingColumns {
        names: BillingColumns::KEYS
            .iter()
            .map(|key| names(&reader, key, out))
            .collect(),
    })
}

/// `[event.flags]`.
pub(super) fn flags(event: &TableReader<'_>, out: &mut Diagnostics) -> EventFlags {
    let reader = event
        .optional("flags")
        .and_then(|entry| TableReader::open_entry(entry, FLAGS, "event.flags of the profile", out));
    let Some(reader) = reader else {
        return EventFlags::default();
    };
    if reader.entries().is_empty() {
        out.push(
            Diagnostic::error(Code::DoesNothing, "`flags` names no column")
                .at(reader.span(), "empty")
                .remedy("Write, for example: refunded = \"Refunded?\", or remove it"),
        );
    }
    EventFlags {
        columns: EventFlags::KEYS
            .iter()
            .map(|key| names(&reader, key, out))
            .collect(),
    }
}

fn names(reader: &TableReader<'_>, key: &str, out: &mut Diagnostics) -> Vec<String> {
    let entry = reader.optional(key);
    entry.map(|entry| column_names(entry, out)).unwrap_or_default()
}

fn words(reader: &TableReader<'_>, key: &str, out: &mut Diagnostics) -> Vec<String> {
    let entry = reader.optional(key);
    let texts = entry.map(|entry| texts(entry, out)).unwrap_or_default();
    texts.into_iter().map(|(text, _)| text.to_owned()).collect()
}
