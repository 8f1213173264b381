//! How the practice CRM is served.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

/// How the server runs.
#[derive(Debug, Clone)]
pub struct ServeOptions {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The SQLite file with everything; created if it does not exist.
    pub database: PathBuf,
    /// The bearer token asked for.
    pub token: String,
    /// Requests per minute; 0 means no limit.
    pub requests_per_minute: u32,
    /// How long reads do not see a write, in milliseconds.
    pub visibility_ms: u64,
    /// Whether a contact can be created opted out; otherwise everyone is created subscribed.
    pub creates_opted_out: bool,
    /// The share of requests that meet a fault, from 0 to 1.
    pub faults: f64,
    /// Seeds the faults.
    pub seed: u64,
    /// How long a slow answer takes, in milliseconds.
    pub slow_ms: u64,
}

impl ServeOptions {
    /// A well-behaved server on a free port of this machine.
    pub fn new(database: &Path, token: &str) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            database: database.to_owned(),
            token: token.to_owned(),
            requests_per_minute: 600,
            visibility_ms: 0,
            creates_opted_out: true,
            faults: 0.0,
            seed: 0,
            slow_ms: 300,
        }
    }
}
