//! The contacts, tags and fields of a simulated Kit: what is so now, what its lists show, and what was done.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::systems::vendor_server::EffectLog;

/// A contact, for a test to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactRow {
    /// Its ID.
    pub id: u64,
    /// Its address.
    pub email: String,
    /// Its state.
    pub state: String,
    /// The names of its tags.
    pub tags: Vec<String>,
    /// All of it but the ID, as text.
    pub text: String,
}

/// A contact at one time.
#[derive(Debug, Clone, Default)]
pub(super) struct Person {
    pub(super) id: u64,
    pub(super) email: String,
    /// The first address, under which effects are noted.
    who: String,
    pub(super) first: Option<String>,
    pub(super) state: String,
    pub(super) fields: BTreeMap<String, String>,
    pub(super) tags: BTreeSet<u64>,
}

/// A contact, and from when on lists show each of its versions.
#[derive(Debug, Default)]
struct Kept {
    now: Person,
    versions: Vec<(u64, Person)>,
}

#[derive(Debug)]
struct Tag {
    id: u64,
    name: String,
    seen_ms: u64,
}

/// Everything that the simulated Kit has.
#[derive(Debug, Default)]
pub(super) struct Store {
    people: BTreeMap<u64, Kept>,
    by_email: BTreeMap<String, u64>,
    tags: Vec<Tag>,
    /// IDs by key.
    fields: BTreeMap<String, u64>,
    last_id: u64,
    pub(super) log: EffectLog,
}

fn folded(email: &str) -> String {
    email.trim().to_ascii_lowercase()
}

impl Store {
    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// A contact as it is now.
    pub(super) fn person(&self, id: u64) -> Option<&Person> {
        self.people.get(&id).map(|kept| &kept.now)
    }

    pub(super) fn id_of(&self, email: &str) -> Option<u64> {
        self.by_email.get(&folded(email)).copied()
    }

