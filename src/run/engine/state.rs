//! The state of a run; the other files of the engine change it.

use std::collections::BTreeMap;

use super::{
    context::{PlantedBug, RunContext},
    counts::Counts,
    group::Group,
    jobs::Jobs,
    lifecycle::Lifecycle,
    pending::PendingRequests,
    schedule::Schedule,
};
use crate::{
    model::Seq,
    run::event::{Command, Millis},
};

/// The run as a state machine. It neither reads a clock nor touches anything: what happened comes
/// in by [`Engine::on`], commands come out.
#[derive(Debug)]
pub struct Engine {
    pub(crate) setting: RunContext,
    pub(crate) now: Millis,
    pub(crate) out: Vec<Command>,
    pub(crate) rng: fastrand::Rng,
    pub(crate) schedule: Schedule,
    /// The cohorts in memory, by their first member.
    pub(crate) cohorts: BTreeMap<Seq, Group>,
    pub(crate) requests: PendingRequests,
    pub(crate) counts: Counts,
    pub(crate) life: Lifecycle,
}

impl Engine {
    /// A run at its beginning, or where earlier starts left it.
    pub fn new(mut setting: RunContext) -> Self {
        let mut jobs = Jobs::new(std::mem::take(&mut setting.progress.jobs));
        if setting.planted(PlantedBug::ForgetJobs) {
            jobs = Jobs::default();
        }
        Self {
            now: 0,
            out: Vec::new(),
            rng: fastrand::Rng::with_seed(setting.seed),
            schedule: Schedule::new(&setting.graph),
            cohorts: BTreeMap::new(),
            requests: PendingRequests::new(setting.progress.next_request, jobs),
            counts: Counts::new(&setting),
            life: Lifecycle::new(),
            setting,
        }
    }
}
