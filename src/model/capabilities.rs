//! What a system can do, as a value that travels down to the layers that need to know.

use serde::{Deserialize, Serialize};

use super::{Batching, LostAnswer, Operation, RateLimits, RequestClasses, TagRules};

/// What may be done when a request was sent and its answer never came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AfterLost {
    /// The operation is idempotent: send it again.
    Repeat,
    /// Reads are strong: read, then send what is missing.
    LookThenRepeat,
    /// Reads lag: wait for the visibility window, read, then send what is missing.
    WaitThenLook,
    /// A person decides (email).
    Never,
}

/// What a system can do and how fast it may be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// What one request may carry.
    pub batching: Batching,
    /// How often it may be asked, as its vendor publishes it.
    pub limits: RateLimits,
    /// Which kinds of requests count in a class with limits of its own.
    #[serde(default)]
    pub classes: RequestClasses,
    /// Requests that may be in flight at once.
    pub in_flight: usize,
    /// How long a write may stay invisible to reads, in milliseconds.
    pub visibility_ms: u64,
    /// Whether an operation carries a compare-and-set of its own, so that no read has to come first.
    pub compares: bool,
    /// Whether an answer says that the work is done (else only that it was accepted).
    pub confirms: bool,
    /// Whether a person can be created unsubscribed.
    pub creates_opted_out: bool,
    /// Characters that the value of a field may have; `None` if any text fits.
    #[serde(default)]
    pub max_field_chars: Option<u32>,
    /// Its rules for the names of tags.
    #[serde(default)]
    pub tag_rules: TagRules,
    /// After a lost answer to a write of contacts or members.
    pub after_lost_write: AfterLost,
    /// After a lost answer to a change of tags.
    pub after_lost_tags: AfterLost,
    /// After a lost answer to the creation of an offering, a tag or an email.
    pub after_lost_setup: AfterLost,
    /// Why nothing can be written, for people; `None` if everything can.
    #[serde(default)]
    pub cannot_write: Option<String>,
}

impl Capabilities {
    /// What may be done after a lost answer.
    pub fn after_lost(&self, operation: Operation) -> AfterLost {
        match operation.facts().lost_answer {
            LostAnswer::Setup => self.after_lost_setup,
            LostAnswer::Write => self.after_lost_write,
            LostAnswer::Tags => self.after_lost_tags,
        }
    }
}
