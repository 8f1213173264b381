//! How Keap is simulated.

use crate::systems::vendor_server::VendorOptions;

/// Requests that it takes; 0 is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// In a second, by this key.
    pub second: u32,
    /// In a minute, by this key.
    pub minute: u32,
    /// In a day from midnight UTC, by this key.
    pub day: u32,
    /// In a minute, of all who use the account.
    pub tenant_minute: u32,
    /// In a day, of all who use the account.
    pub tenant_day: u32,
}

impl Limits {
    /// Those that Keap publishes for a personal access token or a service account key.
    pub const PUBLISHED: Self = Self {
        second: 10,
        minute: 240,
        day: 30_000,
        tenant_minute: 10_000,
        tenant_day: 250_000,
    };
}

/// How the simulator runs.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// The key that it asks for.
    pub token: String,
    /// Whose account it is.
    pub tenant: String,
    /// How long lists do not see a write, in milliseconds. What is read by ID does not lag.
    pub lag_ms: u64,
    /// How often it may be asked.
    pub limits: Limits,
    /// Whether lists show the tags of contacts at all.
    pub lists_tags: bool,
    /// Whether it knows `duplicate_option`; otherwise it ignores it.
    pub knows_duplicate_option: bool,
    /// How it is served.
    pub served: VendorOptions,
}

impl ServerOptions {
    /// A well-behaved server without limits.
    pub fn new(token: &str) -> Self {
        Self {
            token: token.to_owned(),
            tenant: "ab123".to_owned(),
            lag_ms: 0,
            limits: Limits::default(),
            lists_tags: true,
            knows_duplicate_option: true,
            served: VendorOptions::default(),
        }
    }
}
