//! One request in, its work done and every part of it checked, a reply out.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    document::Document,
    options::ServerOptions,
    requests::{ContactBody, FieldBody, StatusBody, TagBody, TaggedBody, read},
    store::Store,
};
use crate::systems::vendor_server::{Asked, Reply};

/// Contacts that one request tags. Keap documents no limit; more than this is what no client should rely on.
const TAGGED: usize = 100;
/// Items of a page at most, and where nothing is said.
const PAGE: usize = 1_000;

/// A reply, or what is wrong with a request.
type Done = Result<Reply, String>;

/// Answers one request. What no client should ever send is noted.
pub(super) fn answer(store: &mut Store, options: &ServerOptions, now_ms: u64, asked: &Asked) -> Reply {
    let parts: Vec<&str> = asked.path.split('/').skip(1).collect();
    let Some(["crm", "rest", "v2"]) = parts.get(..3) else {
        return not_found(store, asked);
    };
    if asked.method == "GET" {
        store.log.reads += 1;
    } else {
        store.log.writes += 1;
    }
    let done = match (asked.method.as_str(), parts.get(3..).unwrap_or_default()) {
        ("GET", ["oauth", "connect", "userinfo"]) => Ok(user(options)),
        ("GET", ["contacts"]) => contacts(store, options, now_ms, asked),
        ("POST", ["contacts"]) => create_contact(store, options, now_ms, asked),
        ("GET", ["contacts", "model"]) => Ok(model(store)),
        ("POST", ["contacts", "model", "customFields"]) => create_field(store, asked),
        ("GET", ["contacts", id]) => contact(store, id, asked),
        ("PATCH", ["contacts", id]) => change_contact(store, now_ms, id, asked),
        ("GET", ["tags"]) => tags(store, asked),
        ("POST", ["tags"]) => create_tag(store, asked),
        ("GET", ["tags", "categories"]) => categories(store, asked),
        ("GET", ["tags", "-", "contacts"]) => holders(store, now_ms, asked),
        ("POST", ["tags", tag, "contacts:applyTags"]) => change_tag(store, now_ms, tag, asked, true),
        ("POST", ["tags", tag, "contacts:removeTags"]) => change_tag(store, now_ms, tag, asked, false),
        ("PATCH", ["emailAddresses", email, "status"]) => opt(store, now_ms, email, asked),
        _ => return not_found(store, asked),
    };
    done.unwrap_or_else(|what| {
        store.log.wrong.push(what.clone());
        error(400, &what)
    })
}

/// A refusal in Keap's own form.
pub(super) fn error(status: u16, message: &str) -> Reply {
    let word = match status {
        404 => "NOT_FOUND",
        409 => "ALREADY_EXISTS",
        400 => "INVALID_ARGUMENT",
        _ => "INTERNAL",
    };
    let body = json!({ "code": status, "message": message, "status": word, "details": [] });
    Reply::json(status, &body)
}

fn not_found(store: &mut Store, asked: &Asked) -> Reply {
    let what = format!("nothing is at {} {}", asked.method, asked.path);
    store.log.wrong.push(what.clone());
    error(404, &what)
}

fn user(options: &ServerOptions) -> Reply {
    let body = json!({
        "email": "owner@example.com", "sub": "7", "id": 7, "keap_id": "owner@example.com", "given_name": "Ann",
        "family_name": "Owner", "is_admin": true, "tenant_id": options.tenant,
    });
    Reply::json(200, &body)
}

/// The query of a request. A parameter that Keap does not know is ignored, as Keap does, and noted.
fn query(store: &mut Store, asked: &Asked, known: &[&str]) {
    for (name, _) in asked.queries() {
        if !known.contains(&name.as_str()) {
            let path = &asked.path;
            store
                .log
                .wrong
                .push(format!("the parameter {name} of {path} is not known"));
        }
    }
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{text:?} is not an ID"))
}

fn size(asked: &Asked) -> Result<usize, String> {
    let size = asked.query("page_size").map(|text| number(&text)).transpose()?;
    match size {
        None => Ok(PAGE),
        Some(size @ 1..=1_000) => Ok(usize::try_from(size).unwrap_or(PAGE)),
        Some(size) => Err(format!("{size} is not a size of a page")),
    }
}

/// Where a page begins: after this ID.
fn after(asked: &Asked) -> Result<u64, String> {
    match asked.query("page_token") {
        None => Ok(0),
        Some(token) => number(token.strip_prefix("after=").unwrap_or("")),
    }
}

/// A page with its token: whenever a page is full there is one, and an empty page follows if that was all.
fn paged(name: &str, items: Vec<(u64, Value)>, size: usize) -> Reply {
    let full = items.len() >= size;
    let last = items.last().filter(|_| full).map(|(id, _)| *id);
    let token = last.map_or_else(String::new, |last| format!("after={last}"));
    let items: Vec<Value> = items.into_iter().map(|(_, item)| item).collect();
    Reply::json(200, &json!({ name: items, "next_page_token": token }))
}

