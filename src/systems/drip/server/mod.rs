//! How Drip should behave in; its simulator, for tests and rehearsals: HTTP in, subscribers in memory, HTTP out.

mod answer;
mod store;
mod vendor;

use std::{io, net::SocketAddr};

use self::{store::Store, vendor::DripVendor};
use crate::systems::{
    simulation::{SimulateError, SimulateOptions},
    vendor_server::{EffectLog, VendorOptions, VendorServer, serve_until_stopped},
};

pub use store::SubscriberRow;

/// The account of a simulator that nobody gave other accounts.
pub const ACCOUNT: &str = "9999999";

/// How the simulator behaves.
#[derive(Debug, Clone)]
pub struct DripOptions {
    /// The token that it asks for.
    pub token: String,
    /// The IDs of the accounts that the token can access.
    pub accounts: Vec<String>,
    /// How long a batch takes at most, in milliseconds.
    pub batch_ms: u64,
    /// Requests per hour; 0 is no limit.
    pub per_hour: u32,
    /// Batch requests per hour; 0 is no limit.
    pub batches_per_hour: u32,
    /// How it is served.
    pub served: VendorOptions,
}

impl DripOptions {
    /// A well-behaved simulator without limits.
    pub fn new(token: &str) -> Self {
        Self {
            token: token.to_owned(),
            accounts: vec![ACCOUNT.to_owned()],
            batch_ms: 0,
            per_hour: 0,
            batches_per_hour: 0,
            served: VendorOptions::default(),
        }
    }

    fn vendor(self) -> DripVendor {
        DripVendor {
            store: Store::new(self.batch_ms, self.served.seed),
            options: self,
        }
    }
}

/// A simulator that runs. It ends when it is dropped.
#[derive(Debug)]
pub struct DripServer(VendorServer<DripVendor>);

impl DripServer {
    /// Starts to listen.
    pub fn start(options: DripOptions) -> io::Result<Self> {
        let served = options.served.clone();
        Ok(Self(VendorServer::start(options.vendor(), &served)?))
    }

    /// Its address, as a plan writes it.
    pub fn url(&self) -> String {
        self.0.url()
    }

    /// What it noted, all batches carried out.
    pub fn log(&self) -> EffectLog {
        let store = &mut self.0.vendor().store;
        store.settle(u64::MAX);
        store.log.clone()
    }

    /// All subscribers as they are, by address.
    pub fn subscribers(&self) -> Vec<SubscriberRow> {
        let store = &mut self.0.vendor().store;
        store.settle(u64::MAX);
        store.rows()
    }

    /// A person creates a subscriber by hand; gives its ID.
    pub fn put(&self, email: &str, status: &str, fields: &[(&str, &str)], tags: &[&str]) -> String {
        self.0.vendor().store.put(email, status, fields, tags)
    }

    /// A person takes a tag from a subscriber by hand.
    pub fn take_tag(&self, email: &str, tag: &str) {
        self.0.vendor().store.take_tag(email, tag);
    }

    /// A person deletes a subscriber by hand.
    pub fn delete(&self, email: &str) {
        self.0.vendor().store.delete(email);
    }
}

/// `rehome simulate drip`.
#[expect(clippy::needless_pass_by_value, reason = "the seam hands the options over")]
pub(super) fn simulate(
    options: SimulateOptions,
    on_ready: &mut dyn FnMut(SocketAddr),
) -> Result<(), SimulateError> {
    let served = VendorOptions {
        listen: options.listen,
        faults: options.faults,
        seed: options.seed,
        ..VendorOptions::default()
    };
    let per_minute = options.requests_per_minute;
    let vendor = DripOptions {
        batch_ms: options.visibility_ms,
        per_hour: per_minute.map_or(super::protocol::REQUESTS_AN_HOUR, |number| {
            number.saturating_mul(60)
        }),
        batches_per_hour: super::protocol::BATCHES_AN_HOUR,
        served: served.clone(),
        ..DripOptions::new(&options.token)
    };
    serve_until_stopped(vendor.vendor(), &served, on_ready)
}
