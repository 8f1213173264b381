//! What a run is asked for, what it says meanwhile, and what it reports.

use serde::{Deserialize, Serialize};

#[cfg(any(test, feature = "planted-bugs"))]
use super::PlantedBug;
use super::{End, Millis, Question, Rules, RunEvent, RunMode, Tally};
use crate::{
    changeset::{Header, MemberChanges},
    graph::{COHORT, Waves},
    journal::{JournalError, RunId, RunState, SignOff},
    model::{Email, Seq},
    systems::{Lease, SystemError},
};

/// The members of a change set.
pub trait Members {
    /// What the change set says of itself.
    fn header(&self) -> &Header;
    /// The members with work from `from` up to, and without, `to`: all of them, in order.
    fn range(&mut self, from: Seq, to: Seq) -> Result<Vec<MemberChanges>, String>;
    /// The place of a member among those with work.
    fn find(&mut self, email: &Email) -> Result<Option<Seq>, String>;
}

/// What a person says to a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// Yes.
    Yes,
    /// No, or nobody is there.
    No,
    /// Ctrl-C, or SIGTERM.
    Interrupted,
}

/// The person at the run, and the clock.
pub trait Host {
    /// Gets how it goes.
    fn on(&mut self, event: &RunEvent);
    /// Is asked.
    fn ask(&mut self, question: &Question) -> Reply;
    /// The time in Unix milliseconds.
    fn now_ms(&self) -> Millis;
}

/// Where wishes to stop come from.
#[derive(Debug)]
pub enum Interrupts {
    /// From nowhere.
    None,
    /// Ctrl-C and SIGTERM.
    Signals,
    /// From another thread.
    Channel(tokio::sync::mpsc::UnboundedReceiver<()>),
}

/// What a run is asked for.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// The change set's own identity: a hash of it. The same again is the same run.
    pub fingerprint: String,
    /// Where the change set is, for the journal.
    pub change_set: String,
    /// In waves, or all at once.
    pub waves: Waves,
    /// Members that go together at most.
    pub cohort: u32,
    /// Whether waves continue without a prompt.
    pub yes: bool,
    /// To apply, or only to settle what is in doubt.
    pub goal: RunMode,
    /// What is accepted with this start of the run, besides what its change set says.
    pub accepted: Option<SignOff>,
    /// Who writes.
    pub lease: Lease,
    /// Where the jitter of pauses begins.
    pub seed: u64,
    /// Limits and patience.
    pub rules: Rules,
    /// A deliberate fault.
    #[cfg(any(test, feature = "planted-bugs"))]
    pub planted: Option<PlantedBug>,
}

impl RunOptions {
    /// The usual: growing waves, cohorts of 2,000, asked after each wave.
    pub fn new(fingerprint: impl Into<String>, change_set: impl Into<String>, lease: Lease) -> Self {
        Self {
            fingerprint: fingerprint.into(),
            change_set: change_set.into(),
            waves: Waves::Growing,
            cohort: COHORT,
            yes: false,
            goal: RunMode::CarryOut,
            accepted: None,
            lease,
            seed: 0,
            rules: Rules::default(),
            #[cfg(any(test, feature = "planted-bugs"))]
            planted: None,
        }
    }
}

/// How a run ended, as the exit status knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExitClass {
    /// Done, or nothing to do: 0.
    Done,
    /// An error: 1. Also a lease held by another, and the answer "no".
    Stopped,
    /// Applied in part: failed or held members, the breaker, a quota: 3.
    Partly,
    /// Stopped since the world moved: 5.
    Moved,
    /// Waits at a checkpoint: 6.
    Waiting,
    /// Stopped by a person: 130.
    Interrupted,
}

impl End {
    /// The class of exit status.
    pub fn exit(&self) -> ExitClass {
        match self {
            Self::Done | Self::Settled => ExitClass::Done,
            Self::Partly | Self::TooManyFailed | Self::Quota { .. } => ExitClass::Partly,
            Self::TooManyMoved => ExitClass::Moved,
            Self::Waiting { .. } => ExitClass::Waiting,
            Self::Interrupted => ExitClass::Interrupted,
            Self::Declined { .. } | Self::Leased { .. } | Self::Unreadable { .. } | Self::Stopped { .. } => {
                ExitClass::Stopped
            }
        }
    }

    /// The state of the run in the journal afterwards.
    pub fn state(&self) -> RunState {
        match self {
            Self::Done => RunState::Done,
            Self::Partly => RunState::Partly,
            Self::TooManyMoved => RunState::Stopped,
            _ => RunState::Open,
        }
    }
}

/// Where the time went, in milliseconds. What runs beside something else counts in both.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// From beginning to end.
    pub total: f64,
    /// Inside the journal: reading it at the start, and every commit.
    pub journal: f64,
    /// Inside the site.
    pub site: f64,
    /// Waiting for answers of the contact system, summed over requests.
    pub contacts: f64,
    /// Reading the change set.
    pub change_set: f64,
    /// From the beginning to the first request that was sent; `None` if none was.
    pub first_request: Option<f64>,
}

/// What a run did.
#[derive(Debug, Clone, PartialEq)]
pub struct RunReport {
    /// Its number in the journal.
    pub run: RunId,
    /// Whether it went on from an earlier start.
    pub resumed: bool,
    /// How it ended.
    pub end: End,
    /// Members by outcome, with reasons.
    pub tally: Tally,
    /// Requests whose outcome is not known; looked at first by the next start.
    pub doubts: usize,
    /// Where the time went.
    pub timings: Timings,
}

impl RunReport {
    /// The class of exit status.
    pub fn exit(&self) -> ExitClass {
        self.end.exit()
    }

    /// Reasons why members failed or were blocked, with counts, the most frequent first.
    pub fn reasons(&self) -> Vec<(String, u64)> {
        let mut counts = std::collections::BTreeMap::<&str, u64>::new();
        for exception in &self.tally.exceptions {
            *counts.entry(&exception.why).or_default() += 1;
        }
        let mut list: Vec<(String, u64)> = counts
            .into_iter()
            .map(|(why, count)| (why.to_owned(), count))
            .collect();
        list.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        list
    }
}

/// Why a run cannot begin or resume. The journal has everything that was sent, as far as it could be written.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A system.
    #[error(transparent)]
    System(#[from] SystemError),
    /// The change set.
    #[error("the change set cannot be read: {0}")]
    ChangeSet(String),
    /// Another run is not at its end.
    #[error(
        "run {run} of another change set ({change_set}) has not finished; its requests in doubt must be \
         settled before another run begins"
    )]
    AnotherRun {
        /// Which.
        run: RunId,
        /// Its change set.
        change_set: String,
    },
    /// The machine gives no thread, timer or signal.
    #[error("cannot start the run: {0}")]
    Machine(#[from] std::io::Error),
}
