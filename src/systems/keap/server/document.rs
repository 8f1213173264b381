//! A contact at one time, as Keap stores it; its JSON out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// A contact at one time.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Document {
    pub(super) given_name: String,
    pub(super) family_name: String,
    /// By place: `EMAIL1` and so on.
    pub(super) emails: BTreeMap<String, String>,
    /// By place: `PHONE1` and so on.
    pub(super) phones: BTreeMap<String, Value>,
    /// By place: `BILLING` and so on.
    pub(super) addresses: BTreeMap<String, Value>,
    /// By ID of the field.
    pub(super) custom: BTreeMap<u64, Value>,
    pub(super) tags: BTreeSet<u64>,
    /// The status of each address.
    pub(super) statuses: BTreeMap<String, &'static str>,
}

impl Document {
    /// Its first address, as addresses are compared.
    pub(super) fn who(&self) -> String {
        let first = self.emails.get("EMAIL1").or_else(|| self.emails.values().next());
        first.map(|email| email.to_ascii_lowercase()).unwrap_or_default()
    }

    /// Whether it has an address, in whichever place.
    pub(super) fn has(&self, email: &str) -> bool {
        self.emails.values().any(|own| own.eq_ignore_ascii_case(email))
    }

    /// Every attribute that an effect is noted for, as text.
    pub(super) fn attributes(&self) -> BTreeMap<String, String> {
        let mut all = BTreeMap::new();
        let mut put = |name: String, value: String| {
            if !value.is_empty() {
                all.insert(name, value);
            }
        };
        put("first name".to_owned(), self.given_name.clone());
        put("last name".to_owned(), self.family_name.clone());
        for (place, email) in &self.emails {
            put(format!("address {place}"), email.clone());
        }
        for (place, value) in self.phones.iter().chain(&self.addresses) {
            put(format!("field {place}"), value.to_string());
        }
        for (id, value) in &self.custom {
            put(format!("field {id}"), value.to_string());
        }
        for tag in &self.tags {
            put(format!("tag {tag}"), "held".to_owned());
        }
        for (email, status) in &self.statuses {
            put(format!("status of {email}"), (*status).to_owned());
        }
        all
    }

    /// As Keap sends it: only the properties that were asked for.
    pub(super) fn json(&self, id: u64, fields: &[String], lists_tags: bool) -> Value {
        let emails = self.emails.iter().map(|(field, email)| {
            let status = self.statuses.get(&email.to_ascii_lowercase()).copied();
            let status = status.unwrap_or("NON_MARKETABLE");
            json!({ "email": email, "field": field, "email_opt_status": status, "is_opt_in": false })
        });
        let custom = self
            .custom
            .iter()
            .map(|(id, content)| json!({ "id": id.to_string(), "content": content }));
        let tags = self.tags.iter().map(ToString::to_string);
        let all = [
            ("id", json!(id.to_string())),
            ("given_name", json!(self.given_name)),
            ("family_name", json!(self.family_name)),
            ("email_addresses", emails.collect()),
            ("phone_numbers", self.phones.values().cloned().collect()),
            ("addresses", self.addresses.values().cloned().collect()),
            ("custom_fields", custom.collect()),
            ("tag_ids", tags.collect()),
        ];
        let asked = |key: &str| key == "id" || fields.iter().any(|field| field == key);
        let shown = all
            .into_iter()
            .filter(|(key, _)| asked(key) && (lists_tags || *key != "tag_ids"));
        // What is blank is left out.
        let blank = |value: &Value| value.as_str() == Some("");
        let shown = shown.filter(|(_, value)| !blank(value));
        Value::Object(
            shown
                .map(|(key, value)| (key.to_owned(), value))
                .collect::<Map<_, _>>(),
        )
    }
}
