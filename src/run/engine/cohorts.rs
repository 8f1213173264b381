//! The engine's steps of members: cohorts are loaded, go through their operations, and are let go.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    context::side_of,
    in_flight::{InFlightRequest, Next, Owner, Stage, Why},
    machine::Engine,
};
use crate::{
    changeset::MemberChanges,
    graph::{Cohort, StepId, StepKind},
    journal::{Status, StepKey},
    model::{
        Attribute, Change, ContactId, MemberWrite, Operation, Payload, Request, RequestId, Seq, SeqSet, Side,
        TagName,
    },
    run::event::{Command, End, Load, LoadFor},
};

/// Cohorts in memory beyond those that the systems keep busy: read while others are being written.
const READ_AHEAD: usize = 1;
/// Cohorts in memory at most.
const MOST_COHORTS: usize = 8;

/// A cohort on its way.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) cohort: Cohort,
    /// What is left to do for each member.
    members: Vec<MemberChanges>,
    /// Contact IDs that were learned.
    pub(crate) contact_ids: BTreeMap<Seq, ContactId>,
    loaded: bool,
    /// The step under way.
    step: StepId,
    operation: Operation,
    /// Requests of the step that are not at their end.
    pub(crate) open: usize,
}

impl Engine {
    pub(crate) fn groups_at_once(&self) -> usize {
        let contacts = self.setting.contacts.as_ref().map_or(0, |c| c.in_flight);
        (self.setting.site.in_flight + contacts)
            .saturating_add(READ_AHEAD)
            .clamp(1, MOST_COHORTS)
    }

