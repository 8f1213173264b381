//! How a simulated Kit behaves, as a value.

use crate::systems::vendor_server::VendorOptions;

/// Requests that it takes in a minute; 0 is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// With a key.
    pub key_minute: u32,
    /// With an access token.
    pub oauth_minute: u32,
}

impl Limits {
    /// Those that Kit publishes.
    pub const PUBLISHED: Self = Self {
        key_minute: 120,
        oauth_minute: 600,
    };
}

/// How the simulator runs.
#[derive(Debug, Clone)]
pub struct ServerOptions {
    /// The secret that it takes, as a key and as an access token.
    pub token: String,
    /// The ID of its account.
    pub account: u64,
    /// How long lists do not see a write, in milliseconds.
    pub lag_ms: u64,
    /// How often it may be asked.
    pub limits: Limits,
    /// For how many people the account pays, where it says so.
    pub subscriber_limit: Option<u64>,
    /// Whether people who unsubscribed get tags.
    pub tags_unsubscribed: bool,
    /// Where it listens, and what goes wrong.
    pub served: VendorOptions,
}

impl ServerOptions {
    /// A well-behaved simulator without limits.
    pub fn new(token: &str) -> Self {
        Self {
            token: token.to_owned(),
            account: 20_815,
            lag_ms: 0,
            limits: Limits::default(),
            subscriber_limit: None,
            tags_unsubscribed: true,
            served: VendorOptions::default(),
        }
    }
}
