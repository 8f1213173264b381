//! The patchwork CRM's server: HTTP in, contacts in memory, HTTP out; it checks every request and notes every effect;
//! faults by seed.

mod answer;
mod options;
mod store;
mod vendor;

use std::io;

use self::{store::Store, vendor::PatchworkVendor};
use crate::systems::vendor_server::{EffectLog, VendorOptions, VendorServer};

pub use options::{Limits, ServerOptions};
pub use store::ContactRow;

/// A server on a free port of this machine. It ends when it is dropped.
#[derive(Debug)]
pub struct PatchworkServer(VendorServer<PatchworkVendor>);

impl PatchworkServer {
    /// Starts to listen.
    pub fn start(options: ServerOptions) -> io::Result<Self> {
        let served = VendorOptions {
            faults: options.faults,
            seed: options.seed,
            slow_ms: options.slow_ms,
            ..VendorOptions::default()
        };
        let store = Store::new(&options);
        VendorServer::start(PatchworkVendor { options, store }, &served).map(Self)
    }

    /// Its address.
    pub fn url(&self) -> String {
        self.0.url()
    }

    /// Lets every job come to its end, and gives what was noted.
    pub fn log(&self) -> EffectLog {
        let store = &mut self.0.vendor().store;
        store.settle(u64::MAX);
        store.log.clone()
    }

    /// All contacts as they are, in the order of their IDs.
    pub fn contacts(&self) -> Vec<ContactRow> {
        let store = &mut self.0.vendor().store;
        store.settle(u64::MAX);
        store.rows()
    }

    /// The tags: ID, name and category.
    pub fn tags(&self) -> Vec<(u64, String, Option<String>)> {
        self.0.vendor().store.tag_rows()
    }

    /// A person creates a tag by hand; gives its ID.
    pub fn put_tag(&self, name: &str, category: Option<&str>) -> u64 {
        self.0.vendor().store.create_tag(name, category)
    }

    /// A person creates a contact by hand, visible at once; gives its ID.
    pub fn put_contact(&self, email: Option<&str>, fields: &[(&str, &str)], tags: &[u64]) -> u64 {
        self.0.vendor().store.put(email, fields, tags)
    }

    /// A person takes a tag from a contact by hand, seen at once.
    pub fn take_tag(&self, email: &str, tag: u64) {
        self.0.vendor().store.take_tag(email, tag);
    }

    /// A person deletes a contact by hand.
    pub fn delete_contact(&self, id: u64) {
        self.0.vendor().store.delete(id);
    }
}
