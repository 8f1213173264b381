//! What is asked of a system, and what it says for each member: data that is saved and sent.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    Action, Attribute, Change, ContactId, Email, EmailTarget, ExpectedOffering, Fault, JobHandle,
    MemberState, OfferingTarget, Preconditions, Side, TagId, TagName, TagRef,
};

/// A member's place in a change set, counted from 0, by email address.
pub type Seq = u32;

/// One batch of effects, as the journal has it before it is sent.
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

/// Which of a system's rules says what may be done after a lost answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LostAnswer {
    /// `Capabilities::after_lost_setup`.
    Setup,
    /// `Capabilities::after_lost_write`.
    Write,
    /// `Capabilities::after_lost_tags`.
    Tags,
}

/// What a request of an operation carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayloadKind {
    /// One offering, tag or email.
    Setup,
    /// Members with their changes.
    Members,
}

/// Everything that is the same wherever an operation is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OperationFacts {
    /// Which operation.
    pub operation: Operation,
    /// The word for reports and the journal.
    pub word: &'static str,
    /// Where it happens; `None` if it can happen on both sides.
    pub side: Option<Side>,
    /// The rule that applies after a lost response.
    pub lost_answer: LostAnswer,
    /// What its requests carry.
    pub payload: PayloadKind,
}

const fn facts(
    operation: Operation,
    word: &'static str,
    side: Option<Side>,
    lost_answer: LostAnswer,
    payload: PayloadKind,
) -> OperationFacts {
    OperationFacts {
        operation,
        word,
        side,
        lost_answer,
        payload,
    }
}

impl Operation {
    /// All operations, in the order in which a run goes through them.
    pub const TABLE: [OperationFacts; 6] = {
        use {LostAnswer as Lost, PayloadKind as Kind};
        let (site, contacts) = (Some(Side::Site), Some(Side::Contacts));
        [
            facts(Self::Offering, "offering", site, Lost::Setup, Kind::Setup),
            facts(Self::Tag, "tag", None, Lost::Setup, Kind::Setup),
            facts(Self::Email, "email", site, Lost::Setup, Kind::Setup),
            facts(Self::Contacts, "contacts", contacts, Lost::Write, Kind::Members),
            facts(Self::Members, "members", site, Lost::Write, Kind::Members),
            facts(
                Self::ContactTags,
                "contact-tags",
                contacts,
                Lost::Tags,
                Kind::Members,
            ),
        ]
    };

    /// Its row of the table.
    pub const fn facts(self) -> &'static OperationFacts {
        // The table has the order of the variants, which a test holds.
        &Self::TABLE[self as usize]
    }

    /// The word for reports and the journal.
    pub fn word(self) -> &'static str {
        self.facts().word
    }

    /// The side on which it happens; the site where both are possible.
    pub fn side(self) -> Side {
        self.facts().side.unwrap_or(Side::Site)
    }

    /// The operations that every cohort goes through, one after the other. With managed contacts
    /// everything is on the site.
    pub fn sequence(contact_system: bool) -> impl Iterator<Item = Self> + Clone {
        Self::TABLE
            .iter()
            .filter(move |facts| {
                facts.payload == PayloadKind::Members && (contact_system || facts.side == Some(Side::Site))
            })
            .map(|facts| facts.operation)
    }

    /// The operation that applies a change. `tags_with_contact`: the system takes the tags to add in the
    /// request that creates or updates the contact.
    pub fn carrying(change: &Change, tags_with_contact: bool) -> Self {
        let tag = matches!(change.attribute, Attribute::Tag(_));
        Self::carrying_kind(change.side, change.action, tag, tags_with_contact)
    }

    /// As [`Self::carrying`], for a change of which only this is known; `tag`: it is about a tag.
    pub fn carrying_kind(side: Side, action: Action, tag: bool, tags_with_contact: bool) -> Self {
        match (side, tag) {
            (Side::Site, _) => Self::Members,
            (Side::Contacts, true) if tags_with_contact && action == Action::AddTag => Self::Contacts,
            (Side::Contacts, true) => Self::ContactTags,
            (Side::Contacts, false) => Self::Contacts,
        }
    }
}

/// The changes of one member that one operation applies.
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
    /// What must still hold on the site; blank for the contact system.
    #[serde(default, skip_serializing_if = "Preconditions::is_empty")]
    pub expect: Preconditions,
    /// What to do; every change is work and of this operation's side.
    pub changes: Vec<Change>,
}

impl MemberWrite {
    /// Where the member may appear: under the address that it is given up for, where it is renamed, and
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
    /// For the other three, by email address.
    Members(Vec<MemberWrite>),
}

/// One packing of effects, cut when it is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Unique in the state directory; the idempotency key where a system knows such.
    pub id: RequestId,
    /// What kind.
    pub operation: Operation,
    /// Who granted: the migration's name, which the site stores with every tag that is added.
    pub granted_by: String,
    /// The names under which the same migration granted before: what they gave is its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub was: Vec<String>,
    /// The offerings whose tags it adds or removes, as they must be on the site.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offerings: Vec<ExpectedOffering>,
    /// What.
    pub payload: Payload,
    /// The tags that it adds or removes and whose IDs are known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<TagRef>,
    /// Jobs that earlier answers about these members handed out, for a look at what became of them. Some may be over.
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
    /// The job that applies what was only accepted. It is durable with the outcome, and a look at these members
    /// gets it back ([`Request::jobs`]), also after a kill.
    pub job: Option<JobHandle>,
    /// The ID of the tag that the request created or found, where the system gives tags IDs and the response has it.
    /// Later requests about this tag carry it ([`Request::tags`]).
    pub tag_id: Option<TagId>,
    /// True where the system stopped before the end of the request (its time was over): members without an
    /// item were not begun.
    pub goes_on: bool,
}

/// What reading found for the members of a request, in the request's order. For the other payloads: one item with
/// `seq` 0 if the thing exists as the request wants it, none where it does not.
pub type Looked = Vec<(Seq, MemberState)>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_the_order_of_the_operations() {
        for (at, facts) in Operation::TABLE.iter().enumerate() {
            assert_eq!(facts.operation as usize, at);
            assert_eq!(facts.operation.facts(), facts);
        }
        assert!(Operation::TABLE.is_sorted_by_key(|facts| facts.operation));
    }

    #[test]
    fn managed_contacts_are_one_operation_and_a_contact_system_has_three() {
        assert!(Operation::sequence(false).eq([Operation::Members]));
        let three = [Operation::Contacts, Operation::Members, Operation::ContactTags];
        assert!(Operation::sequence(true).eq(three));
    }
}
