//! The phase of a start of a run: beginning, settling doubts, prompting, ending.

use std::sync::Arc;

use crate::{
    graph::StepId,
    model::Request,
    run::event::{End, Millis},
};

/// The phase of a start of a run.
#[derive(Debug)]
pub(crate) struct Lifecycle {
    /// The lease is taken, or it is known that it cannot be.
    pub(crate) started: bool,
    /// When the lease was renewed last.
    pub(crate) renewed: Millis,
    /// Doubts of earlier starts are looked at before anything else.
    pub(crate) settling: bool,
    pub(crate) settle_loads: usize,
    /// The request of the first wave, to be shown.
    pub(crate) first: Option<Arc<Request>>,
    /// The wave after which a person is being asked, and its step.
    pub(crate) asking: Option<(u32, StepId)>,
    pub(crate) interrupts: u32,
    /// When the engine is to be woken.
    pub(crate) wake: Option<Millis>,
    /// Why nothing new begins; what is under way ends first.
    pub(crate) draining: Option<End>,
    pub(crate) finished: bool,
}

impl Lifecycle {
    /// Before the start.
    pub(crate) fn new() -> Self {
        Self {
            started: false,
            renewed: 0,
            settling: true,
            settle_loads: 0,
            first: None,
            asking: None,
            interrupts: 0,
            wake: None,
            draining: None,
            finished: false,
        }
    }
}
