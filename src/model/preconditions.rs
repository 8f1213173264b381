//! What must still hold of a member when changes are written, as plain data.

use serde::{Deserialize, Serialize};

use super::{ContactId, OfferingKey, OfferingTags, TagName};

/// What was true of a member on the site when the difference was computed and must still be when the changes are written.
/// The system checks it under its own lock, together with the values before each change. Otherwise the member is blocked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preconditions {
    /// The contact ID of the user; `None` where there was no user, or the changes link the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_of: Option<ContactId>,
    /// Whoever has one of these tags has it from this migration. Access that somebody else gave is not Rehome's to take.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ours: Vec<TagName>,
}

impl Preconditions {
    /// True where nothing is required.
    pub fn is_empty(&self) -> bool {
        self.user_of.is_none() && self.ours.is_empty()
    }
}

/// An offering and the tags that it must have on the site while members get or lose one of them. Otherwise other people
/// would gain or lose access than those whom the difference shows, and whoever is concerned is blocked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedOffering {
    /// Which.
    pub key: OfferingKey,
    /// As it was when the difference was computed, and as the run makes it: it must be one of these.
    pub tags: Vec<OfferingTags>,
    /// Whether it may also have been deleted: an undo has nothing against it.
    #[serde(default)]
    pub may_be_missing: bool,
}

impl ExpectedOffering {
    /// True where the offering on the site is as expected; `None`: it does not exist.
    pub fn is_met_by(&self, there: Option<&OfferingTags>) -> bool {
        there.map_or(self.may_be_missing, |there| self.tags.contains(there))
    }

    /// The tags by which it gives or takes access, in any of its forms.
    pub fn all_tags(&self) -> impl Iterator<Item = &TagName> {
        self.tags.iter().flat_map(OfferingTags::all)
    }

    /// Why a member is blocked whose changes are about one of its tags.
    pub fn said(&self, exists: bool) -> String {
        let what = if exists {
            "has other tags now than when the difference was computed"
        } else {
            "no longer exists"
        };
        format!("the offering \"{}\" {what}", self.key)
    }
}
