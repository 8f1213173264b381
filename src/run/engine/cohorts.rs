//! The engine's steps of members: cohorts are loaded, go through their operations, and are let go.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    context::PlantedBug,
    group::Group,
    in_flight::{InFlightRequest, Next, Owner, Stage, Why},
    parts::Parts,
    state::Engine,
};
use crate::{
    changeset::MemberChanges,
    graph::{Cohort, StepId},
    journal::{Exception, Status, StepKey},
    model::{
        AfterLost, Change, ContactId, MemberWrite, Operation, Payload, Preconditions, Request, RequestId,
        Seq, SeqSet, Side, TagName, TagRef,
    },
    run::event::{Command, End, Load, LoadFor},
};

/// Cohorts in memory beyond those that the systems keep busy: read while others are being written.
const READ_AHEAD: usize = 1;
/// Cohorts in memory at most.
const MOST_COHORTS: usize = 8;

impl Engine {
    pub(crate) fn groups_at_once(&self) -> usize {
        let contacts = self.setting.contacts.as_ref().map_or(0, |c| c.in_flight);
        (self.setting.site.in_flight + contacts)
            .saturating_add(READ_AHEAD)
            .clamp(1, MOST_COHORTS)
    }

    pub(crate) fn start_members(&mut self, step: StepId, operation: Operation, cohort: Cohort) {
        if let Some(group) = self.cohorts.get_mut(&cohort.from) {
            group.step = step;
            group.operation = operation;
            self.start_operation(cohort.from);
            return;
        }
        let through = self.setting.operations().all(|operation| {
            let confirmed = self.counts.confirmed.get(&operation);
            confirmed.is_some_and(|set| set.covers(cohort.from, cohort.to))
        });
        if through {
            if self.setting.operations().last() == Some(operation) {
                self.counts.done += u64::from(cohort.len());
            }
            self.complete(step);
            return;
        }
        let group = Group {
            cohort,
            members: Vec::new(),
            contact_ids: BTreeMap::new(),
            loaded: false,
            step,
            operation,
            open: 0,
            parts: Parts::default(),
        };
        self.cohorts.insert(cohort.from, group);
        self.out.push(Command::Load(Load {
            from: cohort.from,
            to: cohort.to,
            what_for: LoadFor::Cohort,
        }));
    }

    pub(crate) fn cohort_loaded(
        &mut self,
        load: Load,
        members: Vec<MemberChanges>,
        contact_ids: Vec<(Seq, ContactId)>,
    ) {
        let Some(group) = self.cohorts.get_mut(&load.from) else {
            return;
        };
        let complete = members.len() == group.cohort.len() as usize
            && (group.cohort.from..)
                .zip(&members)
                .all(|(seq, member)| member.seq == Some(seq));
        if !complete {
            self.drain(End::Unreadable {
                why: format!(
                    "the change set does not contain the members {} to {} that it claims to contain",
                    load.from, load.to
                ),
            });
            return;
        }
        group.members = members;
        group.contact_ids = contact_ids.into_iter().collect();
        group.loaded = true;
        if self.life.draining.is_none() {
            self.start_operation(load.from);
        }
    }

    fn start_operation(&mut self, from: Seq) {
        let Some(group) = self.cohorts.get_mut(&from) else {
            return;
        };
        if !group.loaded {
            return;
        }
        let operation = group.operation;
        group.parts = Parts::default();
        let tags_with_contact = self.setting.tags_with_contact();
        let access_tags = &self.setting.access_tags;
        let key = StepKey::operation(operation);
        let confirmed = self.counts.confirmed.get(&operation);
        let progress = self.setting.progress.steps.get(&key);
        let accepted = progress
            .map(|step| step.with(Status::Accepted))
            .unwrap_or_default();
        let (mut to_do, mut to_read_back, mut too_late) = (Vec::new(), Vec::new(), Vec::new());
        for member in &mut group.members {
            let Some(seq) = member.seq else { continue };
            if self.counts.excluded.contains_key(&seq) || confirmed.is_some_and(|set| set.contains(seq)) {
                continue;
            }
            let changes = take_changes(&mut member.changes, operation, tags_with_contact);
            if changes.is_empty() {
                continue;
            }
            let expect = match operation {
                Operation::Members if !self.setting.planted(PlantedBug::ForgetPreconditions) => {
                    access_tags.preconditions(member, &changes)
                }
                _ => Preconditions::default(),
            };
            let write = MemberWrite {
                expect,
                seq,
                email: member.email.clone(),
                contact_id: group
                    .contact_ids
                    .get(&seq)
                    .or(member.contact_id.as_ref())
                    .cloned(),
                changes,
            };
            if accepted.contains(seq) {
                to_read_back.push(write);
            } else if member.until.is_some_and(|until| until <= self.now) {
                too_late.push(write);
            } else {
                to_do.push(write);
            }
        }
        self.block_too_late(from, operation, too_late);
        let side = operation.side();
        let first = if self.setting.capabilities(side).compares {
            Next::Intend
        } else {
            Next::Look(Why::Before)
        };
        for (writes, stage) in [
            (to_read_back, Stage::Ready(Next::Look(Why::ReadBack))),
            (to_do, Stage::Ready(first)),
        ] {
            let requests = self.split(operation, writes);
            if self.setting.splits_members(operation)
                && let Some(group) = self.cohorts.get_mut(&from)
            {
                group.parts.begin(&requests);
            }
            self.add_flights(Owner::Cohort(from), operation, requests, stage, 0);
        }
        self.finish_operation(from);
    }

