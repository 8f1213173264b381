//! A request to the simulated Kit in; what is done and answered out.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    bulk,
    context::{Kitchen, errors, field_value, full, give, is_address, not_found, set_fields},
    options::ServerOptions,
    store::Store,
};
use crate::systems::vendor_server::{Asked, Reply};

/// Fields of a write that is answered at once.
const AT_ONCE: usize = 10;

/// Does what is asked and answers.
pub(super) fn answer(store: &mut Store, options: &ServerOptions, now_ms: u64, asked: &Asked) -> Reply {
    if asked.method == "GET" {
        store.log.reads += 1;
    } else {
        store.log.writes += 1;
    }
    let body: Value = serde_json::from_slice(&asked.body).unwrap_or(Value::Null);
    let mut kit = Kitchen {
        store,
        options,
        now_ms,
    };
    let path: Vec<&str> = asked.path.trim_matches('/').split('/').collect();
    let id = |text: &str| text.parse::<u64>().unwrap_or_default();
    match (asked.method.as_str(), &path[..]) {
        ("GET", ["v4", "account"]) => account(&kit),
        ("GET", ["v4", "custom_fields"]) => fields(&kit, asked),
        ("POST", ["v4", "custom_fields"]) => create_field(&mut kit, &body),
        ("GET", ["v4", "tags"]) => tags(&kit, asked),
        ("POST", ["v4", "tags"]) => create_tag(&mut kit, &body),
        ("GET", ["v4", "subscribers"]) => list(&mut kit, asked),
        ("POST", ["v4", "subscribers"]) => upsert(&mut kit, &body),
        ("GET", ["v4", "subscribers", own]) => match kit.store.person(id(own)) {
            Some(person) => Reply::json(200, &json!({ "subscriber": kit.store.json(person, false) })),
            None => not_found(),
        },
        ("PUT", ["v4", "subscribers", own]) => update(&mut kit, id(own), &body),
        ("GET", ["v4", "subscribers", own, "tags"]) => match kit.store.person(id(own)) {
            Some(person) => page("tags", kit.store.tags_json(person, true), false, "", asked, None),
            None => not_found(),
        },
        ("POST", ["v4", "subscribers", own, "unsubscribe"]) => unsubscribe(&mut kit, id(own)),
        ("POST", ["v4", "tags", tag, "subscribers", own]) => add_tag(&mut kit, id(tag), id(own)),
        ("DELETE", ["v4", "tags", tag, "subscribers", own]) => remove_tag(&mut kit, id(tag), id(own)),
        ("POST", ["v4", "bulk", "subscribers"]) => bulk::create(&mut kit, &body),
        ("POST", ["v4", "bulk", "tags", "subscribers"]) => bulk::tag(&mut kit, &body),
        ("POST", ["v4", "bulk", "custom_fields", "subscribers"]) => bulk::fill(&mut kit, &body),
        _ => {
            let wrong = format!("{} {}", asked.method, asked.path);
            kit.store.log.wrong.push(wrong);
            not_found()
        }
    }
}

fn account(kit: &Kitchen<'_>) -> Reply {
    let mut account = json!({
        "id": kit.options.account, "name": "Lumen", "plan_type": "creator",
        "primary_email_address": "owner@example.com", "created_at": "2024-01-02T03:04:05Z",
        "timezone": { "name": "Europe/Vienna", "friendly_name": "Vienna", "utc_offset": "+01:00" },
        "sending_addresses": [],
    });
    if let Some(limit) = kit.options.subscriber_limit {
        account["plan"] = json!({ "plan_type": "creator", "subscriber_limit": limit });
    }
    let user = json!({ "email": "owner@example.com" });
    Reply::json(200, &json!({ "user": user, "account": account }))
}

/// A page of a list. The cursor says nothing to anybody but Kit.
fn page(name: &str, rows: Value, more: bool, cursor: &str, asked: &Asked, total: Option<usize>) -> Reply {
    let per_page = asked.query("per_page").and_then(|text| text.parse::<u64>().ok());
    let mut pagination = json!({
        "has_previous_page": asked.query("after").is_some(), "has_next_page": more,
        "start_cursor": "WzFd", "end_cursor": cursor, "per_page": per_page.unwrap_or(500),
    });
    if let Some(total) = total {
        pagination["total_count"] = total.into();
    }
    let mut body = json!({ "pagination": pagination });
    body[name] = rows;
    Reply::json(200, &body)
}

