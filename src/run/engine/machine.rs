//! Events in, commands out: the walk through the graph. Pure and deterministic.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    context::{PlantedBug, RunContext, RunMode},
    in_flight::{InFlightRequest, Next, Owner, Stage, Why},
    jobs::Jobs,
};
use crate::{
    graph::{StepId, StepKind},
    journal::{Doubt, Entry, Exception, Level, Status, StepKey},
    model::{Checkpoint, Email, Fault, MemberState, Operation, Request, RequestId, Seq, SeqSet, Side},
    run::event::{Command, End, Event, Load, LoadFor, Millis, Phase, Question, RunEvent},
};

use super::cohorts::Group;

/// How many members stand how, and why not all are done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Members in all.
    pub members: u64,
    /// Members for whom everything is done, earlier starts included.
    pub done: u64,
    /// Members that failed or were held back in this start, with reasons, in order.
    pub exceptions: Vec<Exception>,
    /// Requests that were sent in this start.
    pub requests: u64,
}

impl Tally {
    /// Members with this status among the exceptions.
    pub fn count(&self, status: Status) -> u64 {
        self.exceptions
            .iter()
            .filter(|exception| exception.status == status)
            .count() as u64
    }
}

/// The run as a state machine. It neither reads a clock nor touches anything: what happened comes
/// in by [`Engine::on`], what shall be done goes out.
#[derive(Debug)]
pub struct Engine {
    pub(crate) setting: RunContext,
    pub(crate) now: Millis,
    pub(crate) out: Vec<Command>,
    pub(crate) rng: fastrand::Rng,
    pub(crate) flights: BTreeMap<RequestId, InFlightRequest>,
    pub(crate) groups: BTreeMap<Seq, Group>,
    pub(crate) placed: BTreeMap<Side, usize>,
    /// Members that a request carries, where a system stopped before the end of one.
    sizes: BTreeMap<Operation, usize>,
    pub(crate) paused: BTreeMap<Side, Millis>,
    pub(crate) next_request: u64,
    pub(crate) confirmed: BTreeMap<Operation, SeqSet>,
    pub(crate) excluded: BTreeMap<Seq, Status>,
    pub(crate) exceptions: Vec<Exception>,
    pub(crate) failed: u64,
    pub(crate) moved: u64,
    pub(crate) handled: u64,
    pub(crate) done: u64,
    pub(crate) requests: u64,
    pub(crate) doubts: BTreeMap<RequestId, Doubt>,
    pub(crate) jobs: Jobs,
    /// What the rest of requests met that were answered in part; they wait for their intent to be durable.
    pub(crate) rests: BTreeMap<RequestId, Fault>,
    /// The request of the first wave, to be shown.
    pub(crate) first: Option<Arc<Request>>,
    pub(crate) draining: Option<End>,
    renewed: Millis,
    started: bool,
    settling: bool,
    settle_loads: usize,
    asking: Option<(u32, StepId)>,
    finished: bool,
    interrupts: u32,
    wake: Option<Millis>,
    missing: Vec<u32>,
    needed_by: Vec<Vec<StepId>>,
    ready: BTreeSet<StepId>,
    cohorts_ready: BTreeSet<StepId>,
    steps_done: usize,
    waiting_for: Vec<Checkpoint>,
}

impl Engine {
    /// A run at its beginning, or where earlier starts left it.
    pub fn new(mut setting: RunContext) -> Self {
        let mut jobs = Jobs::new(std::mem::take(&mut setting.progress.jobs));
        if setting.planted(PlantedBug::ForgetJobs) {
            jobs = Jobs::default();
        }
        let steps = &setting.graph.steps;
        let mut needed_by = vec![Vec::new(); steps.len()];
        let mut missing = Vec::with_capacity(steps.len());
        let mut ready = BTreeSet::new();
        for step in steps {
            for need in &step.needs {
                if let Some(list) = needed_by.get_mut(need.0 as usize) {
                    list.push(step.id);
                }
            }
            missing.push(u32::try_from(step.needs.len()).unwrap_or(u32::MAX));
            if step.needs.is_empty() {
                ready.insert(step.id);
            }
        }
        let confirmed = setting
            .operations()
            .map(|operation| {
                let step = setting.progress.steps.get(&StepKey::operation(operation));
                let known = step.filter(|_| !setting.planted(PlantedBug::ForgetConfirmed));
                let set = known.map(|step| step.with(Status::Confirmed)).unwrap_or_default();
                (operation, set)
            })
            .collect();
        Self {
            now: 0,
            out: Vec::new(),
            rng: fastrand::Rng::with_seed(setting.seed),
            flights: BTreeMap::new(),
            groups: BTreeMap::new(),
            placed: BTreeMap::new(),
            sizes: BTreeMap::new(),
            paused: BTreeMap::new(),
            next_request: setting.progress.next_request,
            confirmed,
            excluded: BTreeMap::new(),
            exceptions: Vec::new(),
            failed: 0,
            moved: 0,
            handled: 0,
            done: 0,
            requests: 0,
            doubts: BTreeMap::new(),
            jobs,
            rests: BTreeMap::new(),
            first: None,
            draining: None,
            renewed: 0,
            started: false,
            settling: true,
            settle_loads: 0,
            asking: None,
            finished: false,
            interrupts: 0,
            wake: None,
            missing,
            needed_by,
            ready,
            cohorts_ready: BTreeSet::new(),
            steps_done: 0,
            waiting_for: Vec::new(),
            setting,
        }
    }

