//! A difference in, the JSON that programs read out. Version 1; documented in `docs/json.md`.

use serde_json::{Map, Value, json};

use super::{member_lines::kind_phrase, reconciliation::reconciliation_json, text::Detail};
use crate::{
    diff::{ChangeKind, Refusal},
    model::Action,
    report::{
        DifferenceView,
        accounting::{people_json, records_json},
    },
};

/// The difference as JSON.
pub fn difference_json(view: &DifferenceView<'_>, detail: Detail) -> Value {
    let difference = view.difference;
    let actions: Map<String, Value> = Action::ALL
        .into_iter()
        .map(|action| {
            let count = difference
                .totals
                .actions
                .get(&action)
                .copied()
                .unwrap_or_default();
            (action.word().to_owned(), json!(count))
        })
        .collect();
    let mut document = json!({
        "version": 2,
        "migration": view.targets.migration,
        "environment": view.targets.environment,
        "as_of": view.as_of.to_string(),
        "site": view.site,
        "contacts": view.contacts,
        "actions": actions,
        "members": difference.totals.counts,
        "logins": difference.totals.logins,
        "registered": difference.registered(),
        "names_altered": difference.totals.names_altered,
        "offerings": reconciliation_json(&difference.offerings),
        "other_offerings": reconciliation_json(&difference.other_offerings),
        "access": {
            "gain": difference.totals.counts.gain,
            "lose": difference.totals.counts.lose,
            "both": difference.totals.counts.both,
        },
        "ahead": difference.ahead,
        "renames": difference.renames,
        "idle_canary": difference.idle_canary,
        "waiting": difference.named.waiting,
        "setup": difference.setup,
        "accepted": view.accepted.list().map(|one| one.to_string()).collect::<Vec<_>>(),
        "refusals": difference.refusals.iter().map(refusal_json).collect::<Vec<_>>(),
        "carried_tags": difference.carried,
        "cost": difference.cost,
        "passwords_touched": 0,
        "mails": 0,
    });
    if let Some(accounting) = view.accounting {
        document["records"] = records_json(&accounting.total());
        document["people"] = people_json(accounting);
    }
    if detail == Detail::Shapes {
        let shapes: Vec<Value> = difference
            .changes
            .by_shape
            .iter()
            .map(|count| {
                let kinds = difference.changes.shapes.get(count.shape);
                json!({
                    "members": count.count,
                    "changes": kinds.iter().map(|kind| kind_json(*kind, view)).collect::<Vec<_>>(),
                    "samples": count.samples.iter().map(|sample| &sample.email).collect::<Vec<_>>(),
                })
            })
            .collect();
        document["shapes"] = Value::Array(shapes);
    }
    document
}

/// A refusal's numbers, what it says, and what would have to be accepted.
fn refusal_json(refusal: &Refusal) -> Value {
    let mut value = json!(refusal);
    value["text"] = json!(refusal.to_string());
    value["remedy"] = json!(refusal.remedy());
    value["accept"] = json!(refusal.acceptance().map(|accept| accept.to_string()));
    value
}

fn kind_json(kind: ChangeKind, view: &DifferenceView<'_>) -> Value {
    let names = &view.difference.changes.names;
    json!({
        "side": kind.side,
        "action": kind.action.word(),
        "attribute": names.attribute(kind.what),
        "reason": kind.reason.code(),
        "text": kind_phrase(kind, names),
    })
}
