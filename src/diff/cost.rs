//! What apply takes of the systems: requests, time and days.

use serde::{Deserialize, Serialize};

/// What apply takes on one side, approximately.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Write requests.
    pub requests: u64,
    /// How long they take at the rate that is allowed, lookups included; `None` if there is no limit.
    pub seconds: Option<u64>,
    /// On how many days; `None` if there is no limit.
    pub days: Option<u64>,
}

/// What apply takes of both systems.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Costs {
    /// Of the site; `None` if it is not known what it can do.
    pub site: Option<Cost>,
    /// Of the contact system; `None` with managed contacts, and where it is not known what it can do.
    pub contacts: Option<Cost>,
}
