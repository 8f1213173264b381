//! The engine's requests: when they leave, and what a fault makes of them.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    context::PlantedBug,
    in_flight::{InFlightRequest, Next, Owner, Stage, Why},
    machine::Engine,
};
use crate::{
    journal::{Entry, Exception, Level, Status},
    model::{AfterLost, Fault, Payload, RequestId, SeqSet, Side},
    run::event::{Command, End, Millis, RunEvent},
};

impl Engine {
    /// Pauses that are over.
    pub(crate) fn wake_due(&mut self) {
        let now = self.now;
        for flight in self.flights.values_mut() {
            if let Stage::AccessEnd(at, next) = flight.stage
                && at <= now
            {
                flight.stage = Stage::Ready(next);
            }
        }
        self.paused.retain(|_, until| *until > now);
    }

    /// Lets requests go, the oldest first, as far as the systems take them.
    pub(crate) fn launch(&mut self) {
        if self.draining.is_some() {
            return;
        }
        let ready: Vec<(RequestId, Next)> = self
            .flights
            .iter()
            .filter_map(|(id, flight)| match flight.stage {
                Stage::Ready(next) => Some((*id, next)),
                _ => None,
            })
            .collect();
        for (id, next) in ready {
            let Some(flight) = self.flights.get(&id) else {
                continue;
            };
            let side = flight.side;
            if self.paused.contains_key(&side) {
                continue;
            }
            if !flight.placed {
                let limit = self.setting.capabilities(side).in_flight.max(1);
                let placed = self.placed.entry(side).or_default();
                if *placed >= limit && !self.setting.planted(PlantedBug::NoLimitInFlight) {
                    continue;
                }
                *placed += 1;
            }
            if let Some(flight) = self.flights.get_mut(&id) {
                flight.placed = true;
            }
            self.go(id, next);
        }
    }

    pub(crate) fn go(&mut self, id: RequestId, next: Next) {
        if next == Next::Send {
            self.renew_lease();
        }
        let Some(flight) = self.flights.get_mut(&id) else {
            return;
        };
        match next {
            Next::Look(why) => {
                flight.stage = Stage::Looking(why);
                self.out.push(Command::Look {
                    side: flight.side,
                    request: Arc::clone(&flight.request),
                });
            }
            Next::Intend if self.setting.planted(PlantedBug::SendBeforeIntent) => self.go(id, Next::Send),
            Next::Intend => {
                self.cut(id);
                let Some(flight) = self.flights.get_mut(&id) else {
                    return;
                };
                flight.stage = Stage::Intending;
                flight.intended = true;
                let entry = Entry::Intent {
                    request: id,
                    step: flight.step.clone(),
                    seqs: flight.seqs(),
                };
                self.out.push(Command::Write(entry));
            }
            Next::Send => {
                flight.stage = Stage::Sending;
                self.requests += 1;
                self.out.push(Command::Send {
                    side: flight.side,
                    request: Arc::clone(&flight.request),
                });
            }
        }
    }

    /// Cuts a request that was packed when the system seemed to have more time: the rest goes on as
    /// requests of its own.
    fn cut(&mut self, id: RequestId) {
        let Some(flight) = self.flights.get(&id) else {
            return;
        };
        let (size, operation, owner) = (self.size(flight.side), flight.operation(), flight.owner);
        let Payload::Members(writes) = &flight.request.payload else {
            return;
        };
        if writes.len() <= size {
            return;
        }
        let (now, later) = writes.split_at(size);
        let (now, later) = (now.to_vec(), later.to_vec());
        let (attempts, request) = (
            flight.attempts,
            self.request(id, operation, Payload::Members(now)),
        );
        if let Some(flight) = self.flights.get_mut(&id) {
            flight.request = Arc::new(request);
        }
        self.add_flights(owner, operation, later, Stage::Ready(Next::Intend), attempts);
    }

    pub(crate) fn intended(&mut self, id: RequestId) {
        let Some(flight) = self.flights.get_mut(&id) else {
            return;
        };
        if flight.stage != Stage::Intending {
            return;
        }
        if self.draining.is_some() {
            self.not_done(id);
            return;
        }
        if let Some(until) = self.paused.get(&flight.side) {
            flight.stage = Stage::AccessEnd(*until, Next::Send);
            return;
        }
        self.go(id, Next::Send);
    }

    /// Takes a request out and frees its place.
    pub(crate) fn land(&mut self, id: RequestId) -> Option<InFlightRequest> {
        let flight = self.flights.remove(&id)?;
        self.unplace(&flight);
        Some(flight)
    }

