//! The steps of a run in; which of them may start, out.

use std::collections::BTreeSet;

use crate::{
    graph::{StepGraph, StepId},
    model::Checkpoint,
};

/// Which steps wait for what.
#[derive(Debug)]
pub(crate) struct Schedule {
    /// For each step, how many steps it still needs.
    pub(crate) missing: Vec<u32>,
    /// For each step, those that need it.
    pub(crate) needed_by: Vec<Vec<StepId>>,
    /// Steps that may start.
    pub(crate) ready: BTreeSet<StepId>,
    /// The same, of cohorts that are not loaded.
    pub(crate) cohorts_ready: BTreeSet<StepId>,
    pub(crate) steps_done: usize,
    /// Checkpoints that a person has not confirmed.
    pub(crate) waiting_for: Vec<Checkpoint>,
}

impl Schedule {
    /// At the beginning: what needs nothing may start.
    pub(crate) fn new(graph: &StepGraph) -> Self {
        let steps = &graph.steps;
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
        Self {
            missing,
            needed_by,
            ready,
            cohorts_ready: BTreeSet::new(),
            steps_done: 0,
            waiting_for: Vec::new(),
        }
    }
}
