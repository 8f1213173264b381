//! How a contact system is simulated for a rehearsal: options in, a server until Ctrl-C out.

use std::{net::SocketAddr, path::PathBuf};

/// How a simulated contact system should behave.
#[derive(Debug, Clone)]
pub struct SimulateOptions {
    /// Where it listens; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The key that it asks for.
    pub token: String,
    /// The file that stores its contacts, where it has one.
    pub database: Option<PathBuf>,
    /// Requests per minute, 0 for no limit; `None` for the vendor's own.
    pub requests_per_minute: Option<u32>,
    /// How long reads do not see a write, in milliseconds.
    pub visibility_ms: u64,
    /// Whether a contact can be created opted out.
    pub creates_opted_out: bool,
    /// The share of requests that meet a fault, from 0 to 1.
    pub faults: f64,
    /// Seeds the faults.
    pub seed: u64,
}

/// Serves a simulated contact system until Ctrl-C, and says its address once it takes requests.
pub type Simulate = fn(SimulateOptions, &mut dyn FnMut(SocketAddr)) -> Result<(), SimulateError>;

/// Why a simulated contact system cannot run.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// The address cannot be used.
    #[error("cannot listen on {listen}: {why}; give another address or port")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// The system's words.
        why: std::io::Error,
    },
    /// It needs a file and has none.
    #[error("{title} stores its contacts in a file: add --database FILE")]
    NoDatabase {
        /// Which system.
        title: &'static str,
    },
    /// The file cannot be used.
    #[error("cannot open the file {path} of {title}: {why}")]
    Database {
        /// Which system.
        title: &'static str,
        /// The file.
        path: String,
        /// What is wrong with it.
        why: String,
    },
    /// It stopped.
    #[error("the simulated contact system stopped: {0}")]
    Stopped(std::io::Error),
}
