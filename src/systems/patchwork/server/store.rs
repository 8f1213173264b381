//! Contacts, tags, jobs and effects of the patchwork CRM in memory.

use std::collections::{BTreeMap, BTreeSet};

use super::options::ServerOptions;
use crate::systems::vendor_server::EffectLog;

/// One contact, as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactRow {
    /// Its ID.
    pub id: u64,
    /// Its address.
    pub email: Option<String>,
    /// All else, as text that is the same for the same contact.
    pub text: String,
}

/// A contact at one time.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Document {
    pub(super) email: Option<String>,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) status: String,
    pub(super) fields: BTreeMap<String, String>,
    pub(super) tags: BTreeSet<u64>,
}

/// A tag.
#[derive(Debug, Clone)]
pub(super) struct Tag {
    pub(super) name: String,
    pub(super) category: Option<String>,
}

/// A contact with what lists show of it, and from when.
#[derive(Debug, Clone)]
struct Contact {
    now: Document,
    shown: Vec<(u64, Document)>,
}

/// Work that was accepted.
#[derive(Debug, Clone)]
pub(super) struct Job {
    due_ms: u64,
    pub(super) tag: u64,
    contacts: Vec<u64>,
    /// By contact; none while it runs.
    pub(super) results: Option<BTreeMap<u64, &'static str>>,
}

/// Everything.
#[derive(Debug)]
pub(super) struct Store {
    lag_ms: u64,
    random: fastrand::Rng,
    contacts: BTreeMap<u64, Contact>,
    by_email: BTreeMap<String, BTreeSet<u64>>,
    pub(super) tags: BTreeMap<u64, Tag>,
    pub(super) jobs: BTreeMap<u64, Job>,
    next_id: u64,
    pub(super) log: EffectLog,
}

impl Store {
    pub(super) fn new(options: &ServerOptions) -> Self {
        Self {
            lag_ms: options.lag_ms,
            random: fastrand::Rng::with_seed(options.seed ^ 0x5eed),
            contacts: BTreeMap::new(),
            by_email: BTreeMap::new(),
            tags: BTreeMap::new(),
            jobs: BTreeMap::new(),
            next_id: 1,
            log: EffectLog::default(),
        }
    }

    fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id - 1
    }

    pub(super) fn wrong(&mut self, what: String) {
        self.log.wrong.push(what);
    }

    fn effect(&mut self, email: Option<&str>, attribute: &str, value: Option<String>) {
        self.log.effect(email.unwrap_or_default(), attribute, value);
    }

    /// A contact as it is.
    pub(super) fn now(&self, id: u64) -> Option<&Document> {
        self.contacts.get(&id).map(|contact| &contact.now)
    }

    /// Contacts as lists show them, after an ID.
    pub(super) fn listed(&self, now_ms: u64, after: u64) -> impl Iterator<Item = (u64, &Document)> {
        let later = self.contacts.range(after + 1..);
        later.filter_map(move |(id, contact)| {
            let seen = contact.shown.iter().rev().find(|(from, _)| *from <= now_ms);
            seen.map(|(_, document)| (*id, document))
        })
    }

    /// Contacts that a search by address shows.
    pub(super) fn searched(&self, now_ms: u64, email: &str) -> Vec<u64> {
        // As a search does, it finds by what it has indexed: the address may be another one by now.
        let listed = self.listed(now_ms, 0);
        let same = listed.filter(|(_, document)| document.email.as_deref() == Some(email));
        same.map(|(id, _)| id).collect()
    }

    /// Whoever has an address now.
    pub(super) fn owner(&self, email: &str) -> Option<u64> {
        self.by_email.get(email)?.first().copied()
    }

    fn show(&mut self, id: u64, now_ms: u64) {
        let from = now_ms.saturating_add(self.lag_ms);
        if let Some(contact) = self.contacts.get_mut(&id) {
            contact.shown.push((from, contact.now.clone()));
        }
    }

    /// Creates a contact, whoever has this address already.
    pub(super) fn create(&mut self, now_ms: u64, document: Document) -> u64 {
        let id = self.id();
        let email = document.email.clone();
        if let Some(email) = &email {
            let all = self.by_email.entry(email.clone()).or_default();
            all.insert(id);
            if all.len() > 1 {
                self.log.doubled.push(format!("a second contact of {email}"));
            }
        }
        if document.status == "subscribed" {
            self.log.subscribed.push(email.clone().unwrap_or_default());
        }
        let shown = Vec::new();
        self.contacts.insert(
            id,
            Contact {
                now: Document::default(),
                shown,
            },
        );
        self.effect(email.as_deref(), "contact", Some("there".to_owned()));
        self.note(
            email.as_deref(),
            &Document {
                email: email.clone(),
                status: document.status.clone(),
                ..Document::default()
            },
            &document,
        );
        if let Some(contact) = self.contacts.get_mut(&id) {
            contact.now = document;
        }
        self.show(id, now_ms);
        id
    }

    /// Changes a contact.
    pub(super) fn change(&mut self, now_ms: u64, id: u64, after: Document) {
        let Some(before) = self.now(id).cloned() else {
            return;
        };
        if before == after {
            return;
        }
        if after.status == "subscribed" && before.status != "subscribed" {
            self.log.subscribed.push(after.email.clone().unwrap_or_default());
        }
        if before.email != after.email {
            if let Some(all) = before
                .email
                .as_ref()
                .and_then(|email| self.by_email.get_mut(email))
            {
                all.remove(&id);
            }
            if let Some(email) = &after.email {
                self.by_email.entry(email.clone()).or_default().insert(id);
            }
            self.effect(before.email.as_deref(), "email address", None);
            self.effect(after.email.as_deref(), "email address", after.email.clone());
        }
        self.note(after.email.as_deref(), &before, &after);
        if let Some(contact) = self.contacts.get_mut(&id) {
            contact.now = after;
        }
        self.show(id, now_ms);
    }

    /// Notes what differs, the address aside.
    fn note(&mut self, email: Option<&str>, before: &Document, after: &Document) {
        for (attribute, before, after) in [
            ("first name", &before.first_name, &after.first_name),
            ("last name", &before.last_name, &after.last_name),
            ("status", &before.status, &after.status),
        ] {
            if before != after {
                self.effect(email, attribute, Some(after.clone()));
            }
        }
        let keys: BTreeSet<&String> = before.fields.keys().chain(after.fields.keys()).collect();
        for key in keys {
            if before.fields.get(key) != after.fields.get(key) {
                self.effect(email, &format!("field {key}"), after.fields.get(key).cloned());
            }
        }
        for tag in before.tags.symmetric_difference(&after.tags) {
            let held = after.tags.contains(tag).then(|| "held".to_owned());
            self.effect(email, &format!("tag {tag}"), held);
        }
    }

    /// Adds a tag to contacts; gives a word for each.
    pub(super) fn tag(&mut self, now_ms: u64, tag: u64, contacts: &[u64]) -> BTreeMap<u64, &'static str> {
        let mut results = BTreeMap::new();
        for id in contacts {
            let word = match self.now(*id).cloned() {
                None => "NO_CONTACT",
                Some(document) if document.email.as_deref().is_some_and(untaggable) => "ARCHIVED",
                Some(document) if document.tags.contains(&tag) => {
                    let line = format!("tag {tag} of contact {id}");
                    self.log.added_again.push(line);
                    "DUPLICATE"
                }
                Some(mut document) => {
                    document.tags.insert(tag);
                    self.change(now_ms, *id, document);
                    "SUCCESS"
                }
            };
            results.insert(*id, word);
        }
        results
    }

    /// Accepts work; gives the job's ID.
    pub(super) fn accept(&mut self, now_ms: u64, tag: u64, contacts: Vec<u64>) -> u64 {
        let id = self.id();
        let due_ms = now_ms + self.random.u64(0..=self.lag_ms.max(2) / 2);
        self.log.jobs += 1;
        self.jobs.insert(
            id,
            Job {
                due_ms,
                tag,
                contacts,
                results: None,
            },
        );
        id
    }

    /// Does the work that is due.
    pub(super) fn settle(&mut self, now_ms: u64) {
        let due = self.jobs.iter();
        let due = due.filter(|(_, job)| job.results.is_none() && job.due_ms <= now_ms);
        let mut due: Vec<(u64, u64)> = due.map(|(id, job)| (job.due_ms, *id)).collect();
        due.sort_unstable();
        for (at, id) in due {
            let Some(job) = self.jobs.get(&id).cloned() else {
                continue;
            };
            let results = self.tag(at, job.tag, &job.contacts);
            if let Some(job) = self.jobs.get_mut(&id) {
                job.results = Some(results);
            }
        }
    }

    /// Creates a tag, whichever there are.
    pub(super) fn create_tag(&mut self, name: &str, category: Option<&str>) -> u64 {
        let id = self.id();
        let tag = Tag {
            name: name.to_owned(),
            category: category.map(str::to_owned),
        };
        let same = |other: &Tag| {
            other.name.to_lowercase() == tag.name.to_lowercase() && other.category == tag.category
        };
        if self.tags.values().any(same) {
            self.log.doubled.push(format!("a second tag {name:?}"));
        }
        self.tags.insert(id, tag);
        id
    }

    pub(super) fn put(&mut self, email: Option<&str>, fields: &[(&str, &str)], tags: &[u64]) -> u64 {
        let text = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
        let document = Document {
            email: email.map(str::to_owned),
            status: "neutral".to_owned(),
            fields: fields.iter().map(text).collect(),
            tags: tags.iter().copied().collect(),
            ..Document::default()
        };
        let id = self.id();
        if let Some(email) = email {
            self.by_email.entry(email.to_owned()).or_default().insert(id);
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
            self.log.by_hand(email, &format!("tag {tag}"), None);
        }
    }

    pub(super) fn delete(&mut self, id: u64) {
        if let Some(contact) = self.contacts.remove(&id)
            && let Some(all) = contact.now.email.and_then(|email| self.by_email.get_mut(&email))
        {
            all.remove(&id);
        }
    }

    pub(super) fn tag_rows(&self) -> Vec<(u64, String, Option<String>)> {
        let row = |(id, tag): (&u64, &Tag)| (*id, tag.name.clone(), tag.category.clone());
        self.tags.iter().map(row).collect()
    }

    pub(super) fn rows(&self) -> Vec<ContactRow> {
        let rows = self.contacts.iter().map(|(id, contact)| {
            let now = &contact.now;
            let tags = now.tags.iter().filter_map(|tag| self.tags.get(tag));
            let tags: BTreeSet<String> = tags
                .map(|tag| format!("{}/{}", tag.category.as_deref().unwrap_or_default(), tag.name))
                .collect();
            ContactRow {
                id: *id,
                email: now.email.clone(),
                text: format!(
                    "{:?} | {} | {} | {} | {:?} | {tags:?}",
                    now.email, now.first_name, now.last_name, now.status, now.fields
                ),
            }
        });
        rows.collect()
    }
}

/// Whoever cannot be tagged, though the contact can be created.
fn untaggable(email: &str) -> bool {
    email.ends_with("@archived.example")
}
