//! What must still hold of a member when changes are written, as plain data.

use serde::{Deserialize, Serialize};

use super::{ContactId, TagName};

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
