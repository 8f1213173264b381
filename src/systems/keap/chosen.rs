//! What a plan says of Keap, and the limits that follow from it.

use std::collections::BTreeMap;

use super::{duplicates::Duplicates, fault::DAY};
use crate::model::{RateLimits, RateSpan};

/// What kind of key asks: each has limits of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    /// A personal access token or a service account key.
    Token,
    /// The access token of an app.
    OAuth,
}

/// What a plan says.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    pub(super) key: Key,
    pub(super) per_second: Option<u32>,
    pub(super) per_minute: Option<u32>,
    pub(super) per_day: Option<u32>,
    pub(super) visible_after_s: u64,
    pub(super) duplicates: Option<Duplicates>,
    /// Labels by the plan's names.
    pub(super) fields: BTreeMap<String, String>,
}

impl Chosen {
    /// The plan's limits, or else those that Keap publishes.
    pub(super) fn limits(&self) -> RateLimits {
        let (second, minute, day) = match self.key {
            Key::Token => (10, 240, 30_000),
            Key::OAuth => (25, 1_500, 150_000),
        };
        RateLimits::none()
            .and(self.per_second.unwrap_or(second), RateSpan::Second)
            .and(self.per_minute.unwrap_or(minute), RateSpan::Minute)
            .and(self.per_day.unwrap_or(day), DAY)
    }
}
