//! The words of an export of payments in; what each means out.

use std::collections::BTreeMap;

use crate::model::{EventKind, EventStatus};

/// What the words of an export of payments mean: those of its profile and of the plan, folded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventWords {
    /// For what happened.
    pub kinds: BTreeMap<String, EventKind>,
    /// For how it ended.
    pub statuses: BTreeMap<String, EventStatus>,
}
