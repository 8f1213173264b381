//! A migration's names in, and which migration made what exists on a site: plain data, out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{EmailKey, OfferingKey, TagName};

/// The name of a migration, and the names that it had before: what a site remembers under one of them is its own.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MigrationNames {
    /// The name now.
    pub name: String,
    /// Earlier names, and migrations whose place this one takes.
    pub was: Vec<String>,
}

impl MigrationNames {
    /// True for one of the names.
    pub fn includes(&self, name: &str) -> bool {
        self.name == name || self.was.iter().any(|was| was == name)
    }
}

impl From<&str> for MigrationNames {
    fn from(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            was: Vec::new(),
        }
    }
}

/// Which migration made the offerings, tags and emails of a site. What a person made, or a Rehome that did not keep it
/// yet, is not in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MadeBy {
    /// Offerings.
    pub offerings: BTreeMap<OfferingKey, String>,
    /// Tags.
    pub tags: BTreeMap<TagName, String>,
    /// Emails.
    pub emails: BTreeMap<EmailKey, String>,
}
