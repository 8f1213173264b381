//! One change to one attribute of one member on one side.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{FieldName, Reason, SourceKey, TagName};

/// The system that has an attribute. With managed contacts everything is on the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// Where users live.
    Site,
    /// Who owns contacts, when that is not the site.
    Contacts,
}

/// What a change does. `Nothing`, `Conflict` and `Hold` are listed and never applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Make a user or a contact.
    Create,
    /// Set a name, a field, the consent.
    Update,
    /// Give a user its contact ID.
    Link,
    /// Give a user another contact ID.
    Relink,
    /// Give a user or contact another address.
    Rename,
    /// Add a tag.
    AddTag,
    /// Remove a tag.
    RemoveTag,
    /// Differs, and policy leaves it alone.
    Nothing,
    /// Contradictory state that a person must look at.
    Conflict,
    /// Waits for a person's decision.
    Hold,
}

impl Action {
    /// True for what apply does.
    pub fn is_work(self) -> bool {
        !matches!(self, Self::Nothing | Self::Conflict | Self::Hold)
    }

    /// The mark in front of a line of the difference; the word is beside it, so the mark
    /// alone never carries the meaning.
    pub fn mark(self) -> char {
        match self {
            Self::Create | Self::AddTag => '+',
            Self::Update | Self::Link | Self::Relink | Self::Rename => '~',
            Self::RemoveTag => '-',
            Self::Nothing => '=',
            Self::Conflict => '!',
            Self::Hold => '?',
        }
    }

    /// The word, as the difference and its JSON say it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Update => "update",
            Self::Link => "link",
            Self::Relink => "relink",
            Self::Rename => "rename",
            Self::AddTag => "add-tag",
            Self::RemoveTag => "remove-tag",
            Self::Nothing => "nothing",
            Self::Conflict => "conflict",
            Self::Hold => "hold",
        }
    }

    /// All actions, in the order in which the difference lists them.
    pub const ALL: [Self; 10] = [
        Self::Create,
        Self::Update,
        Self::Link,
        Self::Relink,
        Self::Rename,
        Self::AddTag,
        Self::RemoveTag,
        Self::Nothing,
        Self::Conflict,
        Self::Hold,
    ];
}

/// The attribute of a member that a change is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Attribute {
    /// The address by which user and contact of this side are known; its value is the address.
    Address,
    /// The contact itself; its value is `there`.
    Contact,
    /// The user itself; its value is the login.
    User,
    /// The user's contact ID.
    ContactLink,
    /// First name.
    FirstName,
    /// Last name.
    LastName,
    /// When the person registered at the old platform: a moment in UTC, given to a user that is being made.
    Registered,
    /// Whether the person refused marketing: `yes` or `no`.
    OptedOut,
    /// A field of the contact.
    Field(FieldName),
    /// The key that a source has for the person, kept on the site so that a new address is noticed.
    SourceKey(SourceKey),
    /// A tag held; its value is `held`.
    Tag(TagName),
}

impl Attribute {
    /// The tag that it is, where it is one.
    pub fn tag(&self) -> Option<&TagName> {
        match self {
            Self::Tag(name) => Some(name),
            _ => None,
        }
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str("email address"),
            Self::Contact => f.write_str("contact"),
            Self::User => f.write_str("user"),
            Self::ContactLink => f.write_str("contact ID"),
            Self::FirstName => f.write_str("first name"),
            Self::LastName => f.write_str("last name"),
            Self::Registered => f.write_str("registration date"),
            Self::OptedOut => f.write_str("opted out"),
            Self::Field(name) => write!(f, "field {name}"),
            Self::SourceKey(source) => write!(f, "key of the source {source}"),
            Self::Tag(name) => write!(f, "tag \"{name}\""),
        }
    }
}

/// One attribute of one member on one side, as it was and as it should be.
///
/// Values are texts. `None` means that it does not exist: no such user, contact, tag, or a blank name. A contact ID
/// that is not known before the contact is created is `after: None` of a `Link`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The system it happens on.
    pub side: Side,
    /// What is done.
    pub action: Action,
    /// To what.
    pub attribute: Attribute,
    /// Why.
    pub reason: Reason,
    /// As it was when the difference was computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// As it should be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}
