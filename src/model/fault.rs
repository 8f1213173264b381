//! What went wrong with a request: decides what happens next.

use serde::{Deserialize, Serialize};

/// Why a request gave no outcomes. Closed, since the engine's next move depends on it alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// Too fast: nothing was applied; wait this long.
    #[error("asked to wait {wait_ms} ms")]
    Throttled {
        /// Milliseconds to wait.
        wait_ms: u64,
    },
    /// Nothing was done, since another request about the same member is under way: wait this long with this request.
    /// Others may go on.
    #[error("the same member is being changed; asked to wait {wait_ms} ms")]
    Busy {
        /// Milliseconds to wait.
        wait_ms: u64,
    },
    /// Nothing was done, and it may work the next time (could not connect, 503).
    #[error("{why}")]
    Transient {
        /// What happened.
        why: String,
    },
    /// Credentials refused. Stops everything.
    #[error("credentials refused: {why}")]
    Unauthorised {
        /// What the system said.
        why: String,
    },
    /// It may or may not have been done (time-out, cut connection, 500).
    #[error("no answer: {why}")]
    Ambiguous {
        /// What happened.
        why: String,
    },
    /// The system answers in a way that its contract does not know. Stops everything.
    #[error("unexpected answer: {why}")]
    Broken {
        /// What happened.
        why: String,
    },
}
