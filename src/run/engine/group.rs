//! One cohort on its way through its operations.

use std::collections::BTreeMap;

use super::parts::Parts;
use crate::{
    changeset::MemberChanges,
    graph::{Cohort, StepId},
    model::{ContactId, Operation, Seq},
};

/// A cohort on its way.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) cohort: Cohort,
    /// What is left to do for each member.
    pub(crate) members: Vec<MemberChanges>,
    /// Contact IDs that were learned.
    pub(crate) contact_ids: BTreeMap<Seq, ContactId>,
    pub(crate) loaded: bool,
    /// The step under way.
    pub(crate) step: StepId,
    pub(crate) operation: Operation,
    /// Requests of the step that are not at their end.
    pub(crate) open: usize,
    /// Members of the step who are in several of them.
    pub(crate) parts: Parts,
}
