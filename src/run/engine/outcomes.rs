//! The engine's answers: what a system said, or what a look showed, becomes an outcome a member.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    context::PlantedBug,
    in_flight::{InFlightRequest, Next, Owner, Stage, Why},
    state::Engine,
};
use crate::{
    journal::{Entry, Exception, Status},
    model::{
        Answer, ContactId, Fault, ItemOutcome, JobHandle, Looked, MemberState, MemberWrite, Operation,
        Payload, RequestId, Seq, SeqSet,
    },
    run::{
        driver::compare::{Standing, compare},
        event::Command,
    },
};

/// Looks in vain before what was accepted is sent again.
const LOOKS: u32 = 3;

impl Engine {
    pub(crate) fn answered(&mut self, id: RequestId, result: Result<Answer, Fault>) {
        let Some(flight) = self.requests.flights.get(&id) else {
            return;
        };
        if flight.stage != Stage::Sending {
            // An answer that came twice, or after it was given up.
            return;
        }
        let answer = match result {
            Ok(answer) => answer,
            Err(fault) => return self.fault(id, fault),
        };
        if let Owner::Step(step) = flight.owner {
            if answer.items.is_empty() {
                let why = format!("the response does not report a result for {}", flight.step);
                return self.fault(id, answer.rest.unwrap_or(Fault::Broken { why }));
            }
            self.setup_answered(id, step, &answer);
            return;
        }
        if let Some(fault) = answer.rest {
            return self.answered_in_part(id, answer.items, answer.job, fault);
        }
        let sent = flight.writes().len();
        // Of a request that the system did not finish, the first members are answered.
        let begun = if answer.goes_on {
            answer.items.len().min(sent)
        } else {
            sent
        };
        let items = in_order(&flight.writes()[..begun], answer.items).filter(|items| !items.is_empty());
        let Some(items) = items else {
            let why = "the response does not report a result for every member".to_owned();
            return self.fault(id, Fault::Broken { why });
        };
        self.learn_size(flight.operation(), sent, begun);
        if let Some(mut flight) = self.land(id) {
            let mut writes = flight.writes().to_vec();
            let rest = writes.split_off(begun);
            if !rest.is_empty() {
                flight.request = Arc::new(self.request(id, flight.operation(), Payload::Members(writes)));
            }
            self.sort_items(
                id,
                &flight,
                items,
                answer.job,
                rest.iter().map(|write| write.seq).collect(),
            );
            self.follow(&flight, rest, Stage::Ready(Next::Intend), flight.attempts);
            self.landed(flight.owner);
        }
    }

    /// Some members were answered before something failed: their outcome counts, and only the rest met the fault. The
    /// rest is from now on a request of its own, under another id since its content is another, and its intent is
    /// durable together with the outcome of the others: a kill leaves neither all of them in doubt nor none.
    fn answered_in_part(
        &mut self,
        id: RequestId,
        items: Vec<(Seq, ItemOutcome)>,
        job: Option<JobHandle>,
        fault: Fault,
    ) {
        let Some(flight) = self.requests.flights.get(&id) else {
            return;
        };
        let mut by_seq: BTreeMap<Seq, ItemOutcome> = items.into_iter().collect();
        let (mut answered, mut outcomes, mut rest) = (Vec::new(), Vec::new(), Vec::new());
        for write in flight.writes() {
            match by_seq.remove(&write.seq) {
                Some(outcome) => {
                    answered.push(write.clone());
                    outcomes.push(outcome);
                }
                None => rest.push(write.clone()),
            }
        }
        if answered.is_empty() {
            return self.fault(id, fault);
        }
        let Some(mut flight) = self.land(id) else { return };
        if !rest.is_empty() && !self.setting.planted(PlantedBug::ForgetRest) {
            self.add_rest(&flight, rest, fault);
        }
        flight.request = Arc::new(self.request(id, flight.operation(), Payload::Members(answered)));
        self.sort_items(id, &flight, outcomes, job, SeqSet::new());
        self.landed(flight.owner);
    }

    /// The rest of a request as one that was sent and met this fault.
    fn add_rest(&mut self, of: &InFlightRequest, writes: Vec<MemberWrite>, mut fault: Fault) {
        if self.setting.planted(PlantedBug::RestIsNoDoubt)
            && let Fault::Ambiguous { why } = fault
        {
            fault = Fault::Transient { why };
        }
        if matches!(fault, Fault::Unauthorised { .. } | Fault::Broken { .. }) {
            self.stop(of.side, fault.clone());
        }
        let id = self.new_request_id();
        let rest = InFlightRequest {
            request: Arc::new(self.request(id, of.operation(), Payload::Members(writes))),
            stage: Stage::Intending,
            intended: true,
            placed: true,
            attempts: 0,
            ..of.clone()
        };
        if let Owner::Cohort(from) = of.owner
            && let Some(group) = self.cohorts.get_mut(&from)
        {
            group.open += 1;
        }
        *self.requests.placed.entry(of.side).or_default() += 1;
        self.out.push(Command::Write(Entry::Intent {
            request: id,
            step: rest.step.clone(),
            seqs: rest.seqs(),
        }));
        self.requests.rests.insert(id, fault);
        self.requests.flights.insert(id, rest);
    }

