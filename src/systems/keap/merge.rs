//! What changes and what is stored in; the body that changes it and keeps the rest, out. An array in a body replaces
//! the stored one.

use iso3166::Country;
use serde_json::{Map, Value, json};

use super::{
    WHO,
    fields::{FieldBook, Place},
    read::{AddressText, ContactText, CustomText, PhoneText},
};
use crate::model::{Attribute, MemberWrite};

/// The fields that change, with their new values; blank where one is cleared.
pub(super) fn changed_fields(write: &MemberWrite) -> impl Iterator<Item = (&str, &str)> {
    write.changes.iter().filter_map(|change| match &change.attribute {
        Attribute::Field(name) => Some((name.as_str(), change.after.as_deref().unwrap_or_default())),
        _ => None,
    })
}

/// The label of a custom field that has to be created before the member can be written.
pub(super) fn missing_field(write: &MemberWrite, book: &FieldBook) -> Option<String> {
    let mut valued = changed_fields(write).filter(|(_, value)| !value.is_empty());
    valued.find_map(|(name, _)| match book.place(name) {
        Place::Missing(label) => Some(label),
        _ => None,
    })
}

/// The body of a request that creates a contact, or changes the stored one. The error says why the member cannot be
/// written.
pub(super) fn body(
    write: &MemberWrite,
    stored: Option<&ContactText>,
    book: &FieldBook,
) -> Result<Map<String, Value>, String> {
    let mut body = Map::new();
    for change in &write.changes {
        let after = change.after.as_deref().unwrap_or_default();
        match &change.attribute {
            Attribute::FirstName => body.insert("given_name".to_owned(), after.into()),
            Attribute::LastName => body.insert("family_name".to_owned(), after.into()),
            Attribute::Address => body.insert("email_addresses".to_owned(), renamed(after, stored)),
            _ => None,
        };
    }
    if stored.is_none() {
        let first = json!([{ "email": write.email.as_str(), "field": "EMAIL1" }]);
        body.insert("email_addresses".to_owned(), first);
    }
    let mut arrays = Arrays::new(stored);
    for (name, value) in changed_fields(write) {
        arrays.put(book.place(name), value)?;
    }
    arrays.finish(&mut body);
    Ok(body)
}

/// The addresses of a contact whose first one is a new one. Why somebody may be sent email is never said.
fn renamed(to: &str, stored: Option<&ContactText>) -> Value {
    let others = stored.and_then(|stored| stored.email_addresses.as_ref());
    let others = others.into_iter().flatten().filter_map(|email| {
        let text = email.email.as_deref()?;
        let field = email.field.as_deref().unwrap_or("EMAIL1");
        let same = text.trim().eq_ignore_ascii_case(to);
        (field != "EMAIL1" && !same).then(|| json!({ "email": text, "field": field }))
    });
    std::iter::once(json!({ "email": to, "field": "EMAIL1" }))
        .chain(others)
        .collect()
}

/// The arrays that hold fields, as they are stored, each with what changes in it.
struct Arrays {
    phones: Array<PhoneText>,
    addresses: Array<AddressText>,
    custom: Array<CustomText>,
}

/// An array, and whether it changes.
struct Array<T> {
    items: Vec<T>,
    changed: bool,
}

impl<T: Clone + serde::Serialize> Array<T> {
    fn new(stored: Option<&Vec<T>>) -> Self {
        Self {
            items: stored.cloned().unwrap_or_default(),
            changed: false,
        }
    }

    /// The item that is found, or else a new one.
    fn item(&mut self, find: impl Fn(&T) -> bool, new: T) -> Option<&mut T> {
        self.changed = true;
        let at = self.items.iter().position(find).unwrap_or_else(|| {
            self.items.push(new);
            self.items.len() - 1
        });
        self.items.get_mut(at)
    }

    fn finish(self, key: &str, body: &mut Map<String, Value>) {
        if self.changed {
            body.insert(key.to_owned(), json!(self.items));
        }
    }
}

impl Arrays {
    fn new(stored: Option<&ContactText>) -> Self {
        Self {
            phones: Array::new(stored.and_then(|stored| stored.phone_numbers.as_ref())),
            addresses: Array::new(stored.and_then(|stored| stored.addresses.as_ref())),
            custom: Array::new(stored.and_then(|stored| stored.custom_fields.as_ref())),
        }
    }

    fn put(&mut self, place: Place, value: &str) -> Result<(), String> {
        match place {
            Place::Phone => self.phone(value),
            Place::Billing(part) => self.billing(part, value)?,
            Place::Custom(id) => {
                let new = CustomText {
                    id: id.clone(),
                    content: Value::Null,
                };
                if let Some(field) = self.custom.item(|field| field.id == id, new) {
                    field.content = value.into();
                }
                // What is not in the array is removed.
                self.custom
                    .items
                    .retain(|field| field.id != id || !value.is_empty());
            }
            // Nothing is there to be cleared; a value is written only once the field is there.
            Place::Missing(_) if value.is_empty() => {}
            Place::Missing(label) => return Err(format!("{WHO} has no custom field \"{label}\"")),
            Place::Several(label) => {
                return Err(format!(
                    "{WHO} has several custom fields \"{label}\"; rename all but one of them there"
                ));
            }
        }
        Ok(())
    }

    fn phone(&mut self, value: &str) {
        let is_first = |phone: &PhoneText| phone.field.as_deref().is_none_or(|field| field == "PHONE1");
        let new = PhoneText {
            number: None,
            field: Some("PHONE1".to_owned()),
            kind: None,
            extension: None,
        };
        if let Some(phone) = self.phones.item(is_first, new) {
            phone.number = Some(value.to_owned());
        }
        let kept = |phone: &PhoneText| !is_first(phone) || !value.is_empty();
        self.phones.items.retain(kept);
    }

    fn billing(&mut self, part: &'static str, value: &str) -> Result<(), String> {
        let value = match part {
            "country_code" if !value.is_empty() => {
                let country = Country::from_alpha2(&value.to_ascii_uppercase());
                let country = country.ok_or_else(|| {
                    format!("the country \"{value}\" is not a code of two letters, such as US; {WHO} takes no other")
                })?;
                country.data().alpha3
            }
            _ => value,
        };
        let is_billing = |address: &AddressText| address.field.as_deref() == Some("BILLING");
        let new = AddressText {
            field: Some("BILLING".to_owned()),
            parts: std::collections::BTreeMap::new(),
        };
        let Some(address) = self.addresses.item(is_billing, new) else {
            return Ok(());
        };
        // The same part under the name that it had before.
        let other = match part {
            "country_code" => "country",
            "region" => "region_code",
            "postal_code" => "zip_code",
            other => other,
        };
        address.parts.remove(other);
        if value.is_empty() {
            address.parts.remove(part);
        } else {
            address.parts.insert(part.to_owned(), value.into());
        }
        self.addresses
            .items
            .retain(|address| !is_billing(address) || !address.parts.is_empty());
        Ok(())
    }

    fn finish(self, body: &mut Map<String, Value>) {
        self.phones.finish("phone_numbers", body);
        self.addresses.finish("addresses", body);
        self.custom.finish("custom_fields", body);
    }
}
