//! One request in, its work done and every part of it checked, a reply out.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{
    options::ServerOptions,
    store::{Document, Store},
};
use crate::systems::vendor_server::{Asked, Reply};

/// What one request may name.
const TAGGED: usize = 25;
const SEARCHED: usize = 20;
const READ: usize = 50;
const PAGE: usize = 50;
const TAGS_OF_A_PAGE: usize = 5;
const FIELD_CHARS: usize = 255;

/// Whether a request counts in the class of those that tag.
pub(super) fn tags_contacts(asked: &Asked) -> bool {
    asked.method == "POST" && asked.path.starts_with("/pw/tags/")
}

/// Whether a request changes one contact.
pub(super) fn changes_one_contact(asked: &Asked) -> bool {
    matches!(asked.method.as_str(), "PATCH" | "DELETE")
}

/// Answers one request. What no client should ever send is noted.
pub(super) fn answer(store: &mut Store, options: &ServerOptions, now_ms: u64, asked: &Asked) -> Reply {
    let parts: Vec<&str> = asked.path.split('/').skip(1).collect();
    let done = match (asked.method.as_str(), &parts[..]) {
        ("GET", ["pw", "account"]) => Ok(account(options)),
        ("GET", ["pw", "tags"]) => tags(store, asked),
        ("POST", ["pw", "tags"]) => create_tag(store, asked),
        ("POST", ["pw", "tags", tag, "contacts"]) => tag_contacts(store, options, now_ms, tag, asked),
        ("GET", ["pw", "jobs", job]) => read_job(store, job),
        ("GET", ["pw", "contacts"]) => contacts(store, now_ms, asked),
        ("POST", ["pw", "contacts", "search"]) => search(store, now_ms, asked),
        ("POST", ["pw", "contacts", "read"]) => read_contacts(store, asked),
        ("POST", ["pw", "contacts"]) => create_contact(store, now_ms, asked),
        ("PATCH", ["pw", "contacts", id]) => change_contact(store, now_ms, id, asked),
        ("DELETE", ["pw", "contacts", id, "tags", tag]) => untag(store, now_ms, id, tag),
        _ => Err(format!("nothing is at {} {}", asked.method, asked.path)),
    };
    let in_a_path = asked.path.contains('@') || asked.query.contains('@') || asked.query.contains("%40");
    if in_a_path {
        store.wrong(format!("an address is in the path {}", asked.path));
    }
    done.unwrap_or_else(|what| {
        store.wrong(what.clone());
        error(400, "BAD_REQUEST", &what)
    })
}

/// A refusal.
pub(super) fn error(status: u16, code: &str, message: &str) -> Reply {
    error_of(status, code, None, message)
}

/// A refusal of one class of requests.
pub(super) fn error_of(status: u16, code: &str, class: Option<&str>, message: &str) -> Reply {
    let error = json!({ "code": code, "class": class, "message": message });
    Reply::json(status, &json!({ "error": error }))
}

/// A reply, or what is wrong with a request.
type Done = Result<Reply, String>;

fn read<T: DeserializeOwned>(asked: &Asked) -> Result<T, String> {
    serde_json::from_slice(&asked.body).map_err(|error| format!("{}: the body is wrong: {error}", asked.path))
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{text:?} is not an ID"))
}

fn account(options: &ServerOptions) -> Reply {
    let limits = options.limits;
    let body = json!({ "account": {
        "id": format!("patchwork-{}", options.app_id),
        "lag_ms": options.lag_ms,
        "limits": {
            "second": limits.second, "minute": limits.minute, "day": limits.day,
            "day_begins": limits.day_begins, "bulk_minute": limits.bulk_minute,
        },
    }});
    Reply::json(200, &body)
}

/// The token of a page after `last`; the last page says that it is the last in one of three ways.
fn token(body: &mut Value, last: Option<u64>, way: usize) {
    let token = match (last, way % 3) {
        (Some(last), _) => json!(format!("after-{last}")),
        (None, 0) => json!(""),
        (None, 1) => Value::Null,
        (None, _) => return,
    };
    if let Some(map) = body.as_object_mut() {
        map.insert("next_page_token".to_owned(), token);
    }
}

fn after(asked: &Asked) -> Result<u64, String> {
    match asked.query("page_token") {
        None => Ok(0),
        Some(token) => number(token.strip_prefix("after-").unwrap_or("")),
    }
}

