//! The engine's steps: which start, and what a person is asked between waves.

use std::sync::Arc;

use super::{
    in_flight::{InFlightRequest, Next, Owner, Stage, Why},
    state::Engine,
};
use crate::{
    graph::{StepId, StepKind},
    journal::{Entry, StepKey},
    model::{Email, MemberState, Operation, Side},
    run::event::{Command, End, Question, RunEvent},
};

impl Engine {
    pub(crate) fn start_steps(&mut self) {
        while self.life.draining.is_none() && !self.life.finished {
            let next = if let Some(step) = self.schedule.ready.pop_first() {
                step
            } else if self.cohorts.len() < self.groups_at_once()
                && let Some(step) = self.schedule.cohorts_ready.pop_first()
            {
                step
            } else {
                return;
            };
            self.start_step(next);
        }
    }

    pub(crate) fn start_step(&mut self, id: StepId) {
        let Some(step) = self.setting.graph.get(id) else {
            return;
        };
        match step.kind.clone() {
            StepKind::Checkpoint { checkpoint } => {
                if self.setting.confirmed.contains(checkpoint.key.as_str()) {
                    self.complete(id);
                } else {
                    self.schedule.waiting_for.push(checkpoint);
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

    pub(crate) fn wave_through(&mut self, id: StepId, wave: u32, members: u32, last: bool) {
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
        let Some(first) = self.life.first.take() else {
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
        self.requests.flights.insert(request, flight);
    }

    /// Asks whether the wave after this step may go.
    pub(crate) fn ask(&mut self, id: StepId, seen: Vec<(Email, MemberState)>) {
        let Some(StepKind::Wave { wave, members, .. }) = self.setting.graph.get(id).map(|step| &step.kind)
        else {
            return;
        };
        let (wave, members) = (*wave, *members);
        self.life.asking = Some((wave, id));
        self.out.push(Command::Ask(Question::NextWave {
            wave,
            members,
            failed: self.counts.failed,
            held: self.counts.moved,
            left: u64::from(self.setting.members).saturating_sub(self.counts.done),
            seen,
        }));
    }

    pub(crate) fn replied(&mut self, wave: u32, yes: bool) {
        let Some((_, id)) = self.life.asking.take_if(|(asked, _)| *asked == wave) else {
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
        self.schedule.steps_done += 1;
        for next in self
            .schedule
            .needed_by
            .get(id.0 as usize)
            .cloned()
            .unwrap_or_default()
        {
            let Some(missing) = self.schedule.missing.get_mut(next.0 as usize) else {
                continue;
            };
            *missing = missing.saturating_sub(1);
            if *missing > 0 {
                continue;
            }
            let kind = self.setting.graph.get(next).map(|step| &step.kind);
            match kind {
                Some(StepKind::Members { cohort, .. }) if !self.cohorts.contains_key(&cohort.from) => {
                    self.schedule.cohorts_ready.insert(next);
                }
                _ => {
                    self.schedule.ready.insert(next);
                }
            }
        }
    }
}
