//! One request on its way: where it stands and what comes next.

use std::sync::Arc;

use super::event::Millis;
use crate::{
    graph::StepId,
    journal::StepKey,
    model::{MemberWrite, Operation, Payload, Request, Seq, SeqSet, Side},
};

/// Why members are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// Whether somebody changed them since the difference was computed.
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
pub(super) enum Next {
    /// Its members are looked at.
    Look(Why),
    /// Its intent is written down, then it is sent.
    Intend,
    /// It is sent; the intent is durable.
    Send,
}

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Goes on as soon as the system takes another request.
    Ready(Next),
    /// Goes on at this time.
    Until(Millis, Next),
    /// Its members are being looked at.
    Looking(Why),
    /// Its intent is being written down.
    Intending,
    /// It was sent.
    Sending,
}

impl Stage {
    /// True while somebody else has to say something.
    pub(super) fn is_busy(self) -> bool {
        matches!(self, Self::Looking(_) | Self::Intending | Self::Sending)
    }
}

/// Whose request it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    /// A step that is not about members.
    Step(StepId),
    /// The cohort that begins here.
    Cohort(Seq),
    /// An earlier start of the run.
    Earlier,
}

/// One request on its way.
#[derive(Debug, Clone)]
pub(super) struct Flight {
    pub(super) side: Side,
    pub(super) step: StepKey,
    pub(super) owner: Owner,
    pub(super) request: Arc<Request>,
    pub(super) stage: Stage,
    /// Whether an intent is open: written down, and without an outcome.
    pub(super) intended: bool,
    /// Whether it takes one of the places that the system's limit gives.
    pub(super) placed: bool,
    /// How often it was tried or looked at in vain.
    pub(super) attempts: u32,
}

impl Flight {
    /// The kind of operation.
    pub(super) fn operation(&self) -> Operation {
        self.request.operation
    }

    /// Its members.
    pub(super) fn writes(&self) -> &[MemberWrite] {
        match &self.request.payload {
            Payload::Members(writes) => writes,
            _ => &[],
        }
    }

    /// The places of its members.
    pub(super) fn seqs(&self) -> SeqSet {
        self.writes().iter().map(|write| write.seq).collect()
    }
}
