//! Events in, commands out: the walk through the graph. Pure and deterministic.

use super::{
    context::RunMode,
    counts::Tally,
    in_flight::{Owner, Stage},
    state::Engine,
};
use crate::{
    journal::{Entry, Level, Status, StepKey},
    model::{Fault, Operation, RequestId, SeqSet},
    run::event::{Command, End, Event, Load, LoadFor, Millis, Phase, RunEvent},
};

impl Engine {
    /// Takes an event and returns the commands, in this order.
    pub fn on(&mut self, event: Event, now: Millis) -> Vec<Command> {
        self.now = self.now.max(now);
        if self.life.finished {
            return Vec::new();
        }
        match event {
            Event::Start => self.out.push(Command::TakeLease),
            Event::Leased(Ok(())) => self.begin(),
            Event::Leased(Err(why)) => {
                self.life.started = true;
                self.drain(End::Leased { why });
            }
            Event::Loaded {
                load,
                members,
                contact_ids,
            } => match load.what_for {
                LoadFor::Cohort => self.cohort_loaded(load, members, contact_ids),
                LoadFor::Doubt(request) => {
                    self.life.settle_loads = self.life.settle_loads.saturating_sub(1);
                    self.doubt_loaded(request, members, contact_ids);
                }
            },
            Event::LoadFailed { why } => self.drain(End::Unreadable { why }),
            Event::Intended(request) => self.intended(request),
            Event::Answered { request, result } => self.answered(request, result),
            Event::Looked { request, result } => self.looked(request, result),
            Event::Replied { wave, yes } => self.replied(wave, yes),
            Event::Gone { side, why } => {
                let fault = Fault::Broken { why };
                self.finish(End::Stopped { side, fault });
            }
            Event::Woken => self.life.wake = None,
            Event::Interrupted => {
                self.life.interrupts += 1;
                self.drain(End::Interrupted);
                if self.life.interrupts > 1 {
                    self.finish(End::Interrupted);
                }
            }
        }
        self.pump();
        std::mem::take(&mut self.out)
    }

    /// How many members a request of an operation carries: what the system takes, or what it had the time for.
    pub(crate) fn size(&self, operation: Operation) -> usize {
        let most = self
            .setting
            .capabilities(operation.side())
            .batching
            .most(operation);
        self.requests
            .sizes
            .get(&operation)
            .copied()
            .unwrap_or(most)
            .clamp(1, most)
    }

    /// Learns from an answer how much a system has the time for: a request that it did not finish was too
    /// long by what is left, one that it finished may grow by a quarter.
    pub(crate) fn learn_size(&mut self, operation: Operation, sent: usize, answered: usize) {
        let now = self.size(operation);
        let next = if answered < sent {
            answered.max(1)
        } else if sent >= now {
            now + now / 4 + 1
        } else {
            now
        };
        if next != now {
            self.requests.sizes.insert(operation, next);
        }
    }

    /// How many members stand how.
    pub fn tally(&self) -> Tally {
        let mut exceptions = self.counts.exceptions.clone();
        exceptions.sort_by_key(|exception| exception.seq);
        let last = self.setting.operations().last();
        let confirmed = last.and_then(|operation| self.counts.confirmed.get(&operation));
        let under_way = self
            .cohorts
            .values()
            .map(|group| confirmed.map_or(0, |set| set.count_in(group.cohort.from, group.cohort.to)));
        Tally {
            members: u64::from(self.setting.members),
            done: self.counts.done + under_way.sum::<u64>(),
            exceptions,
            requests: self.counts.sent,
        }
    }

    /// Requests whose intent is written down and whose outcome is not known.
    pub fn open_intents(&self) -> usize {
        self.requests
            .flights
            .values()
            .filter(|flight| flight.intended)
            .count()
    }

    fn begin(&mut self) {
        self.life.started = true;
        self.life.renewed = self.now;
        for doubt in std::mem::take(&mut self.setting.progress.doubts) {
            let about_members = doubt.step.as_operation().is_some();
            let (Some((from, _)), Some((_, to)), true) = (
                doubt.seqs.ranges().first().copied(),
                doubt.seqs.ranges().last().copied(),
                about_members,
            ) else {
                self.earlier_setup(doubt);
                continue;
            };
            self.life.settle_loads += 1;
            let load = Load {
                from,
                to: to.min(self.setting.members),
                what_for: LoadFor::Doubt(doubt.request),
            };
            self.earlier_doubt(doubt);
            self.out.push(Command::Load(load));
        }
    }

