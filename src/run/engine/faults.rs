//! What a fault makes of a request: a pause, a look, another attempt, or the end of the run.

use std::{collections::BTreeMap, time::Duration};

use super::{
    context::PlantedBug,
    in_flight::{Next, Stage, Why},
    state::Engine,
};
use crate::{
    journal::{Entry, Exception, Level, Status},
    model::{AfterLost, Fault, Payload, RequestId, Side},
    run::event::{Command, End, RunEvent},
};

impl Engine {
    pub(crate) fn fault(&mut self, id: RequestId, fault: Fault) {
        let Some(flight) = self.requests.flights.get(&id) else {
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
            Fault::Busy { wait_ms } => self.busy(id, wait_ms, again),
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
    pub(crate) fn give_up(&mut self, id: RequestId) {
        self.land(id);
    }

    pub(crate) fn stop(&mut self, side: Side, fault: Fault) {
        self.drain(End::Stopped { side, fault });
    }

    pub(crate) fn throttled(&mut self, id: RequestId, side: Side, wait_ms: u64, again: Next) {
        let until = self.later(wait_ms.max(1));
        if Duration::from_millis(wait_ms) > self.setting.rules.retry.longest_wait {
            self.drain(End::Quota { until });
            if again == Next::Send {
                self.not_done(id);
            } else {
                self.give_up(id);
            }
            return;
        }
        let pause = self.requests.paused.entry(side).or_default();
        *pause = until.max(*pause);
        let until = *pause;
        self.wait(id, until, again);
        self.tell_progress(Some(format!("asked to wait {} s", wait_ms.div_ceil(1000))));
    }

    /// A member is being changed by somebody else: only this request waits. Whoever stays so is turned away, since one
    /// member must not hold up a run.
    fn busy(&mut self, id: RequestId, wait_ms: u64, again: Next) {
        if self.setting.planted(PlantedBug::BusyStopsAll) {
            let Some(flight) = self.requests.flights.get(&id) else {
                return;
            };
            let side = flight.side;
            return self.throttled(id, side, wait_ms, again);
        }
        let retry = self.setting.rules.retry;
        let Some(flight) = self.requests.flights.get_mut(&id) else {
            return;
        };
        flight.attempts += 1;
        let attempts = flight.attempts;
        if attempts <= retry.attempts {
            let pause = retry.pause(attempts, &mut self.rng).as_millis();
            let pause = u64::try_from(pause).unwrap_or(u64::MAX).max(wait_ms);
            let until = self.later(pause);
            return self.wait(id, until, again);
        }
        if flight.writes().is_empty() {
            return self.try_again(id, Fault::Busy { wait_ms }, again, wait_ms);
        }
        let why = "the system keeps saying that another change of this member is under way";
        self.turn_away(id, why);
    }

    /// Gives up the members of a request.
    fn turn_away(&mut self, id: RequestId, why: &str) {
        let Some(flight) = self.land(id) else { return };
        let refused = |write: &crate::model::MemberWrite| Exception {
            step: flight.step.clone(),
            seq: write.seq,
            email: write.email.clone(),
            status: Status::Refused,
            why: why.to_owned(),
        };
        let exceptions = flight.writes().iter().map(refused).collect();
        self.record(id, &flight, BTreeMap::new(), exceptions, Vec::new());
        self.landed(flight.owner);
    }

    pub(crate) fn lost(&mut self, id: RequestId, fault: Fault) {
        let Some(flight) = self.requests.flights.get(&id) else {
            return;
        };
        let (side, operation) = (flight.side, flight.operation());
        let mut after = self.setting.after_lost(side, operation);
        let setup = !matches!(flight.request.payload, Payload::Members(_));
        if self.setting.planted(PlantedBug::RepeatWithoutLook)
            || setup && self.setting.planted(PlantedBug::RepeatSetup)
        {
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
            AfterLost::Never if setup => {
                self.stop(side, fault);
                self.give_up(id);
            }
            AfterLost::Never => {
                let why = "sent, but the response was lost; check by hand whether it was done";
                self.turn_away(id, why);
            }
        }
    }

    /// After a pause that grows with every attempt, or stops the run after too many.
    pub(crate) fn try_again(&mut self, id: RequestId, fault: Fault, next: Next, at_least_ms: u64) {
        let retry = self.setting.rules.retry;
        let Some(flight) = self.requests.flights.get_mut(&id) else {
            return;
        };
        flight.attempts += 1;
        let (side, attempts) = (flight.side, flight.attempts);
        if attempts > retry.attempts {
            let nothing_done = matches!(fault, Fault::Transient { .. }) && flight.stage == Stage::Sending;
            self.stop(side, fault);
            if nothing_done {
                self.not_done(id);
            } else {
                self.give_up(id);
            }
            return;
        }
        let pause = retry.pause(attempts, &mut self.rng).as_millis();
        let pause = u64::try_from(pause).unwrap_or(u64::MAX).max(at_least_ms);
        let text = format!(
            "{fault}; attempt {attempts} of {}, next in {pause} ms",
            retry.attempts
        );
        self.out.push(Command::Write(Entry::Event {
            level: Level::Warning,
            text: text.clone(),
        }));
        self.out.push(Command::Tell(RunEvent::Trouble { side, text }));
        let until = self.later(pause);
        self.wait(id, until, next);
    }
}