    /// What lists show, in the order of IDs.
    pub(super) fn listed(&self, now_ms: u64) -> Vec<&Person> {
        let seen = |kept: &'_ Kept| -> Option<usize> {
            kept.versions.iter().rposition(|(seen_ms, _)| *seen_ms <= now_ms)
        };
        let all = self.people.values();
        all.filter_map(|kept| kept.versions.get(seen(kept)?).map(|(_, person)| person))
            .collect()
    }

    /// How many may get email.
    pub(super) fn active(&self) -> usize {
        self.people
            .values()
            .filter(|kept| kept.now.state == "active")
            .count()
    }

    /// Creates a contact; lists show it from then on.
    pub(super) fn create(&mut self, email: &str, state: &str, seen_ms: u64) -> u64 {
        let id = self.next_id();
        let person = Person {
            id,
            email: email.to_owned(),
            who: folded(email),
            state: state.to_owned(),
            ..Person::default()
        };
        self.by_email.insert(folded(email), id);
        self.note(&person.who, "contact", Some("there"));
        if state == "cancelled" {
            self.note(&person.who, "state", Some(state));
        } else if state == "active" {
            self.log.subscribed.push(format!("{email} was created active"));
        }
        let versions = vec![(seen_ms, person.clone())];
        self.people.insert(
            id,
            Kept {
                now: person,
                versions,
            },
        );
        id
    }

    fn note(&mut self, who: &str, attribute: &str, value: Option<&str>) {
        self.log.effect(who, attribute, value.map(str::to_owned));
    }

    /// Changes a contact, and notes what is not as it was.
    pub(super) fn change(&mut self, id: u64, seen_ms: u64, change: impl FnOnce(&mut Person)) {
        let Some(kept) = self.people.get_mut(&id) else {
            return;
        };
        let before = kept.now.clone();
        change(&mut kept.now);
        let after = kept.now.clone();
        kept.versions.push((seen_ms, after.clone()));
        if folded(&before.email) != folded(&after.email) {
            self.by_email.remove(&folded(&before.email));
            self.by_email.insert(folded(&after.email), id);
        }
        let who = after.who.clone();
        if before.email != after.email {
            self.note(&who, "email", Some(&after.email));
        }
        if before.first != after.first {
            self.note(&who, "first_name", after.first.as_deref());
        }
        if before.state != after.state {
            self.note(&who, "state", Some(&after.state));
        }
        let keys: BTreeSet<&String> = before.fields.keys().chain(after.fields.keys()).collect();
        for key in keys {
            if before.fields.get(key) != after.fields.get(key) {
                let value = after.fields.get(key).map(String::as_str);
                self.log
                    .effect(&who, &format!("field {key}"), value.map(str::to_owned));
            }
        }
        for tag in before.tags.symmetric_difference(&after.tags) {
            let held = after.tags.contains(tag).then(|| "held".to_owned());
            let name = self.tag_name(*tag).unwrap_or_default();
            self.log.effect(&who, &format!("tag {name}"), held);
        }
    }

    pub(super) fn tag_name(&self, id: u64) -> Option<String> {
        let mut tags = self.tags.iter();
        tags.find(|tag| tag.id == id).map(|tag| tag.name.clone())
    }

    /// The tag of a name, whatever its case.
    pub(super) fn tag_called(&self, name: &str) -> Option<(u64, String)> {
        let same = |tag: &&Tag| tag.name.to_lowercase() == name.to_lowercase();
        self.tags.iter().find(same).map(|tag| (tag.id, tag.name.clone()))
    }

    pub(super) fn create_tag(&mut self, name: &str, seen_ms: u64) -> u64 {
        let id = self.next_id();
        self.tags.push(Tag {
            id,
            name: name.to_owned(),
            seen_ms,
        });
        self.note("tags", name, Some("there"));
        id
    }

    /// The tags that lists show.
    pub(super) fn listed_tags(&self, now_ms: u64) -> Vec<(u64, String)> {
        let seen = self.tags.iter().filter(|tag| tag.seen_ms <= now_ms);
        seen.map(|tag| (tag.id, tag.name.clone())).collect()
    }

    pub(super) fn field(&self, key: &str) -> Option<u64> {
        self.fields.get(key).copied()
    }

    pub(super) fn field_of(&self, id: u64) -> Option<String> {
        let mut fields = self.fields.iter();
        fields.find(|(_, own)| **own == id).map(|(key, _)| key.clone())
    }

    pub(super) fn create_field(&mut self, key: &str) -> u64 {
        let id = self.next_id();
        self.fields.insert(key.to_owned(), id);
        self.note("fields", key, Some("there"));
        id
    }

    pub(super) fn fields(&self) -> &BTreeMap<String, u64> {
        &self.fields
    }

    /// A contact as Kit sends it.
    pub(super) fn json(&self, person: &Person, with_tags: bool) -> Value {
        let value = |key: &String| {
            person
                .fields
                .get(key)
                .map_or(Value::Null, |value| value.clone().into())
        };
        let fields = self.fields.keys().map(|key| (key.clone(), value(key)));
        let mut json = json!({
            "id": person.id, "email_address": person.email, "first_name": person.first, "state": person.state,
            "created_at": "2026-01-02T03:04:05Z", "fields": Value::Object(fields.collect()),
        });
        if with_tags {
            json["tags"] = self.tags_json(person, false);
        }
        json
    }

    pub(super) fn tags_json(&self, person: &Person, when: bool) -> Value {
        let tags = person
            .tags
            .iter()
            .filter_map(|id| Some((id, self.tag_name(*id)?)));
        let tags = tags.map(|(id, name)| {
            let mut tag = json!({ "id": id, "name": name });
            if when {
                tag["tagged_at"] = "2026-01-02T03:04:05Z".into();
            }
            tag
        });
        tags.collect()
    }

    // What people do by hand, and what tests look at.

    pub(super) fn put(&mut self, email: &str, state: &str, fields: &[(&str, &str)], tags: &[u64]) -> u64 {
        let log = self.log.clone();
        for (key, _) in fields {
            if self.field(key).is_none() {
                self.create_field(key);
            }
        }
        let id = self.create(email, state, 0);
        self.change(id, 0, |person| {
            let fields = fields
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
            person.fields.extend(fields);
            person.tags.extend(tags);
        });
        self.log = log;
        id
    }

    pub(super) fn put_tag(&mut self, name: &str) -> u64 {
        let log = self.log.clone();
        let id = self.create_tag(name, 0);
        self.log = log;
        id
    }

    pub(super) fn take_tag(&mut self, email: &str, tag: u64) {
        let Some(id) = self.id_of(email) else { return };
        let mut log = self.log.clone();
        self.change(id, 0, |person| {
            person.tags.remove(&tag);
        });
        let name = self.tag_name(tag).unwrap_or_default();
        log.by_hand(&folded(email), &format!("tag {name}"), None);
        self.log = log;
    }

    pub(super) fn delete(&mut self, id: u64) {
        if let Some(kept) = self.people.remove(&id) {
            self.by_email.remove(&folded(&kept.now.email));
        }
    }

    pub(super) fn rows(&self) -> Vec<ContactRow> {
        let row = |kept: &Kept| {
            let person = &kept.now;
            let tags = person.tags.iter().filter_map(|id| self.tag_name(*id));
            let mut tags: Vec<String> = tags.collect();
            tags.sort_unstable();
            ContactRow {
                id: person.id,
                email: person.email.clone(),
                state: person.state.clone(),
                text: format!(
                    "{} {:?} {} {:?} {tags:?}",
                    person.email, person.first, person.state, person.fields
                ),
                tags,
            }
        };
        self.people.values().map(row).collect()
    }

    pub(super) fn tag_rows(&self) -> Vec<(u64, String)> {
        self.listed_tags(u64::MAX)
    }

    pub(super) fn field_keys(&self) -> Vec<String> {
        self.fields.keys().cloned().collect()
    }
}
