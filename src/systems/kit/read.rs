//! Response text in, typed values out: everything that Kit says is hostile until here.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;

use super::WHO;
use crate::{
    model::{HttpResponse, TagId},
    systems::conventions::excerpt,
};

/// An ID: a number, or the same as text.
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
        let number = match Either::deserialize(from)? {
            Either::Number(number) => Some(number),
            Either::Text(text) => text.trim().parse().ok(),
        };
        let number = number.filter(|number| *number > 0);
        let id = number.ok_or_else(|| D::Error::custom("an ID is not a positive number"))?;
        Ok(Self(id.to_string()))
    }
}

impl Id {
    /// As a number.
    pub(super) fn number(&self) -> u64 {
        self.0.parse().unwrap_or_default()
    }
}

/// `GET /v4/account`.
#[derive(Debug, Deserialize)]
pub(super) struct AccountPage {
    pub(super) account: AccountText,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct AccountText {
    pub(super) id: Id,
    #[serde(default)]
    pub(super) plan: Option<PlanText>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct PlanText {
    #[serde(default)]
    subscriber_limit: Value,
}

impl AccountText {
    /// For how many people the account pays, where it says so.
    pub(super) fn subscriber_limit(&self) -> Option<u64> {
        let limit = &self.plan.as_ref()?.subscriber_limit;
        limit.as_u64().or_else(|| limit.as_str()?.trim().parse().ok())
    }
}

/// What every list ends with.
#[derive(Debug, Deserialize)]
pub(super) struct Pagination {
    pub(super) has_next_page: bool,
    #[serde(default)]
    pub(super) end_cursor: Option<String>,
    #[serde(default)]
    pub(super) total_count: Option<u64>,
}

/// `GET /v4/tags` and `GET /v4/subscribers/ID/tags`.
#[derive(Debug, Deserialize)]
pub(super) struct TagsPage {
    pub(super) tags: Vec<TagText>,
    pub(super) pagination: Pagination,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct TagText {
    pub(super) id: Id,
    pub(super) name: String,
}

impl TagText {
    pub(super) fn tag_id(&self) -> TagId {
        TagId::new(&self.id.0)
    }
}

/// `POST /v4/tags`.
#[derive(Debug, Deserialize)]
pub(super) struct CreatedTag {
    pub(super) tag: TagText,
}

/// `GET /v4/custom_fields`.
#[derive(Debug, Deserialize)]
pub(super) struct FieldsPage {
    pub(super) custom_fields: Vec<FieldText>,
    pub(super) pagination: Pagination,
}

/// `POST /v4/custom_fields`.
#[derive(Debug, Deserialize)]
pub(super) struct CreatedField {
    pub(super) custom_field: FieldText,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct FieldText {
    pub(super) id: Id,
    pub(super) key: String,
}

/// `GET /v4/subscribers`.
#[derive(Debug, Deserialize)]
pub(super) struct SubscribersPage {
    pub(super) subscribers: Vec<SubscriberText>,
    pub(super) pagination: Pagination,
}

/// `GET`, `POST` and `PUT` of one contact, and what adding a tag answers.
#[derive(Debug, Deserialize)]
pub(super) struct SubscriberPage {
    pub(super) subscriber: SubscriberText,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct SubscriberText {
    pub(super) id: Id,
    #[serde(default)]
    pub(super) email_address: Option<String>,
    #[serde(default)]
    pub(super) first_name: Option<String>,
    #[serde(default)]
    pub(super) state: Option<String>,
    #[serde(default)]
    pub(super) fields: Option<BTreeMap<String, Value>>,
    /// Only where it was asked for.
    #[serde(default)]
    pub(super) tags: Option<Vec<TagText>>,
}

/// `POST /v4/bulk/subscribers`.
#[derive(Debug, Deserialize)]
pub(super) struct CreatedPage {
    pub(super) subscribers: Vec<SubscriberText>,
    pub(super) failures: Vec<CreateFailure>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CreateFailure {
    pub(super) subscriber: FailedText,
    #[serde(default)]
    pub(super) errors: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct FailedText {
    #[serde(default)]
    pub(super) email_address: Option<String>,
}

/// `POST /v4/bulk/tags/subscribers`.
#[derive(Debug, Deserialize)]
pub(super) struct TaggedPage {
    pub(super) subscribers: Vec<TaggedText>,
    pub(super) failures: Vec<TagFailure>,
}

#[derive(Debug, Deserialize)]
pub(super) struct TaggedText {
    pub(super) id: Id,
}

#[derive(Debug, Deserialize)]
pub(super) struct TagFailure {
    pub(super) tagging: TaggingText,
    #[serde(default)]
    pub(super) errors: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct TaggingText {
    pub(super) tag_id: Id,
    pub(super) subscriber_id: Id,
}

/// `POST /v4/bulk/custom_fields/subscribers`.
#[derive(Debug, Deserialize)]
pub(super) struct FilledPage {
    pub(super) failures: Vec<FillFailure>,
}

#[derive(Debug, Deserialize)]
pub(super) struct FillFailure {
    pub(super) custom_field_value: FilledText,
    #[serde(default)]
    pub(super) errors: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct FilledText {
    pub(super) subscriber_id: Id,
}

/// What every refusal has.
#[derive(Debug, Deserialize)]
pub(super) struct ErrorsText {
    errors: Vec<String>,
}

impl ErrorsText {
    /// The errors of a response, where it has them.
    pub(super) fn from_response(response: &HttpResponse) -> Option<Self> {
        serde_json::from_str(&response.body).ok()
    }

    /// Whether it is about the number of people that the account pays for.
    pub(super) fn is_subscriber_limit(&self) -> bool {
        let says = |error: &String| error.to_lowercase().contains("subscriber limit");
        self.errors.iter().any(says)
    }

    /// What Kit says, for people.
    pub(super) fn why_of(response: &HttpResponse) -> String {
        let said = Self::from_response(response).map(|errors| said(&errors.errors));
        let said = said.unwrap_or_else(|| excerpt(&response.body));
        format!("{WHO} answers {}: {said}", response.status)
    }
}

/// Kit's own words about one item.
pub(super) fn said(errors: &[String]) -> String {
    if errors.is_empty() {
        return format!("{WHO} gives no reason");
    }
    excerpt(&errors.join("; "))
}