fn fields(asked: &Asked) -> Vec<String> {
    let fields = asked.query("fields").unwrap_or_default();
    fields.split(',').map(str::to_owned).collect()
}

/// A list of IDs in a filter.
fn ids(list: &str) -> Result<BTreeSet<u64>, String> {
    let ids: Vec<u64> = list.split(',').map(number).collect::<Result<_, _>>()?;
    if ids.len() > TAGGED {
        return Err(format!("a filter names at most {TAGGED} IDs"));
    }
    Ok(ids.into_iter().collect())
}

fn contacts(store: &mut Store, options: &ServerOptions, now_ms: u64, asked: &Asked) -> Done {
    query(
        store,
        asked,
        &["fields", "filter", "order_by", "page_size", "page_token"],
    );
    let (size, after, fields) = (size(asked)?, after(asked)?, fields(asked));
    let shown = |(id, document): (u64, &Document)| (id, document.json(id, &fields, options.lists_tags));
    let filter = asked.query("filter");
    let found: Vec<(u64, Value)> = match filter.as_deref().and_then(|filter| filter.split_once("==")) {
        Some(("contact_ids" | "ids", list)) => {
            let found = store.listed_of(now_ms, &ids(list)?);
            found.into_iter().map(shown).collect()
        }
        Some(("email", email)) => {
            let found = store.listed(now_ms, after);
            let found = found.filter(|(_, document)| document.has(email));
            found.take(size).map(shown).collect()
        }
        Some((name, _)) => return Err(format!("there is no filter {name}")),
        None if filter.is_some() => return Err("a filter without a condition".to_owned()),
        None if asked.query("order_by").as_deref() == Some("id desc") => {
            store.listed(now_ms, after).rev().take(size).map(shown).collect()
        }
        None => store.listed(now_ms, after).take(size).map(shown).collect(),
    };
    Ok(paged("contacts", found, size))
}

fn contact(store: &mut Store, id: &str, asked: &Asked) -> Done {
    query(store, asked, &["fields"]);
    let id = number(id)?;
    Ok(match store.now(id) {
        Some(document) => Reply::json(200, &document.json(id, &fields(asked), true)),
        None => error(404, "there is no such contact"),
    })
}

/// Takes note of who is opted in.
fn consent(store: &mut Store, body: &ContactBody) {
    for email in body.email_addresses.iter().flatten() {
        if email.opt_in_reason.is_some() {
            store.log.subscribed.push(email.email.clone());
        }
    }
}

fn create_contact(store: &mut Store, options: &ServerOptions, now_ms: u64, asked: &Asked) -> Done {
    query(store, asked, &["duplicate_option", "fields"]);
    let body: ContactBody = read(asked)?;
    consent(store, &body);
    let fields: Vec<u64> = store.fields.keys().copied().collect();
    let first = body.email_addresses.iter().flatten().next();
    let Some(first) = first.map(|email| email.email.clone()) else {
        return Err("a contact is created without an address".to_owned());
    };
    let upserts =
        options.knows_duplicate_option && asked.query("duplicate_option").as_deref() == Some("Email");
    let known = store.owner(&first).filter(|_| upserts);
    let mut document = known.and_then(|id| store.now(id)).cloned().unwrap_or_default();
    if let Err((status, why)) = body.put(&mut document, &fields) {
        return Ok(error(status, &why));
    }
    let id = store.set(now_ms, known, &document);
    let status = if known.is_some() { 200 } else { 201 };
    Ok(Reply::json(
        status,
        &document.json(id, &ALL.map(str::to_owned), true),
    ))
}

const ALL: [&str; 4] = ["id", "given_name", "family_name", "email_addresses"];

fn change_contact(store: &mut Store, now_ms: u64, id: &str, asked: &Asked) -> Done {
    query(store, asked, &["fields", "update_mask"]);
    let (id, body): (u64, ContactBody) = (number(id)?, read(asked)?);
    consent(store, &body);
    let fields: Vec<u64> = store.fields.keys().copied().collect();
    let Some(mut document) = store.now(id).cloned() else {
        return Ok(error(404, "there is no such contact"));
    };
    if let Err((status, why)) = body.put(&mut document, &fields) {
        return Ok(error(status, &why));
    }
    store.set(now_ms, Some(id), &document);
    Ok(Reply::json(
        200,
        &document.json(id, &ALL.map(str::to_owned), true),
    ))
}

fn model(store: &Store) -> Reply {
    let fields = store.fields.iter().map(|(id, label)| {
        json!({ "id": id.to_string(), "label": label, "field_type": "TEXT", "record_type": "CONTACT" })
    });
    Reply::json(
        200,
        &json!({ "custom_fields": fields.collect::<Vec<_>>(), "optional_properties": [] }),
    )
}

fn create_field(store: &mut Store, asked: &Asked) -> Done {
    let body: FieldBody = read(asked)?;
    if body.field_type != "TEXT" {
        return Err(format!("a field of the type {}", body.field_type));
    }
    let id = store.create_field(&body.label);
    let body =
        json!({ "id": id.to_string(), "label": body.label, "field_type": "TEXT", "record_type": "CONTACT" });
    Ok(Reply::json(201, &body))
}

