//! What a plan says of Kit in; the limits that apply out.

use std::collections::BTreeMap;

use crate::model::{RateLimits, RateSpan};

/// What a plan says.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    /// Whether an access token asks: only then are there bulk requests, and five times the rate.
    pub(super) bulk: bool,
    pub(super) per_minute: Option<u32>,
    pub(super) visible_after_s: u64,
    /// Keys by the plan's names.
    pub(super) fields: BTreeMap<String, String>,
}

impl Chosen {
    /// The plan's limit, or else the one that Kit publishes.
    pub(super) fn limits(&self) -> RateLimits {
        let published = if self.bulk { 600 } else { 120 };
        RateLimits::none().and(self.per_minute.unwrap_or(published), RateSpan::Minute)
    }
}
