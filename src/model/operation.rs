//! What is asked of a system, and what it says for each member: data that is saved and sent.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    Action, Change, ContactId, Email, EmailTarget, Fault, JobHandle, MemberState, OfferingTarget, TagName,
};

/// A member's place in a change set, counted from 0 in order of e-mail.
pub type Seq = u32;

/// One packing of effects, as it stands in the journal before it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(pub u64);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "r{}", self.0)
    }
}

/// The kinds of operation, in the order in which a cohort goes through them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// Make sure that an offering and its tags exist.
    Offering,
    /// Make sure that a tag exists.
    Tag,
    /// Make sure that an email exists on the site.
    Email,
    /// Contact system: create and update contacts; gives contact IDs.
    Contacts,
    /// Site: user, link and the site's tags (managed: contact, fields and consent too) in one write.
    Members,
    /// Contact system: add and remove tags.
    ContactTags,
}

impl Operation {
    /// The word for reports and the journal.
    pub fn word(self) -> &'static str {
        match self {
            Self::Offering => "offering",
            Self::Tag => "tag",
            Self::Email => "email",
            Self::Contacts => "contacts",
            Self::Members => "members",
            Self::ContactTags => "contact-tags",
        }
    }
}

/// The changes of one member that one operation carries out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberWrite {
    /// Place in the change set.
    pub seq: Seq,
    /// The member.
    pub email: Email,
    /// The member's contact ID, where it is known: on the contact system for tags and updates, on
    /// the site as the value of a link that was not known when the difference was computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact_id: Option<ContactId>,
    /// What to do; every change is work and of this operation's side.
    pub changes: Vec<Change>,
}

impl MemberWrite {
    /// Where the member may stand: under the address that it is given up for, where it is renamed, and
    /// under the one it is known by.
    pub fn old_address(&self) -> Option<&str> {
        let rename = self
            .changes
            .iter()
            .find(|change| change.action == Action::Rename)?;
        rename.before.as_deref()
    }
}

/// What a request carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Payload {
    /// For [`Operation::Offering`].
    Offering(OfferingTarget),
    /// For [`Operation::Tag`].
    Tag(TagName),
    /// For [`Operation::Email`].
    Email(EmailTarget),
    /// For the other three, in order of e-mail.
    Members(Vec<MemberWrite>),
}

/// One packing of effects, cut when it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Unique in the state directory; the idempotency key where a system knows such.
    pub id: RequestId,
    /// What kind.
    pub operation: Operation,
    /// Who granted: the migration's name, kept on the site beside every tag that is added.
    pub granted_by: String,
    /// What.
    pub payload: Payload,
    /// Jobs that earlier answers about these members handed out, for a look at what became of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub jobs: Vec<JobHandle>,
}

/// What a system says of one member of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemOutcome {
    /// Done, and the system says so after doing it.
    Confirmed {
        /// The contact's ID, from operations that make or find contacts.
        contact_id: Option<ContactId>,
    },
    /// Taken; true only once read back.
    Accepted {
        /// The contact's ID, if the system gives it already.
        contact_id: Option<ContactId>,
    },
    /// The member is not as the change set says; nothing was done.
    Moved {
        /// What differs, for people.
        what: String,
    },
    /// The system does not take this member; nothing was done.
    Refused {
        /// Why, in the system's words.
        why: String,
    },
}

/// What a system says of one request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// An outcome a member, in the request's order; one item with `seq` 0 for the other payloads.
    pub items: Vec<(Seq, ItemOutcome)>,
    /// What became of the members without an item, where something failed after those with one were answered.
    pub rest: Option<Fault>,
    /// The job that carries out what was only accepted. It is durable with the outcome, and a look at these members
    /// gets it back ([`Request::jobs`]), also after a kill.
    pub job: Option<JobHandle>,
    /// True where the system stopped before the end of the request (its time was over): members without an
    /// item were not begun.
    pub goes_on: bool,
}

/// What reading found for the members of a request, in the request's order.
pub type Looked = Vec<(Seq, MemberState)>;
