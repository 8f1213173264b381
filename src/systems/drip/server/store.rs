//! Subscribers, batches and effects of the simulator of Drip, in memory.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::systems::vendor_server::EffectLog;

/// Keys of a subscriber that are fields and not custom fields.
const STANDARD: [&str; 6] = ["phone", "address1", "city", "state", "zip", "country"];
/// Keys that a client may send besides those.
const KNOWN: [&str; 8] = [
    "id",
    "email",
    "new_email",
    "first_name",
    "last_name",
    "custom_fields",
    "tags",
    "status",
];

/// A subscriber, as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriberRow {
    /// Its ID.
    pub id: String,
    /// Its address.
    pub email: String,
    /// All else, as text that is the same for the same subscriber.
    pub text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Subscriber {
    pub(super) id: String,
    pub(super) email: String,
    pub(super) status: String,
    first_name: String,
    last_name: String,
    standard: BTreeMap<String, String>,
    custom: BTreeMap<String, String>,
    pub(super) tags: BTreeSet<String>,
    pub(super) created_ms: u64,
}

#[derive(Debug)]
struct Batch {
    due_ms: u64,
    subscribers: Vec<Map<String, Value>>,
}

/// Everything.
#[derive(Debug)]
pub(super) struct Store {
    batch_ms: u64,
    random: fastrand::Rng,
    /// In the order in which they were created.
    subscribers: Vec<Subscriber>,
    by_email: BTreeMap<String, String>,
    by_id: BTreeMap<String, usize>,
    batches: Vec<Batch>,
    pub(super) tags: BTreeSet<String>,
    pub(super) log: EffectLog,
}

/// Why one subscriber is not written: the code and the attribute.
pub(super) type Refusal = (&'static str, &'static str);

impl Store {
    pub(super) fn new(batch_ms: u64, seed: u64) -> Self {
        Self {
            batch_ms,
            random: fastrand::Rng::with_seed(seed ^ 0xd219),
            subscribers: Vec::new(),
            by_email: BTreeMap::new(),
            by_id: BTreeMap::new(),
            batches: Vec::new(),
            tags: BTreeSet::new(),
            log: EffectLog::default(),
        }
    }