    fn pump(&mut self) {
        if self.life.started {
            self.wake_due();
            self.launch();
            let settled = self.life.settle_loads == 0
                && !self.requests.flights.values().any(|f| f.owner == Owner::Earlier);
            if self.life.settling && settled && self.life.draining.is_none() {
                self.life.settling = false;
                if self.setting.goal == RunMode::Settle {
                    self.finish(End::Settled);
                }
            }
            if !self.life.settling && self.life.draining.is_none() {
                self.start_steps();
                self.launch();
            }
        }
        self.finish_if_over();
        self.ask_to_be_woken();
    }

    /// Starts nothing new; what is under way ends first. The first reason stays.
    pub(crate) fn drain(&mut self, end: End) {
        if self.life.draining.is_none() {
            self.out
                .push(Command::Tell(RunEvent::Stopping { why: end.why() }));
            self.life.draining = Some(end);
        }
    }

    fn finish(&mut self, end: End) {
        if self.life.finished {
            return;
        }
        let level = match end {
            End::Done | End::Settled => Level::Note,
            End::Partly => Level::Warning,
            _ => Level::Stop,
        };
        let text = end.why();
        self.out.push(Command::Write(Entry::Event { level, text }));
        self.out.push(Command::Finish(end));
        self.life.finished = true;
    }

    fn finish_if_over(&mut self) {
        if let Some(end) = self.life.draining.clone() {
            if !self
                .requests
                .flights
                .values()
                .any(|flight| flight.stage.is_busy())
            {
                self.finish(end);
            }
            return;
        }
        let idle = self.life.started
            && !self.life.settling
            && self.requests.flights.is_empty()
            && self.cohorts.is_empty();
        if !idle || self.life.asking.is_some() {
            return;
        }
        if self.schedule.steps_done >= self.setting.graph.steps.len() {
            let end = if self.counts.exceptions.is_empty() {
                End::Done
            } else {
                End::Partly
            };
            self.finish(end);
        } else if self.schedule.ready.is_empty() && self.schedule.cohorts_ready.is_empty() {
            let checkpoints = std::mem::take(&mut self.schedule.waiting_for);
            self.finish(End::Waiting { checkpoints });
        }
    }

    /// Asks to be woken when the next pause ends.
    fn ask_to_be_woken(&mut self) {
        if self.life.finished || self.life.draining.is_some() {
            return;
        }
        let pauses = self
            .requests
            .flights
            .values()
            .filter_map(|flight| match flight.stage {
                Stage::AccessEnd(at, _) => Some(at),
                _ => None,
            });
        let at = pauses
            .chain(self.requests.paused.values().copied())
            .filter(|at| *at > self.now)
            .min();
        if let Some(at) = at
            && self.life.wake.is_none_or(|wake| wake <= self.now || at < wake)
        {
            self.life.wake = Some(at);
            self.out.push(Command::Wake { at });
        }
    }

    /// Before a request leaves: is it time to renew the lease?
    pub(crate) fn renew_lease(&mut self) {
        let third = i64::from(self.setting.rules.lease_seconds) * 1000 / 3;
        if self.now - self.life.renewed >= third {
            self.life.renewed = self.now;
            self.out.push(Command::RenewLease);
        }
    }

    /// Writes down what became of a request, without exceptions.
    pub(crate) fn write_outcome(
        &mut self,
        request: Option<RequestId>,
        step: StepKey,
        outcomes: Vec<(Status, SeqSet)>,
    ) {
        self.out.push(Command::Write(Entry::Outcome {
            request,
            step,
            outcomes,
            exceptions: Vec::new(),
            learned: Vec::new(),
        }));
    }

    pub(crate) fn tell_progress(&mut self, waiting: Option<String>) {
        let phase = if self.life.settling {
            Phase::Settling
        } else if self.cohorts.is_empty() {
            Phase::Preparing
        } else {
            Phase::Members
        };
        let last = self.setting.operations().last();
        let (done, total) = if phase == Phase::Members {
            let confirmed = last.and_then(|operation| self.counts.confirmed.get(&operation));
            (confirmed.map_or(0, SeqSet::len), u64::from(self.setting.members))
        } else {
            (
                self.schedule.steps_done as u64,
                self.setting.graph.steps.len() as u64,
            )
        };
        self.out.push(Command::Tell(RunEvent::Progress {
            phase,
            done,
            total,
            in_flight: self
                .requests
                .flights
                .values()
                .filter(|flight| flight.placed)
                .count(),
            failed: self.counts.failed,
            held: self.counts.moved,
            waiting,
        }));
    }

    pub(crate) fn new_request_id(&mut self) -> RequestId {
        let id = RequestId(self.requests.next_id);
        self.requests.next_id = self.requests.next_id.saturating_add(1);
        id
    }
}
