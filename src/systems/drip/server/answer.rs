//! One request in, its work done and every part of it checked, a reply out.

use serde_json::{Map, Value, json};

use super::{DripOptions, store::Store};
use crate::systems::vendor_server::{Asked, Reply};

/// What a page and a batch have at most.
const MOST: usize = 1_000;
/// What a page has where nobody says it.
const PAGE: usize = 100;

/// A refusal.
pub(super) fn error(status: u16, code: &str, message: &str) -> Reply {
    Reply::json(
        status,
        &json!({ "errors": [{ "code": code, "message": message }] }),
    )
}

/// Answers one request. What no client should ever send is noted.
pub(super) fn answer(store: &mut Store, options: &DripOptions, now_ms: u64, asked: &Asked) -> Reply {
    if asked.method == "GET" {
        store.log.reads += 1;
    } else {
        store.log.writes += 1;
    }
    let in_a_path = asked.path.contains('@') || asked.path.contains("%40") || asked.query.contains("%40");
    if in_a_path {
        store
            .log
            .wrong
            .push(format!("an address is in the path {}", asked.path));
    }
    let parts: Vec<&str> = asked.path.split('/').skip(1).collect();
    let done = match (asked.method.as_str(), &parts[..]) {
        ("GET", ["v2", "accounts"]) => Ok(accounts(options)),
        (_, ["v2", account, ..]) if !options.accounts.iter().any(|own| own == account) => Ok(error(
            403,
            "authorization_error",
            "You are not authorized to access this resource",
        )),
        ("GET", ["v2", _, "tags"]) => Ok(Reply::json(200, &json!({ "tags": store.tags }))),
        ("GET", ["v2", _, "subscribers"]) => list(store, asked),
        ("GET", ["v2", _, "subscribers", id]) => Ok(one(store, id, 200)),
        ("POST", ["v2", _, "subscribers"]) => upsert(store, now_ms, asked),
        ("POST", ["v2", _, "subscribers", "batches"]) => batch(store, now_ms, asked),
        ("DELETE", ["v2", _, "subscribers", id, "tags", tag]) => Ok(untag(store, id, tag)),
        _ => Err(format!("nothing is at {} {}", asked.method, asked.path)),
    };
    done.unwrap_or_else(|what| {
        store.log.wrong.push(what.clone());
        error(422, "format_error", &what)
    })
}

fn accounts(options: &DripOptions) -> Reply {
    let accounts = options.accounts.iter();
    let accounts = accounts.map(|id| json!({ "id": id, "name": "Lumen", "url": "www.example.com" }));
    Reply::json(200, &json!({ "accounts": accounts.collect::<Vec<_>>() }))
}

fn one(store: &Store, id: &str, status: u16) -> Reply {
    match store.get(id) {
        Some(one) => Reply::json(status, &json!({ "links": {}, "subscribers": [one.json()] })),
        None => error(404, "not_found_error", "The resource you requested was not found"),
    }
}

fn list(store: &Store, asked: &Asked) -> Result<Reply, String> {
    let (mut page, mut per_page, mut before, mut all) = (1, PAGE, None, false);
    for (key, value) in asked.queries() {
        let number = || {
            value
                .parse::<usize>()
                .map_err(|_| format!("{key} is not a number"))
        };
        match key.as_str() {
            "status" => all = value == "all",
            "page" => page = number()?.max(1),
            "per_page" => per_page = number()?,
            "subscribed_before" => {
                let moment: jiff::Timestamp =
                    value.parse().map_err(|_| format!("{value} is not a moment"))?;
                before = Some(u64::try_from(moment.as_millisecond()).unwrap_or_default());
            }
            _ => return Err(format!("an unknown parameter {key}")),
        }
    }
    if !(1..=MOST).contains(&per_page) {
        return Err(format!("a page of {per_page}"));
    }
    let listed: Vec<_> = store
        .listed(before)
        .filter(|one| all || one.status == "active")
        .collect();
    let shown = listed.iter().skip((page - 1) * per_page).take(per_page);
    let shown: Vec<Value> = shown.map(|one| one.json()).collect();
    let meta = json!({
        "page": page, "count": shown.len(),
        "total_pages": listed.len().div_ceil(per_page), "total_count": listed.len(),
    });
    Ok(Reply::json(
        200,
        &json!({ "links": {}, "meta": meta, "subscribers": shown }),
    ))
}

fn body(asked: &Asked) -> Result<Map<String, Value>, String> {
    serde_json::from_slice(&asked.body).map_err(|why| format!("a body that is not JSON: {why}"))
}

fn subscribers(from: Option<&Value>) -> Result<Vec<Map<String, Value>>, String> {
    let list = from
        .and_then(Value::as_array)
        .ok_or("a body without a list of subscribers")?;
    let one = |value: &Value| value.as_object().cloned();
    let list: Option<Vec<_>> = list.iter().map(one).collect();
    list.ok_or_else(|| "a subscriber that is not an object".to_owned())
}

fn upsert(store: &mut Store, now_ms: u64, asked: &Asked) -> Result<Reply, String> {
    let body = body(asked)?;
    let list = subscribers(body.get("subscribers"))?;
    let [subscriber] = &list[..] else {
        return Err(format!("{} subscribers where one is allowed", list.len()));
    };
    Ok(match store.upsert(now_ms, subscriber) {
        Ok(id) => one(store, &id, 200),
        Err((code, attribute)) => Reply::json(
            422,
            &json!({ "errors": [{ "code": code, "attribute": attribute, "message": "cannot be used" }] }),
        ),
    })
}

fn batch(store: &mut Store, now_ms: u64, asked: &Asked) -> Result<Reply, String> {
    let body = body(asked)?;
    let batches = body
        .get("batches")
        .and_then(Value::as_array)
        .ok_or("no envelope")?;
    let [batch] = &batches[..] else {
        return Err(format!("{} batches where one is allowed", batches.len()));
    };
    let list = subscribers(batch.get("subscribers"))?;
    if !(1..=MOST).contains(&list.len()) {
        return Err("Subscribers must contain between 1 and 1000 items".to_owned());
    }
    let mut named = std::collections::BTreeSet::new();
    let twice = list.iter().any(|one| {
        let who = one
            .get("id")
            .or_else(|| one.get("email"))
            .map(ToString::to_string);
        !named.insert(who)
    });
    if twice {
        return Err("one person twice in a batch".to_owned());
    }
    store.accept(now_ms, list);
    Ok(Reply::json(201, &json!({})))
}

fn untag(store: &mut Store, id: &str, tag: &str) -> Reply {
    let query = format!("tag={}", tag.replace('+', "%2B"));
    let tag = Asked::from_query(&query).query("tag").unwrap_or_default();
    if store.get(id).is_none() {
        return error(404, "not_found_error", "The resource you requested was not found");
    }
    store.untag(id, &tag);
    Reply::json(204, &Value::Null)
}
