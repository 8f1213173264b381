//! Contacts, tags, fields and effects of the simulated Keap in memory.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::document::Document;
use crate::systems::vendor_server::EffectLog;

/// One contact, as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactRow {
    /// Its ID.
    pub id: u64,
    /// Its first address, as addresses are compared; blank if it has none.
    pub email: String,
    /// Its attributes by name; a tag is `tag CATEGORY/NAME`, a custom field `field LABEL`.
    pub attributes: BTreeMap<String, String>,
}

/// A tag.
#[derive(Debug, Clone)]
pub(super) struct Tag {
    pub(super) name: String,
    pub(super) category: Option<u64>,
}

/// A contact with what lists show of it, and from when.
#[derive(Debug, Clone, Default)]
struct Contact {
    now: Document,
    shown: Vec<(u64, Document)>,
}

/// Everything.
#[derive(Debug, Default)]
pub(super) struct Store {
    lag_ms: u64,
    contacts: BTreeMap<u64, Contact>,
    by_email: BTreeMap<String, BTreeSet<u64>>,
    pub(super) tags: BTreeMap<u64, Tag>,
    pub(super) categories: BTreeMap<u64, String>,
    pub(super) fields: BTreeMap<u64, String>,
    next_id: u64,
    pub(super) log: EffectLog,
}

impl Store {
    /// Without contacts; lists see a write only after `lag_ms`.
    pub(super) fn new(lag_ms: u64) -> Self {
        Self {
            lag_ms,
            ..Self::default()
        }
    }

    fn id(&mut self) -> u64 {
        // Keap numbers contacts in steps of two.
        self.next_id += 2;
        self.next_id
    }

    /// A contact as it is.
    pub(super) fn now(&self, id: u64) -> Option<&Document> {
        self.contacts.get(&id).map(|contact| &contact.now)
    }

    /// Contacts as lists show them, after an ID.
    pub(super) fn listed(
        &self,
        now_ms: u64,
        after: u64,
    ) -> impl DoubleEndedIterator<Item = (u64, &Document)> {
        let later = self.contacts.range(after + 1..);
        later.filter_map(move |(id, contact)| {
            let seen = contact.shown.iter().rev().find(|(from, _)| *from <= now_ms);
            seen.map(|(_, document)| (*id, document))
        })
    }

    /// Contacts as lists show them, by ID.
    pub(super) fn listed_of(&self, now_ms: u64, ids: &BTreeSet<u64>) -> Vec<(u64, &Document)> {
        let shown = ids.iter().filter_map(|id| {
            let contact = self.contacts.get(id)?;
            let seen = contact.shown.iter().rev().find(|(from, _)| *from <= now_ms)?;
            Some((*id, &seen.1))
        });
        shown.collect()
    }

    /// Whoever has an address now, in whichever place.
    pub(super) fn owner(&self, email: &str) -> Option<u64> {
        self.by_email.get(&email.to_ascii_lowercase())?.first().copied()
    }

    /// Puts a contact in place of what is there, and notes what differs.
    pub(super) fn set(&mut self, now_ms: u64, id: Option<u64>, after: &Document) -> u64 {
        let (id, is_new) = id.map_or_else(|| (self.id(), true), |id| (id, false));
        let contact = self.contacts.entry(id).or_default();
        let before = std::mem::replace(&mut contact.now, after.clone());
        contact
            .shown
            .push((now_ms.saturating_add(self.lag_ms), after.clone()));
        for email in before.emails.values() {
            if let Some(all) = self.by_email.get_mut(&email.to_ascii_lowercase()) {
                all.remove(&id);
            }
        }
        for email in after.emails.values() {
            let all = self.by_email.entry(email.to_ascii_lowercase()).or_default();
            all.insert(id);
            if is_new && all.len() > 1 {
                self.log.doubled.push(format!("a second contact of {email}"));
            }
        }
        let who = after.who();
        if !is_new && before.who() != who {
            self.log.effect(&before.who(), "address EMAIL1", None);
        }
        if is_new {
            self.log.effect(&who, "contact", Some("there".to_owned()));
        }
        let (before, after) = (before.attributes(), after.attributes());
        let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
        for name in names {
            if before.get(name) != after.get(name) {
                self.log.effect(&who, name, after.get(name).cloned());
            }
        }
        id
    }