    /// `again`: members of the request that were not begun.
    fn sort_items(
        &mut self,
        id: RequestId,
        flight: &InFlightRequest,
        items: Vec<ItemOutcome>,
        job: Option<JobHandle>,
        again: SeqSet,
    ) {
        let learns = flight.operation() == Operation::Contacts;
        let mut outcomes = BTreeMap::from([(Status::Again, again)]);
        let (mut exceptions, mut learned, mut back) = (Vec::new(), Vec::new(), Vec::new());
        for (write, item) in flight.writes().iter().zip(items) {
            let (status, contact_id) = match item {
                // A contact's ID has to be known: what does not name it is read back.
                ItemOutcome::Confirmed { contact_id: None } if learns => (Status::Accepted, None),
                ItemOutcome::Confirmed { contact_id } => (Status::Confirmed, contact_id),
                ItemOutcome::Accepted { contact_id } if self.setting.planted(PlantedBug::AcceptedIsDone) => {
                    (Status::Confirmed, contact_id)
                }
                ItemOutcome::Accepted { contact_id } => (Status::Accepted, contact_id),
                ItemOutcome::Moved { what } => {
                    exceptions.push(exception(flight, write, Status::Moved, what));
                    continue;
                }
                ItemOutcome::Refused { why } => {
                    exceptions.push(exception(flight, write, Status::Refused, why));
                    continue;
                }
            };
            outcomes.entry(status).or_default().insert(write.seq);
            if learns && let Some(contact_id) = contact_id {
                learned.push((write.seq, contact_id));
            }
            if status == Status::Accepted {
                back.push(write.clone());
            }
        }
        self.record(id, flight, outcomes, exceptions, learned);
        if let (Some(handle), false) = (job, back.is_empty()) {
            let seqs: SeqSet = back.iter().map(|write| write.seq).collect();
            let step = flight.step.clone();
            self.requests.jobs.add(step.clone(), seqs.clone(), handle.clone());
            self.out.push(Command::Write(Entry::Job { step, seqs, handle }));
        }
        let window = self.setting.capabilities(flight.side).visibility_ms;
        let stage = Stage::AccessEnd(self.later(window.max(1)), Next::Look(Why::ReadBack));
        self.follow(flight, back, stage, flight.attempts / LOOKS * LOOKS);
    }

    pub(crate) fn looked(&mut self, id: RequestId, result: Result<Looked, Fault>) {
        let Some(flight) = self.requests.flights.get(&id) else {
            return;
        };
        let Stage::Looking(why) = flight.stage else { return };
        let looked = match result {
            Ok(looked) => looked,
            Err(fault) => return self.fault(id, fault),
        };
        if !matches!(flight.request.payload, Payload::Members(_)) {
            return self.setup_looked(id, !looked.is_empty());
        }
        let Some(states) = in_order(flight.writes(), looked) else {
            let why = "a read does not contain every requested member".to_owned();
            return self.fault(id, Fault::Broken { why });
        };
        let Some(flight) = self.requests.flights.remove(&id) else {
            return;
        };
        if let (Why::Show, Owner::Step(step)) = (why, flight.owner) {
            self.unplace(&flight);
            let emails = flight.writes().iter().map(|write| write.email.clone());
            self.ask(step, emails.zip(states).collect());
            return;
        }
        let seen = self.sort_states(&flight, states, why);
        match why {
            Why::Before => self.seen_before(id, flight, seen),
            Why::Doubt => self.seen_after_doubt(id, &flight, seen),
            Why::ReadBack => self.seen_back(id, &flight, seen),
            Why::Show => {}
        }
    }

    fn sort_states(&self, flight: &InFlightRequest, states: Vec<MemberState>, why: Why) -> Seen {
        let learns = flight.operation() == Operation::Contacts;
        let mut seen = Seen::default();
        let rules = &self.setting.capabilities(flight.side).tag_rules;
        for (write, mut state) in flight.writes().iter().zip(states) {
            // Before a request, a job can only have been one of another request.
            let asked_before = matches!(why, Why::Doubt | Why::ReadBack);
            let rejected = state.rejected.take().filter(|_| asked_before);
            let asked = write.changes.iter().filter_map(|change| change.attribute.tag());
            rules.respell(&mut state.tags, asked);
            let mut standing = compare(write, &state);
            if self.setting.planted(PlantedBug::OverwriteMoved) && matches!(standing, Standing::Moved(_)) {
                standing = Standing::Missing(write.changes.clone());
            }
            match (standing, rejected) {
                (Standing::Moved(what), _) => {
                    seen.exceptions
                        .push(exception(flight, write, Status::Moved, what));
                }
                (Standing::Missing(_), Some(why)) if !self.setting.planted(PlantedBug::IgnoreRejected) => {
                    seen.exceptions
                        .push(exception(flight, write, Status::Refused, why));
                }
                (Standing::Missing(changes), _) => seen.missing.push(MemberWrite {
                    changes,
                    ..write.clone()
                }),
                (Standing::Done, _) => {
                    seen.done.insert(write.seq);
                    if learns && let Some(contact_id) = state.contact_ids.into_iter().next() {
                        seen.learned.push((write.seq, contact_id));
                    }
                }
            }
        }
        seen
    }