    /// Members for whom the plan wants something else by now, since a day has begun, are blocked.
    fn block_too_late(&mut self, from: Seq, operation: Operation, writes: Vec<MemberWrite>) {
        if writes.is_empty() || self.life.draining.is_some() {
            return;
        }
        let step = StepKey::operation(operation);
        let exceptions = writes.iter().map(|write| Exception {
            step: step.clone(),
            seq: write.seq,
            email: write.email.clone(),
            status: Status::Moved,
            why:
                "access has ended or a module has opened since the difference was computed; compute it again"
                    .to_owned(),
        });
        let exceptions = exceptions.collect();
        let flight = InFlightRequest {
            side: operation.side(),
            step,
            owner: Owner::Cohort(from),
            request: Arc::new(self.request(RequestId(0), operation, Payload::Members(writes))),
            stage: Stage::Ready(Next::Intend),
            intended: false,
            placed: false,
            attempts: 0,
        };
        self.record(
            flight.request.id,
            &flight,
            BTreeMap::new(),
            exceptions,
            Vec::new(),
        );
    }

    /// Writes as the contents of requests that the system takes now.
    fn split(&self, operation: Operation, writes: Vec<MemberWrite>) -> Vec<Vec<MemberWrite>> {
        let batching = &self.setting.capabilities(operation.side()).batching;
        batching.split(operation, writes, self.size(operation))
    }

    /// Writes of a request that has ended continue as requests of their own.
    pub(crate) fn go_on(
        &mut self,
        owner: Owner,
        operation: Operation,
        writes: Vec<MemberWrite>,
        stage: Stage,
        attempts: u32,
    ) {
        let requests = self.split(operation, writes);
        if self.setting.splits_members(operation)
            && let Owner::Cohort(from) = owner
            && let Some(group) = self.cohorts.get_mut(&from)
        {
            group.parts.go_on(&requests);
        }
        self.add_flights(owner, operation, requests, stage, attempts);
    }

    fn add_flights(
        &mut self,
        owner: Owner,
        operation: Operation,
        requests: Vec<Vec<MemberWrite>>,
        stage: Stage,
        attempts: u32,
    ) {
        let side = operation.side();
        for pack in requests {
            let id = self.new_request_id();
            if let Owner::Cohort(from) = owner
                && let Some(group) = self.cohorts.get_mut(&from)
            {
                group.open += 1;
            }
            let flight = InFlightRequest {
                side,
                step: StepKey::operation(operation),
                owner,
                request: Arc::new(self.request(id, operation, Payload::Members(pack))),
                stage,
                intended: false,
                placed: false,
                attempts,
            };
            self.requests.flights.insert(id, flight);
        }
    }

    pub(crate) fn request(&self, id: RequestId, operation: Operation, payload: Payload) -> Request {
        let tags = self.tags_of(operation.side(), &payload);
        let offerings = match &payload {
            Payload::Members(writes)
                if operation.side() == Side::Site
                    && !self.setting.planted(PlantedBug::ForgetPreconditions) =>
            {
                self.setting.access_tags.expected(writes)
            }
            _ => Vec::new(),
        };
        Request {
            offerings,
            id,
            operation,
            granted_by: self.setting.targets.migration.clone(),
            was: self.setting.targets.was.clone(),
            jobs: Vec::new(),
            payload,
            tags,
        }
    }

    /// The IDs of the tags that a payload of members speaks of: those that were read, and those of tags that were created
    /// since.
    fn tags_of(&self, side: Side, payload: &Payload) -> Vec<TagRef> {
        let mut tags = self.setting.tag_ids(side, payload);
        if let (Payload::Members(writes), false) = (payload, self.requests.tag_ids.is_empty()) {
            let changes = writes.iter().flat_map(|write| &write.changes);
            let names: BTreeSet<&TagName> = changes.filter_map(|change| change.attribute.tag()).collect();
            let created = names.into_iter().filter_map(|name| {
                let id = self.requests.tag_ids.get(&(side, name.clone()))?;
                let known = tags.iter().any(|tag| tag.name == *name);
                (!known).then(|| TagRef {
                    name: name.clone(),
                    id: Some(id.clone()),
                })
            });
            let created: Vec<TagRef> = created.collect();
            tags.extend(created);
        }
        tags
    }

