//! Outcomes in; which members are where, and how many, out.

use std::collections::BTreeMap;

use super::context::{PlantedBug, RunContext};
use crate::{
    journal::{Exception, Status, StepKey},
    model::{Operation, Seq, SeqSet},
};

/// How many members stand how, and why not all are done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// Members in all.
    pub members: u64,
    /// Members for whom everything is done, earlier starts included.
    pub done: u64,
    /// Members that failed or were blocked in this start, with reasons, in order.
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

/// What became of members so far.
#[derive(Debug)]
pub(crate) struct Counts {
    /// Who is confirmed in each operation, earlier starts included.
    pub(crate) confirmed: BTreeMap<Operation, SeqSet>,
    /// Members that this start leaves alone.
    pub(crate) excluded: BTreeMap<Seq, Status>,
    pub(crate) exceptions: Vec<Exception>,
    pub(crate) failed: u64,
    pub(crate) moved: u64,
    /// Members of requests that ended, once for each.
    pub(crate) handled: u64,
    /// Members of cohorts that are through.
    pub(crate) done: u64,
    /// Requests that were sent.
    pub(crate) sent: u64,
}

impl Counts {
    /// What earlier starts confirmed.
    pub(crate) fn new(setting: &RunContext) -> Self {
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
            confirmed,
            excluded: BTreeMap::new(),
            exceptions: Vec::new(),
            failed: 0,
            moved: 0,
            handled: 0,
            done: 0,
            sent: 0,
        }
    }
}