    /// Frees the place of a request that was taken out.
    pub(crate) fn unplace(&mut self, flight: &InFlightRequest) {
        if flight.placed
            && let Some(placed) = self.placed.get_mut(&flight.side)
        {
            *placed = placed.saturating_sub(1);
        }
    }

    /// The owner of a request that landed may be at its end.
    pub(crate) fn landed(&mut self, owner: Owner) {
        if let Owner::Cohort(from) = owner {
            if let Some(group) = self.groups.get_mut(&from) {
                group.open = group.open.saturating_sub(1);
            }
            self.finish_operation(from);
        }
    }

    /// Nothing was done: writes that down, so that no doubt stays.
    fn not_done(&mut self, id: RequestId) {
        if let Some(flight) = self.land(id) {
            if flight.intended {
                self.write_outcome(
                    Some(id),
                    flight.step.clone(),
                    vec![(Status::Again, flight.seqs())],
                );
            }
            self.landed(flight.owner);
        }
    }

    pub(crate) fn fault(&mut self, id: RequestId, fault: Fault) {
        let Some(flight) = self.flights.get(&id) else {
            return;
        };
        let (side, looking) = match flight.stage {
            Stage::Looking(why) => (flight.side, Some(why)),
            Stage::Sending => (flight.side, None),
            _ => return,
        };
        let again = looking.map_or(Next::Send, Next::Look);
        match fault {
            Fault::Throttled { wait_ms } => self.throttled(id, side, wait_ms, again),
            Fault::Transient { .. } => {
                self.try_again(id, fault, again, 0);
            }
            Fault::Ambiguous { .. } if looking.is_some() => {
                self.try_again(id, fault, again, 0);
            }
            Fault::Ambiguous { .. } => self.lost(id, fault),
            // The end is decided before the request is let go: a cohort without requests counts as done.
            Fault::Unauthorised { .. } => {
                self.stop(side, fault);
                if looking.is_none() {
                    self.not_done(id);
                } else {
                    self.give_up(id);
                }
            }
            Fault::Broken { .. } => {
                self.stop(side, fault);
                self.give_up(id);
            }
        }
    }

    /// Lets a request be. If its intent is open, the doubt stays in the journal for the next start.
    fn give_up(&mut self, id: RequestId) {
        self.land(id);
    }

    pub(crate) fn stop(&mut self, side: Side, fault: Fault) {
        self.drain(End::Stopped { side, fault });
    }

    fn throttled(&mut self, id: RequestId, side: Side, wait_ms: u64, again: Next) {
        let until = self.later(wait_ms.max(1));
        if wait_ms > self.setting.rules.longest_wait_ms {
            self.drain(End::Quota { until });
            if again == Next::Send {
                self.not_done(id);
            } else {
                self.give_up(id);
            }
            return;
        }
        let pause = self.paused.entry(side).or_default();
        *pause = until.max(*pause);
        let until = *pause;
        self.wait(id, until, again);
        self.tell_progress(Some(format!("asked to wait {} s", wait_ms.div_ceil(1000))));
    }

    fn lost(&mut self, id: RequestId, fault: Fault) {
        let Some(flight) = self.flights.get(&id) else {
            return;
        };
        let (side, operation) = (flight.side, flight.operation());
        let mut after = self.setting.after_lost(side, operation);
        if self.setting.planted(PlantedBug::RepeatWithoutLook) {
            after = AfterLost::Repeat;
        }
        match after {
            AfterLost::Repeat => {
                self.try_again(id, fault, Next::Send, 0);
            }
            AfterLost::LookThenRepeat => {
                self.try_again(id, fault, Next::Look(Why::Doubt), 0);
            }
            AfterLost::WaitThenLook => {
                let window = self.setting.capabilities(side).visibility_ms;
                self.try_again(id, fault, Next::Look(Why::Doubt), window);
            }
            AfterLost::Never => {
                let Some(flight) = self.land(id) else { return };
                let why = "sent, but the response was lost; check by hand whether it was done";
                let exceptions = flight
                    .writes()
                    .iter()
                    .map(|write| Exception {
                        step: flight.step.clone(),
                        seq: write.seq,
                        email: write.email.clone(),
                        status: Status::Refused,
                        why: why.to_owned(),
                    })
                    .collect();
                self.record(id, &flight, BTreeMap::new(), exceptions, Vec::new());
                self.landed(flight.owner);
            }
        }
    }