    pub(crate) fn start_members(&mut self, step: StepId, operation: Operation, cohort: Cohort) {
        if let Some(group) = self.groups.get_mut(&cohort.from) {
            group.step = step;
            group.operation = operation;
            self.start_operation(cohort.from);
            return;
        }
        let through = self.setting.operations().iter().all(|operation| {
            let confirmed = self.confirmed.get(operation);
            confirmed.is_some_and(|set| set.covers(cohort.from, cohort.to))
        });
        if through {
            if self.setting.operations().last() == Some(&operation) {
                self.done += u64::from(cohort.len());
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
        };
        self.groups.insert(cohort.from, group);
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
        let Some(group) = self.groups.get_mut(&load.from) else {
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
        if self.draining.is_none() {
            self.start_operation(load.from);
        }
    }

    fn start_operation(&mut self, from: Seq) {
        let Some(group) = self.groups.get_mut(&from) else {
            return;
        };
        if !group.loaded {
            return;
        }
        let operation = group.operation;
        let key = StepKey::operation(operation);
        let confirmed = self.confirmed.get(&operation);
        let progress = self.setting.progress.steps.get(&key);
        let accepted = progress
            .map(|step| step.with(Status::Accepted))
            .unwrap_or_default();
        let (mut to_do, mut to_read_back) = (Vec::new(), Vec::new());
        for member in &mut group.members {
            let Some(seq) = member.seq else { continue };
            if self.excluded.contains_key(&seq) || confirmed.is_some_and(|set| set.contains(seq)) {
                continue;
            }
            let changes = take_changes(&mut member.changes, operation);
            if changes.is_empty() {
                continue;
            }
            let write = MemberWrite {
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
            } else {
                to_do.push(write);
            }
        }
        let side = side_of(operation);
        let first = if self.setting.capabilities(side).compares {
            Next::Intend
        } else {
            Next::Look(Why::Before)
        };
        self.add_flights(
            Owner::Cohort(from),
            operation,
            to_read_back,
            Stage::Ready(Next::Look(Why::ReadBack)),
            0,
        );
        self.add_flights(Owner::Cohort(from), operation, to_do, Stage::Ready(first), 0);
        self.finish_operation(from);
    }

    /// Packs writes into requests of the size that the system takes now.
    pub(crate) fn add_flights(
        &mut self,
        owner: Owner,
        operation: Operation,
        mut writes: Vec<MemberWrite>,
        stage: Stage,
        attempts: u32,
    ) {
        let side = side_of(operation);
        let batch = self.size(side);
        while !writes.is_empty() {
            let rest = writes.split_off(batch.min(writes.len()));
            let pack = std::mem::replace(&mut writes, rest);
            let id = self.new_request_id();
            if let Owner::Cohort(from) = owner
                && let Some(group) = self.groups.get_mut(&from)
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
            self.flights.insert(id, flight);
        }
    }

    pub(crate) fn request(&self, id: RequestId, operation: Operation, payload: Payload) -> Request {
        Request {
            id,
            operation,
            granted_by: self.setting.targets.migration.clone(),
            payload,
        }
    }

    /// If no request of the step under way is left, the step is done, and after the last the cohort.
    pub(crate) fn finish_operation(&mut self, from: Seq) {
        let Some(group) = self.groups.get(&from) else {
            return;
        };
        if group.open > 0 || !group.loaded || self.draining.is_some() {
            return;
        }
        let (cohort, step, operation) = (group.cohort, group.step, group.operation);
        let outside = self.excluded.range(cohort.from..cohort.to).count() as u64;
        let confirmed = self.confirmed.entry(operation).or_default();
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
        if self.setting.operations().last() == Some(&operation) {
            self.done += u64::from(cohort.len()).saturating_sub(outside);
            self.groups.remove(&from);
        }
        self.complete(step);
    }

    /// Offerings, tags and emails: one request each.
    pub(crate) fn start_setup(&mut self, id: StepId, kind: &StepKind) {
        let targets = &self.setting.targets;
        let found = match kind {
            StepKind::Offering { key } => {
                targets
                    .offerings
                    .iter()
                    .find(|target| target.key == *key)
                    .map(|t| {
                        let payload = Payload::Offering(t.clone());
                        (Side::Site, Operation::Offering, StepKey::offering(key), payload)
                    })
            }
            StepKind::Tag { side, tag } => Some(tag_request(*side, tag)),
            StepKind::Email { key } => targets.emails.iter().find(|target| target.key == *key).map(|t| {
                let payload = Payload::Email(t.clone());
                (Side::Site, Operation::Email, StepKey::email(key), payload)
            }),
            _ => None,
        };
        let Some((side, operation, step, payload)) = found else {
            let why = "the change set refers to an offering or email that it does not describe".to_owned();
            self.drain(End::Unreadable { why });
            return;
        };
        let whole = self.setting.progress.steps.get(&step).and_then(|step| step.whole);
        if whole == Some(Status::Confirmed) {
            self.complete(id);
            return;
        }
        let request = self.new_request_id();
        let flight = InFlightRequest {
            side,
            step,
            owner: Owner::Step(id),
            request: Arc::new(self.request(request, operation, payload)),
            stage: Stage::Ready(Next::Intend),
            intended: false,
            placed: false,
            attempts: 0,
        };
        self.flights.insert(request, flight);
    }

    /// Room for a doubt of an earlier start, until its members are loaded.
    pub(crate) fn earlier_doubt(&mut self, doubt: crate::journal::Doubt) {
        self.doubts.insert(doubt.request, doubt);
    }

    /// The members of a doubt are there: look what became of them.
    pub(crate) fn doubt_loaded(
        &mut self,
        request: RequestId,
        members: Vec<MemberChanges>,
        contact_ids: Vec<(Seq, ContactId)>,
    ) {
        let Some(doubt) = self.doubts.remove(&request) else {
            return;
        };
        let Some(operation) = doubt.step.as_operation() else {
            return;
        };
        let learned: BTreeMap<Seq, ContactId> = contact_ids.into_iter().collect();
        let writes = members.into_iter().filter_map(|mut member| {
            let seq = member.seq.filter(|seq| doubt.seqs.contains(*seq))?;
            Some(MemberWrite {
                seq,
                contact_id: learned.get(&seq).cloned().or(member.contact_id),
                email: member.email,
                changes: take_changes(&mut member.changes, operation),
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
        let side = side_of(operation);
        let stage = match self.setting.after_lost(side, operation) {
            crate::model::AfterLost::WaitThenLook => {
                let window = i64::try_from(self.setting.capabilities(side).visibility_ms).unwrap_or(i64::MAX);
                // Counted from now: the request may have left long after its intent was written.
                Stage::AccessEnd(self.now.saturating_add(window), Next::Look(Why::Doubt))
            }
            _ => Stage::Ready(Next::Look(Why::Doubt)),
        };
        let flight = InFlightRequest {
            side,
            step: doubt.step,
            owner: Owner::Earlier,
            request: Arc::new(self.request(request, operation, Payload::Members(writes))),
            stage,
            intended: true,
            placed: true,
            attempts: 0,
        };
        *self.placed.entry(side).or_default() += 1;
        self.flights.insert(request, flight);
    }
}

fn tag_request(side: Side, tag: &TagName) -> (Side, Operation, StepKey, Payload) {
    (
        side,
        Operation::Tag,
        StepKey::tag(side, tag),
        Payload::Tag(tag.clone()),
    )
}

/// Takes the changes of one operation out of a member's.
fn take_changes(changes: &mut Vec<Change>, operation: Operation) -> Vec<Change> {
    let mine = |change: &Change| {
        let tag = matches!(change.attribute, Attribute::Tag(_));
        change.action.is_work()
            && match operation {
                Operation::Members => change.side == Side::Site,
                Operation::Contacts => change.side == Side::Contacts && !tag,
                Operation::ContactTags => change.side == Side::Contacts && tag,
                _ => false,
            }
    };
    if changes.iter().all(mine) {
        return std::mem::take(changes);
    }
    let (taken, left) = std::mem::take(changes).into_iter().partition(mine);
    *changes = left;
    taken
}