fn tags(store: &mut Store, asked: &Asked) -> Done {
    query(store, asked, &["filter", "order_by", "page_size", "page_token"]);
    let (size, after) = (size(asked)?, after(asked)?);
    let tags = store.tags.range(after + 1..).take(size);
    let tags = tags.map(|(id, tag)| {
        let mut item = json!({ "id": id.to_string(), "name": tag.name });
        if let Some(category) = tag.category {
            item["category"] = json!({ "id": category.to_string() });
        }
        (*id, item)
    });
    Ok(paged("tags", tags.collect(), size))
}

fn categories(store: &mut Store, asked: &Asked) -> Done {
    query(store, asked, &["filter", "order_by", "page_size", "page_token"]);
    let (size, after) = (size(asked)?, after(asked)?);
    let found = store.categories.range(after + 1..).take(size);
    let found = found.map(|(id, name)| (*id, json!({ "id": id.to_string(), "name": name })));
    Ok(paged("tag_categories", found.collect(), size))
}

fn create_tag(store: &mut Store, asked: &Asked) -> Done {
    let body: TagBody = read(asked)?;
    let id = store.create_tag(&body.name, None);
    let name = store.tags.get(&id).map(|tag| tag.name.clone());
    Ok(Reply::json(201, &json!({ "id": id.to_string(), "name": name })))
}

fn holders(store: &mut Store, now_ms: u64, asked: &Asked) -> Done {
    query(store, asked, &["filter", "order_by", "page_size", "page_token"]);
    let filter = asked.query("filter").unwrap_or_default();
    let list = filter.strip_prefix("tag_ids==");
    let asked_for = ids(list.ok_or("the filter tag_ids is required")?)?;
    let (size, after) = (size(asked)?, after(asked)?);
    let found = store.listed(now_ms, after).flat_map(|(id, document)| {
        let held = document.tags.intersection(&asked_for).copied().collect::<Vec<_>>();
        held.into_iter().map(move |tag| {
            let item = json!({ "contact_id": id.to_string(), "tag_id": tag.to_string(), "applied_at": "2026-01-01T00:00:00Z" });
            (id, item)
        })
    });
    let found = found.take(size).collect();
    Ok(paged("contacts", found, size))
}

fn change_tag(store: &mut Store, now_ms: u64, tag: &str, asked: &Asked, adds: bool) -> Done {
    let (tag, body): (u64, TaggedBody) = (number(tag)?, read(asked)?);
    let contacts: BTreeSet<&String> = body.contact_ids.iter().collect();
    if contacts.is_empty() || contacts.len() > TAGGED || contacts.len() != body.contact_ids.len() {
        return Err(format!("a request tags 1 to {TAGGED} contacts, each once"));
    }
    if !store.tags.contains_key(&tag) {
        return Ok(error(404, "there is no such tag"));
    }
    let mut results = serde_json::Map::new();
    for contact in contacts {
        let id = number(contact)?;
        let now = store.now(id).cloned();
        let word = match now {
            None => "CONTACT_NOT_FOUND",
            Some(document) if document.who().ends_with("@archived.example") => "NO_PERMISSION",
            Some(document) if document.tags.contains(&tag) == adds => {
                let verb = if adds {
                    "added again to"
                } else {
                    "removed again from"
                };
                store.log.added_again.push(format!("tag {tag} {verb} {id}"));
                "DUPLICATE"
            }
            Some(mut document) => {
                if adds {
                    document.tags.insert(tag);
                } else {
                    document.tags.remove(&tag);
                }
                store.set(now_ms, Some(id), &document);
                "SUCCESS"
            }
        };
        results.insert(contact.clone(), json!(word));
    }
    Ok(if adds {
        Reply::json(200, &json!({ "results": results }))
    } else {
        Reply::json(204, &Value::Null)
    })
}

fn opt(store: &mut Store, now_ms: u64, email: &str, asked: &Asked) -> Done {
    let body: StatusBody = read(asked)?;
    let email = Asked::decoded(email);
    if body.reason.trim().is_empty() {
        return Err("an opt-out without a reason".to_owned());
    }
    let owner = store.owner(&email);
    let document = owner.and_then(|id| store.now(id)).cloned();
    // It finds the spelling that is stored, and no other.
    let stored = |document: &Document| document.emails.values().any(|own| *own == email);
    let Some(mut document) = document.filter(stored) else {
        return Ok(error(404, "there is no such address"));
    };
    let status = if body.opted_in {
        store.log.subscribed.push(email.clone());
        "SINGLE_OPT_IN"
    } else {
        "MANUAL"
    };
    document.statuses.insert(email.to_ascii_lowercase(), status);
    store.set(now_ms, owner, &document);
    let body = json!({
        "email": email, "opted_in": body.opted_in, "status": status, "create_time": "2026-01-01T00:00:00Z",
    });
    Ok(Reply::json(200, &body))
}
