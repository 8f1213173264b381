//! The changes of one member in; the requests of Kit that make them, out.

use serde_json::{Map, Value, json};

use super::{
    field_book::{FieldBook, LAST_NAME, label},
    request::{send, subscriber},
};
use crate::model::{Action, Attribute, ContactId, HttpMethod, HttpRequest, MemberWrite, Safety};

/// One request of a write. Members are given by their place in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum WriteStep {
    /// Creates a custom field that is missing.
    Field(String),
    /// Creates these contacts.
    CreateMany(Vec<usize>),
    /// Creates one contact, with these fields.
    Create(usize, Vec<(String, String)>),
    /// Reads a contact before it is changed.
    Read(usize),
    /// Changes a contact: the address, the first name, and these fields.
    Change(usize, String, String, Vec<(String, String)>),
    /// Unsubscribes a contact.
    Unsubscribe(usize),
    /// Fills fields: whose, which ID, which value.
    Fill(Vec<(usize, u64, String)>),
}

impl WriteStep {
    /// Whether it is about a member.
    pub(super) fn is_about(&self, member: usize) -> bool {
        match self {
            Self::Field(_) => false,
            Self::CreateMany(members) => members.contains(&member),
            Self::Create(own, _) | Self::Read(own) | Self::Change(own, ..) | Self::Unsubscribe(own) => {
                *own == member
            }
            Self::Fill(values) => values.iter().any(|(own, ..)| *own == member),
        }
    }

    /// Leaves a member out; false if nothing is left of the step.
    pub(super) fn without(&mut self, member: usize) -> bool {
        match self {
            Self::CreateMany(members) => {
                members.retain(|own| *own != member);
                !members.is_empty()
            }
            Self::Fill(values) => {
                values.retain(|(own, ..)| *own != member);
                !values.is_empty()
            }
            step => !step.is_about(member),
        }
    }

    /// The request. `ids` are the contacts' IDs, as far as they are known.
    pub(super) fn request(&self, writes: &[MemberWrite], ids: &[Option<ContactId>]) -> Option<HttpRequest> {
        let id = |member: &usize| ids.get(*member)?.as_ref();
        let post = |path: &str, body: &Value| send(HttpMethod::Post, path, body, Safety::Repeatable);
        Some(match self {
            Self::Field(key) => post("/custom_fields", &json!({ "label": label(key) })),
            Self::CreateMany(members) => {
                let new = members
                    .iter()
                    .filter_map(|member| Some(newcomer(writes.get(*member)?)));
                let new: Vec<Value> = new.map(Value::from).collect();
                post(
                    "/bulk/subscribers",
                    &json!({ "subscribers": new, "callback_url": null }),
                )
            }
            Self::Create(member, fields) => {
                let mut body = newcomer(writes.get(*member)?);
                body.insert("fields".to_owned(), object(fields));
                post("/subscribers", &body.into())
            }
            Self::Read(member) => subscriber(id(member)?.as_str()),
            Self::Change(member, address, first, fields) => {
                let path = format!("/subscribers/{}", id(member)?);
                let body = json!({ "email_address": address, "first_name": first, "fields": object(fields) });
                send(HttpMethod::Put, &path, &body, Safety::Repeatable)
            }
            Self::Unsubscribe(member) => {
                post(&format!("/subscribers/{}/unsubscribe", id(member)?), &json!({}))
            }
            Self::Fill(values) => {
                let values = values.iter().filter_map(|(member, field, value)| {
                    let contact = super::request::number(id(member)?)?;
                    Some(json!({
                        "subscriber_id": contact, "subscriber_custom_field_id": field, "value": value,
                    }))
                });
                let values: Vec<Value> = values.collect();
                post(
                    "/bulk/custom_fields/subscribers",
                    &json!({ "custom_field_values": values, "callback_url": null }),
                )
            }
        })
    }
}

/// What a contact is created with. The default state would subscribe the person.
fn newcomer(write: &MemberWrite) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("email_address".to_owned(), write.email.as_str().into());
    if let Some(first) = after(write, &Attribute::FirstName) {
        body.insert("first_name".to_owned(), first.into());
    }
    let state = if opts_out(write) { "cancelled" } else { "inactive" };
    body.insert("state".to_owned(), state.into());
    body
}

fn object(fields: &[(String, String)]) -> Value {
    let pairs = fields
        .iter()
        .map(|(key, value)| (key.clone(), value.clone().into()));
    Value::Object(pairs.collect())
}

/// The value that an attribute is to have; `None` if it does not change.
pub(super) fn after<'w>(write: &'w MemberWrite, attribute: &Attribute) -> Option<&'w str> {
    let change = write
        .changes
        .iter()
        .find(|change| change.attribute == *attribute)?;
    Some(change.after.as_deref().unwrap_or_default())
}

/// Whether the member refuses email from now on.
pub(super) fn opts_out(write: &MemberWrite) -> bool {
    after(write, &Attribute::OptedOut) == Some("yes")
}

/// Whether the member would be subscribed, which Rehome does to nobody.
pub(super) fn opts_in(write: &MemberWrite) -> bool {
    let mut changes = write.changes.iter();
    changes.any(|change| {
        change.attribute == Attribute::OptedOut
            && change.after.as_deref() != Some("yes")
            && change.before.as_deref() == Some("yes")
    })
}

/// Whether a contact is created.
pub(super) fn creates(write: &MemberWrite) -> bool {
    let mut changes = write.changes.iter();
    changes.any(|change| change.action == Action::Create && change.attribute == Attribute::Contact)
}

/// The custom fields that change, by key; the last name is one of them.
pub(super) fn fields(write: &MemberWrite, book: &FieldBook) -> Result<Vec<(String, String)>, String> {
    let mut fields = Vec::new();
    for change in &write.changes {
        let key = match &change.attribute {
            Attribute::LastName => LAST_NAME,
            Attribute::Field(name) => book.key(name.as_str())?,
            _ => continue,
        };
        let value = change.after.clone().unwrap_or_default();
        fields.push((key.to_owned(), value));
    }
    Ok(fields)
}
