//! What became of a request's members, written down and counted.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    context::PlantedBug,
    in_flight::{InFlightRequest, Owner},
    state::Engine,
};
use crate::{
    journal::{Entry, Exception, Status},
    model::{ContactId, RequestId, Seq, SeqSet, Side},
    run::event::{Command, End},
};

impl Engine {
    /// Writes down what became of a request's members and keeps count of it.
    pub(crate) fn record(
        &mut self,
        id: RequestId,
        flight: &InFlightRequest,
        mut outcomes: BTreeMap<Status, SeqSet>,
        mut exceptions: Vec<Exception>,
        learned: Vec<(Seq, ContactId)>,
    ) {
        self.settle(flight, &mut outcomes, &mut exceptions);
        for exception in &exceptions {
            outcomes
                .entry(exception.status)
                .or_default()
                .insert(exception.seq);
            if self
                .counts
                .excluded
                .insert(exception.seq, exception.status)
                .is_none()
            {
                match exception.status {
                    Status::Moved => self.counts.moved += 1,
                    _ => self.counts.failed += 1,
                }
            }
        }
        self.counts.handled += self.at_their_end(flight, &outcomes);
        if let Some(done) = outcomes.get(&Status::Confirmed) {
            self.counts
                .confirmed
                .entry(flight.operation())
                .or_default()
                .extend(done);
        }
        if let Owner::Cohort(from) = flight.owner
            && let Some(group) = self.cohorts.get_mut(&from)
        {
            group.contact_ids.extend(learned.iter().cloned());
            if group.cohort.wave == 0 && flight.side == Side::Site && !self.setting.yes {
                self.life.first = Some(Arc::clone(&flight.request));
            }
        }
        self.counts.exceptions.extend(exceptions.iter().cloned());
        outcomes.retain(|_, set| !set.is_empty());
        self.requests.jobs.settle(&flight.step, &outcomes);
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

    /// Members of a request for whom it was the last of the step; without such steps, all of them.
    fn at_their_end(&self, flight: &InFlightRequest, outcomes: &BTreeMap<Status, SeqSet>) -> u64 {
        if !self.setting.splits_members(flight.operation()) {
            return flight.writes().len() as u64;
        }
        let ends = [Status::Confirmed, Status::Moved, Status::Refused];
        ends.iter()
            .filter_map(|status| outcomes.get(status))
            .map(SeqSet::len)
            .sum()
    }

    /// What a request's outcomes say about its members if their changes are in several requests: a member who was
    /// rejected in another one stays so, and none is confirmed before the last.
    pub(crate) fn settle(
        &mut self,
        flight: &InFlightRequest,
        outcomes: &mut BTreeMap<Status, SeqSet>,
        exceptions: &mut Vec<Exception>,
    ) {
        if self.setting.splits_members(flight.operation()) {
            exceptions.retain(|exception| !self.counts.excluded.contains_key(&exception.seq));
            let known = flight.writes().iter().map(|write| write.seq);
            let turned_away = known.filter_map(|seq| Some((seq, *self.counts.excluded.get(&seq)?)));
            for (seq, status) in turned_away {
                let one = SeqSet::range(seq, seq.saturating_add(1));
                for set in outcomes.values_mut() {
                    set.subtract(&one);
                }
                outcomes.entry(status).or_default().extend(&one);
            }
            if let Owner::Cohort(from) = flight.owner
                && let Some(group) = self.cohorts.get_mut(&from)
                && !self.setting.planted(PlantedBug::FirstBatchIsAll)
            {
                group.parts.settle(outcomes);
            }
        }
    }

    /// The breaker.
    pub(crate) fn trip(&mut self) {
        let rules = self.setting.rules;
        if self.counts.handled < rules.breaker_after {
            return;
        }
        if self.counts.failed * 100 > rules.failed_percent * self.counts.handled {
            self.drain(End::TooManyFailed);
        } else if self.counts.moved * 100 > rules.moved_percent * self.counts.handled {
            self.drain(End::TooManyMoved);
        }
    }
}