    /// Creates a tag, whichever there are.
    pub(super) fn create_tag(&mut self, name: &str, category: Option<&str>) -> u64 {
        let category = category.map(|name| {
            let known = self.categories.iter().find(|(_, known)| *known == name);
            let known = known.map(|(id, _)| *id);
            known.unwrap_or_else(|| {
                let id = self.id();
                self.categories.insert(id, name.to_owned());
                id
            })
        });
        // It cuts what is too long.
        let tag = Tag {
            name: name.chars().take(255).collect(),
            category,
        };
        let same = |other: &Tag| {
            other.name.to_lowercase() == tag.name.to_lowercase() && other.category == tag.category
        };
        if self.tags.values().any(same) {
            self.log.doubled.push(format!("a second tag {name:?}"));
        }
        let id = self.id();
        self.tags.insert(id, tag);
        id
    }

    pub(super) fn create_field(&mut self, label: &str) -> u64 {
        if self
            .fields
            .values()
            .any(|known| known.eq_ignore_ascii_case(label))
        {
            self.log.doubled.push(format!("a second field {label:?}"));
        }
        let id = self.id();
        self.fields.insert(id, label.to_owned());
        id
    }

    pub(super) fn put(&mut self, emails: &[&str], fields: &[(&str, &str)], tags: &[u64]) -> u64 {
        let custom = fields.iter().filter_map(|(label, value)| {
            let field = self.fields.iter().find(|(_, known)| known == label)?;
            Some((*field.0, json!(value)))
        });
        let places = ["EMAIL1", "EMAIL2", "EMAIL3"].map(str::to_owned);
        let document = Document {
            emails: places
                .into_iter()
                .zip(emails.iter().map(ToString::to_string))
                .collect(),
            custom: custom.collect(),
            tags: tags.iter().copied().collect(),
            ..Document::default()
        };
        let id = self.id();
        for email in emails {
            self.by_email
                .entry(email.to_ascii_lowercase())
                .or_default()
                .insert(id);
        }
        let contact = Contact {
            now: document.clone(),
            shown: vec![(0, document)],
        };
        self.contacts.insert(id, contact);
        id
    }

    pub(super) fn take_tag(&mut self, email: &str, tag: u64) {
        let owner = self.owner(email);
        if let Some(contact) = owner.and_then(|id| self.contacts.get_mut(&id)) {
            contact.now.tags.remove(&tag);
            contact.shown.push((0, contact.now.clone()));
            self.log.by_hand(&contact.now.who(), &format!("tag {tag}"), None);
        }
    }

    pub(super) fn delete(&mut self, id: u64) {
        if let Some(contact) = self.contacts.remove(&id) {
            for email in contact.now.emails.values() {
                if let Some(all) = self.by_email.get_mut(&email.to_ascii_lowercase()) {
                    all.remove(&id);
                }
            }
        }
    }

    pub(super) fn tag_rows(&self) -> Vec<(u64, String, Option<String>)> {
        let category = |tag: &Tag| self.categories.get(&tag.category?).cloned();
        let row = |(id, tag): (&u64, &Tag)| (*id, tag.name.clone(), category(tag));
        self.tags.iter().map(row).collect()
    }

    /// An attribute with the names of tags and fields in place of the IDs, which depend on the order of requests.
    pub(super) fn named(&self, attribute: &str) -> String {
        let number = |prefix: &str| attribute.strip_prefix(prefix)?.parse::<u64>().ok();
        if let Some(tag) = number("tag ").and_then(|id| self.tags.get(&id)) {
            let category = tag.category.and_then(|id| self.categories.get(&id));
            return format!("tag {}/{}", category.map_or("", String::as_str), tag.name);
        }
        match number("field ").and_then(|id| self.fields.get(&id)) {
            Some(label) => format!("field {label}"),
            None => attribute.to_owned(),
        }
    }

    pub(super) fn rows(&self) -> Vec<ContactRow> {
        let rows = self.contacts.iter().map(|(id, contact)| {
            let attributes = contact.now.attributes().into_iter();
            ContactRow {
                id: *id,
                email: contact.now.who(),
                attributes: attributes
                    .map(|(name, value)| (self.named(&name), value))
                    .collect(),
            }
        });
        rows.collect()
    }
}
