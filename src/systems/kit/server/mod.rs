//! Kit's simulator: HTTP in, contacts in memory, HTTP out. It checks every request against what Kit documents, and notes
//! every effect.

mod answer;
mod bulk;
mod context;
mod options;
mod store;
mod vendor;

use std::{io, net::SocketAddr};

use self::{store::Store, vendor::KitVendor};
use crate::systems::{
    SimulateError, SimulateOptions,
    vendor_server::{EffectLog, Exchanged, VendorOptions, VendorServer, serve_until_stopped},
};

pub use options::{Limits, ServerOptions};
pub use store::ContactRow;

/// A simulated Kit that listens until it is dropped.
#[derive(Debug)]
pub struct KitServer(VendorServer<KitVendor>);

impl KitServer {
    /// Starts to listen.
    pub fn start(options: ServerOptions) -> io::Result<Self> {
        let served = options.served.clone();
        VendorServer::start(KitVendor::new(options), &served).map(Self)
    }

    fn store<T>(&self, look: impl FnOnce(&mut Store) -> T) -> T {
        look(&mut self.0.vendor().store)
    }

    /// Its address.
    pub fn url(&self) -> String {
        self.0.url()
    }

    /// What was noted.
    pub fn log(&self) -> EffectLog {
        self.store(|store| store.log.clone())
    }

    /// What was asked and answered, where that is recorded.
    pub fn exchanged(&self) -> Vec<Exchanged> {
        self.0.exchanged()
    }

    /// All contacts as they are, in the order of their IDs.
    pub fn contacts(&self) -> Vec<ContactRow> {
        self.store(|store| store.rows())
    }

    /// The tags: ID and name.
    pub fn tags(&self) -> Vec<(u64, String)> {
        self.store(|store| store.tag_rows())
    }

    /// The keys of the custom fields.
    pub fn fields(&self) -> Vec<String> {
        self.store(|store| store.field_keys())
    }

    /// A person creates a tag by hand, visible at once; gives its ID.
    pub fn put_tag(&self, name: &str) -> u64 {
        self.store(|store| store.put_tag(name))
    }

    /// A person comes in by hand, visible at once; gives the ID. The fields are custom fields by key.
    pub fn put_contact(&self, email: &str, state: &str, fields: &[(&str, &str)], tags: &[u64]) -> u64 {
        self.store(|store| store.put(email, state, fields, tags))
    }

    /// A person takes a tag from a contact by hand, seen at once.
    pub fn take_tag(&self, email: &str, tag: u64) {
        self.store(|store| store.take_tag(email, tag));
    }

    /// From now on its secret belongs to another account.
    pub fn become_account(&self, id: u64) {
        self.0.vendor().options.account = id;
    }

    /// Kit deletes a contact, which only its support does.
    pub fn delete_contact(&self, id: u64) {
        self.store(|store| store.delete(id));
    }
}

/// Serves until Ctrl-C, as `rehome simulate kit` does it.
#[expect(clippy::needless_pass_by_value, reason = "every simulator has this form")]
pub(super) fn simulate(
    options: SimulateOptions,
    on_ready: &mut dyn FnMut(SocketAddr),
) -> Result<(), SimulateError> {
    let mut own = ServerOptions::new(&options.token);
    own.limits = Limits::PUBLISHED;
    if let Some(per_minute) = options.requests_per_minute {
        own.limits = Limits {
            key_minute: per_minute,
            oauth_minute: per_minute,
        };
    }
    own.lag_ms = options.visibility_ms;
    own.served = VendorOptions {
        listen: options.listen,
        faults: options.faults,
        seed: options.seed,
        ..VendorOptions::default()
    };
    let served = own.served.clone();
    serve_until_stopped(KitVendor::new(own), &served, on_ready)
}
