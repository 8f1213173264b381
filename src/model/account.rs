//! Who a system says it is.

use serde::{Deserialize, Serialize};

use super::Side;

/// A system's own identity, read from it and never assumed: a change set made for one account
/// refuses to run on another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Site or contact system.
    pub side: Side,
    /// The kind, as the plan names it: `local`, `simulated`.
    pub kind: String,
    /// The system's own unchanging id: for `local`, random and made with the file.
    pub id: String,
    /// Where it is, for people: a path or a URL without credentials.
    pub place: String,
}

impl Account {
    /// The id of a site that does not exist yet: a run creates it, and only then it has an id of its own.
    pub const NOT_CREATED: &'static str = "new";

    /// Whether the system exists already.
    pub fn exists(&self) -> bool {
        self.id != Self::NOT_CREATED
    }
}
