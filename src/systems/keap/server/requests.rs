//! The bodies of requests, checked property by property: what Keap does not document is an error.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::document::Document;
use crate::systems::vendor_server::Asked;

/// A contact to create or to change.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContactBody {
    given_name: Option<String>,
    family_name: Option<String>,
    pub(super) email_addresses: Option<Vec<EmailBody>>,
    phone_numbers: Option<Vec<Map<String, Value>>>,
    addresses: Option<Vec<Map<String, Value>>>,
    custom_fields: Option<Vec<CustomBody>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EmailBody {
    pub(super) email: String,
    pub(super) field: String,
    pub(super) opt_in_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CustomBody {
    id: String,
    content: Value,
}

/// Contacts that get or lose a tag.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TaggedBody {
    pub(super) contact_ids: Vec<String>,
}

/// A tag to create.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TagBody {
    pub(super) name: String,
}

/// A custom field to create.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FieldBody {
    pub(super) label: String,
    pub(super) field_type: String,
}

/// The status of an address.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StatusBody {
    pub(super) opted_in: bool,
    pub(super) reason: String,
}

/// Reads a body; the error is what no client should send.
pub(super) fn read<T: DeserializeOwned>(asked: &Asked) -> Result<T, String> {
    serde_json::from_slice(&asked.body).map_err(|error| format!("{}: the body is wrong: {error}", asked.path))
}

/// Why a contact is not taken: a status and words.
pub(super) type Rejected = (u16, String);

impl ContactBody {
    /// Puts what the request says into a contact. An array replaces what is stored.
    pub(super) fn put(&self, document: &mut Document, fields: &[u64]) -> Result<(), Rejected> {
        let bad = |why: &str| Err((400, why.to_owned()));
        for (slot, given) in [
            (&mut document.given_name, &self.given_name),
            (&mut document.family_name, &self.family_name),
        ] {
            if let Some(given) = given {
                if given.chars().count() > 40 {
                    return bad("a name has at most 40 characters");
                }
                slot.clone_from(given);
            }
        }
        if let Some(emails) = &self.email_addresses {
            document.emails.clear();
            for email in emails {
                let most = if email.field == "EMAIL1" { 75 } else { 100 };
                let lower = email.email.to_ascii_lowercase();
                if !lower.contains('@') || lower.len() > most || lower.ends_with("@invalid.example") {
                    return bad("email_addresses contains an invalid email address");
                }
                if lower.ends_with("@suppressed.example") {
                    return Err((409, "the address is suppressed".to_owned()));
                }
                document.emails.insert(email.field.clone(), email.email.clone());
            }
        }
        if let Some(phones) = &self.phone_numbers {
            document.phones = placed(phones)?;
            let long = |phone: &Value| {
                phone["number"]
                    .as_str()
                    .is_some_and(|text| text.chars().count() > 40)
            };
            if document.phones.values().any(long) {
                return bad("a telephone number has at most 40 characters");
            }
        }
        if let Some(addresses) = &self.addresses {
            document.addresses = placed(addresses)?;
            let homeless = |address: &Value| {
                !address["region"].is_null()
                    && address["country_code"].is_null()
                    && address["country"].is_null()
            };
            if document.addresses.values().any(homeless) {
                return bad("country_code is required if a region is given");
            }
        }
        if let Some(custom) = &self.custom_fields {
            document.custom.clear();
            for field in custom {
                let id = field.id.parse().ok().filter(|id| fields.contains(id));
                let Some(id) = id else {
                    return bad("there is no such custom field");
                };
                let long = |text: &str| text.chars().count() > 65_535;
                if field.content.as_str().is_some_and(long) {
                    return bad("a custom field has at most 65535 characters");
                }
                document.custom.insert(id, field.content.clone());
            }
        }
        Ok(())
    }
}

/// Items of an array by their place.
fn placed(items: &[Map<String, Value>]) -> Result<std::collections::BTreeMap<String, Value>, Rejected> {
    let place = |item: &Map<String, Value>| {
        let field = item.get("field").and_then(Value::as_str);
        let field = field.ok_or_else(|| (400, "an item has no field".to_owned()))?;
        Ok((field.to_owned(), Value::Object(item.clone())))
    };
    items.iter().map(place).collect()
}
