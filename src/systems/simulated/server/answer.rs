//! One request in, its work done in one transaction, a status and a JSON body out.

use std::collections::BTreeMap;

use axum::http::{Method, Uri};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::store::{Desk, Document, Effect, Store};

const BATCH: usize = 100;
const PAGE: usize = 200;
/// Characters of the value of a field.
const FIELD_CHARS: u32 = 255;
/// Twice a batch: the old and the new address of each.
const LOOKUP: usize = 200;

/// What is answered.
#[derive(Debug)]
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) body: Value,
}

impl Answered {
    fn ok(body: Value) -> Self {
        Self { status: 200, body }
    }

    pub(super) fn error(status: u16, message: &str) -> Self {
        Self {
            status,
            body: json!({ "error": { "message": message } }),
        }
    }
}

/// Either of the two ways in which a request can end without an answer.
enum Trouble {
    Request(Answered),
    Store(rusqlite::Error),
}

impl From<rusqlite::Error> for Trouble {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error)
    }
}

/// Answers one request.
pub(super) fn answer(store: &mut Store, now_ms: u64, method: &Method, uri: &Uri, body: &[u8]) -> Answered {
    match route(store, now_ms, method, uri, body) {
        Ok(answered) | Err(Trouble::Request(answered)) => answered,
        Err(Trouble::Store(error)) => Answered::error(500, &error.to_string()),
    }
}

