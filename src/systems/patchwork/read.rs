//! Response text in, typed values out: everything that the patchwork CRM says is hostile until here.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, de::Error};

use super::{WHO, request::unread};
use crate::{
    model::{ContactId, Fault, FieldName, HttpResponse, MemberState, TagId, TagName, TagRef, TagRules},
    systems::json::parse,
};

/// An ID or a count: a number in one place, the same as text in another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id(pub(super) String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Number(u64),
            Text(String),
        }
        match Either::deserialize(from)? {
            Either::Number(number) => Ok(Self(number.to_string())),
            Either::Text(text) if !text.trim().is_empty() => Ok(Self(text)),
            Either::Text(_) => Err(D::Error::custom("an ID is blank")),
        }
    }
}

impl Id {
    /// As a number.
    pub(super) fn number(&self) -> Option<u64> {
        self.0.trim().parse().ok()
    }
}

/// `GET /pw/account`.
#[derive(Debug, Deserialize)]
pub(super) struct AccountPage {
    pub(super) account: AccountText,
}

#[derive(Debug, Deserialize)]
pub(super) struct AccountText {
    pub(super) id: String,
    pub(super) lag_ms: u64,
    pub(super) limits: LimitsText,
}

/// Requests; 0 is no limit.
#[derive(Debug, Default, Deserialize)]
pub(super) struct LimitsText {
    pub(super) second: u32,
    pub(super) minute: u32,
    pub(super) day: u32,
    pub(super) day_begins: u8,
    pub(super) bulk_minute: u32,
}

/// `GET /pw/tags`.
#[derive(Debug, Deserialize)]
pub(super) struct TagsPage {
    pub(super) tags: Vec<TagText>,
    #[serde(default)]
    pub(super) next_page_token: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct TagText {
    pub(super) id: Id,
    pub(super) name: String,
    #[serde(default)]
    pub(super) category: Option<CategoryText>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct CategoryText {
    pub(super) name: String,
}

impl TagText {
    pub(super) fn tag_id(&self) -> TagId {
        TagId::new(&self.id.0)
    }
}

/// `POST /pw/tags`.
#[derive(Debug, Deserialize)]
pub(super) struct CreatedTag {
    pub(super) tag: TagText,
}

/// `GET /pw/contacts`.
#[derive(Debug, Deserialize)]
pub(super) struct ContactsPage {
    pub(super) contacts: Vec<ContactText>,
    pub(super) total: Id,
    #[serde(default)]
    pub(super) next_page_token: Option<String>,
}

/// `POST /pw/contacts/search`.
#[derive(Debug, Deserialize)]
pub(super) struct FoundPage {
    pub(super) contacts: Vec<FoundText>,
}

#[derive(Debug, Deserialize)]
pub(super) struct FoundText {
    pub(super) id: Id,
    pub(super) email: String,
}

/// `POST /pw/contacts/read`.
#[derive(Debug, Deserialize)]
pub(super) struct ReadPage {
    pub(super) contacts: Vec<ContactText>,
}

/// `POST /pw/contacts` and `PATCH /pw/contacts/ID`.
#[derive(Debug, Deserialize)]
pub(super) struct WrittenContact {
    pub(super) contact: WrittenText,
}

#[derive(Debug, Deserialize)]
pub(super) struct WrittenText {
    pub(super) id: Id,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct ContactText {
    pub(super) id: Id,
    #[serde(default)]
    pub(super) email: Option<String>,
    #[serde(default)]
    pub(super) first_name: Option<String>,
    #[serde(default)]
    pub(super) last_name: Option<String>,
    pub(super) status: String,
    #[serde(default)]
    pub(super) tags: Vec<TagText>,
    #[serde(default)]
    pub(super) fields: Vec<FieldText>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct FieldText {
    pub(super) key: String,
    #[serde(default)]
    pub(super) value: Option<String>,
}

impl ContactText {
    /// The address as Rehome compares it; blank where there is none.
    pub(super) fn address(&self) -> String {
        let email = self.email.as_deref().unwrap_or_default();
        email.trim().to_ascii_lowercase()
    }

    /// Whether the person refused email.
    pub(super) fn opted_out(&self) -> bool {
        self.status == "unsubscribed"
    }
}

/// `POST /pw/tags/ID/contacts`: what became of each contact, or the job that will say it.
#[derive(Debug, Deserialize)]
pub(super) struct TaggedPage {
    #[serde(default)]
    pub(super) job: Option<Id>,
    #[serde(default)]
    pub(super) results: BTreeMap<String, String>,
}

/// `GET /pw/jobs/ID`.
#[derive(Debug, Deserialize)]
pub(super) struct JobPage {
    pub(super) state: String,
    #[serde(default)]
    pub(super) tag: Option<Id>,
    #[serde(default)]
    pub(super) results: BTreeMap<String, String>,
}

/// What every refusal has.
#[derive(Debug, Deserialize)]
pub(super) struct ErrorPage {
    pub(super) error: ErrorText,
}

#[derive(Debug, Deserialize)]
pub(super) struct ErrorText {
    pub(super) code: String,
    #[serde(default)]
    pub(super) message: String,
    #[serde(default)]
    pub(super) class: Option<String>,
}

impl ErrorText {
    /// The error of a response, where it has one.
    pub(super) fn from_response(response: &HttpResponse) -> Option<Self> {
        let page: ErrorPage = serde_json::from_str(&response.body).ok()?;
        Some(page.error)
    }

    /// For people.
    pub(super) fn why(&self) -> String {
        format!("{} ({})", self.message, self.code)
    }
}

/// The token of the next page; none on the last, which may say so in three ways.
pub(super) fn next_token(token: Option<String>) -> Option<String> {
    token.filter(|token| !token.is_empty())
}

/// Reads what a look-up answered.
pub(super) fn page<T: serde::de::DeserializeOwned>(response: &HttpResponse) -> Result<T, Fault> {
    parse(WHO, &response.body).map_err(unread)
}

/// The tags that a contact has, under the names that are asked for. A tag of the same name in another category is
/// another tag.
pub(super) fn held(tags: &[TagText], asked: &[TagRef], rules: &TagRules) -> BTreeSet<TagName> {
    let name = |tag: &TagText| -> Option<TagName> {
        let name = TagName::new(&tag.name);
        let same = |other: &&TagRef| other.id == Some(tag.tag_id());
        if let Some(known) = asked.iter().find(same) {
            return Some(known.name.clone());
        }
        let another = asked
            .iter()
            .any(|other| other.id.is_some() && rules.fold(&other.name) == rules.fold(&name));
        (!another).then_some(name)
    };
    tags.iter().filter_map(name).collect()
}

/// All contacts of one address as one state: the first that has a name gives it.
pub(super) fn state(contacts: &[&ContactText], asked: &[TagRef], rules: &TagRules) -> MemberState {
    let mut state = MemberState::default();
    for contact in contacts {
        state.address.get_or_insert(contact.address());
        state.contact_ids.push(ContactId::new(&contact.id.0));
        let named = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        state.first_name = state.first_name.or_else(|| named(&contact.first_name));
        state.last_name = state.last_name.or_else(|| named(&contact.last_name));
        state.opted_out |= contact.opted_out();
        state.tags.extend(held(&contact.tags, asked, rules));
        for field in &contact.fields {
            if let Some(value) = field.value.clone().filter(|value| !value.is_empty()) {
                state.fields.entry(FieldName::new(&field.key)).or_insert(value);
            }
        }
    }
    state
}
