//! Who may write to a system, as a value.

use serde::{Deserialize, Serialize};

/// For how long a run takes the lease, in seconds; every write renews it.
pub const LEASE_SECONDS: u32 = 300;

/// Who may write to a system, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Random id of the process that has it.
    pub holder: String,
    /// For people: user, host and process.
    pub who: String,
}
