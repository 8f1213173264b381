//! The engine's requests: when they leave, and what a fault makes of them.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    context::PlantedBug,
    in_flight::{InFlightRequest, Next, Owner, Stage},
    state::Engine,
};
use crate::{
    journal::{Entry, Status},
    model::{Payload, Request, RequestId},
    run::event::{Command, Millis},
};

impl Engine {
    /// Pauses that are over.
    pub(crate) fn wake_due(&mut self) {
        let now = self.now;
        for flight in self.requests.flights.values_mut() {
            if let Stage::AccessEnd(at, next) = flight.stage
                && at <= now
            {
                flight.stage = Stage::Ready(next);
            }
        }
        self.requests.paused.retain(|_, until| *until > now);
    }

    /// Lets requests go, the oldest first, as far as the systems take them.
    pub(crate) fn launch(&mut self) {
        if self.life.draining.is_some() {
            return;
        }
        let ready: Vec<(RequestId, Next)> = self
            .requests
            .flights
            .iter()
            .filter_map(|(id, flight)| match flight.stage {
                Stage::Ready(next) => Some((*id, next)),
                _ => None,
            })
            .collect();
        for (id, next) in ready {
            let Some(flight) = self.requests.flights.get(&id) else {
                continue;
            };
            let side = flight.side;
            if self.requests.paused.contains_key(&side) {
                continue;
            }
            if !flight.placed {
                let limit = self.setting.capabilities(side).in_flight.max(1);
                let placed = self.requests.placed.entry(side).or_default();
                if *placed >= limit && !self.setting.planted(PlantedBug::NoLimitInFlight) {
                    continue;
                }
                *placed += 1;
            }
            if let Some(flight) = self.requests.flights.get_mut(&id) {
                flight.placed = true;
            }
            self.go(id, next);
        }
    }

    pub(crate) fn go(&mut self, id: RequestId, next: Next) {
        if next == Next::Send {
            self.renew_lease();
        }
        let Some(flight) = self.requests.flights.get_mut(&id) else {
            return;
        };
        match next {
            Next::Look(why) => {
                flight.stage = Stage::Looking(why);
                let mut request = Arc::clone(&flight.request);
                let members = flight.writes().iter().map(|write| write.seq);
                let jobs = self.requests.jobs.about(&flight.step, &members);
                if !jobs.is_empty() {
                    let with_jobs = Request {
                        jobs,
                        ..Request::clone(&request)
                    };
                    request = Arc::new(with_jobs);
                }
                self.out.push(Command::Look {
                    side: flight.side,
                    request,
                });
            }
            Next::Intend if self.setting.planted(PlantedBug::SendBeforeIntent) => self.go(id, Next::Send),
            Next::Intend => {
                self.cut(id);
                let Some(flight) = self.requests.flights.get_mut(&id) else {
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
                self.counts.sent += 1;
                self.out.push(Command::Send {
                    side: flight.side,
                    request: Arc::clone(&flight.request),
                });
            }
        }
    }

    /// Cuts a request that was packed when the system seemed to have more time: the rest continues as
    /// requests of its own.
    fn cut(&mut self, id: RequestId) {
        let Some(flight) = self.requests.flights.get(&id) else {
            return;
        };
        let (size, operation, owner) = (self.size(flight.operation()), flight.operation(), flight.owner);
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
        if let Some(flight) = self.requests.flights.get_mut(&id) {
            flight.request = Arc::new(request);
        }
        self.go_on(owner, operation, later, Stage::Ready(Next::Intend), attempts);
    }

    pub(crate) fn intended(&mut self, id: RequestId) {
        let Some(flight) = self.requests.flights.get_mut(&id) else {
            return;
        };
        if flight.stage != Stage::Intending {
            return;
        }
        if let Some(fault) = self.requests.rests.remove(&id) {
            flight.stage = Stage::Sending;
            return self.fault(id, fault);
        }
        if self.life.draining.is_some() {
            self.not_done(id);
            return;
        }
        if let Some(until) = self.requests.paused.get(&flight.side) {
            flight.stage = Stage::AccessEnd(*until, Next::Send);
            return;
        }
        self.go(id, Next::Send);
    }

    /// Takes a request out and frees its place.
    pub(crate) fn land(&mut self, id: RequestId) -> Option<InFlightRequest> {
        let flight = self.requests.flights.remove(&id)?;
        self.unplace(&flight);
        Some(flight)
    }

    /// Frees the place of a request that was taken out.
    pub(crate) fn unplace(&mut self, flight: &InFlightRequest) {
        if flight.placed
            && let Some(placed) = self.requests.placed.get_mut(&flight.side)
        {
            *placed = placed.saturating_sub(1);
        }
    }

    /// The owner of a request that landed may be at its end.
    pub(crate) fn landed(&mut self, owner: Owner) {
        if let Owner::Cohort(from) = owner {
            if let Some(group) = self.cohorts.get_mut(&from) {
                group.open = group.open.saturating_sub(1);
            }
            self.finish_operation(from);
        }
    }

    /// Nothing was done: writes that down, so that no doubt stays.
    pub(crate) fn not_done(&mut self, id: RequestId) {
        if let Some(flight) = self.land(id) {
            if flight.intended {
                let mut outcomes = BTreeMap::from([(Status::Again, flight.seqs())]);
                self.settle(&flight, &mut outcomes, &mut Vec::new());
                let outcomes = outcomes.into_iter().collect();
                self.write_outcome(Some(id), flight.step.clone(), outcomes);
            }
            self.landed(flight.owner);
        }
    }

    pub(crate) fn later(&self, ms: u64) -> Millis {
        self.now.saturating_add(i64::try_from(ms).unwrap_or(i64::MAX))
    }

    pub(crate) fn wait(&mut self, id: RequestId, until: Millis, next: Next) {
        if let Some(flight) = self.requests.flights.get_mut(&id) {
            flight.stage = Stage::AccessEnd(until, next);
            // A place is kept only by what may have been done: so doubts never pass the limit.
            if !flight.intended && flight.placed {
                flight.placed = false;
                if let Some(placed) = self.requests.placed.get_mut(&flight.side) {
                    *placed = placed.saturating_sub(1);
                }
            }
        }
    }

    /// Members of a request that continue as a request of their own.
    pub(crate) fn follow(
        &mut self,
        flight: &InFlightRequest,
        mut writes: Vec<crate::model::MemberWrite>,
        stage: Stage,
        attempts: u32,
    ) {
        // A member who was rejected in another request of the step is left alone.
        writes.retain(|write| !self.counts.excluded.contains_key(&write.seq));
        if flight.owner == Owner::Earlier || self.life.draining.is_some() || writes.is_empty() {
            return;
        }
        self.go_on(flight.owner, flight.operation(), writes, stage, attempts);
    }
}