    /// After a pause that grows with every attempt, or stops the run after too many.
    fn try_again(&mut self, id: RequestId, fault: Fault, next: Next, at_least_ms: u64) {
        let rules = self.setting.rules;
        let Some(flight) = self.flights.get_mut(&id) else {
            return;
        };
        flight.attempts += 1;
        let (side, attempts) = (flight.side, flight.attempts);
        if attempts > rules.attempts {
            let nothing_done = matches!(fault, Fault::Transient { .. }) && flight.stage == Stage::Sending;
            self.stop(side, fault);
            if nothing_done {
                self.not_done(id);
            } else {
                self.give_up(id);
            }
            return;
        }
        let doubled = rules.first_pause_ms.saturating_mul(1 << (attempts - 1).min(20));
        let pause = doubled.min(rules.longest_pause_ms).max(1);
        let pause = (pause / 2 + self.rng.u64(0..=pause / 2)).max(at_least_ms).max(1);
        let text = format!(
            "{fault}; attempt {attempts} of {}, next in {pause} ms",
            rules.attempts
        );
        self.out.push(Command::Write(Entry::Event {
            level: Level::Warning,
            text: text.clone(),
        }));
        self.out.push(Command::Tell(RunEvent::Trouble { side, text }));
        let until = self.later(pause);
        self.wait(id, until, next);
    }

    pub(crate) fn later(&self, ms: u64) -> Millis {
        self.now.saturating_add(i64::try_from(ms).unwrap_or(i64::MAX))
    }

    fn wait(&mut self, id: RequestId, until: Millis, next: Next) {
        if let Some(flight) = self.flights.get_mut(&id) {
            flight.stage = Stage::AccessEnd(until, next);
            // A place is kept only by what may have been done: so doubts never pass the limit.
            if !flight.intended && flight.placed {
                flight.placed = false;
                if let Some(placed) = self.placed.get_mut(&flight.side) {
                    *placed = placed.saturating_sub(1);
                }
            }
        }
    }

    /// Members of a request that go on as a request of their own.
    pub(crate) fn follow(
        &mut self,
        flight: &InFlightRequest,
        writes: Vec<crate::model::MemberWrite>,
        stage: Stage,
        attempts: u32,
    ) {
        if flight.owner == Owner::Earlier || self.draining.is_some() || writes.is_empty() {
            return;
        }
        self.add_flights(flight.owner, flight.operation(), writes, stage, attempts);
    }

    /// Writes down what became of a request's members and keeps count of it.
    pub(crate) fn record(
        &mut self,
        id: RequestId,
        flight: &InFlightRequest,
        mut outcomes: BTreeMap<Status, SeqSet>,
        exceptions: Vec<Exception>,
        learned: Vec<(crate::model::Seq, crate::model::ContactId)>,
    ) {
        for exception in &exceptions {
            outcomes
                .entry(exception.status)
                .or_default()
                .insert(exception.seq);
            if self.excluded.insert(exception.seq, exception.status).is_none() {
                match exception.status {
                    Status::Moved => self.moved += 1,
                    _ => self.failed += 1,
                }
            }
        }
        self.handled += flight.writes().len() as u64;
        if let Some(done) = outcomes.get(&Status::Confirmed) {
            self.confirmed.entry(flight.operation()).or_default().extend(done);
        }
        if let Owner::Cohort(from) = flight.owner
            && let Some(group) = self.groups.get_mut(&from)
        {
            group.contact_ids.extend(learned.iter().cloned());
            if group.cohort.wave == 0 && flight.side == Side::Site && !self.setting.yes {
                self.first = Some(Arc::clone(&flight.request));
            }
        }
        self.exceptions.extend(exceptions.iter().cloned());
        outcomes.retain(|_, set| !set.is_empty());
        if !self.setting.planted(PlantedBug::ForgetOutcomes) {
            self.out.push(Command::Write(Entry::Outcome {
                request: flight.intended.then_some(id),
                step: flight.step.clone(),
                outcomes: outcomes.into_iter().collect(),
                exceptions,
                learned,
            }));
        }
        self.tell_progress(None);
        self.trip();
    }

    /// The breaker.
    fn trip(&mut self) {
        let rules = self.setting.rules;
        if self.handled < rules.breaker_after {
            return;
        }
        if self.failed * 100 > rules.failed_percent * self.handled {
            self.drain(End::TooManyFailed);
        } else if self.moved * 100 > rules.moved_percent * self.handled {
            self.drain(End::TooManyMoved);
        }
    }
}
