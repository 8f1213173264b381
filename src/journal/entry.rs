//! The things that are written down, as plain values.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::{
    ContactId, Email, EmailKey, JobHandle, OfferingKey, Operation, RequestId, Seq, SeqSet, Side, TagName,
};

/// What was asked for, in a form that stays the same however the members are packed: an operation
/// of members, or one thing that is made before them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepKey(String);

impl StepKey {
    /// An operation of members.
    pub fn operation(operation: Operation) -> Self {
        Self(operation.word().to_owned())
    }

    /// An offering.
    pub fn offering(key: &OfferingKey) -> Self {
        Self(format!("offering {key}"))
    }

    /// A tag.
    pub fn tag(side: Side, tag: &TagName) -> Self {
        match side {
            Side::Site => Self(format!("tag {tag}")),
            Side::Contacts => Self(format!("contact tag {tag}")),
        }
    }

    /// An email.
    pub fn email(key: &EmailKey) -> Self {
        Self(format!("email {key}"))
    }

    /// The operation of members that it is, if it is one.
    pub fn as_operation(&self) -> Option<Operation> {
        Operation::sequence(true).find(|operation| operation.word() == self.0)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn from_text(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Display for StepKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What is known of a member in a step. The latest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Done, and known to be.
    Confirmed,
    /// Taken by a system whose answers have to be read back, or done in part: not all requests with changes of the
    /// member are through.
    Accepted,
    /// Not as the change set says: blocked.
    Moved,
    /// Turned away by the system.
    Refused,
    /// Not done, and to be sent again.
    Again,
}

impl Status {
    /// All, in the order of reports.
    pub const ALL: [Self; 5] = [
        Self::Confirmed,
        Self::Accepted,
        Self::Moved,
        Self::Refused,
        Self::Again,
    ];

    /// The word for reports and the file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Accepted => "accepted",
            Self::Moved => "moved",
            Self::Refused => "refused",
            Self::Again => "again",
        }
    }

    pub(super) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }
}

/// A member that was blocked or rejected, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// In which step.
    pub step: StepKey,
    /// Place in the change set.
    pub seq: Seq,
    /// The member.
    pub email: Email,
    /// [`Status::Moved`] or [`Status::Refused`].
    pub status: Status,
    /// Why, for people.
    pub why: String,
}

/// How much an event matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// For the record.
    Note,
    /// Something went wrong and was dealt with.
    Warning,
    /// The run stopped here.
    Stop,
}

impl Level {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Stop => "stop",
        }
    }

    pub(super) fn from_word(word: &str) -> Self {
        match word {
            "note" => Self::Note,
            "warning" => Self::Warning,
            _ => Self::Stop,
        }
    }
}

/// One thing to write down. Several go into one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// A request is about to leave.
    Intent {
        /// Which.
        request: RequestId,
        /// What it is a part of.
        step: StepKey,
        /// Whom it is about; empty if it is not about members.
        seqs: SeqSet,
    },
    /// What became of a request, or of members who had nothing to do in a step.
    Outcome {
        /// Which request; `None` if none was needed.
        request: Option<RequestId>,
        /// What it is a part of.
        step: StepKey,
        /// Who ended how. For a step that is not about members: one status with an empty set.
        outcomes: Vec<(Status, SeqSet)>,
        /// The members that were blocked or rejected.
        exceptions: Vec<Exception>,
        /// Contact IDs learned.
        learned: Vec<(Seq, ContactId)>,
    },
    /// A system applies what it accepted as a job, which can be polled.
    Job {
        /// What it is a part of.
        step: StepKey,
        /// Whom it is about.
        seqs: SeqSet,
        /// How the system calls it.
        handle: JobHandle,
    },
    /// A person confirmed that the run may continue after a wave.
    WaveAnswer {
        /// Which wave, counted from 0.
        wave: u32,
    },
    /// Something to be found in the log.
    Event {
        /// How much it matters.
        level: Level,
        /// What happened.
        text: String,
    },
}
