//! A contact as Kit sends it in; its address, consent, fields and state as Rehome compares them, out.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    field_book::{FieldBook, LAST_NAME},
    read::{SubscriberText, TagText},
    tag_pages::tag_rules,
};
use crate::model::{ContactId, FieldName, MemberState, TagName, TagRef};

/// What Kit calls the states of people who did not opt out: subscribed, not confirmed yet, and unreachable. Every other
/// word, known or not, counts as opted out.
const NOT_OPTED_OUT: [&str; 3] = ["active", "inactive", "bounced"];

impl SubscriberText {
    /// The address as Rehome compares it; blank where there is none.
    pub(super) fn address(&self) -> String {
        self.stored_address().trim().to_ascii_lowercase()
    }

    /// The address in the spelling that Kit stores.
    pub(super) fn stored_address(&self) -> &str {
        self.email_address.as_deref().unwrap_or_default()
    }

    /// Whether the person refuses email.
    pub(super) fn opted_out(&self) -> bool {
        let state = self.state.as_deref();
        state.is_none_or(|state| !NOT_OPTED_OUT.contains(&state))
    }

    /// The value of a custom field; blank where it has none.
    pub(super) fn field(&self, key: &str) -> String {
        let value = self.fields.as_ref().and_then(|fields| fields.get(key));
        value.map(text).unwrap_or_default()
    }

    /// The fields that have a value, by the plan's names, without the last name.
    pub(super) fn named_fields(&self, book: &FieldBook) -> Vec<(String, String)> {
        let fields = self.fields.iter().flatten().filter(|(key, _)| *key != LAST_NAME);
        let named = fields.map(|(key, value)| (book.name(key).to_owned(), text(value)));
        named.filter(|(_, value)| !value.is_empty()).collect()
    }
}

/// A value as text, whatever its type.
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The tags of a contact, under the names that are asked for.
fn held(tags: &[TagText], asked: &[TagRef]) -> BTreeSet<TagName> {
    let rules = tag_rules();
    let name = |tag: &TagText| {
        let own = TagName::new(&tag.name);
        let same = |other: &&TagRef| {
            other
                .id
                .as_ref()
                .map_or(rules.fold(&other.name) == rules.fold(&own), |id| {
                    *id == tag.tag_id()
                })
        };
        asked
            .iter()
            .find(same)
            .map_or(own.clone(), |known| known.name.clone())
    };
    tags.iter().map(name).collect()
}

/// All contacts of one address as one state: the first that has a name gives it.
pub(super) fn state(contacts: &[&SubscriberText], asked: &[TagRef], book: &FieldBook) -> MemberState {
    let mut state = MemberState::default();
    for contact in contacts {
        state.address.get_or_insert(contact.address());
        state.contact_ids.push(ContactId::new(&contact.id.0));
        let named = |text: String| Some(text).filter(|text| !text.is_empty());
        let first = contact.first_name.clone().unwrap_or_default();
        state.first_name = state.first_name.or_else(|| named(first));
        state.last_name = state.last_name.or_else(|| named(contact.field(LAST_NAME)));
        state.opted_out |= contact.opted_out();
        state
            .tags
            .extend(held(contact.tags.as_deref().unwrap_or_default(), asked));
        for (name, value) in contact.named_fields(book) {
            state.fields.entry(FieldName::new(&name)).or_insert(value);
        }
    }
    state
}
