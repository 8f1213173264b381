//! What the engine is told, what it asks for, and what a person is told meanwhile: plain values.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{
    changeset::MemberChanges,
    journal::Entry,
    model::{
        Answer, Checkpoint, ContactId, Email, Fault, Looked, MemberState, Request, RequestId, Seq, Side,
    },
};

/// A moment in Unix milliseconds.
pub type Millis = i64;

/// What members are wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LoadFor {
    /// The cohort that begins at `from` goes through its operations.
    Cohort,
    /// A request of an earlier run is in doubt.
    Doubt(RequestId),
}

/// Members that the engine needs, from `from` up to, and without, `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Load {
    /// The first.
    pub from: Seq,
    /// The one after the last.
    pub to: Seq,
    /// What for.
    pub what_for: LoadFor,
}

/// What happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// The run begins.
    Start,
    /// The lease was taken, or why not.
    Leased(Result<(), String>),
    /// Members were read from the change set, and contact IDs that earlier work learned.
    Loaded {
        /// What was asked for.
        load: Load,
        /// The members, in order.
        members: Vec<MemberChanges>,
        /// Contact IDs from the journal.
        contact_ids: Vec<(Seq, ContactId)>,
    },
    /// They could not be read.
    LoadFailed {
        /// Why.
        why: String,
    },
    /// An intent is durable.
    Intended(RequestId),
    /// A request was answered, or not.
    Answered {
        /// Which.
        request: RequestId,
        /// The answer, or the fault.
        result: Result<Answer, Fault>,
    },
    /// Members were read as they are now, or not.
    Looked {
        /// The request whose members they are.
        request: RequestId,
        /// What was seen, or the fault.
        result: Result<Looked, Fault>,
    },
    /// A person answered whether the next wave may go.
    Replied {
        /// After which wave.
        wave: u32,
        /// Whether it may.
        yes: bool,
    },
    /// A system is gone: its thread ended, and nothing that was asked of it will be answered.
    Gone {
        /// Which.
        side: Side,
        /// Why.
        why: String,
    },
    /// The time that was asked for has come.
    Woken,
    /// A person wants the run to stop.
    Interrupted,
}

/// A command of the engine.
#[derive(Debug, Clone)]
pub enum Command {
    /// Take the lease of the site.
    TakeLease,
    /// Renew it, before what follows.
    RenewLease,
    /// Read members from the change set, once all that was written before is durable.
    Load(Load),
    /// Write this down, in this order. An intent is answered by [`Event::Intended`] once it is durable.
    Write(Entry),
    /// Send a request.
    Send {
        /// To whom.
        side: Side,
        /// What.
        request: Arc<Request>,
    },
    /// Read the members of a request as they are now.
    Look {
        /// Where.
        side: Side,
        /// Whose members.
        request: Arc<Request>,
    },
    /// Come back with [`Event::Woken`] at this time; replaces an earlier wish.
    Wake {
        /// When.
        at: Millis,
    },
    /// Ask a person.
    Ask(Question),
    /// Tell a person.
    Tell(RunEvent),
    /// The run is over, for now or for good.
    Finish(End),
}

/// What a person is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "question", rename_all = "kebab-case")]
pub enum Question {
    /// Whether the next wave may go.
    NextWave {
        /// The wave that is through, counted from 0.
        wave: u32,
        /// Members in it.
        members: u32,
        /// Members that failed so far.
        failed: u64,
        /// Members that were blocked so far.
        held: u64,
        /// Members that are left.
        left: u64,
        /// The first member, as it is on the site now.
        seen: Vec<(Email, MemberState)>,
    },
}

/// What part of a run is going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// Requests of an earlier run are looked at.
    Settling,
    /// Offerings, tags and emails are made.
    Preparing,
    /// Members go through.
    Members,
}

/// What a person sees while the run continues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum RunEvent {
    /// The run begins, or continues.
    Started {
        /// Its number in the journal.
        run: u64,
        /// Members in all.
        members: u64,
        /// Whether it continues from an earlier start.
        resumed: bool,
        /// Requests whose outcome is not known and that are looked at first.
        doubts: usize,
    },
    /// How far it is.
    Progress {
        /// Which part.
        phase: Phase,
        /// Members (or things to prepare) that are done.
        done: u64,
        /// Of how many.
        total: u64,
        /// Requests under way.
        in_flight: usize,
        /// Members that failed.
        failed: u64,
        /// Members that were blocked since they moved.
        held: u64,
        /// Why nothing moves, where that is so.
        waiting: Option<String>,
    },
    /// A wave is through.
    WaveThrough {
        /// Which, counted from 0.
        wave: u32,
        /// Members in it.
        members: u32,
    },
    /// Something went wrong and is dealt with.
    Trouble {
        /// Where.
        side: Side,
        /// What, and what is done about it.
        text: String,
    },
    /// The run stops once what is under way has ended.
    Stopping {
        /// Why.
        why: String,
    },
}

/// How a run came to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "end", rename_all = "kebab-case")]
pub enum End {
    /// Everything is applied.
    Done,
    /// At its end, but members failed or were blocked.
    Partly,
    /// Too many members failed.
    TooManyFailed,
    /// Too many members had moved.
    TooManyMoved,
    /// A person has to do something first.
    Waiting {
        /// What.
        checkpoints: Vec<Checkpoint>,
    },
    /// A person stopped it.
    Interrupted,
    /// A person said no.
    Declined {
        /// After which wave, counted from 0.
        wave: u32,
    },
    /// A system asks for a long pause: its quota is used up.
    Quota {
        /// When to continue, in Unix milliseconds.
        until: Millis,
    },
    /// Another run holds the lease, or it was lost.
    Leased {
        /// Who, in words.
        why: String,
    },
    /// The change set cannot be read.
    Unreadable {
        /// Why.
        why: String,
    },
    /// A system cannot be worked with.
    Stopped {
        /// Which.
        side: Side,
        /// Why.
        fault: Fault,
    },
    /// What was in doubt is known now; nothing else was asked for.
    Settled,
}

impl End {
    /// A sentence for people, without a full stop.
    pub fn why(&self) -> String {
        match self {
            Self::Done => "complete".to_owned(),
            Self::Partly => "finished, but some members failed or were blocked".to_owned(),
            Self::TooManyFailed => "too many members failed".to_owned(),
            Self::TooManyMoved => {
                "too many members were changed since the difference was computed".to_owned()
            }
            Self::Waiting { checkpoints } => {
                let keys: Vec<&str> = checkpoints.iter().map(|point| point.key.as_str()).collect();
                format!("waiting for a person to confirm: {}", keys.join(", "))
            }
            Self::Interrupted => "interrupted".to_owned(),
            Self::Declined { wave } => format!("declined after wave {}", u64::from(*wave) + 1),
            Self::Quota { .. } => "the quota of a system is used up".to_owned(),
            Self::Leased { why } | Self::Unreadable { why } => why.clone(),
            Self::Stopped { fault, .. } => fault.to_string(),
            Self::Settled => "everything in doubt is settled".to_owned(),
        }
    }
}
