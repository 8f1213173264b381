//! Practice systems in memory, for the simulator: requests in, effects and answers out. They note
//! what must never happen.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    model::{
        Action, AfterLost, Answer, Attribute, Capabilities, Change, ContactId, Email, ItemOutcome, JobHandle,
        Looked, MemberState, MemberWrite, Operation, Payload, Request, TagId, TagName,
    },
    run::{
        driver::compare::{Standing, compare},
        event::Millis,
    },
};

/// A practice system.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) capabilities: Capabilities,
    /// Whether a second creation finds the first.
    pub(crate) upsert: bool,
    /// What is there.
    pub(crate) truth: BTreeMap<Email, MemberState>,
    /// What reads show.
    shown: BTreeMap<Email, MemberState>,
    /// What reads will show.
    coming: Vec<(Millis, Email, Option<MemberState>)>,
    /// Members it does not take.
    pub(crate) refuses: BTreeSet<Email>,
    /// Members whom the job rejects that was accepted for them.
    pub(crate) jobs_refuse: BTreeSet<Email>,
    /// What each job rejected.
    rejected: BTreeMap<JobHandle, Vec<(Email, Attribute)>>,
    /// What was made twice.
    pub(crate) duplicates: Vec<String>,
    /// Values that a person set by hand.
    pub(crate) by_hand: BTreeMap<Email, String>,
    /// What was created beside members, and from when reads show it.
    pub(crate) things: BTreeMap<String, Millis>,
    /// Whether what is accepted has a job.
    pub(crate) hands_out_jobs: bool,
    jobs: u64,
    prefix: char,
    next_contact: u64,
}

impl World {
    pub(crate) fn new(capabilities: Capabilities, upsert: bool, prefix: char) -> Self {
        Self {
            capabilities,
            upsert,
            truth: BTreeMap::new(),
            shown: BTreeMap::new(),
            coming: Vec::new(),
            refuses: BTreeSet::new(),
            jobs_refuse: BTreeSet::new(),
            rejected: BTreeMap::new(),
            duplicates: Vec::new(),
            by_hand: BTreeMap::new(),
            things: BTreeMap::new(),
            hands_out_jobs: false,
            jobs: 0,
            prefix,
            next_contact: 1,
        }
    }

    /// Sets a state before the run.
    pub(crate) fn put(&mut self, email: &Email, state: MemberState) {
        self.truth.insert(email.clone(), state.clone());
        self.shown.insert(email.clone(), state);
    }

    /// Somebody who is there holds a tag before the run.
    pub(crate) fn hold(&mut self, email: &Email, tag: &TagName) {
        for states in [&mut self.truth, &mut self.shown] {
            states.entry(email.clone()).or_default().tags.insert(tag.clone());
        }
    }

    /// A person changes the first name, seen at once.
    pub(crate) fn edit(&mut self, email: &Email, name: &str) {
        for states in [&mut self.truth, &mut self.shown] {
            states.entry(email.clone()).or_default().first_name = Some(name.to_owned());
        }
        for (_, coming, state) in &mut self.coming {
            if let Some(state) = state.as_mut().filter(|_| coming == email) {
                state.first_name = Some(name.to_owned());
            }
        }
        self.by_hand.insert(email.clone(), name.to_owned());
    }

    pub(crate) fn new_contact(&mut self) -> ContactId {
        let id = ContactId::new(format!("{}{}", self.prefix, self.next_contact));
        self.next_contact += 1;
        id
    }

    /// Carries a request out; reads show it after `lag`.
    pub(crate) fn perform(&mut self, request: &Request, now: Millis, lag: Millis) -> Answer {
        let Payload::Members(writes) = &request.payload else {
            let thing = format!("{:?}", request.payload);
            if self.capabilities.after_lost_setup != AfterLost::Repeat && self.things.contains_key(&thing) {
                self.duplicates.push(thing.clone());
            }
            self.things.entry(thing).or_insert(now + lag);
            let confirmed = ItemOutcome::Confirmed { contact_id: None };
            let tag_id = match &request.payload {
                Payload::Tag(name) => Some(self.tag_id(name)),
                _ => None,
            };
            return Answer {
                items: vec![(0, confirmed)],
                tag_id,
                ..Answer::default()
            };
        };
        let items = writes
            .iter()
            .map(|write| (write.seq, self.write(request.operation, write, now, lag)));
        let items = items.collect();
        let job = self.job();
        if let Some(job) = &job {
            let refused = writes
                .iter()
                .filter(|write| self.jobs_refuse.contains(&write.email));
            let refused = refused.flat_map(|write| {
                let attributes = write.changes.iter().map(|change| change.attribute.clone());
                attributes.map(|attribute| (write.email.clone(), attribute))
            });
            self.rejected.insert(job.clone(), refused.collect());
        }
        Answer {
            items,
            job,
            ..Answer::default()
        }
    }

    /// The ID of a tag.
    pub(crate) fn tag_id(&self, name: &TagName) -> TagId {
        TagId::new(format!("{}-tag-{name}", self.prefix))
    }

    /// Whether a job says that it rejected some of a member's changes.
    pub(crate) fn says_rejected(&self, request: &Request, write: &MemberWrite) -> bool {
        let told = request.jobs.iter().filter_map(|job| self.rejected.get(job));
        let mut told = told.flatten();
        told.any(|(email, attribute)| {
            *email == write.email && write.changes.iter().any(|change| change.attribute == *attribute)
        })
    }

    fn gives_jobs(&self) -> bool {
        self.hands_out_jobs && !self.capabilities.confirms
    }

    fn job(&mut self) -> Option<JobHandle> {
        self.jobs += 1;
        self.gives_jobs()
            .then(|| JobHandle::new(format!("{}-job-{}", self.prefix, self.jobs)))
    }

