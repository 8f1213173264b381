//! What every answer of the simulated Kit needs: the store with its time, refusals, and the rules for values.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    options::ServerOptions,
    store::{Person, Store},
};
use crate::systems::vendor_server::Reply;

/// Characters of a value.
const LONGEST: usize = 255;

/// What all answers need.
pub(super) struct Kitchen<'a> {
    pub(super) store: &'a mut Store,
    pub(super) options: &'a ServerOptions,
    pub(super) now_ms: u64,
}

impl Kitchen<'_> {
    /// From when on lists show what is done now.
    pub(super) fn seen_ms(&self) -> u64 {
        self.now_ms + self.options.lag_ms
    }

    /// Whether the account pays for another person.
    pub(super) fn has_room(&self, more: usize) -> bool {
        let limit = self.options.subscriber_limit;
        limit.is_none_or(|limit| (self.store.active() + more) as u64 <= limit)
    }
}

/// What every refusal has.
pub(super) fn errors(status: u16, why: &str) -> Reply {
    Reply::json(status, &json!({ "errors": [why] }))
}

pub(super) fn not_found() -> Reply {
    errors(404, "Not Found")
}

/// The refusal of somebody whom the account does not pay for.
pub(super) fn full() -> Reply {
    errors(403, "This request would exceed your subscriber limit")
}

/// Whether Kit takes an address.
pub(super) fn is_address(email: &str) -> bool {
    email.contains('@') && !email.ends_with("@invalid.example")
}

/// A value that Kit takes.
pub(super) fn field_value(value: &Value) -> Result<String, Reply> {
    match value.as_str() {
        Some(text) if text.chars().count() <= LONGEST => Ok(text.to_owned()),
        Some(_) => Err(errors(422, "Value is too long (maximum is 255 characters)")),
        None => Err(errors(422, "Value must be a text")),
    }
}

pub(super) fn set_fields(person: &mut Person, fields: BTreeMap<String, String>) {
    for (key, value) in fields {
        if value.is_empty() {
            person.fields.remove(&key);
        } else {
            person.fields.insert(key, value);
        }
    }
}

/// Adds a tag; false if the contact had it.
pub(super) fn give(kit: &mut Kitchen<'_>, tag: u64, id: u64) -> bool {
    let Some(person) = kit.store.person(id) else {
        return false;
    };
    if person.tags.contains(&tag) {
        let again = format!("{} already has the tag {tag}", person.email);
        kit.store.log.added_again.push(again);
        return false;
    }
    if person.state == "cancelled" && !kit.options.tags_unsubscribed {
        return true;
    }
    let seen_ms = kit.seen_ms();
    kit.store.change(id, seen_ms, |person| {
        person.tags.insert(tag);
    });
    true
}