/// Where a page begins, and how long it is.
fn span(asked: &Asked) -> (usize, usize) {
    let after = asked
        .query("after")
        .and_then(|text| text.strip_prefix("at=")?.parse().ok());
    let size = asked.query("per_page").and_then(|text| text.parse().ok());
    (after.unwrap_or(0), size.unwrap_or(500).clamp(1, 1_000))
}

fn paged(name: &str, rows: &[Value], asked: &Asked, total: Option<usize>) -> Reply {
    let (from, size) = span(asked);
    let shown: Vec<Value> = rows.iter().skip(from).take(size).cloned().collect();
    let next = from + shown.len();
    let more = next < rows.len();
    page(name, shown.into(), more, &format!("at={next}"), asked, total)
}

fn fields(kit: &Kitchen<'_>, asked: &Asked) -> Reply {
    let rows = kit.store.fields().iter();
    let rows: Vec<Value> = rows.map(|(key, id)| field_json(key, *id)).collect();
    paged("custom_fields", &rows, asked, None)
}

fn field_json(key: &str, id: u64) -> Value {
    json!({ "id": id, "key": key, "name": format!("ck_field_{id}_{key}"), "label": key })
}

fn create_field(kit: &mut Kitchen<'_>, body: &Value) -> Reply {
    let Some(label) = body["label"].as_str().filter(|label| !label.is_empty()) else {
        return errors(422, "Label can't be blank");
    };
    let key = label.to_lowercase().replace(' ', "_");
    let (status, id) = match kit.store.field(&key) {
        Some(id) => (200, id),
        None => (201, kit.store.create_field(&key)),
    };
    Reply::json(status, &json!({ "custom_field": field_json(&key, id) }))
}

fn tag_json(id: u64, name: &str) -> Value {
    json!({ "id": id, "name": name, "created_at": "2026-01-02T03:04:05Z", "subscriber_count": 0 })
}

fn tags(kit: &Kitchen<'_>, asked: &Asked) -> Reply {
    let rows = kit.store.listed_tags(kit.now_ms).into_iter();
    let rows: Vec<Value> = rows.map(|(id, name)| tag_json(id, &name)).collect();
    paged("tags", &rows, asked, None)
}

fn create_tag(kit: &mut Kitchen<'_>, body: &Value) -> Reply {
    let Some(name) = body["name"].as_str().filter(|name| !name.trim().is_empty()) else {
        return errors(422, "Name can't be blank");
    };
    let seen_ms = kit.seen_ms();
    let (status, id, name) = match kit.store.tag_called(name) {
        Some((id, name)) => (200, id, name),
        None => (201, kit.store.create_tag(name, seen_ms), name.to_owned()),
    };
    let tag = json!({ "id": id, "name": name, "created_at": "2026-01-02T03:04:05Z" });
    Reply::json(status, &json!({ "tag": tag }))
}

fn list(kit: &mut Kitchen<'_>, asked: &Asked) -> Reply {
    let known = [
        "status",
        "include",
        "per_page",
        "after",
        "sort_field",
        "sort_order",
        "include_total_count",
        "email_address",
    ];
    for (name, _) in asked.queries() {
        if !known.contains(&name.as_str()) {
            kit.store.log.wrong.push(format!("a list of people with {name}"));
        }
    }
    let status = asked.query("status").unwrap_or_else(|| "active".to_owned());
    let emails = asked.query("email_address").map(|text| text.to_ascii_lowercase());
    let with_tags = asked.query("include").is_some_and(|text| text.contains("tags"));
    let shown = kit.store.listed(kit.now_ms).into_iter().filter(|person| {
        let asked_for = |emails: &String| {
            emails
                .split(',')
                .any(|one| person.email.eq_ignore_ascii_case(one))
        };
        (status == "all" || status == person.state) && emails.as_ref().is_none_or(asked_for)
    });
    let mut rows: Vec<Value> = shown.map(|person| kit.store.json(person, with_tags)).collect();
    if asked.query("sort_order").as_deref() != Some("asc") {
        rows.reverse();
    }
    let counts = asked.query("include_total_count").as_deref() == Some("true");
    let total = counts.then_some(rows.len());
    paged("subscribers", &rows, asked, total)
}

