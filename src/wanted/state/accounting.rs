//! Every record and every member counted once, under what became of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{FindingCode, coded};

/// What became of the records of one source.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceCount {
    /// Records read; blank rows are no records.
    pub read: u64,
    /// Records that were the first of their member.
    pub members: u64,
    /// Records of a member that an earlier record had named.
    pub merged: u64,
    /// Records rejected, by reason.
    pub rejected: BTreeMap<FindingCode, u64>,
    /// Records of event files that yield nothing.
    pub ignored: u64,
}

impl SourceCount {
    /// Records rejected, for whatever reason.
    pub fn rejected_total(&self) -> u64 {
        self.rejected.values().sum()
    }
}

coded! {
    /// Why a member of the sources becomes neither user nor contact.
    pub enum LeftOut {
        /// No record grants anything.
        NothingGranted = "nothing-granted", "no record grants them anything";
        /// The records only revoke.
        OnlyRevoked = "only-revoked", "their records only revoke";
        /// What the records granted has ended.
        Ended = "ended", "the access that their records granted has ended";
        /// What the records grant begins later.
        NotYet = "not-yet", "the access that their records grant starts later";
    }
}

/// The sums: records read = members + merged + rejected + ignored, and
/// members = users + contacts only + left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounting {
    /// By index of source.
    pub sources: Vec<SourceCount>,
    /// Distinct members named by the records.
    pub members: u64,
    /// Those wanted as users (with or without a contact).
    pub users: u64,
    /// Those wanted as contacts only.
    pub contacts_only: u64,
    /// Those left out, by reason.
    pub left_out: BTreeMap<LeftOut, u64>,
    /// Those who pay at the old platform.
    pub billing_old: u64,
}

impl Accounting {
    /// The counts of all sources together.
    pub fn total(&self) -> SourceCount {
        let mut total = SourceCount::default();
        for source in &self.sources {
            total.read += source.read;
            total.members += source.members;
            total.merged += source.merged;
            total.ignored += source.ignored;
            for (code, count) in &source.rejected {
                *total.rejected.entry(*code).or_default() += count;
            }
        }
        total
    }

    /// True if everything is accounted for.
    pub fn adds_up(&self) -> bool {
        let total = self.total();
        total.read == total.members + total.merged + total.rejected_total() + total.ignored
            && total.members == self.members
            && self.members == self.users + self.contacts_only + self.left_out.values().sum::<u64>()
    }
}
