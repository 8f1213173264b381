//! A contact as Keap sends it in; its addresses, consent, fields and state as Rehome compares them, out.

use std::collections::BTreeSet;

use iso3166::Country;
use serde_json::Value;

use super::{
    fields::{FieldBook, Place, STANDARD},
    read::{AddressText, ContactText, EmailText},
    tag_pages::TagBook,
};
use crate::model::{ContactId, FieldName, MemberState, TagName, TagRef, TagRules};

/// What Keap calls the statuses of an address whose owner has not opted out: never asked, opted in, or unreachable.
/// Every other word, known or not, counts as opted out.
const NOT_OPTED_OUT: [&str; 11] = [
    "UNENGAGED_MARKETABLE",
    "SINGLE_OPT_IN",
    "DOUBLE_OPT_IN",
    "CONFIRMED",
    "UNENGAGED_NON_MARKETABLE",
    "NON_MARKETABLE",
    "LOCKDOWN",
    "BOUNCE",
    "HARD_BOUNCE",
    "INVALID",
    "DEACTIVATED",
];

/// An address as Rehome compares it.
fn compared(email: &str) -> String {
    email.trim().to_ascii_lowercase()
}

impl ContactText {
    fn emails(&self) -> Vec<&EmailText> {
        let emails = self.email_addresses.iter().flatten();
        let mut emails: Vec<&EmailText> = emails
            .filter(|email| email.email.as_ref().is_some_and(|text| !text.trim().is_empty()))
            .collect();
        emails.sort_by_key(|email| email.field.clone().unwrap_or_default());
        emails
    }

    /// Its addresses, the first one first, each once.
    pub(super) fn addresses(&self) -> Vec<String> {
        let mut known = BTreeSet::new();
        let all = self.emails().into_iter();
        all.filter_map(|email| email.email.as_deref().map(compared))
            .filter(|email| known.insert(email.clone()))
            .collect()
    }

    /// Whether it has an address.
    pub(super) fn has_address(&self, address: &str) -> bool {
        self.addresses().iter().any(|own| own == address)
    }

    /// An address in the spelling that Keap stores.
    pub(super) fn stored(&self, address: &str) -> Option<&str> {
        let emails = self.emails().into_iter();
        emails
            .filter_map(|email| email.email.as_deref())
            .find(|email| compared(email) == address)
    }

    /// Whether the owner of an address refuses email.
    pub(super) fn opted_out(&self, address: &str) -> bool {
        let own = self.emails().into_iter();
        let own = own.filter(|email| {
            email
                .email
                .as_deref()
                .is_some_and(|email| compared(email) == address)
        });
        own.filter_map(|email| email.email_opt_status.as_deref())
            .any(|status| !NOT_OPTED_OUT.contains(&status))
    }

    /// Its billing address.
    pub(super) fn billing(&self) -> Option<&AddressText> {
        let mut addresses = self.addresses.iter().flatten();
        addresses.find(|address| address.field.as_deref() == Some("BILLING"))
    }

    /// Its fields that have a value, by the plan's names.
    pub(super) fn fields(&self, book: &FieldBook) -> Vec<(String, String)> {
        let standard = STANDARD.iter().filter(|(name, _)| book.is_standard(name));
        let standard = standard.map(|(name, place)| {
            let value = match place {
                Place::Phone => self.phone(),
                Place::Billing(part) => self.billing().map(|address| part_of(address, part)),
                _ => None,
            };
            (Some((*name).to_owned()), value)
        });
        let custom = self.custom_fields.iter().flatten();
        let custom = custom.map(|field| (book.name(&field.id), Some(text(&field.content))));
        standard
            .chain(custom)
            .filter_map(|(name, value)| Some((name?, value.filter(|value| !value.is_empty())?)))
            .collect()
    }

    fn phone(&self) -> Option<String> {
        let mut phones = self.phone_numbers.iter().flatten();
        let first = phones.find(|phone| phone.field.as_deref().is_none_or(|field| field == "PHONE1"));
        first.and_then(|phone| phone.number.clone())
    }
}

/// A part of an address as a plan writes it: a country by its code of two letters.
fn part_of(address: &AddressText, part: &str) -> String {
    let part_text = |part: &str| address.parts.get(part).map(text).unwrap_or_default();
    let first = part_text(part);
    match part {
        "country_code" if first.is_empty() => part_text("country"),
        "country_code" => match Country::from_alpha3(&first) {
            Some(country) => country.data().alpha2.to_owned(),
            None => first,
        },
        "region" if first.is_empty() => part_text("region_code"),
        "postal_code" if first.is_empty() => part_text("zip_code"),
        _ => first,
    }
}

/// The text of an untyped value: lists are joined by commas.
pub(super) fn text(content: &Value) -> String {
    match content {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// The tags that a contact has, under the names that are asked for. A tag of the same name in another category is
/// another tag.
fn held(contact: &ContactText, asked: &[TagRef], rules: &TagRules, tags: &TagBook) -> BTreeSet<TagName> {
    let name = |id: &super::read::Id| -> Option<TagName> {
        let same = |other: &&TagRef| other.id.as_ref().is_some_and(|own| own.as_str() == id.0);
        if let Some(known) = asked.iter().find(same) {
            return Some(known.name.clone());
        }
        let name = TagName::new(tags.name(id)?);
        let another = asked
            .iter()
            .any(|other| other.id.is_some() && rules.fold(&other.name) == rules.fold(&name));
        (!another).then_some(name)
    };
    contact.tags().iter().filter_map(name).collect()
}

/// What is needed to read a contact as a member's state.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a> {
    pub(super) asked: &'a [TagRef],
    pub(super) rules: &'a TagRules,
    pub(super) tags: &'a TagBook,
    pub(super) fields: &'a FieldBook,
}

impl Reader<'_> {
    /// Contacts under one address as one state: the first that has a name gives it.
    pub(super) fn state(&self, contacts: &[&ContactText], address: &str) -> MemberState {
        let mut state = MemberState::default();
        for contact in contacts {
            state.address.get_or_insert_with(|| address.to_owned());
            state.contact_ids.push(ContactId::new(&contact.id.0));
            let named = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
            state.first_name = state.first_name.or_else(|| named(&contact.given_name));
            state.last_name = state.last_name.or_else(|| named(&contact.family_name));
            state.opted_out |= contact.opted_out(address);
            state
                .tags
                .extend(held(contact, self.asked, self.rules, self.tags));
            for (name, value) in contact.fields(self.fields) {
                state.fields.entry(FieldName::new(name)).or_insert(value);
            }
        }
        state
    }
}
