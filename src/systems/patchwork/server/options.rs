//! How the patchwork CRM is served.

/// Requests that it takes; 0 is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// In a second.
    pub second: u32,
    /// In a minute.
    pub minute: u32,
    /// In a day.
    pub day: u32,
    /// The hour, in UTC, at which a day begins.
    pub day_begins: u8,
    /// In a minute, of those that tag.
    pub bulk_minute: u32,
}

/// How the server runs.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// The ID of the app that may ask.
    pub app_id: String,
    /// Its key.
    pub token: String,
    /// How long lists and searches do not see a write, and how long a job takes at most, in milliseconds.
    pub lag_ms: u64,
    /// From how many contacts on a request that tags becomes a job.
    pub job_from: usize,
    /// How often it may be asked.
    pub limits: Limits,
    /// The share of requests that meet a fault, from 0 to 1.
    pub faults: f64,
    /// Seeds the faults.
    pub seed: u64,
    /// How long a slow answer takes, in milliseconds.
    pub slow_ms: u64,
}

impl ServerOptions {
    /// A well-behaved server without limits.
    pub fn new(app_id: &str, token: &str) -> Self {
        Self {
            app_id: app_id.to_owned(),
            token: token.to_owned(),
            lag_ms: 0,
            job_from: 8,
            limits: Limits::default(),
            faults: 0.0,
            seed: 0,
            slow_ms: 15,
        }
    }
}