    /// What is done already needs no request, what moved is blocked, the rest is sent.
    fn seen_before(&mut self, id: RequestId, mut flight: InFlightRequest, mut seen: Seen) {
        seen.missing
            .retain(|write| !self.counts.excluded.contains_key(&write.seq));
        if !seen.done.is_empty() || !seen.exceptions.is_empty() {
            let outcomes = BTreeMap::from([(Status::Confirmed, seen.done)]);
            self.record(id, &flight, outcomes, seen.exceptions, seen.learned);
        }
        if seen.missing.is_empty() || self.life.draining.is_some() {
            self.unplace(&flight);
            self.landed(flight.owner);
            return;
        }
        let batching = &self.setting.capabilities(flight.side).batching;
        if !batching.fits(flight.operation(), &seen.missing) {
            // Members with the same tags to get may lack different ones of them.
            self.unplace(&flight);
            self.follow(&flight, seen.missing, Stage::Ready(Next::Intend), flight.attempts);
            self.landed(flight.owner);
            return;
        }
        let payload = Payload::Members(seen.missing);
        flight.request = Arc::new(self.request(id, flight.operation(), payload));
        flight.stage = Stage::Ready(Next::Intend);
        self.requests.flights.insert(id, flight);
    }

    /// What is missing after a doubt is sent again, under a new id since its content may differ.
    fn seen_after_doubt(&mut self, id: RequestId, flight: &InFlightRequest, seen: Seen) {
        self.unplace(flight);
        let again: SeqSet = seen.missing.iter().map(|write| write.seq).collect();
        let mut outcomes = BTreeMap::from([(Status::Confirmed, seen.done), (Status::Again, again)]);
        let mut missing = seen.missing;
        if self.setting.planted(PlantedBug::ForgetMissing) {
            missing.clear();
            let forgotten = outcomes.remove(&Status::Again).unwrap_or_default();
            outcomes.entry(Status::Confirmed).or_default().extend(&forgotten);
        }
        self.record(id, flight, outcomes, seen.exceptions, seen.learned);
        self.follow(flight, missing, Stage::Ready(Next::Intend), flight.attempts);
        self.landed(flight.owner);
    }

    /// What was accepted and cannot be seen is looked at again, then sent again, then given up.
    fn seen_back(&mut self, id: RequestId, flight: &InFlightRequest, mut seen: Seen) {
        self.unplace(flight);
        let attempts = flight.attempts + 1;
        let mut outcomes = BTreeMap::from([(Status::Confirmed, seen.done)]);
        let window = self.setting.capabilities(flight.side).visibility_ms.max(1000);
        let stage = if !attempts.is_multiple_of(LOOKS) {
            Stage::AccessEnd(self.later(window), Next::Look(Why::ReadBack))
        } else if attempts < 3 * LOOKS {
            let again: SeqSet = seen.missing.iter().map(|write| write.seq).collect();
            outcomes.insert(Status::Again, again);
            Stage::Ready(Next::Intend)
        } else {
            for write in std::mem::take(&mut seen.missing) {
                let why = "accepted several times, but never visible when read back".to_owned();
                seen.exceptions
                    .push(exception(flight, &write, Status::Refused, why));
            }
            Stage::Ready(Next::Intend)
        };
        if outcomes.values().any(|set| !set.is_empty()) || !seen.exceptions.is_empty() {
            self.record(id, flight, outcomes, seen.exceptions, seen.learned);
        }
        self.follow(flight, seen.missing, stage, attempts);
        self.landed(flight.owner);
    }
}

/// What a look showed of a request's members.
#[derive(Default)]
struct Seen {
    done: SeqSet,
    missing: Vec<MemberWrite>,
    exceptions: Vec<Exception>,
    learned: Vec<(Seq, ContactId)>,
}

fn exception(flight: &InFlightRequest, write: &MemberWrite, status: Status, why: String) -> Exception {
    Exception {
        step: flight.step.clone(),
        seq: write.seq,
        email: write.email.clone(),
        status,
        why,
    }
}

/// One item a member, in the order of the writes. `None` if one is missing.
fn in_order<T>(writes: &[MemberWrite], items: Vec<(Seq, T)>) -> Option<Vec<T>> {
    let same = writes.len() == items.len()
        && writes
            .iter()
            .zip(&items)
            .all(|(write, (seq, _))| write.seq == *seq);
    if same {
        return Some(items.into_iter().map(|(_, item)| item).collect());
    }
    let mut by_seq: BTreeMap<Seq, T> = items.into_iter().collect();
    writes.iter().map(|write| by_seq.remove(&write.seq)).collect()
}
