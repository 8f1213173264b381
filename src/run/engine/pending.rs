//! The requests that are under way, and what is known of the systems that take them.

use std::collections::BTreeMap;

use super::{in_flight::InFlightRequest, jobs::Jobs};
use crate::{
    journal::Doubt,
    model::{Fault, Operation, RequestId, Side, TagId, TagName},
    run::event::Millis,
};

/// Requests that are not at their end.
#[derive(Debug)]
pub(crate) struct PendingRequests {
    pub(crate) flights: BTreeMap<RequestId, InFlightRequest>,
    /// How many places of each system's limit are taken.
    pub(crate) placed: BTreeMap<Side, usize>,
    /// Members that a request carries, where a system stopped before the end of one.
    pub(crate) sizes: BTreeMap<Operation, usize>,
    /// Systems that asked to be left alone, and until when.
    pub(crate) paused: BTreeMap<Side, Millis>,
    pub(crate) next_id: u64,
    /// Doubts of earlier starts whose members are being loaded.
    pub(crate) doubts: BTreeMap<RequestId, Doubt>,
    pub(crate) jobs: Jobs,
    /// IDs of tags that were created, as the system said.
    pub(crate) tag_ids: BTreeMap<(Side, TagName), TagId>,
    /// What the rest of requests met that were answered in part; they wait for their intent to be durable.
    pub(crate) rests: BTreeMap<RequestId, Fault>,
}

impl PendingRequests {
    /// None yet.
    pub(crate) fn new(next_id: u64, jobs: Jobs) -> Self {
        Self {
            flights: BTreeMap::new(),
            placed: BTreeMap::new(),
            sizes: BTreeMap::new(),
            paused: BTreeMap::new(),
            next_id,
            doubts: BTreeMap::new(),
            jobs,
            tag_ids: BTreeMap::new(),
            rests: BTreeMap::new(),
        }
    }
}