fn route(
    store: &mut Store,
    now_ms: u64,
    method: &Method,
    uri: &Uri,
    body: &[u8],
) -> Result<Answered, Trouble> {
    let (id, rate, lag) = (store.id.clone(), store.requests_per_minute, store.visibility_ms);
    let creates_opted_out = store.creates_opted_out;
    let desk = store.begin(now_ms)?;
    let query = uri.query().unwrap_or_default();
    let value = match (method.as_str(), uri.path()) {
        ("GET", "/v1/account") => json!({
            "id": id,
            "name": "Practice CRM",
            "totals": { "contacts": desk.total()?, "tags": desk.tag_count()? },
            "limits": {
                "requests_per_minute": rate, "batch": BATCH, "visibility_ms": lag,
                "creates_opted_out": creates_opted_out, "field_chars": FIELD_CHARS,
            },
        }),
        ("GET", "/v1/contacts") => contacts(&desk, query)?,
        ("GET", "/v1/tags") => tags(&desk, query)?,
        ("POST", "/v1/tags") => make_tag(&desk, &read(body)?)?,
        ("POST", "/v1/contacts/batch") => {
            let items: Items<ContactItem> = read(body)?;
            each(&items.items, |item| contact(&desk, item))?
        }
        ("POST", "/v1/contacts/tags/batch") => {
            let items: Items<TagsItem> = read(body)?;
            each(&items.items, |item| contact_tags(&desk, item))?
        }
        ("POST", "/v1/contacts/lookup") => lookup(&desk, &read(body)?)?,
        (_, "/v1/account" | "/v1/contacts" | "/v1/tags" | "/v1/contacts/batch" | "/v1/contacts/lookup") => {
            return Ok(Answered::error(405, "this path takes another method"));
        }
        _ => return Ok(Answered::error(404, "there is nothing at this path")),
    };
    desk.commit()?;
    Ok(Answered::ok(value))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Trouble> {
    serde_json::from_slice(body).map_err(|error| bad(&format!("the body is not as it should be: {error}")))
}

fn bad(message: &str) -> Trouble {
    Trouble::Request(Answered::error(400, message))
}

fn number(query: &str, name: &str) -> Result<Option<i64>, Trouble> {
    let given = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find(|(key, _)| *key == name);
    let Some((_, text)) = given else { return Ok(None) };
    match text.parse() {
        Ok(number) if number >= 0 => Ok(Some(number)),
        _ => Err(bad(&format!("{name} is not a number from 0 on"))),
    }
}

fn limit(query: &str) -> Result<usize, Trouble> {
    let most = i64::try_from(PAGE).unwrap_or(i64::MAX);
    let limit = number(query, "limit")?.unwrap_or(most).clamp(1, most);
    Ok(usize::try_from(limit).unwrap_or(PAGE))
}

fn contacts(desk: &Desk<'_>, query: &str) -> Result<Value, Trouble> {
    let after = number(query, "after")?.unwrap_or_default();
    let (page, more) = desk.page(after, limit(query)?)?;
    let contacts: Vec<Value> = page.iter().map(|(id, document)| shown(*id, document)).collect();
    Ok(json!({ "contacts": contacts, "total": desk.total()?, "more": more }))
}

fn shown(id: i64, document: &Document) -> Value {
    let mut value = json!(document);
    if let Some(map) = value.as_object_mut() {
        map.insert("id".to_owned(), id.to_string().into());
    }
    value
}

fn tags(desk: &Desk<'_>, query: &str) -> Result<Value, Trouble> {
    let limit = limit(query)?;
    let mut tags = desk.tags(
        number(query, "after")?.unwrap_or_default(),
        i64::try_from(limit).unwrap_or_default(),
    )?;
    let more = tags.len() > limit;
    tags.truncate(limit);
    let tags: Vec<Value> = tags
        .iter()
        .map(|(id, name)| json!({ "id": id.to_string(), "name": name }))
        .collect();
    Ok(json!({ "tags": tags, "total": desk.tag_count()?, "more": more }))
}

#[derive(Deserialize)]
struct NewTag {
    name: String,
}

fn make_tag(desk: &Desk<'_>, tag: &NewTag) -> Result<Value, Trouble> {
    if tag.name.trim().is_empty() || tag.name.chars().count() > 200 {
        return Err(bad("a tag's name has 1 to 200 characters"));
    }
    Ok(json!({ "id": desk.tag(&tag.name)?.to_string(), "name": tag.name }))
}

#[derive(Deserialize)]
struct Items<T> {
    items: Vec<T>,
}

type Outcome = Result<(&'static str, i64), String>;

fn each<T>(items: &[T], mut work: impl FnMut(&T) -> rusqlite::Result<Outcome>) -> Result<Value, Trouble> {
    if items.len() > BATCH {
        return Err(bad("a batch has at most 100 items"));
    }
    let mut answers = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        answers.push(match work(item)? {
            Ok((status, id)) => json!({ "index": index, "status": status, "id": id.to_string() }),
            Err(message) => json!({ "index": index, "status": "refused", "message": message }),
        });
    }
    Ok(json!({ "items": answers }))
}

#[derive(Deserialize)]
struct ContactItem {
    id: Option<String>,
    email: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    opted_out: Option<bool>,
    #[serde(default)]
    fields: BTreeMap<String, String>,
}

fn contact(desk: &Desk<'_>, item: &ContactItem) -> rusqlite::Result<Outcome> {
    let (id, before) = match (&item.id, &item.email) {
        (Some(id), _) => match find(desk, Some(id))? {
            Ok((id, document)) => (Some(id), document),
            Err(why) => return Ok(Err(why)),
        },
        (None, Some(email)) if email.contains('@') && email.len() <= 254 => {
            let new = Document {
                email: email.trim().to_ascii_lowercase(),
                status: "active".to_owned(),
                ..Document::default()
            };
            (None, new)
        }
        (None, Some(_)) => return Ok(Err(NO_ADDRESS.to_owned())),
        (None, None) => return Ok(Err("give an id to update or an email to create".to_owned())),
    };
    if id.is_none() && item.opted_out == Some(true) && !desk.creates_opted_out {
        return Ok(Err("a contact cannot be created opted out here".to_owned()));
    }
    let most = usize::try_from(FIELD_CHARS).unwrap_or(usize::MAX);
    if let Some((name, _)) = item.fields.iter().find(|(_, value)| value.chars().count() > most) {
        return Ok(Err(format!(
            "the field {name} has more than {FIELD_CHARS} characters"
        )));
    }
    let mut after = before.clone();
    let mut effects: Vec<Effect> = Vec::new();
    if let (Some(id), Some(email)) = (id, &item.email) {
        match new_address(desk, id, email)? {
            Ok(email) if email == before.email => {}
            Ok(email) => {
                effects.push(("email address".to_owned(), Some(email.clone())));
                after.email = email;
            }
            Err(why) => return Ok(Err(why)),
        }
    }
    for (attribute, slot, given) in [
        ("first name", &mut after.first_name, &item.first_name),
        ("last name", &mut after.last_name, &item.last_name),
    ] {
        if let Some(given) = given
            && given != slot
        {
            given.clone_into(slot);
            effects.push((attribute.to_owned(), Some(given.clone())));
        }
    }
    if let Some(opted_out) = item.opted_out
        && opted_out != after.opted_out
    {
        after.opted_out = opted_out;
        let word = if opted_out { "yes" } else { "no" };
        effects.push(("opted out".to_owned(), Some(word.to_owned())));
    }
    for (name, value) in &item.fields {
        if after.fields.get(name).map_or("", String::as_str) == value {
            continue;
        }
        if value.is_empty() {
            after.fields.remove(name);
        } else {
            after.fields.insert(name.clone(), value.clone());
        }
        effects.push((format!("field {name}"), Some(value.clone())));
    }
    let (status, id) = if let Some(id) = id {
        if effects.is_empty() {
            return Ok(Ok(("unchanged", id)));
        }
        desk.update(id, &before, &after)?;
        ("updated", id)
    } else {
        effects.insert(0, ("contact".to_owned(), Some("there".to_owned())));
        ("created", desk.create(&after)?)
    };
    if after.email != before.email {
        desk.effect(id, &before.email, &("email address".to_owned(), None))?;
    }
    for effect in &effects {
        desk.effect(id, &after.email, effect)?;
    }
    Ok(Ok((status, id)))
}

const NO_ADDRESS: &str = "this is not an email address";

/// The address that a contact is given, if no other contact has it.
fn new_address(desk: &Desk<'_>, id: i64, email: &str) -> rusqlite::Result<Result<String, String>> {
    let email = email.trim().to_ascii_lowercase();
    if !email.contains('@') || email.len() > 254 {
        return Ok(Err(NO_ADDRESS.to_owned()));
    }
    Ok(match desk.owner(&email)? {
        Some(owner) if owner != id => Err(format!("the address is that of contact {owner}")),
        _ => Ok(email),
    })
}

fn find(desk: &Desk<'_>, id: Option<&String>) -> rusqlite::Result<Result<(i64, Document), String>> {
    let Some(id) = id else {
        return Ok(Err("no id is given".to_owned()));
    };
    let Ok(number) = id.parse() else {
        return Ok(Err(format!("there is no contact {id}")));
    };
    Ok(desk
        .now(number)?
        .map(|document| (number, document))
        .ok_or_else(|| format!("there is no contact {id}")))
}

#[derive(Deserialize)]
struct TagsItem {
    id: Option<String>,
    #[serde(default)]
    add: Vec<String>,
    #[serde(default)]
    remove: Vec<String>,
}

fn contact_tags(desk: &Desk<'_>, item: &TagsItem) -> rusqlite::Result<Outcome> {
    let (id, before) = match find(desk, item.id.as_ref())? {
        Ok(found) => found,
        Err(why) => return Ok(Err(why)),
    };
    for name in &item.add {
        if desk.tag_id(name)?.is_none() {
            return Ok(Err(format!("there is no tag \"{name}\"")));
        }
    }
    let mut after = before.clone();
    let mut effects: Vec<Effect> = Vec::new();
    for name in &item.add {
        if after.tags.insert(name.clone()) {
            effects.push((format!("tag \"{name}\""), Some("held".to_owned())));
        }
    }
    for name in &item.remove {
        if after.tags.remove(name) {
            effects.push((format!("tag \"{name}\""), None));
        }
    }
    if effects.is_empty() {
        return Ok(Ok(("unchanged", id)));
    }
    desk.update(id, &before, &after)?;
    for effect in &effects {
        desk.effect(id, &after.email, effect)?;
    }
    Ok(Ok(("updated", id)))
}

#[derive(Deserialize)]
struct Lookup {
    emails: Vec<String>,
}

fn lookup(desk: &Desk<'_>, asked: &Lookup) -> Result<Value, Trouble> {
    if asked.emails.len() > LOOKUP {
        return Err(bad("a lookup has at most 200 addresses"));
    }
    let mut found = Vec::with_capacity(asked.emails.len());
    for email in &asked.emails {
        let contacts: Vec<Value> = desk
            .of_address(&email.trim().to_ascii_lowercase())?
            .iter()
            .map(|(id, document)| shown(*id, document))
            .collect();
        found.push(json!({ "email": email, "contacts": contacts }));
    }
    Ok(json!({ "found": found }))
}