    /// Takes what happened and says what shall be done, in this order.
    pub fn on(&mut self, event: Event, now: Millis) -> Vec<Command> {
        self.now = self.now.max(now);
        if self.finished {
            return Vec::new();
        }
        match event {
            Event::Start => self.out.push(Command::TakeLease),
            Event::Leased(Ok(())) => self.begin(),
            Event::Leased(Err(why)) => {
                self.started = true;
                self.drain(End::Leased { why });
            }
            Event::Loaded {
                load,
                members,
                contact_ids,
            } => match load.what_for {
                LoadFor::Cohort => self.cohort_loaded(load, members, contact_ids),
                LoadFor::Doubt(request) => {
                    self.settle_loads = self.settle_loads.saturating_sub(1);
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
            Event::Woken => self.wake = None,
            Event::Interrupted => {
                self.interrupts += 1;
                self.drain(End::Interrupted);
                if self.interrupts > 1 {
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
        self.sizes.get(&operation).copied().unwrap_or(most).clamp(1, most)
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
            self.sizes.insert(operation, next);
        }
    }

    /// How many members stand how.
    pub fn tally(&self) -> Tally {
        let mut exceptions = self.exceptions.clone();
        exceptions.sort_by_key(|exception| exception.seq);
        let last = self.setting.operations().last();
        let confirmed = last.and_then(|operation| self.confirmed.get(&operation));
        let under_way = self
            .groups
            .values()
            .map(|group| confirmed.map_or(0, |set| set.count_in(group.cohort.from, group.cohort.to)));
        Tally {
            members: u64::from(self.setting.members),
            done: self.done + under_way.sum::<u64>(),
            exceptions,
            requests: self.requests,
        }
    }

    /// Requests whose intent is written down and whose outcome is not known.
    pub fn open_intents(&self) -> usize {
        self.flights.values().filter(|flight| flight.intended).count()
    }

    fn begin(&mut self) {
        self.started = true;
        self.renewed = self.now;
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
            self.settle_loads += 1;
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
        if self.started {
            self.wake_due();
            self.launch();
            let settled = self.settle_loads == 0 && !self.flights.values().any(|f| f.owner == Owner::Earlier);
            if self.settling && settled && self.draining.is_none() {
                self.settling = false;
                if self.setting.goal == RunMode::Settle {
                    self.finish(End::Settled);
                }
            }
            if !self.settling && self.draining.is_none() {
                self.start_steps();
                self.launch();
            }
        }
        self.finish_if_over();
        self.schedule();
    }

    fn start_steps(&mut self) {
        while self.draining.is_none() && !self.finished {
            let next = if let Some(step) = self.ready.pop_first() {
                step
            } else if self.groups.len() < self.groups_at_once()
                && let Some(step) = self.cohorts_ready.pop_first()
            {
                step
            } else {
                return;
            };
            self.start_step(next);
        }
    }

    fn start_step(&mut self, id: StepId) {
        let Some(step) = self.setting.graph.get(id) else {
            return;
        };
        match step.kind.clone() {
            StepKind::Checkpoint { checkpoint } => {
                if self.setting.confirmed.contains(checkpoint.key.as_str()) {
                    self.complete(id);
                } else {
                    self.waiting_for.push(checkpoint);
                }
            }
            StepKind::Offering { .. } | StepKind::Tag { .. } | StepKind::Email { .. } => {
                self.start_setup(id, &step.kind.clone());
            }
            StepKind::Prepared | StepKind::Verify => self.complete(id),
            StepKind::Members {
                operation, cohort, ..
            } => self.start_members(id, operation, cohort),
            StepKind::Wave { wave, members, last } => self.wave_through(id, wave, members, last),
        }
    }

    fn wave_through(&mut self, id: StepId, wave: u32, members: u32, last: bool) {
        if last || self.setting.progress.answered_waves.contains(&wave) {
            self.complete(id);
            return;
        }
        self.out
            .push(Command::Tell(RunEvent::WaveThrough { wave, members }));
        if self.setting.yes {
            self.out.push(Command::Write(Entry::WaveAnswer { wave }));
            self.complete(id);
            return;
        }
        let Some(first) = self.first.take() else {
            self.ask(id, Vec::new());
            return;
        };
        let request = self.new_request_id();
        let flight = InFlightRequest {
            side: Side::Site,
            step: StepKey::operation(Operation::Members),
            owner: Owner::Step(id),
            request: Arc::new(self.request(request, Operation::Members, first.payload.clone())),
            stage: Stage::Ready(Next::Look(Why::Show)),
            intended: false,
            placed: false,
            attempts: 0,
        };
        self.flights.insert(request, flight);
    }

    /// Asks whether the wave after this step may go.
    pub(crate) fn ask(&mut self, id: StepId, seen: Vec<(Email, MemberState)>) {
        let Some(StepKind::Wave { wave, members, .. }) = self.setting.graph.get(id).map(|step| &step.kind)
        else {
            return;
        };
        let (wave, members) = (*wave, *members);
        self.asking = Some((wave, id));
        self.out.push(Command::Ask(Question::NextWave {
            wave,
            members,
            failed: self.failed,
            held: self.moved,
            left: u64::from(self.setting.members).saturating_sub(self.done),
            seen,
        }));
    }

    fn replied(&mut self, wave: u32, yes: bool) {
        let Some((_, id)) = self.asking.take_if(|(asked, _)| *asked == wave) else {
            return;
        };
        if yes {
            self.out.push(Command::Write(Entry::WaveAnswer { wave }));
            self.complete(id);
        } else {
            self.drain(End::Declined { wave });
        }
    }

    /// A step is done: what waits for nothing else may start.
    pub(crate) fn complete(&mut self, id: StepId) {
        self.steps_done += 1;
        for next in self.needed_by.get(id.0 as usize).cloned().unwrap_or_default() {
            let Some(missing) = self.missing.get_mut(next.0 as usize) else {
                continue;
            };
            *missing = missing.saturating_sub(1);
            if *missing > 0 {
                continue;
            }
            let kind = self.setting.graph.get(next).map(|step| &step.kind);
            match kind {
                Some(StepKind::Members { cohort, .. }) if !self.groups.contains_key(&cohort.from) => {
                    self.cohorts_ready.insert(next);
                }
                _ => {
                    self.ready.insert(next);
                }
            }
        }
    }

    /// Starts nothing new; what is under way ends first. The first reason stays.
    pub(crate) fn drain(&mut self, end: End) {
        if self.draining.is_none() {
            self.out
                .push(Command::Tell(RunEvent::Stopping { why: end.why() }));
            self.draining = Some(end);
        }
    }

    fn finish(&mut self, end: End) {
        if self.finished {
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
        self.finished = true;
    }

    fn finish_if_over(&mut self) {
        if let Some(end) = self.draining.clone() {
            if !self.flights.values().any(|flight| flight.stage.is_busy()) {
                self.finish(end);
            }
            return;
        }
        let idle = self.started && !self.settling && self.flights.is_empty() && self.groups.is_empty();
        if !idle || self.asking.is_some() {
            return;
        }
        if self.steps_done >= self.setting.graph.steps.len() {
            let end = if self.exceptions.is_empty() {
                End::Done
            } else {
                End::Partly
            };
            self.finish(end);
        } else if self.ready.is_empty() && self.cohorts_ready.is_empty() {
            let checkpoints = std::mem::take(&mut self.waiting_for);
            self.finish(End::Waiting { checkpoints });
        }
    }

    /// Asks to be woken when the next pause ends.
    fn schedule(&mut self) {
        if self.finished || self.draining.is_some() {
            return;
        }
        let pauses = self.flights.values().filter_map(|flight| match flight.stage {
            Stage::AccessEnd(at, _) => Some(at),
            _ => None,
        });
        let at = pauses
            .chain(self.paused.values().copied())
            .filter(|at| *at > self.now)
            .min();
        if let Some(at) = at
            && self.wake.is_none_or(|wake| wake <= self.now || at < wake)
        {
            self.wake = Some(at);
            self.out.push(Command::Wake { at });
        }
    }

    /// Before a request leaves: is it time to renew the lease?
    pub(crate) fn renew_lease(&mut self) {
        let third = i64::from(self.setting.rules.lease_seconds) * 1000 / 3;
        if self.now - self.renewed >= third {
            self.renewed = self.now;
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
        let phase = if self.settling {
            Phase::Settling
        } else if self.groups.is_empty() {
            Phase::Preparing
        } else {
            Phase::Members
        };
        let last = self.setting.operations().last();
        let (done, total) = if phase == Phase::Members {
            let confirmed = last.and_then(|operation| self.confirmed.get(&operation));
            (confirmed.map_or(0, SeqSet::len), u64::from(self.setting.members))
        } else {
            (self.steps_done as u64, self.setting.graph.steps.len() as u64)
        };
        self.out.push(Command::Tell(RunEvent::Progress {
            phase,
            done,
            total,
            in_flight: self.flights.values().filter(|flight| flight.placed).count(),
            failed: self.failed,
            held: self.moved,
            waiting,
        }));
    }

    pub(crate) fn new_request_id(&mut self) -> RequestId {
        let id = RequestId(self.next_request);
        self.next_request = self.next_request.saturating_add(1);
        id
    }
}
