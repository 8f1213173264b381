//! The custom fields of a Kit account and the plan's names for them in; the key and ID of each out.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{
    WHO,
    read::{FieldText, FieldsPage},
    request::{broken, list, next_cursor, page},
};
use crate::model::{Fault, HttpRequest, HttpResponse};

/// Where Kit keeps last names.
pub(super) const LAST_NAME: &str = "last_name";

/// Pages at most.
const PAGES: usize = 100;

/// The custom fields of an account, which all exchanges with it share.
#[derive(Debug, Default)]
pub(super) struct FieldBook {
    /// Keys by the plan's names.
    names: BTreeMap<String, String>,
    /// IDs by key.
    ids: Mutex<BTreeMap<String, u64>>,
}

impl FieldBook {
    /// Keys by the plan's names, as `[contacts.fields]` has them.
    pub(super) fn new(names: BTreeMap<String, String>) -> Self {
        Self {
            names,
            ids: Mutex::default(),
        }
    }

    fn ids(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over what the account has.
    pub(super) fn learn(&self, fields: &[FieldText]) {
        let known = fields.iter().map(|field| (field.key.clone(), field.id.number()));
        self.ids().extend(known);
    }

    /// The ID of a field, where the account has it.
    pub(super) fn id(&self, key: &str) -> Option<u64> {
        self.ids().get(key).copied()
    }

    /// The key of a field of the plan.
    pub(super) fn key<'n>(&'n self, name: &'n str) -> Result<&'n str, String> {
        let key = self.names.get(name).map_or(name, String::as_str);
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if key == LAST_NAME && name != LAST_NAME || key.is_empty() || !key.chars().all(plain) {
            return Err(format!(
                "\"{key}\" is not a key of a field of {WHO}; set the key under [contacts.fields]: \"{name}\" = \"a_key\""
            ));
        }
        Ok(key)
    }

    /// The plan's name of a key.
    pub(super) fn name<'k>(&'k self, key: &'k str) -> &'k str {
        let mut all = self.names.iter();
        let own = all.find(|(_, known)| *known == key);
        own.map_or(key, |(name, _)| name.as_str())
    }
}

/// The label from which Kit makes a key: the key is the label in lower case, with `_` for spaces.
pub(super) fn label(key: &str) -> String {
    let spaced = key.replace('_', " ");
    let mut chars = spaced.chars();
    let first = chars.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

/// Reads the fields page by page.
#[derive(Debug, Default)]
pub(super) struct FieldPages {
    fields: Vec<FieldText>,
    keys: BTreeSet<String>,
    pages: usize,
}

impl FieldPages {
    /// The first request.
    pub(super) fn ask() -> HttpRequest {
        list("/custom_fields", "", None)
    }

    /// Takes a page; gives the request for the next one, or nothing where it was the last.
    pub(super) fn take(&mut self, response: &HttpResponse) -> Result<Option<HttpRequest>, Fault> {
        let read: FieldsPage = page(response)?;
        self.pages += 1;
        for field in read.custom_fields {
            if !self.keys.insert(field.key.clone()) {
                return Err(broken("a custom field is there twice"));
            }
            self.fields.push(field);
        }
        if self.pages > PAGES {
            return Err(broken("the pages of custom fields do not end"));
        }
        let next = next_cursor(&read.pagination)?;
        Ok(next.map(|cursor| list("/custom_fields", "", Some(cursor))))
    }

    /// All fields.
    pub(super) fn fields(&self) -> &[FieldText] {
        &self.fields
    }
}