fn tags(store: &Store, asked: &Asked) -> Done {
    let after = after(asked)?;
    let page: Vec<_> = store.tags.range(after + 1..).take(TAGS_OF_A_PAGE).collect();
    let full = page.len() == TAGS_OF_A_PAGE;
    let last = page.last().map(|(id, _)| **id);
    let more = last.is_some_and(|last| store.tags.range(last + 1..).next().is_some());
    let page = page.into_iter().map(|(id, tag)| {
        let category = tag.category.as_ref();
        let category = category.map(|name| json!({ "id": name.len(), "name": name }));
        json!({ "id": id, "name": tag.name, "category": category })
    });
    let mut body = json!({ "tags": page.collect::<Vec<_>>() });
    token(&mut body, last.filter(|_| full && more), store.tags.len());
    Ok(Reply::json(200, &body))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewTag {
    name: String,
}

fn create_tag(store: &mut Store, asked: &Asked) -> Done {
    let tag: NewTag = read(asked)?;
    if tag.name.trim().is_empty() || tag.name.chars().count() > 200 {
        return Ok(error(422, "BAD_NAME", "a tag's name has 1 to 200 characters"));
    }
    let id = store.create_tag(&tag.name, None);
    let body = json!({ "tag": { "id": id.to_string(), "name": tag.name } });
    Ok(Reply::json(201, &body))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tagged {
    contacts: Vec<String>,
}

fn tag_contacts(store: &mut Store, options: &ServerOptions, now_ms: u64, tag: &str, asked: &Asked) -> Done {
    let (tag, named): (u64, Tagged) = (number(tag)?, read(asked)?);
    let contacts: Vec<u64> = named
        .contacts
        .iter()
        .map(|id| number(id))
        .collect::<Result<_, _>>()?;
    let distinct: BTreeSet<&u64> = contacts.iter().collect();
    if contacts.is_empty() || contacts.len() > TAGGED || distinct.len() != contacts.len() {
        return Err(format!("a request tags 1 to {TAGGED} contacts, each once"));
    }
    if !store.tags.contains_key(&tag) {
        return Ok(error(404, "NO_TAG", "there is no such tag"));
    }
    if contacts.len() >= options.job_from {
        let job = store.accept(now_ms, tag, contacts);
        return Ok(Reply::json(202, &json!({ "job": job })));
    }
    let results = store.tag(now_ms, tag, &contacts);
    Ok(Reply::json(200, &json!({ "results": words(&results) })))
}

fn words(results: &BTreeMap<u64, &'static str>) -> Value {
    let words = results.iter().map(|(id, word)| (id.to_string(), json!(word)));
    Value::Object(words.collect())
}

fn read_job(store: &Store, job: &str) -> Done {
    let Some(job) = store.jobs.get(&number(job)?) else {
        return Ok(error(404, "NO_JOB", "there is no such job"));
    };
    let body = match &job.results {
        None => json!({ "state": "running" }),
        Some(results) => json!({ "state": "done", "tag": job.tag, "results": words(results) }),
    };
    Ok(Reply::json(200, &body))
}

/// A contact; its ID is a number in lists, and text where it is read.
fn shown(store: &Store, id: &Value, document: &Document) -> Value {
    let tags = document.tags.iter().filter_map(|tag| {
        let known = store.tags.get(tag)?;
        Some(json!({ "id": tag.to_string(), "name": known.name }))
    });
    let fields = document.fields.iter();
    let fields = fields.map(|(key, value)| json!({ "key": key, "value": value }));
    json!({
        "id": id, "email": document.email, "first_name": document.first_name, "last_name": document.last_name,
        "status": document.status, "tags": tags.collect::<Vec<_>>(), "fields": fields.collect::<Vec<_>>(),
    })
}

fn contacts(store: &Store, now_ms: u64, asked: &Asked) -> Done {
    let after = after(asked)?;
    let most = asked
        .query("limit")
        .map_or(Ok(PAGE as u64), |text| number(&text))?;
    let most = usize::try_from(most).unwrap_or(PAGE).clamp(1, PAGE);
    let page: Vec<(u64, &Document)> = store.listed(now_ms, after).take(most).collect();
    let last = page.last().map(|(id, _)| *id);
    let total = store.listed(now_ms, 0).count();
    let more = last.is_some_and(|last| store.listed(now_ms, last).next().is_some());
    let page = page
        .into_iter()
        .map(|(id, document)| shown(store, &json!(id), document));
    let mut body = json!({ "contacts": page.collect::<Vec<_>>(), "total": total.to_string() });
    token(&mut body, last.filter(|_| more), total);
    Ok(Reply::json(200, &body))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Searched {
    emails: Vec<String>,
}

fn search(store: &Store, now_ms: u64, asked: &Asked) -> Done {
    let searched: Searched = read(asked)?;
    if searched.emails.is_empty() || searched.emails.len() > SEARCHED {
        return Err(format!("a search is for 1 to {SEARCHED} addresses"));
    }
    let mut found = Vec::new();
    for email in searched.emails {
        let email = email.trim().to_ascii_lowercase();
        for id in store.searched(now_ms, &email) {
            found.push(json!({ "id": id, "email": email }));
        }
    }
    Ok(Reply::json(200, &json!({ "contacts": found })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    ids: Vec<String>,
}

fn read_contacts(store: &Store, asked: &Asked) -> Done {
    let named: Read = read(asked)?;
    if named.ids.is_empty() || named.ids.len() > READ {
        return Err(format!("1 to {READ} contacts are read at once"));
    }
    let mut found = Vec::new();
    for id in &named.ids {
        if let Some(document) = store.now(number(id)?) {
            found.push(shown(store, &json!(id), document));
        }
    }
    Ok(Reply::json(200, &json!({ "contacts": found })))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ContactBody {
    email: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    status: Option<String>,
    fields: Option<Vec<FieldBody>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FieldBody {
    key: String,
    value: String,
}

/// Puts what a request says into a contact, or says why it does not take it. A list replaces what is stored.
fn put(document: &mut Document, body: ContactBody) -> Result<(), Reply> {
    if let Some(email) = body.email {
        let email = email.trim().to_ascii_lowercase();
        if !email.contains('@') || email.len() > 254 || email.ends_with("@invalid.example") {
            return Err(error(400, "BAD_EMAIL", "this is not an email address"));
        }
        if email.ends_with("@suppressed.example") {
            return Err(error(409, "SUPPRESSED", "the address is on the suppression list"));
        }
        document.email = Some(email);
    }
    for (slot, given) in [
        (&mut document.first_name, body.first_name),
        (&mut document.last_name, body.last_name),
        (&mut document.status, body.status),
    ] {
        if let Some(given) = given {
            *slot = given;
        }
    }
    if let Some(fields) = body.fields {
        if let Some(long) = fields
            .iter()
            .find(|field| field.value.chars().count() > FIELD_CHARS)
        {
            let message = format!("the field {} has more than {FIELD_CHARS} characters", long.key);
            return Err(error(422, "TOO_LONG", &message));
        }
        let pairs = fields.into_iter().map(|field| (field.key, field.value));
        document.fields = pairs.collect();
    }
    Ok(())
}

fn create_contact(store: &mut Store, now_ms: u64, asked: &Asked) -> Done {
    let body: ContactBody = read(asked)?;
    if body.email.is_none() {
        return Err("a contact is created without an address".to_owned());
    }
    let mut document = Document {
        // Whoever is created without a status is subscribed.
        status: "subscribed".to_owned(),
        ..Document::default()
    };
    if let Err(refused) = put(&mut document, body) {
        return Ok(refused);
    }
    let id = store.create(now_ms, document);
    Ok(Reply::json(201, &json!({ "contact": { "id": id.to_string() } })))
}

fn change_contact(store: &mut Store, now_ms: u64, id: &str, asked: &Asked) -> Done {
    let (id, body): (u64, ContactBody) = (number(id)?, read(asked)?);
    let Some(mut document) = store.now(id).cloned() else {
        return Ok(error(404, "NO_CONTACT", "there is no such contact"));
    };
    if let Err(refused) = put(&mut document, body) {
        return Ok(refused);
    }
    let owner = document.email.as_deref().and_then(|email| store.owner(email));
    if owner.is_some_and(|owner| owner != id)
        && document.email != store.now(id).and_then(|now| now.email.clone())
    {
        return Ok(error(409, "EMAIL_TAKEN", "another contact has this address"));
    }
    store.change(now_ms, id, document);
    Ok(Reply::json(200, &json!({ "contact": { "id": id } })))
}

fn untag(store: &mut Store, now_ms: u64, id: &str, tag: &str) -> Done {
    let (id, tag) = (number(id)?, number(tag)?);
    let Some(mut document) = store.now(id).cloned() else {
        return Ok(error(404, "NO_CONTACT", "there is no such contact"));
    };
    if !document.tags.remove(&tag) {
        return Ok(error(404, "NOT_HELD", "the contact does not have the tag"));
    }
    store.change(now_ms, id, document);
    Ok(Reply::json(204, &Value::Null))
}
