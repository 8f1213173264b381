//! A bulk request to the simulated Kit in; what is done and answered out: rows in another order than they were sent.

use serde_json::{Value, json};

use super::context::{Kitchen, errors, field_value, full, give, is_address, set_fields};
use crate::systems::vendor_server::Reply;

/// Items that are answered at once.
const AT_ONCE: usize = 100;

/// The items of a body; the answer where there are none, or more than are answered at once.
fn items<'b>(kit: &mut Kitchen<'_>, body: &'b Value, name: &str) -> Result<&'b [Value], Reply> {
    let items = body[name].as_array().map(Vec::as_slice).unwrap_or_default();
    if items.is_empty() {
        return Err(errors(422, "Nothing included for processing"));
    }
    if items.len() > AT_ONCE {
        kit.store
            .log
            .wrong
            .push(format!("{} {name} in a bulk request", items.len()));
        return Err(Reply::json(202, &json!({})));
    }
    Ok(items)
}

/// `POST /v4/bulk/subscribers`.
pub(super) fn create(kit: &mut Kitchen<'_>, body: &Value) -> Reply {
    let items = match items(kit, body, "subscribers") {
        Ok(items) => items,
        Err(refused) => return refused,
    };
    let unknown = |item: &&Value| {
        let email = item["email_address"].as_str().unwrap_or_default();
        kit.store.id_of(email).is_none()
    };
    let new = items.iter().filter(unknown).count();
    if !kit.has_room(new) {
        return full();
    }
    let (mut rows, mut failures) = (Vec::new(), Vec::new());
    let seen_ms = kit.seen_ms();
    for item in items {
        let email = item["email_address"].as_str().unwrap_or_default();
        if !is_address(email) {
            let subscriber = json!({
                "email_address": email, "first_name": item["first_name"], "state": item["state"], "created_at": null,
            });
            let failure = json!({ "subscriber": subscriber, "errors": ["Email address is invalid"] });
            failures.push(failure);
            continue;
        }
        let state = item["state"].as_str().unwrap_or("active");
        let known = kit.store.id_of(email);
        let id = known.unwrap_or_else(|| kit.store.create(email, state, seen_ms));
        if let Some(first) = item["first_name"].as_str() {
            kit.store
                .change(id, seen_ms, |person| person.first = Some(first.to_owned()));
        }
        if let Some(person) = kit.store.person(id) {
            rows.push(json!({
                "id": id, "email_address": person.email, "first_name": person.first, "state": person.state,
                "created_at": "2026-01-02T03:04:05Z",
            }));
        }
    }
    rows.reverse();
    Reply::json(200, &json!({ "subscribers": rows, "failures": failures }))
}

/// `POST /v4/bulk/tags/subscribers`.
pub(super) fn tag(kit: &mut Kitchen<'_>, body: &Value) -> Reply {
    let items = match items(kit, body, "taggings") {
        Ok(items) => items,
        Err(refused) => return refused,
    };
    let (mut rows, mut failures) = (Vec::new(), Vec::new());
    for item in items {
        let number = |name: &str| item[name].as_u64().unwrap_or_default();
        let (tag, id) = (number("tag_id"), number("subscriber_id"));
        let why = if kit.store.person(id).is_none() {
            Some("Subscriber does not exist")
        } else if kit.store.tag_name(tag).is_none() {
            Some("Tag does not exist")
        } else {
            None
        };
        if let Some(why) = why {
            failures.push(json!({ "errors": [why], "tagging": { "tag_id": tag, "subscriber_id": id } }));
            continue;
        }
        give(kit, tag, id);
        let person = kit.store.person(id);
        // Who unsubscribed and gets no tag is in no row.
        if let Some(person) = person.filter(|person| person.tags.contains(&tag)) {
            rows.push(json!({
                "id": id, "email_address": person.email, "first_name": person.first.clone().unwrap_or_default(),
                "created_at": "2026-01-02T03:04:05Z", "tagged_at": "2026-01-02T03:04:05Z",
            }));
        }
    }
    rows.reverse();
    Reply::json(200, &json!({ "subscribers": rows, "failures": failures }))
}

/// `POST /v4/bulk/custom_fields/subscribers`.
pub(super) fn fill(kit: &mut Kitchen<'_>, body: &Value) -> Reply {
    let items = match items(kit, body, "custom_field_values") {
        Ok(items) => items,
        Err(refused) => return refused,
    };
    let (mut rows, mut failures) = (Vec::new(), Vec::new());
    let seen_ms = kit.seen_ms();
    for item in items {
        let number = |name: &str| item[name].as_u64().unwrap_or_default();
        let id = number("subscriber_id");
        let key = kit.store.field_of(number("subscriber_custom_field_id"));
        let value = field_value(&item["value"]).ok();
        match (kit.store.person(id).is_some(), key, value) {
            (true, Some(key), Some(value)) => {
                kit.store
                    .change(id, seen_ms, |person| set_fields(person, [(key, value)].into()));
                rows.push(item.clone());
            }
            (true, Some(_), None) => {
                let why = ["Value is too long (maximum is 255 characters)"];
                failures.push(json!({ "errors": why, "custom_field_value": item }));
            }
            _ => failures.push(json!({ "errors": ["Does not exist"], "custom_field_value": item })),
        }
    }
    rows.reverse();
    Reply::json(200, &json!({ "custom_field_values": rows, "failures": failures }))
}
