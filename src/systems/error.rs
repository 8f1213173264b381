//! Why a system cannot be opened or read.

use std::time::Duration;

use crate::model::Fault;

/// Why a system cannot be opened or read. (A request's failure is a [`Fault`].)
#[derive(Debug, thiserror::Error)]
pub enum SystemError {
    /// The file or server is not what the plan says.
    #[error("{place} is not {expected}: {why}")]
    Unlike {
        /// File or URL.
        place: String,
        /// What it should have been.
        expected: String,
        /// What was found.
        why: String,
    },
    /// It cannot be reached, opened or read.
    #[error("cannot {doing} {place}: {why}")]
    Unreachable {
        /// What was tried, as a verb.
        doing: &'static str,
        /// File or URL.
        place: String,
        /// The system's own words.
        why: String,
    },
    /// Credentials are missing or refused.
    #[error("{place} rejects the credentials: {why}")]
    Unauthorised {
        /// File or URL.
        place: String,
        /// The system's own words.
        why: String,
    },
    /// What was read is not proven complete: it would mean "create all members".
    #[error("the data read from {place} is incomplete: {why}")]
    Incomplete {
        /// File or URL.
        place: String,
        /// What is missing.
        why: String,
    },
    /// The person wants it to stop.
    #[error("interrupted")]
    Interrupted,
    /// Another run holds the lease.
    #[error("{place} is in use by {who} for another {} s", .left.as_secs())]
    Leased {
        /// File or URL.
        place: String,
        /// Who holds it.
        who: String,
        /// How long at most.
        left: Duration,
    },
}

impl SystemError {
    /// A reading request that failed for good.
    pub fn from_fault(place: &str, fault: &Fault) -> Self {
        let place = place.to_owned();
        let unreachable = |place, why| Self::Unreachable {
            doing: "read",
            place,
            why,
        };
        match fault {
            Fault::Unauthorised { why } => Self::Unauthorised {
                place,
                why: why.clone(),
            },
            Fault::Throttled { .. } => unreachable(
                place,
                "it keeps asking to wait; try again later or lower `share`".to_owned(),
            ),
            Fault::Busy { .. } => unreachable(
                place,
                "it keeps saying that the same contact is being changed; try again later".to_owned(),
            ),
            Fault::Transient { why } | Fault::Ambiguous { why } | Fault::Broken { why } => {
                unreachable(place, why.clone())
            }
        }
    }
}