    fn position(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// A subscriber by ID.
    pub(super) fn get(&self, id: &str) -> Option<&Subscriber> {
        self.subscribers.get(self.position(id)?)
    }

    /// Subscribers, newest first, who were there before a moment.
    pub(super) fn listed(&self, before_ms: Option<u64>) -> impl Iterator<Item = &Subscriber> {
        let newest = self.subscribers.iter().rev();
        newest
            .filter(|one| !one.id.is_empty())
            .filter(move |one| before_ms.is_none_or(|before| one.created_ms < before))
    }

    /// Accepts a batch, to be carried out later.
    pub(super) fn accept(&mut self, now_ms: u64, subscribers: Vec<Map<String, Value>>) {
        self.log.jobs += 1;
        let due_ms = now_ms + self.random.u64(0..=self.batch_ms);
        self.batches.push(Batch { due_ms, subscribers });
        self.settle(now_ms);
    }

    /// Carries out the batches that are due.
    pub(super) fn settle(&mut self, now_ms: u64) {
        let (due, later) = std::mem::take(&mut self.batches)
            .into_iter()
            .partition(|batch: &Batch| batch.due_ms <= now_ms);
        self.batches = later;
        let mut due = due;
        due.sort_by_key(|batch| batch.due_ms);
        for batch in due {
            for subscriber in &batch.subscribers {
                // Whom a batch drops, nobody is told.
                let _ = self.upsert(batch.due_ms, subscriber);
            }
        }
    }

    /// Creates or changes a subscriber; gives its ID.
    pub(super) fn upsert(&mut self, now_ms: u64, body: &Map<String, Value>) -> Result<String, Refusal> {
        self.check(body);
        let text = |key: &str| body.get(key).and_then(Value::as_str);
        let email = text("email").map(str::to_ascii_lowercase);
        let known = match (text("id"), &email) {
            (Some(id), _) => Some(id.to_owned()),
            (None, Some(email)) => self.by_email.get(email).cloned(),
            (None, None) => return Err(("presence_error", "email")),
        };
        if email
            .as_deref()
            .is_some_and(|email| email.ends_with("@dropped.example"))
        {
            return Err(("email_error", "email"));
        }
        let before = match &known {
            Some(id) => Some(self.get(id).cloned().ok_or(("not_found_error", "id"))?),
            None => None,
        };
        if before
            .as_ref()
            .is_some_and(|one| !matches!(one.status.as_str(), "active" | "unsubscribed"))
        {
            return Err(("unavailable_error", "status"));
        }
        let mut after = before
            .clone()
            .unwrap_or_else(|| self.newcomer(now_ms, email.unwrap_or_default()));
        if let Some(new) = text("new_email").map(str::to_ascii_lowercase) {
            let owner = self.by_email.get(&new);
            if owner.is_some_and(|owner| *owner != after.id) {
                return Err(("uniqueness_error", "new_email"));
            }
            after.email = new;
        }
        for (key, place) in [
            ("first_name", &mut after.first_name),
            ("last_name", &mut after.last_name),
        ] {
            if let Some(name) = text(key) {
                name.clone_into(place);
            }
        }
        for key in STANDARD {
            if let Some(value) = text(key) {
                after.standard.insert(key.to_owned(), value.to_owned());
            }
        }
        for (key, value) in body
            .get("custom_fields")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let value = value.as_str().unwrap_or_default();
            after.custom.insert(key.clone(), value.to_owned());
        }
        after.standard.retain(|_, value| !value.is_empty());
        after.custom.retain(|_, value| !value.is_empty());
        if let Some(status) = text("status") {
            status.clone_into(&mut after.status);
        }
        for tag in body.get("tags").and_then(Value::as_array).into_iter().flatten() {
            let tag = tag.as_str().unwrap_or_default().to_owned();
            // Two spellings are one tag; the first counts.
            let same = |other: &&String| other.to_lowercase() == tag.to_lowercase();
            let tag = self.tags.iter().find(same).cloned().unwrap_or(tag);
            self.tags.insert(tag.clone());
            if !after.tags.insert(tag.clone()) {
                self.log
                    .added_again
                    .push(format!("tag {tag:?} of {}", after.email));
            }
        }
        let id = after.id.clone();
        self.store(before.as_ref(), after);
        Ok(id)
    }

    /// Notes what no client should send.
    fn check(&mut self, body: &Map<String, Value>) {
        for key in body.keys() {
            if !KNOWN.contains(&key.as_str()) && !STANDARD.contains(&key.as_str()) {
                self.log.wrong.push(format!("a subscriber with the key {key:?}"));
            }
        }
        if body.contains_key("initial_status")
            || body.get("status").is_some_and(|status| status != "unsubscribed")
        {
            let who = body
                .get("email")
                .or_else(|| body.get("id"))
                .map(ToString::to_string);
            self.log.subscribed.push(who.unwrap_or_default());
        }
    }

    fn newcomer(&mut self, now_ms: u64, email: String) -> Subscriber {
        let id: String = std::iter::repeat_with(|| self.random.lowercase())
            .take(20)
            .collect();
        Subscriber {
            id,
            email,
            status: "active".to_owned(),
            first_name: String::new(),
            last_name: String::new(),
            standard: BTreeMap::new(),
            custom: BTreeMap::new(),
            tags: BTreeSet::new(),
            created_ms: now_ms,
        }
    }

    fn store(&mut self, before: Option<&Subscriber>, after: Subscriber) {
        self.note(before, &after);
        if let Some(before) = before {
            self.by_email.remove(&before.email);
        }
        self.by_email.insert(after.email.clone(), after.id.clone());
        if let Some(at) = self.position(&after.id) {
            self.subscribers[at] = after;
        } else {
            self.by_id.insert(after.id.clone(), self.subscribers.len());
            self.subscribers.push(after);
        }
    }

    fn note(&mut self, before: Option<&Subscriber>, after: &Subscriber) {
        let who = after.email.as_str();
        let mut effect = |attribute: &str, value: Option<String>| self.log.effect(who, attribute, value);
        let Some(before) = before else {
            effect("contact", Some("there".to_owned()));
            return Self::note_values(&mut effect, None, after);
        };
        if before.email != after.email {
            effect("email address", Some(after.email.clone()));
        }
        Self::note_values(&mut effect, Some(before), after);
        if before.email != after.email {
            self.log.effect(&before.email, "email address", None);
        }
    }

