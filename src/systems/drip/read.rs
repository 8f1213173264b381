//! Response text in, typed values out: everything that Drip says is hostile until here.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;

use super::field_names::FieldNames;
use crate::model::{ContactId, FieldName, HttpResponse, MemberState, TagName};

/// An ID or a count: text in one place, a number in another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id(pub(super) String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Value::deserialize(from)? {
            Value::Number(number) if number.is_u64() => Ok(Self(number.to_string())),
            Value::String(text) if !text.trim().is_empty() => Ok(Self(text)),
            _ => Err(D::Error::custom("an ID is neither text nor a number")),
        }
    }
}

impl Id {
    /// As a number.
    pub(super) fn number(&self) -> Option<u64> {
        self.0.trim().parse().ok()
    }
}

/// `GET /v2/accounts`.
#[derive(Debug, Deserialize)]
pub(super) struct AccountsPage {
    pub(super) accounts: Vec<AccountText>,
}

#[derive(Debug, Deserialize)]
pub(super) struct AccountText {
    pub(super) id: Id,
}

/// `GET /v2/ACCOUNT/tags`.
#[derive(Debug, Deserialize)]
pub(super) struct TagsPage {
    pub(super) tags: Vec<String>,
}

/// What has subscribers: a page of the list, one by ID, and the response to a write of one.
#[derive(Debug, Deserialize)]
pub(super) struct SubscribersPage {
    #[serde(default)]
    pub(super) meta: Option<MetaText>,
    pub(super) subscribers: Vec<SubscriberText>,
}

#[derive(Debug, Deserialize)]
pub(super) struct MetaText {
    pub(super) total_pages: Id,
    pub(super) total_count: Id,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct SubscriberText {
    pub(super) id: Id,
    pub(super) status: String,
    #[serde(default)]
    pub(super) email: Option<String>,
    #[serde(default)]
    pub(super) first_name: Option<String>,
    #[serde(default)]
    pub(super) last_name: Option<String>,
    #[serde(default)]
    pub(super) custom_fields: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    pub(super) tags: Option<Vec<String>>,
    /// All other keys.
    #[serde(flatten)]
    pub(super) other: BTreeMap<String, Value>,
}

/// A value as text; `None` if it has none.
fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(true) => "true".to_owned(),
        Value::Bool(false) => "false".to_owned(),
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
    };
    (!text.is_empty()).then_some(text)
}

impl SubscriberText {
    /// The address as Rehome compares it; blank if there is none.
    pub(super) fn address(&self) -> String {
        let email = self.email.as_deref().unwrap_or_default();
        email.trim().to_ascii_lowercase()
    }

    /// Whether the subscriber gets no email: every status but `active`, words that nobody has documented included.
    pub(super) fn opted_out(&self) -> bool {
        self.status != "active"
    }

    /// Whether Drip takes no change of this subscriber: whoever is neither active nor unsubscribed.
    pub(super) fn is_closed(&self) -> bool {
        !matches!(self.status.as_str(), "active" | "unsubscribed")
    }

    /// The fields that have a value, under the plan's names.
    pub(super) fn fields(&self, names: &FieldNames) -> BTreeMap<String, String> {
        let standard = self.other.iter();
        let standard =
            standard.filter_map(|(own, value)| Some((names.of_standard(own)?.to_owned(), text(value)?)));
        let custom = self.custom_fields.iter().flatten();
        let custom = custom.filter_map(|(own, value)| Some((names.of_custom(own).to_owned(), text(value)?)));
        custom.chain(standard).collect()
    }

    /// As a member of Rehome.
    pub(super) fn state(&self, names: &FieldNames) -> MemberState {
        let filled = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let tags: BTreeSet<TagName> = self.tags.iter().flatten().map(TagName::new).collect();
        let fields = self.fields(names).into_iter();
        MemberState {
            address: Some(self.address()),
            contact_ids: vec![ContactId::new(&self.id.0)],
            first_name: filled(&self.first_name),
            last_name: filled(&self.last_name),
            opted_out: self.opted_out(),
            tags,
            fields: fields
                .map(|(name, value)| (FieldName::new(name), value))
                .collect(),
            rejected: self.is_closed().then(|| {
                format!(
                    "the contact is \"{}\" in Drip, which takes no changes of such contacts",
                    self.status
                )
            }),
            ..MemberState::default()
        }
    }
}

/// What a refusal has: a list of errors, or only a message.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ErrorPage {
    #[serde(default)]
    pub(super) errors: Vec<ErrorText>,
    #[serde(default)]
    pub(super) message: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ErrorText {
    #[serde(default)]
    pub(super) code: String,
    #[serde(default)]
    pub(super) attribute: Option<String>,
    #[serde(default)]
    pub(super) message: Option<String>,
}

impl ErrorPage {
    /// The refusal of a response, where it is one of Drip's.
    pub(super) fn from_response(response: &HttpResponse) -> Option<Self> {
        let page: Self = serde_json::from_str(&response.body).ok()?;
        (!page.errors.is_empty() || page.message.is_some()).then_some(page)
    }

    /// True if one of the errors has this code.
    pub(super) fn has(&self, code: &str) -> bool {
        self.errors.iter().any(|error| error.code == code)
    }

    /// For people.
    pub(super) fn why(&self) -> String {
        let errors = self.errors.iter().map(|error| {
            let what = error.message.as_deref().unwrap_or(&error.code);
            match &error.attribute {
                Some(attribute) => format!("{attribute}: {what}"),
                None => what.to_owned(),
            }
        });
        let all: Vec<String> = errors.chain(self.message.clone()).collect();
        all.join("; ")
    }
}
