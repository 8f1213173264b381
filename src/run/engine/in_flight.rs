//! One request in flight: its state and what comes next.

use std::sync::Arc;

use crate::{
    graph::StepId,
    journal::StepKey,
    model::{MemberWrite, Operation, Payload, Request, Seq, SeqSet, Side},
    run::event::Millis,
};

/// Why members are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// Whether they were changed since the difference was computed.
    Before,
    /// What became of a request that was not answered.
    Doubt,
    /// Whether what was accepted can be seen.
    ReadBack,
    /// So that a person can see the first member, all the way through.
    Show,
}

/// What a request does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    /// Its members are looked at.
    Look(Why),
    /// Its intent is written down, then it is sent.
    Intend,
    /// It is sent; the intent is durable.
    Send,
}

/// The state of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Goes on as soon as the system takes another request.
    Ready(Next),
    /// Goes on at this time.
    AccessEnd(Millis, Next),
    /// Its members are being looked at.
    Looking(Why),
    /// Its intent is being written down.
    Intending,
    /// It was sent.
    Sending,
}

impl Stage {
    /// True while it waits for a response.
    pub(crate) fn is_busy(self) -> bool {
        matches!(self, Self::Looking(_) | Self::Intending | Self::Sending)
    }
}

/// Whose request it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A step that is not about members.
    Step(StepId),
    /// The cohort that begins here.
    Cohort(Seq),
    /// An earlier start of the run.
    Earlier,
}

/// One request on its way.
#[derive(Debug, Clone)]
pub(crate) struct InFlightRequest {
    pub(crate) side: Side,
    pub(crate) step: StepKey,
    pub(crate) owner: Owner,
    pub(crate) request: Arc<Request>,
    pub(crate) stage: Stage,
    /// Whether an intent is open: written down, and without an outcome.
    pub(crate) intended: bool,
    /// Whether it takes one of the places that the system's limit gives.
    pub(crate) placed: bool,
    /// How often it was tried or looked at in vain.
    pub(crate) attempts: u32,
}

impl InFlightRequest {
    /// The kind of operation.
    pub(crate) fn operation(&self) -> Operation {
        self.request.operation
    }

    /// Its members.
    pub(crate) fn writes(&self) -> &[MemberWrite] {
        match &self.request.payload {
            Payload::Members(writes) => writes,
            _ => &[],
        }
    }

    /// The places of its members.
    pub(crate) fn seqs(&self) -> SeqSet {
        self.writes().iter().map(|write| write.seq).collect()
    }
}
