//! Response text in, typed values out: everything that the practice CRM says is hostile until here.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::model::{ContactId, FieldName, MemberState, TagName};

/// `GET /v1/account`.
#[derive(Debug, Deserialize)]
pub(super) struct AccountText {
    pub(super) id: String,
    pub(super) totals: Totals,
    pub(super) limits: Limits,
}

#[derive(Debug, Deserialize)]
pub(super) struct Totals {
    pub(super) contacts: u64,
}

#[derive(Debug, Deserialize)]
pub(super) struct Limits {
    pub(super) requests_per_minute: u32,
    pub(super) batch: usize,
    pub(super) visibility_ms: u64,
    /// Whether a contact can be created opted out; a server that does not say so cannot.
    #[serde(default)]
    pub(super) creates_opted_out: bool,
    #[serde(default)]
    pub(super) field_chars: Option<u32>,
}

/// One contact, as pages and lookups give it.
#[derive(Debug, Deserialize)]
pub(super) struct ContactText {
    pub(super) id: String,
    pub(super) email: String,
    #[serde(default)]
    pub(super) first_name: String,
    #[serde(default)]
    pub(super) last_name: String,
    #[serde(default)]
    pub(super) opted_out: bool,
    #[serde(default)]
    pub(super) tags: Vec<String>,
    #[serde(default)]
    pub(super) fields: BTreeMap<String, String>,
}

/// `GET /v1/contacts`.
#[derive(Debug, Deserialize)]
pub(super) struct ContactsPage {
    pub(super) contacts: Vec<ContactText>,
    pub(super) total: u64,
    pub(super) more: bool,
}

/// `GET /v1/tags`.
#[derive(Debug, Deserialize)]
pub(super) struct TagsPage {
    pub(super) tags: Vec<TagText>,
    pub(super) total: u64,
    pub(super) more: bool,
}

#[derive(Debug, Deserialize)]
pub(super) struct TagText {
    pub(super) id: String,
    pub(super) name: String,
}

/// `POST /v1/contacts/batch` and `POST /v1/contacts/tags/batch`.
#[derive(Debug, Deserialize)]
pub(super) struct BatchText {
    pub(super) items: Vec<BatchItem>,
}

#[derive(Debug, Deserialize)]
pub(super) struct BatchItem {
    pub(super) index: usize,
    pub(super) status: String,
    #[serde(default)]
    pub(super) id: Option<String>,
    #[serde(default)]
    pub(super) message: Option<String>,
}

/// `POST /v1/contacts/lookup`.
#[derive(Debug, Deserialize)]
pub(super) struct LookupText {
    pub(super) found: Vec<Found>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Found {
    pub(super) email: String,
    pub(super) contacts: Vec<ContactText>,
}

/// All contacts of one address as one state: the first that has a name gives it.
pub(super) fn state(contacts: Vec<ContactText>) -> MemberState {
    let mut state = MemberState::default();
    for contact in contacts {
        let email = contact.email.trim().to_ascii_lowercase();
        state.address.get_or_insert(email);
        state.contact_ids.push(ContactId::new(contact.id));
        let named = |text: String| Some(text).filter(|text| !text.is_empty());
        state.first_name = state.first_name.or_else(|| named(contact.first_name));
        state.last_name = state.last_name.or_else(|| named(contact.last_name));
        state.opted_out |= contact.opted_out;
        state.tags.extend(contact.tags.into_iter().map(TagName::new));
        for (name, value) in contact.fields {
            if !value.is_empty() {
                state.fields.entry(FieldName::new(name)).or_insert(value);
            }
        }
    }
    state
}