    /// If no request of the step under way is left, the step is done, and after the last the cohort.
    pub(crate) fn finish_operation(&mut self, from: Seq) {
        let Some(group) = self.cohorts.get(&from) else {
            return;
        };
        if group.open > 0 || !group.loaded || self.life.draining.is_some() {
            return;
        }
        let (cohort, step, operation) = (group.cohort, group.step, group.operation);
        let outside = self.counts.excluded.range(cohort.from..cohort.to).count() as u64;
        let confirmed = self.counts.confirmed.entry(operation).or_default();
        if outside == 0 && !confirmed.covers(cohort.from, cohort.to) {
            let mut idle = SeqSet::range(cohort.from, cohort.to);
            idle.subtract(confirmed);
            confirmed.insert_range(cohort.from, cohort.to);
            self.write_outcome(
                None,
                StepKey::operation(operation),
                vec![(Status::Confirmed, idle)],
            );
        }
        if self.setting.operations().last() == Some(operation) {
            self.counts.done += u64::from(cohort.len()).saturating_sub(outside);
            self.cohorts.remove(&from);
        }
        self.complete(step);
    }

    /// Room for a doubt of an earlier start, until its members are loaded.
    pub(crate) fn earlier_doubt(&mut self, doubt: crate::journal::Doubt) {
        self.requests.doubts.insert(doubt.request, doubt);
    }

    /// The members of a doubt are there: look what became of them.
    pub(crate) fn doubt_loaded(
        &mut self,
        request: RequestId,
        members: Vec<MemberChanges>,
        contact_ids: Vec<(Seq, ContactId)>,
    ) {
        let Some(doubt) = self.requests.doubts.remove(&request) else {
            return;
        };
        let Some(operation) = doubt.step.as_operation() else {
            return;
        };
        let learned: BTreeMap<Seq, ContactId> = contact_ids.into_iter().collect();
        let tags_with_contact = self.setting.tags_with_contact();
        let access_tags = &self.setting.access_tags;
        let writes = members.into_iter().filter_map(|mut member| {
            let seq = member.seq.filter(|seq| doubt.seqs.contains(*seq))?;
            let changes = take_changes(&mut member.changes, operation, tags_with_contact);
            let expect = match operation {
                Operation::Members => access_tags.preconditions(&member, &changes),
                _ => Preconditions::default(),
            };
            Some(MemberWrite {
                seq,
                contact_id: learned.get(&seq).cloned().or(member.contact_id),
                email: member.email,
                expect,
                changes,
            })
        });
        let writes: Vec<MemberWrite> = writes.collect();
        if writes.len() as u64 != doubt.seqs.len() {
            let why = "the journal has requests in doubt about members that the change set does not contain; it belongs \
                       to another change set"
                .to_owned();
            self.drain(End::Unreadable { why });
            return;
        }
        self.look_after_doubt(
            operation.side(),
            doubt.step,
            request,
            operation,
            Payload::Members(writes),
        );
    }

    /// A request of an earlier start that was perhaps sent is looked at before anything else.
    pub(crate) fn look_after_doubt(
        &mut self,
        side: Side,
        step: StepKey,
        request: RequestId,
        operation: Operation,
        payload: Payload,
    ) {
        let stage = match self.setting.after_lost(side, operation) {
            AfterLost::WaitThenLook => {
                // Counted from now: the request may have left long after its intent was written.
                let window = self.setting.capabilities(side).visibility_ms;
                Stage::AccessEnd(self.later(window), Next::Look(Why::Doubt))
            }
            _ => Stage::Ready(Next::Look(Why::Doubt)),
        };
        let flight = InFlightRequest {
            side,
            step,
            owner: Owner::Earlier,
            request: Arc::new(self.request(request, operation, payload)),
            stage,
            intended: true,
            placed: true,
            attempts: 0,
        };
        *self.requests.placed.entry(side).or_default() += 1;
        self.requests.flights.insert(request, flight);
    }
}

/// Takes the changes of one operation out of a member's.
fn take_changes(changes: &mut Vec<Change>, operation: Operation, tags_with_contact: bool) -> Vec<Change> {
    let mine = |change: &Change| {
        change.action.is_work() && Operation::carrying(change, tags_with_contact) == operation
    };
    if changes.iter().all(mine) {
        return std::mem::take(changes);
    }
    let (taken, left) = std::mem::take(changes).into_iter().partition(mine);
    *changes = left;
    taken
}
