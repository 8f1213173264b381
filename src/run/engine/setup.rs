//! The engine's steps before members: offerings, tags and emails are created, one request each.

use std::sync::Arc;

use super::{
    context::PlantedBug,
    in_flight::{InFlightRequest, Next, Owner, Stage},
    state::Engine,
};
use crate::{
    graph::{StepId, StepKind},
    journal::{Doubt, Status, StepKey},
    model::{AfterLost, Answer, Fault, ItemOutcome, Operation, Payload, RequestId, SeqSet, Side},
    run::event::End,
};

/// One thing to create, and where.
struct SetupRequest {
    side: Side,
    operation: Operation,
    step: StepKey,
    payload: Payload,
}

impl Engine {
    /// What a step asks for; `None` where the change set does not describe it.
    fn setup_request(&self, kind: &StepKind) -> Option<SetupRequest> {
        let targets = &self.setting.targets;
        let (side, operation, step, payload) = match kind {
            StepKind::Offering { key, .. } => {
                let target = targets.offerings.iter().find(|target| target.key == *key)?;
                let payload = Payload::Offering(target.clone());
                (Side::Site, Operation::Offering, StepKey::offering(key), payload)
            }
            StepKind::Tag { side, tag } => {
                let payload = Payload::Tag(tag.clone());
                (*side, Operation::Tag, StepKey::tag(*side, tag), payload)
            }
            StepKind::Email { key } => {
                let target = targets.emails.iter().find(|target| target.key == *key)?;
                let payload = Payload::Email(target.clone());
                (Side::Site, Operation::Email, StepKey::email(key), payload)
            }
            _ => return None,
        };
        Some(SetupRequest {
            side,
            operation,
            step,
            payload,
        })
    }

    pub(crate) fn start_setup(&mut self, id: StepId, kind: &StepKind) {
        let Some(setup) = self.setup_request(kind) else {
            let why = "the change set refers to an offering or email that it does not describe".to_owned();
            self.drain(End::Unreadable { why });
            return;
        };
        if matches!(kind, StepKind::Offering { last: true, .. }) && !self.counts.exceptions.is_empty() {
            // Somebody does not have the tags that give access then: the offering stays as it is.
            self.complete(id);
            return;
        }
        let progress = self.setting.progress.steps.get(&setup.step);
        if progress.and_then(|step| step.whole) == Some(Status::Confirmed) {
            self.complete(id);
            return;
        }
        let request = self.new_request_id();
        let flight = InFlightRequest {
            side: setup.side,
            step: setup.step,
            owner: Owner::Step(id),
            request: Arc::new(self.request(request, setup.operation, setup.payload)),
            stage: Stage::Ready(Next::Intend),
            intended: false,
            placed: false,
            attempts: 0,
        };
        self.requests.flights.insert(request, flight);
    }

    /// Something that an earlier start was perhaps creating: what may be said again is said again, anything else is
    /// looked for first.
    pub(crate) fn earlier_setup(&mut self, doubt: Doubt) {
        let steps = self.setting.graph.steps.iter();
        let setup = steps
            .filter_map(|step| self.setup_request(&step.kind))
            .find(|setup| setup.step == doubt.step);
        let looks = setup.filter(|setup| {
            self.setting.after_lost(setup.side, setup.operation) != AfterLost::Repeat
                && !self.setting.planted(PlantedBug::RepeatSetup)
        });
        match looks {
            Some(setup) => {
                self.look_after_doubt(
                    setup.side,
                    setup.step,
                    doubt.request,
                    setup.operation,
                    setup.payload,
                );
            }
            None => {
                self.write_outcome(Some(doubt.request), doubt.step, vec![(Status::Again, doubt.seqs)]);
            }
        }
    }

    pub(crate) fn setup_answered(&mut self, id: RequestId, step: StepId, answer: &Answer) {
        let refused = answer.items.iter().find_map(|(_, item)| match item {
            ItemOutcome::Moved { what } => Some(what.clone()),
            ItemOutcome::Refused { why } => Some(why.clone()),
            ItemOutcome::Confirmed { .. } | ItemOutcome::Accepted { .. } => None,
        });
        let Some(flight) = self.land(id) else { return };
        if let Some(why) = refused {
            let why = format!("{} was rejected: {why}", flight.step);
            self.write_outcome(
                Some(id),
                flight.step.clone(),
                vec![(Status::Refused, SeqSet::new())],
            );
            self.stop(flight.side, Fault::Broken { why });
            return;
        }
        self.setup_done(id, flight, step);
    }

    fn setup_done(&mut self, id: RequestId, flight: InFlightRequest, step: StepId) {
        self.write_outcome(Some(id), flight.step, vec![(Status::Confirmed, SeqSet::new())]);
        self.complete(step);
        self.tell_progress(None);
    }

    /// A look after a lost answer: what exists is not created again.
    pub(crate) fn setup_looked(&mut self, id: RequestId, exists: bool) {
        let Some(flight) = self.requests.flights.get_mut(&id) else {
            return;
        };
        match (flight.owner, exists) {
            // The intent is still open: the same request is sent again.
            (Owner::Step(_), false) => flight.stage = Stage::Ready(Next::Send),
            (Owner::Step(step), true) => {
                if let Some(flight) = self.land(id) {
                    self.setup_done(id, flight, step);
                }
            }
            (_, exists) => {
                let Some(flight) = self.land(id) else { return };
                let status = if exists { Status::Confirmed } else { Status::Again };
                let known = self
                    .setting
                    .progress
                    .steps
                    .entry(flight.step.clone())
                    .or_default();
                known.whole = Some(status);
                self.write_outcome(Some(id), flight.step, vec![(status, SeqSet::new())]);
            }
        }
    }
}