    /// Carries the first members of a request out, and says that it stopped there.
    pub(crate) fn perform_some(
        &mut self,
        request: &Request,
        begun: usize,
        now: Millis,
        lag: Millis,
    ) -> Answer {
        let mut some = request.clone();
        if let Payload::Members(writes) = &mut some.payload {
            writes.truncate(begun);
        }
        Answer {
            goes_on: true,
            ..self.perform(&some, now, lag)
        }
    }

    fn write(&mut self, operation: Operation, write: &MemberWrite, now: Millis, lag: Millis) -> ItemOutcome {
        if self.refuses.contains(&write.email) {
            return ItemOutcome::Refused {
                why: "not taken".to_owned(),
            };
        }
        if self.gives_jobs() && self.jobs_refuse.contains(&write.email) {
            return ItemOutcome::Accepted { contact_id: None };
        }
        let (at, mut state) = either(&self.truth, write);
        if self.capabilities.compares
            && let Standing::Moved(what) = compare(write, &state)
        {
            return ItemOutcome::Moved { what };
        }
        for change in &write.changes {
            // A system that compares adds no tag that is there.
            let adds_once = operation == Operation::ContactTags
                && !self.capabilities.compares
                && self.capabilities.after_lost_tags != AfterLost::Repeat;
            if adds_once && change.action == Action::AddTag && state.has(change) {
                self.duplicates
                    .push(format!("{} of {}", change.attribute, write.email));
            }
            self.apply(write, change, &mut state);
        }
        let contact_id = (operation != Operation::ContactTags)
            .then(|| state.contact_ids.first().cloned())
            .flatten();
        if at != write.email {
            if self.truth.contains_key(&write.email) {
                self.duplicates.push(format!("two under {}", write.email));
            }
            self.truth.remove(&at);
            self.coming.push((now + lag, at, None));
        }
        self.truth.insert(write.email.clone(), state.clone());
        self.coming.push((now + lag, write.email.clone(), Some(state)));
        if self.capabilities.confirms {
            ItemOutcome::Confirmed { contact_id }
        } else {
            ItemOutcome::Accepted { contact_id: None }
        }
    }

    fn apply(&mut self, write: &MemberWrite, change: &Change, state: &mut MemberState) {
        let finds = self.upsert || self.capabilities.compares;
        match &change.attribute {
            // Whose address it is, [`Self::write`] has seen to.
            Attribute::Address => state.address.clone_from(&change.after),
            Attribute::SourceKey(source) => {
                state
                    .keys
                    .extend(change.after.clone().map(|key| (source.clone(), key)));
            }
            Attribute::Contact => {
                if !state.contact_ids.is_empty() && finds {
                    return;
                }
                if !state.contact_ids.is_empty() {
                    self.duplicates.push(format!("contact {}", write.email));
                }
                let id = self.new_contact();
                state.contact_ids.push(id);
            }
            Attribute::User => {
                if state.login.is_some() && !finds {
                    self.duplicates.push(format!("user {}", write.email));
                }
                state.login.clone_from(&change.after);
            }
            Attribute::ContactLink => {
                let id = change
                    .after
                    .as_ref()
                    .map(ContactId::new)
                    .or_else(|| write.contact_id.clone());
                state.contact_ids = id.into_iter().collect();
            }
            Attribute::FirstName => state.first_name.clone_from(&change.after),
            Attribute::LastName => state.last_name.clone_from(&change.after),
            // It comes with the user.
            Attribute::Registered => {}
            Attribute::OptedOut => state.opted_out = change.after.as_deref() == Some("yes"),
            Attribute::Field(name) => {
                state
                    .fields
                    .extend(change.after.clone().map(|value| (name.clone(), value)));
            }
            Attribute::Tag(tag) if change.action == Action::RemoveTag => {
                state.tags.remove(tag);
            }
            Attribute::Tag(tag) => {
                state.tags.insert(tag.clone());
            }
        }
    }

    /// Reads the members of a request.
    pub(crate) fn look(&mut self, request: &Request, now: Millis) -> Looked {
        let mut later: Vec<(Millis, Email, Option<MemberState>)> = Vec::new();
        for (at, email, state) in std::mem::take(&mut self.coming) {
            if at <= now {
                // What is seen of a member has what was written earlier in it.
                later.retain(|(_, other, _)| *other != email);
                match state {
                    Some(state) => self.shown.insert(email, state),
                    None => self.shown.remove(&email),
                };
            } else {
                later.push((at, email, state));
            }
        }
        self.coming = later;
        let Payload::Members(writes) = &request.payload else {
            let shown = self.things.get(&format!("{:?}", request.payload));
            let exists = shown.filter(|from| **from <= now);
            return exists.map(|_| (0, MemberState::default())).into_iter().collect();
        };
        let state = |write: &MemberWrite| MemberState {
            rejected: self
                .says_rejected(request, write)
                .then(|| "the job rejected it".to_owned()),
            ..either(&self.shown, write).1
        };
        writes.iter().map(|write| (write.seq, state(write))).collect()
    }
}

/// Where a member stands, which may be the old address of one that is renamed.
fn either(states: &BTreeMap<Email, MemberState>, write: &MemberWrite) -> (Email, MemberState) {
    let old = write.old_address().and_then(Email::from_normalised);
    let old = old.and_then(|old| Some((states.get(&old)?.clone(), old)));
    let new = states.get(&write.email).cloned();
    match (old, new) {
        (Some((state, old)), None) => (old, state),
        (Some((mut state, old)), Some(_)) => {
            state.address = Some(format!("{old}, {}", write.email));
            (old, state)
        }
        (None, new) => (write.email.clone(), new.unwrap_or_default()),
    }
}
