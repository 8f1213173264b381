//! A difference in; whom it leaves as they are, although something of them is not as wanted, out.

use serde::Serialize;

use super::{Difference, Waiting};
use crate::model::{Action, Reason};

/// Members whom no run of this difference brings to what is wanted: somebody must decide or fix something first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Unapplied {
    /// In conflict.
    pub conflicts: u64,
    /// With changes that cannot be applied now.
    pub blocked: u64,
    /// Of an undo: with values that were changed since the run, and are left alone.
    pub changed_since: u64,
    /// Some of them by name.
    pub named: Vec<Waiting>,
}

impl Unapplied {
    /// True when nothing is left to decide or fix.
    pub fn is_empty(&self) -> bool {
        self.conflicts + self.blocked + self.changed_since == 0
    }
}

impl Difference {
    /// Whom it leaves as they are.
    pub fn unapplied(&self) -> Unapplied {
        let count = |action| self.totals.actions.get(&action).copied().unwrap_or_default();
        let changed_since = self.changes.by_shape.iter().filter(|one| {
            let kinds = self.changes.shapes.get(one.shape);
            kinds.iter().any(|kind| kind.reason == Reason::ChangedSince)
        });
        Unapplied {
            conflicts: count(Action::Conflict),
            blocked: count(Action::Hold),
            changed_since: changed_since.map(|one| one.count).sum(),
            named: self.named.waiting.clone(),
        }
    }
}
