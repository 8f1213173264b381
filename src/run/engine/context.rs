//! What the engine knows when a run begins: values only.

use std::{collections::BTreeSet, time::Duration};

use super::preconditions::AccessTags;
use crate::{
    graph::StepGraph,
    journal::Progress,
    model::{AfterLost, Capabilities, Operation, Payload, Seq, Side, TagRef, TagRefs, Targets},
    systems::{LEASE_SECONDS, transport::RetryPolicy},
};

/// How much may go wrong before a run stops by itself, and how patient it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Members of which the first failures do not count yet.
    pub breaker_after: u64,
    /// Whole percent of members that may fail.
    pub failed_percent: u64,
    /// Whole percent of members that may have moved.
    pub moved_percent: u64,
    /// How often and when a request that was not answered is tried again. A system that asks for a longer wait than
    /// it has ends the run for now.
    pub retry: RetryPolicy,
    /// For how long the lease is taken, in seconds.
    pub lease_seconds: u32,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            breaker_after: 50,
            failed_percent: 5,
            moved_percent: 5,
            retry: RetryPolicy {
                first: Duration::from_millis(500),
                longest: Duration::from_mins(1),
                ..RetryPolicy::default()
            },
            lease_seconds: LEASE_SECONDS,
        }
    }
}

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunMode {
    /// To carry the change set out.
    CarryOut,
    /// Only to find out what became of requests in doubt.
    Settle,
}

/// A deliberate fault, which one of the laws has to notice. Can be chosen in tests and with the
/// feature `planted-bugs` only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlantedBug {
    /// Requests leave before their intent is durable.
    SendBeforeIntent,
    /// After a lost answer the request is sent again without a look.
    RepeatWithoutLook,
    /// An accepted request counts as done without being read back.
    AcceptedIsDone,
    /// Members who moved are overwritten.
    OverwriteMoved,
    /// A request's members that are not done after a doubt are forgotten.
    ForgetMissing,
    /// More requests are sent than the system takes at once.
    NoLimitInFlight,
    /// Outcomes are not written down.
    ForgetOutcomes,
    /// What earlier starts confirmed is not read from the journal.
    ForgetConfirmed,
    /// Jobs that systems handed out are not read from the journal.
    ForgetJobs,
    /// One member who is being changed by somebody else holds up the whole system.
    BusyStopsAll,
    /// The ID of a tag that was created is not kept.
    ForgetTagIds,
    /// What a job rejected is sent again.
    IgnoreRejected,
    /// Where a part of a request was answered before something failed, the rest of it is forgotten.
    ForgetRest,
    /// Where a part of a request was answered before something failed, the rest is no doubt of its own.
    RestIsNoDoubt,
    /// A member whose changes are in several requests counts as done after the first.
    FirstBatchIsAll,
    /// A tag is created again after a lost answer, without a look.
    RepeatSetup,
    /// Changes leave without what must still hold when they are written.
    ForgetPreconditions,
}

/// Everything the engine knows when a run begins.
#[derive(Debug, Clone)]
pub struct RunContext {
    /// The steps.
    pub graph: StepGraph,
    /// What should exist besides members, and the migration's name.
    pub targets: Targets,
    /// Which tags must be Rehome's own for access to be taken.
    pub access_tags: AccessTags,
    /// Tags that a system knows under another spelling or by an ID.
    pub tags: TagRefs,
    /// Members with something to apply.
    pub members: Seq,
    /// What the site can do.
    pub site: Capabilities,
    /// What the contact system can do; `None` with managed contacts.
    pub contacts: Option<Capabilities>,
    /// How far earlier starts of this run got.
    pub progress: Progress,
    /// Keys of the checkpoints that a person confirmed.
    pub confirmed: BTreeSet<String>,
    /// What the run is for.
    pub goal: RunMode,
    /// Whether waves continue without a prompt.
    pub yes: bool,
    /// Where the jitter of pauses begins.
    pub seed: u64,
    /// Limits and patience.
    pub rules: Rules,
    /// A deliberate fault.
    #[cfg(any(test, feature = "planted-bugs"))]
    pub planted: Option<PlantedBug>,
}

impl RunContext {
    /// True if this deliberate fault is switched on.
    #[cfg(any(test, feature = "planted-bugs"))]
    pub(crate) fn planted(&self, bug: PlantedBug) -> bool {
        self.planted == Some(bug)
    }

    /// Without the feature there are no deliberate faults.
    #[cfg(not(any(test, feature = "planted-bugs")))]
    #[expect(clippy::unused_self, reason = "the same call in both builds")]
    pub(crate) fn planted(&self, _bug: PlantedBug) -> bool {
        false
    }

    /// What a side can do.
    pub(crate) fn capabilities(&self, side: Side) -> &Capabilities {
        match (side, &self.contacts) {
            (Side::Contacts, Some(contacts)) => contacts,
            _ => &self.site,
        }
    }

    /// What may be done after a lost answer.
    pub(crate) fn after_lost(&self, side: Side, operation: Operation) -> AfterLost {
        self.capabilities(side).after_lost(operation)
    }

    /// Whether tags are added by the request that creates or updates the contact.
    pub(crate) fn tags_with_contact(&self) -> bool {
        let contacts = self.contacts.as_ref();
        contacts.is_some_and(|contacts| contacts.batching.tags_with_contact)
    }

    /// Whether a member's changes of this operation can be in several requests.
    pub(crate) fn splits_members(&self, operation: Operation) -> bool {
        let batching = &self.capabilities(operation.side()).batching;
        batching.splits_members(operation)
    }

    /// The IDs of the tags that a payload of members speaks of, as far as they are known.
    pub(crate) fn tag_ids(&self, side: Side, payload: &Payload) -> Vec<TagRef> {
        let (Payload::Members(writes), false) = (payload, self.tags.side(side).is_empty()) else {
            return Vec::new();
        };
        let changes = writes.iter().flat_map(|write| &write.changes);
        let names = changes.filter_map(|change| change.attribute.tag());
        self.tags.ids(side, &names.collect())
    }

    /// The operations of a cohort, in order.
    pub(crate) fn operations(&self) -> impl Iterator<Item = Operation> + Clone + use<> {
        Operation::sequence(self.contacts.is_some())
    }
}