/// The fields of a body; why they are rejected.
fn body_fields(kit: &mut Kitchen<'_>, body: &Value) -> Result<BTreeMap<String, String>, Reply> {
    let mut fields = BTreeMap::new();
    for (key, value) in body["fields"].as_object().into_iter().flatten() {
        if kit.store.field(key).is_none() {
            kit.store.log.wrong.push(format!("there is no field {key}"));
        }
        fields.insert(key.clone(), field_value(value)?);
    }
    Ok(fields)
}

fn upsert(kit: &mut Kitchen<'_>, body: &Value) -> Reply {
    let email = body["email_address"].as_str().unwrap_or_default().to_owned();
    if !is_address(&email) {
        return errors(422, "Email address is invalid");
    }
    let fields = match body_fields(kit, body) {
        Ok(fields) => fields,
        Err(refused) => return refused,
    };
    let many = fields.len() > AT_ONCE;
    let seen_ms = kit.seen_ms();
    let (status, id) = match kit.store.id_of(&email) {
        Some(id) => (200, id),
        None if !kit.has_room(1) => return full(),
        None => {
            let state = body["state"].as_str().unwrap_or("active");
            (201, kit.store.create(&email, state, seen_ms))
        }
    };
    let first = body["first_name"].as_str().map(str::to_owned);
    kit.store.change(id, seen_ms, |person| {
        if first.is_some() {
            person.first = first;
        }
        set_fields(person, fields);
    });
    one(kit, if many { 202 } else { status }, id)
}

/// A contact as an answer.
fn one(kit: &Kitchen<'_>, status: u16, id: u64) -> Reply {
    let Some(person) = kit.store.person(id) else {
        return not_found();
    };
    Reply::json(status, &json!({ "subscriber": kit.store.json(person, false) }))
}

fn update(kit: &mut Kitchen<'_>, id: u64, body: &Value) -> Reply {
    if kit.store.person(id).is_none() {
        return not_found();
    }
    let email = body["email_address"].as_str().unwrap_or_default().to_owned();
    if !is_address(&email) {
        return errors(422, "Email address is invalid");
    }
    if kit.store.id_of(&email).is_some_and(|other| other != id) {
        return errors(422, "Email address has already been taken");
    }
    let fields = match body_fields(kit, body) {
        Ok(fields) => fields,
        Err(refused) => return refused,
    };
    let first = body["first_name"]
        .as_str()
        .filter(|first| !first.is_empty())
        .map(str::to_owned);
    let seen_ms = kit.seen_ms();
    kit.store.change(id, seen_ms, |person| {
        person.email = email;
        person.first = first;
        set_fields(person, fields);
    });
    one(kit, 200, id)
}

fn unsubscribe(kit: &mut Kitchen<'_>, id: u64) -> Reply {
    if kit.store.person(id).is_none() {
        return not_found();
    }
    let seen_ms = kit.seen_ms();
    kit.store
        .change(id, seen_ms, |person| "cancelled".clone_into(&mut person.state));
    Reply::json(204, &Value::Null)
}

fn add_tag(kit: &mut Kitchen<'_>, tag: u64, id: u64) -> Reply {
    if kit.store.tag_name(tag).is_none() || kit.store.person(id).is_none() {
        return not_found();
    }
    let status = if give(kit, tag, id) { 201 } else { 200 };
    let Some(person) = kit.store.person(id) else {
        return not_found();
    };
    let mut json = kit.store.json(person, false);
    json["tagged_at"] = "2026-01-02T03:04:05Z".into();
    Reply::json(status, &json!({ "subscriber": json }))
}

fn remove_tag(kit: &mut Kitchen<'_>, tag: u64, id: u64) -> Reply {
    if kit.store.tag_name(tag).is_none() {
        return not_found();
    }
    let seen_ms = kit.seen_ms();
    match kit.store.person(id) {
        None => not_found(),
        Some(person) if !person.tags.contains(&tag) => not_found(),
        Some(_) => {
            kit.store.change(id, seen_ms, |person| {
                person.tags.remove(&tag);
            });
            Reply::json(204, &Value::Null)
        }
    }
}
