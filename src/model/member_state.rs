//! One member as one system has it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Attribute, Change, ContactId, FieldName, SourceKey, TagName};

/// Everything that one side has about one address. By default there is nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberState {
    /// The address under which the member exists; `None` if there is none. If a member that is renamed
    /// exists under both addresses, both, separated by a comma.
    #[serde(default)]
    pub address: Option<String>,
    /// The user's login; `None` if there is no user.
    pub login: Option<String>,
    /// The user have more than subscriber rights.
    pub privileged: bool,
    /// Contacts with this address: none, one, or a conflict. On a site, the user's contact ID.
    pub contact_ids: Vec<ContactId>,
    /// First name, never blank.
    pub first_name: Option<String>,
    /// Last name, never blank.
    pub last_name: Option<String>,
    /// Refused marketing.
    pub opted_out: bool,
    /// Fields that have a value.
    pub fields: BTreeMap<FieldName, String>,
    /// The sources' own keys of the person, as far as the side keeps them.
    #[serde(default)]
    pub keys: BTreeMap<SourceKey, String>,
    /// Tags held.
    pub tags: BTreeSet<TagName>,
    /// Why the system rejected what a job was to do of the request that the look is about; what is missing of it is not
    /// sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected: Option<String>,
}

impl MemberState {
    /// The value of an attribute, in the form in which a [`Change`] says it.
    pub fn value(&self, attribute: &Attribute) -> Option<&str> {
        match attribute {
            Attribute::Address => self.address.as_deref(),
            Attribute::Contact => self.contact_ids.first().map(|_| "there"),
            Attribute::User => self.login.as_deref(),
            Attribute::ContactLink => self.contact_ids.first().map(ContactId::as_str),
            Attribute::FirstName => self.first_name.as_deref(),
            Attribute::LastName => self.last_name.as_deref(),
            // An existing user is never asked for that.
            Attribute::Registered => None,
            Attribute::OptedOut => Some(if self.opted_out { "yes" } else { "no" }),
            Attribute::Field(name) => self.fields.get(name).map(String::as_str),
            Attribute::SourceKey(source) => self.keys.get(source).map(String::as_str),
            Attribute::Tag(name) => self.tags.contains(name).then_some("held"),
        }
    }

    /// True if the change is in place already. Which login or contact ID was asked for does not
    /// matter once there is a user or contact, unless the change names the ID; when an existing user
    /// registered is never changed.
    pub fn has(&self, change: &Change) -> bool {
        let there = self.value(&change.attribute);
        match (&change.attribute, &change.after) {
            (Attribute::Registered, _) => self.login.is_some(),
            (Attribute::User | Attribute::Contact, Some(_)) | (Attribute::ContactLink, None) => {
                there.is_some()
            }
            (_, after) => there == after.as_deref(),
        }
    }

    /// True if the attribute has neither its old value nor its new one.
    pub fn moved(&self, change: &Change) -> bool {
        !self.has(change) && self.value(&change.attribute) != change.before.as_deref()
    }
}
