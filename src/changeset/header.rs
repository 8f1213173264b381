//! What a change set says of itself, and of one member.

use serde::{Deserialize, Serialize};

use crate::{
    diff::{Accepted, Limits, Setup},
    model::{Account, Change, Email, Seq, TagRefs, Targets},
};

/// Where a change set comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeSetKind {
    /// A plan's difference.
    Plan,
    /// The way back from a run.
    Undo {
        /// The run's number in the journal.
        run: u64,
    },
}

/// Version of the file format that this Rehome writes and reads.
pub const FORMAT: u32 = 4;

/// What a person accepted when the difference was computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedBy {
    /// What.
    pub what: Accepted,
    /// Who.
    pub who: String,
    /// When, in Unix milliseconds.
    pub at: i64,
}

impl AcceptedBy {
    /// What `who` accepts at a moment, in Unix milliseconds; `None` if it is nothing.
    pub fn new(what: Accepted, who: String, at: i64) -> Option<Self> {
        (!what.is_empty()).then_some(Self { what, who, at })
    }
}

/// The first thing in a change set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Version of the file's format.
    pub format: u32,
    /// Where it comes from.
    pub kind: ChangeSetKind,
    /// What should exist besides members, and where.
    pub targets: Targets,
    /// The plan's folder, to which paths are relative.
    pub base: String,
    /// The name of the plan's file in that folder.
    #[serde(default)]
    pub plan: String,
    /// The limits of the plan; `None` for an undo, which has none.
    #[serde(default)]
    pub limits: Option<Limits>,
    /// The site it was computed for.
    pub site: Account,
    /// The contact system it was computed for; `None` with managed contacts.
    pub contacts: Option<Account>,
    /// Fingerprint of plan, environment, sources and `as_of`, in hex.
    pub inputs: String,
    /// The day it was computed for.
    pub as_of: jiff::civil::Date,
    /// When it was computed, in Unix milliseconds: two change sets are never the same one.
    pub computed: i64,
    /// What was accepted when it was computed; `None` if nothing was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<AcceptedBy>,
    /// The fingerprint of what it would do, by which a person signs it; `None` until all of it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    /// What is made before any member.
    pub setup: Setup,
    /// Tags that a system knows under another spelling or by an ID.
    #[serde(default, skip_serializing_if = "TagRefs::is_empty")]
    pub tags: TagRefs,
    /// Members with something to apply; their `seq` counts from 0 to this.
    pub members: Seq,
}

impl Header {
    /// What was accepted when it was computed.
    pub fn accepted(&self) -> Accepted {
        self.accepted
            .as_ref()
            .map_or_else(Accepted::default, |accepted| accepted.what)
    }
}

/// All changes of one member: those to apply and those that are only listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberChanges {
    /// Place among the members with something to apply; `None` if everything is only listed.
    pub seq: Option<Seq>,
    /// The member.
    pub email: Email,
    /// The contact ID, if the contact already exists.
    pub contact_id: Option<crate::model::ContactId>,
    /// There was a user with this contact when the difference was computed. The changes are applied only while there is.
    pub user: bool,
    /// From this moment on (Unix milliseconds) the plan wants something else for the member: access ends, or a module
    /// opens. Then the changes are not applied any more.
    pub until: Option<i64>,
    /// The changes, in the order of [`crate::model::Attribute`] within a side.
    pub changes: Vec<Change>,
}
