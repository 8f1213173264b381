//! How often a system may be asked, as its vendor publishes it: several limits at once.

use serde::{Deserialize, Serialize};

/// The time that a limit counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RateSpan {
    /// Any second.
    Second,
    /// Any minute.
    Minute,
    /// Any hour.
    Hour,
    /// A day that begins at a fixed time: a quota.
    Day {
        /// The hour, in UTC, at which the count begins anew.
        resets_at: u8,
    },
}

impl RateSpan {
    /// How long it is, in seconds.
    pub fn seconds(self) -> u64 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 3_600,
            Self::Day { .. } => 86_400,
        }
    }
}

/// One limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateLimit {
    /// Requests.
    pub requests: u32,
    /// In which time.
    pub per: RateSpan,
    /// The class of requests that it counts; `None` counts all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
}

/// All limits of a system, which apply at the same time. None means no limit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RateLimits(Vec<RateLimit>);

impl RateLimits {
    /// No limit.
    pub fn none() -> Self {
        Self::default()
    }

    /// One more limit, for all requests. None of 0 requests is kept: it would say "never".
    #[must_use]
    pub fn and(self, requests: u32, per: RateSpan) -> Self {
        self.with(requests, per, None)
    }

    /// One more limit, for one class of requests.
    #[must_use]
    pub fn and_of(self, class: &str, requests: u32, per: RateSpan) -> Self {
        self.with(requests, per, Some(class.to_owned()))
    }

    fn with(mut self, requests: u32, per: RateSpan, class: Option<String>) -> Self {
        if requests > 0 {
            self.0.push(RateLimit { requests, per, class });
        }
        self
    }

    /// All of them.
    pub fn all(&self) -> &[RateLimit] {
        &self.0
    }

    /// The strictest limit on all requests that is no quota of a day; with a class, on that class alone.
    pub fn strictest(&self, class: Option<&str>) -> Option<&RateLimit> {
        self.0
            .iter()
            .filter(|limit| limit.class.as_deref() == class && !matches!(limit.per, RateSpan::Day { .. }))
            .min_by_key(|limit| u64::from(limit.requests) * 3_600 / limit.per.seconds())
    }

    /// Requests a day of the strictest quota on all requests; with a class, on that class alone.
    pub fn per_day(&self, class: Option<&str>) -> Option<u32> {
        self.0
            .iter()
            .filter(|limit| limit.class.as_deref() == class && matches!(limit.per, RateSpan::Day { .. }))
            .map(|limit| limit.requests)
            .min()
    }
}

/// The class that each kind of request counts in, where a class has limits of its own
/// ([`RateLimits::and_of`]). The requests themselves say it too ([`HttpRequest::class`](super::HttpRequest::class)); this is for whoever
/// counts them before they exist.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestClasses {
    /// Requests that create or update contacts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contacts: Option<String>,
    /// Requests that add tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub add_tags: Option<String>,
    /// Requests that remove tags.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remove_tags: Option<String>,
    /// Lookups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strictest_limit_on_all_requests_counts() {
        let limits = RateLimits::none()
            .and(10, RateSpan::Second)
            .and(240, RateSpan::Minute)
            .and(30_000, RateSpan::Day { resets_at: 0 })
            .and_of("imports", 20, RateSpan::Minute)
            .and(0, RateSpan::Minute);
        let said = |class| {
            let strictest = limits.strictest(class).map(|limit| limit.requests);
            (strictest, limits.per_day(class))
        };
        assert_eq!(said(None), (Some(240), Some(30_000)));
        assert_eq!(
            (said(Some("imports")), said(Some("other"))),
            ((Some(20), None), (None, None))
        );
        assert_eq!(limits.all().len(), 4);
        assert_eq!(RateLimits::none().strictest(None), None);
    }
}