    fn note_values(
        effect: &mut dyn FnMut(&str, Option<String>),
        before: Option<&Subscriber>,
        after: &Subscriber,
    ) {
        let value = |of: Option<&Subscriber>, key: &str| -> Option<String> {
            let of = of?;
            let text = match key {
                "first name" => of.first_name.clone(),
                "last name" => of.last_name.clone(),
                "status" => of.status.clone(),
                key => {
                    let field = key.strip_prefix("field ")?;
                    of.standard.get(field).or_else(|| of.custom.get(field))?.clone()
                }
            };
            (!text.is_empty() && text != "active").then_some(text)
        };
        let fields = before.into_iter().chain([after]);
        let fields = fields.flat_map(|one| one.standard.keys().chain(one.custom.keys()));
        let mut keys: BTreeSet<String> = fields.map(|key| format!("field {key}")).collect();
        keys.extend(["first name", "last name", "status"].map(str::to_owned));
        for key in keys {
            let (was, is) = (value(before, &key), value(Some(after), &key));
            if was != is {
                effect(&key, is);
            }
        }
        let none = BTreeSet::new();
        let had = before.map_or(&none, |before| &before.tags);
        for tag in had.symmetric_difference(&after.tags) {
            effect(
                &format!("tag {tag}"),
                after.tags.contains(tag).then(|| "held".to_owned()),
            );
        }
    }

    /// Takes a tag from a subscriber; whether it had it.
    pub(super) fn untag(&mut self, id: &str, tag: &str) -> bool {
        let Some(before) = self.get(id).cloned() else {
            return false;
        };
        let mut after = before.clone();
        let had = after.tags.remove(tag);
        if had {
            self.store(Some(&before), after);
        } else {
            self.log
                .added_again
                .push(format!("tag {tag:?} taken from {} again", before.email));
        }
        had
    }

    pub(super) fn put(
        &mut self,
        email: &str,
        status: &str,
        fields: &[(&str, &str)],
        tags: &[&str],
    ) -> String {
        let mut one = self.newcomer(0, email.to_owned());
        status.clone_into(&mut one.status);
        for (key, value) in fields {
            one.custom.insert((*key).to_owned(), (*value).to_owned());
        }
        one.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        self.tags.extend(one.tags.iter().cloned());
        let id = one.id.clone();
        self.by_email.insert(one.email.clone(), id.clone());
        self.by_id.insert(id.clone(), self.subscribers.len());
        self.subscribers.push(one);
        id
    }

    pub(super) fn take_tag(&mut self, email: &str, tag: &str) {
        let at = self.by_email.get(email).and_then(|id| self.position(id));
        if let Some(one) = at.and_then(|at| self.subscribers.get_mut(at)) {
            one.tags.remove(tag);
            self.log.by_hand(email, &format!("tag {tag}"), None);
        }
    }

    pub(super) fn delete(&mut self, email: &str) {
        let Some(id) = self.by_email.remove(email) else {
            return;
        };
        if let Some(one) = self.by_id.remove(&id).and_then(|at| self.subscribers.get_mut(at)) {
            one.id = String::new();
        }
    }

    pub(super) fn rows(&self) -> Vec<SubscriberRow> {
        let rows = self.listed(None).map(|one| SubscriberRow {
            id: one.id.clone(),
            email: one.email.clone(),
            text: format!(
                "{} | {} | {} | {} | {:?} | {:?} | {:?}",
                one.email, one.first_name, one.last_name, one.status, one.standard, one.custom, one.tags
            ),
        });
        let mut rows: Vec<SubscriberRow> = rows.collect();
        rows.sort_by(|one, other| one.email.cmp(&other.email));
        rows
    }
}

impl Subscriber {
    /// As the wire has it.
    pub(super) fn json(&self) -> Value {
        let name = |name: &str| (!name.is_empty()).then(|| name.to_owned());
        let mut json = json!({
            "id": self.id, "status": self.status, "email": self.email,
            "first_name": name(&self.first_name), "last_name": name(&self.last_name),
            "custom_fields": self.custom, "tags": self.tags, "lead_score": null,
        });
        for key in STANDARD {
            json[key] = json!(self.standard.get(key));
        }
        json
    }
}
