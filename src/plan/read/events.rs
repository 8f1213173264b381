//! `events` and `billing` of a source: the plan's own words for what an export of payments says.

use std::collections::BTreeMap;

use super::table_keys;
use super::table_reader::{TableReader, bad_value, choice, texts};
use super::vocabulary::BILLING;
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    model::{EventKind, EventStatus},
    plan::{EventWords, Pattern, Profile},
    text::nearest::show,
};

const KINDS: [(&str, EventKind); 5] = [
    ("charge", EventKind::Charge),
    ("subscription", EventKind::Subscription),
    ("payment_plan", EventKind::PaymentPlan),
    ("refund", EventKind::Refund),
    ("chargeback", EventKind::Chargeback),
];

const STATUSES: [(&str, EventStatus); 4] = [
    ("succeeded", EventStatus::Succeeded),
    ("refunded", EventStatus::Refunded),
    ("failed", EventStatus::Failed),
    ("pending", EventStatus::Pending),
];

/// The words of the profile and of the plan; `None` if rows are not events.
pub(super) fn words(
    source: &TableReader<'_>,
    profile: Option<&Profile>,
    out: &mut Diagnostics,
) -> Option<EventWords> {
    let profile = profile?;
    if profile.event.is_none() {
        if let Some(entry) = source.optional("events") {
            out.push(
                Diagnostic::error(
                    Code::KeysClash,
                    format!(
                        "`events` does not apply to the profile {}: its records are not payments and refunds",
                        show(&profile.name)
                    ),
                )
                .at(entry.key_span.clone(), "does not apply here")
                .remedy("Remove it, or use a profile for transactions, such as kajabi-transactions"),
            );
        }
        return None;
    }
    let mut words = profile.words.clone();
    add_words(source, &mut words, out);
    Some(words)
}

/// The words of a profile, whose rows are events or not.
pub(super) fn of_profile(profile: &TableReader<'_>, is_event: bool, out: &mut Diagnostics) -> EventWords {
    let mut words = EventWords::default();
    match profile.optional("events") {
        Some(entry) if !is_event => out.push(
            Diagnostic::error(
                Code::KeysClash,
                "`events` has no meaning where a row is not an event",
            )
            .at(entry.key_span.clone(), "does not apply here")
            .remedy("Write rows = \"event\", or remove it"),
        ),
        _ => add_words(profile, &mut words, out),
    }
    words
}

fn add_words(source: &TableReader<'_>, words: &mut EventWords, out: &mut Diagnostics) {
    let reader = source.optional("events").and_then(|entry| {
        let what = format!("events of {}", source.what());
        TableReader::open_entry(entry, table_keys::EVENTS, what, out)
    });
    if let Some(reader) = reader {
        add(&reader, &KINDS, &mut words.kinds, out);
        add(&reader, &STATUSES, &mut words.statuses, out);
    }
}

/// Adds words. A word that means something already is an error.
fn add<T: Copy + PartialEq>(
    reader: &TableReader<'_>,
    keys: &[(&str, T)],
    words: &mut BTreeMap<String, T>,
    out: &mut Diagnostics,
) {
    for (key, means) in keys {
        let given = reader
            .optional(key)
            .map(|entry| texts(entry, out))
            .unwrap_or_default();
        for (word, span) in given {
            let folded = Pattern::fold(word);
            if folded.is_empty() {
                bad_value(
                    span,
                    "a blank cell cannot have a meaning",
                    "Remove it; a blank cell in this column is an error",
                    out,
                );
            } else if let Some(known) = words.get(&folded).filter(|known| *known != means) {
                let name = keys
                    .iter()
                    .find(|(_, one)| one == known)
                    .map_or("", |(key, _)| key);
                bad_value(
                    span,
                    format!("{} already means `{name}`", show(word)),
                    "List each word once, and only those that the profile does not know: `rehome profiles NAME` shows them",
                    out,
                );
            } else {
                words.insert(folded, *means);
            }
        }
    }
}

/// `billing = "old"`.
pub(super) fn billing_stays(source: &TableReader<'_>, out: &mut Diagnostics) -> bool {
    source
        .optional("billing")
        .and_then(|entry| choice(entry, BILLING, out))
        .is_some()
}
