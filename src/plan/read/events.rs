//! `events` and `billing` of a source: the plan's own words for what an export of payments says.

use std::collections::BTreeMap;

use super::table_keys;
use super::table_reader::{TableReader, bad_value, choice, texts};
use super::vocabulary::BILLING;
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    model::{EventColumns, EventKind, EventStatus, Profile},
    plan::{EventWords, Pattern},
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

/// The words of the profile and of the plan; `None` where rows are no events.
pub(super) fn words(
    source: &TableReader<'_>,
    profile: Option<&Profile>,
    out: &mut Diagnostics,
) -> Option<EventWords> {
    let entry = source.optional("events");
    let Some(columns) = profile?.event.as_ref() else {
        if let (Some(entry), Some(profile)) = (entry, profile) {
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
    };
    let mut words = of_profile(columns);
    let reader = entry.and_then(|entry| {
        let what = format!("events of {}", source.what());
        TableReader::open_entry(entry, table_keys::EVENTS, what, out)
    });
    if let Some(reader) = reader {
        add(&reader, &KINDS, &mut words.kinds, out);
        add(&reader, &STATUSES, &mut words.statuses, out);
    }
    Some(words)
}

fn of_profile(columns: &EventColumns) -> EventWords {
    fn folded<T: Copy>(words: &BTreeMap<T, Vec<String>>) -> BTreeMap<String, T> {
        let each = words
            .iter()
            .flat_map(|(means, words)| words.iter().map(|word| (Pattern::fold(word), *means)));
        each.collect()
    }
    EventWords {
        kinds: folded(&columns.kinds),
        statuses: folded(&columns.statuses),
    }
}

/// Adds the plan's words. A word that means something already is an error.
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
                    format!("{} means `{name}` already", show(word)),
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
