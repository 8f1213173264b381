//! Several contacts with one address in; the one that counts, out.

use super::read::ContactText;

/// Which of several contacts with one address counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Duplicates {
    /// The one created last.
    Newest,
    /// The one created first.
    Oldest,
    /// The one with the most tags; of several, the oldest.
    MostTags,
}

impl Duplicates {
    /// From the word of a plan.
    pub(super) fn from_word(word: &str) -> Option<Self> {
        match word {
            "newest" => Some(Self::Newest),
            "oldest" => Some(Self::Oldest),
            "most-tags" => Some(Self::MostTags),
            _ => None,
        }
    }

    /// The higher, the sooner this contact counts. Keap numbers contacts in the order in which they are created.
    pub(super) fn rank(self, contact: &ContactText) -> (u64, u64) {
        let id = contact.id.number().unwrap_or_default();
        match self {
            Self::Newest => (0, id),
            Self::Oldest => (0, u64::MAX - id),
            Self::MostTags => (contact.tags().len() as u64, u64::MAX - id),
        }
    }
}
