//! Response text in, typed values out: everything that Keap says is hostile until here.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::Value;

use crate::{
    model::{HttpResponse, TagId},
    systems::excerpt,
};

/// An ID: text by the contract, a number in some responses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
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
        self.0.parse().ok()
    }
}

/// `GET /contacts`.
#[derive(Debug, Deserialize)]
pub(super) struct ContactsPage {
    pub(super) contacts: Vec<ContactText>,
    #[serde(default)]
    pub(super) next_page_token: Option<String>,
}

/// A contact, as far as it is asked for.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct ContactText {
    pub(super) id: Id,
    #[serde(default)]
    pub(super) given_name: Option<String>,
    #[serde(default)]
    pub(super) family_name: Option<String>,
    #[serde(default)]
    pub(super) email_addresses: Option<Vec<EmailText>>,
    #[serde(default)]
    pub(super) phone_numbers: Option<Vec<PhoneText>>,
    #[serde(default)]
    pub(super) addresses: Option<Vec<AddressText>>,
    #[serde(default)]
    pub(super) custom_fields: Option<Vec<CustomText>>,
    /// `None` where the response says nothing of tags.
    #[serde(default)]
    pub(super) tag_ids: Option<Vec<Id>>,
}

/// An address of a contact. What is not known is kept.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct EmailText {
    #[serde(default)]
    pub(super) email: Option<String>,
    #[serde(default)]
    pub(super) field: Option<String>,
    #[serde(default)]
    pub(super) email_opt_status: Option<String>,
}

/// A telephone number.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub(super) struct PhoneText {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) number: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) field: Option<String>,
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) extension: Option<String>,
}

/// A postal address, with every part that Keap has.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub(super) struct AddressText {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) field: Option<String>,
    #[serde(flatten)]
    pub(super) parts: BTreeMap<String, Value>,
}

/// The value of a custom field.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub(super) struct CustomText {
    pub(super) id: Id,
    #[serde(default)]
    pub(super) content: Value,
}

impl ContactText {
    /// The tags that it has.
    pub(super) fn tags(&self) -> &[Id] {
        self.tag_ids.as_deref().unwrap_or_default()
    }
}

/// `GET /tags`.
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

impl TagText {
    pub(super) fn tag_id(&self) -> TagId {
        TagId::new(&self.id.0)
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct CategoryText {
    #[serde(default)]
    pub(super) id: Option<Id>,
}

/// `GET /tags/categories`.
#[derive(Debug, Deserialize)]
pub(super) struct CategoriesPage {
    pub(super) tag_categories: Vec<NamedText>,
    #[serde(default)]
    pub(super) next_page_token: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct NamedText {
    pub(super) id: Id,
    pub(super) name: String,
}

/// `GET /tags/-/contacts`.
#[derive(Debug, Deserialize)]
pub(super) struct HoldersPage {
    pub(super) contacts: Vec<serde::de::IgnoredAny>,
}

/// `POST /tags/ID/contacts:applyTags`: a word for each contact.
#[derive(Debug, Deserialize)]
pub(super) struct AppliedPage {
    pub(super) results: BTreeMap<String, String>,
}

/// `GET /contacts/model`.
#[derive(Debug, Deserialize)]
pub(super) struct ModelPage {
    #[serde(default)]
    pub(super) custom_fields: Option<Vec<ModelFieldText>>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct ModelFieldText {
    pub(super) id: Id,
    pub(super) label: String,
}

/// What a refusal says: of Keap, or of the gateway before it.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ErrorText {
    #[serde(default)]
    pub(super) message: Option<String>,
    #[serde(default)]
    pub(super) fault: Option<GatewayText>,
}

#[derive(Debug, Deserialize)]
pub(super) struct GatewayText {
    #[serde(default)]
    pub(super) faultstring: String,
}

impl ErrorText {
    /// The error of a response, where it has one.
    pub(super) fn from_response(response: &HttpResponse) -> Option<Self> {
        let error: Self = serde_json::from_str(&response.body).ok()?;
        (error.message.is_some() || error.fault.is_some()).then_some(error)
    }

    /// Why Keap refuses, in its own words.
    pub(super) fn why_of(response: &HttpResponse) -> String {
        let error = Self::from_response(response).unwrap_or_default();
        let words = error
            .message
            .or(error.fault.map(|fault| fault.faultstring))
            .filter(|words| !words.trim().is_empty());
        let words = words.as_deref().unwrap_or(&response.body);
        format!("{} ({})", excerpt(words), response.status)
    }
}
