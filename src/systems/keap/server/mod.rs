//! Keap's simulator: HTTP in, contacts in memory, HTTP out. It checks every request against what Keap documents, and
//! notes every effect.

mod answer;
mod document;
mod options;
mod requests;
mod store;
mod vendor;

use std::{io, net::SocketAddr};

use self::{store::Store, vendor::KeapVendor};
use crate::systems::{
    SimulateError, SimulateOptions,
    vendor_server::{EffectLog, Exchanged, VendorOptions, VendorServer, serve_until_stopped},
};

pub use options::{Limits, ServerOptions};
pub use store::ContactRow;

/// A simulated Keap that listens until it is dropped.
#[derive(Debug)]
pub struct KeapServer(VendorServer<KeapVendor>);

impl KeapServer {
    /// Starts to listen.
    pub fn start(options: ServerOptions) -> io::Result<Self> {
        let served = options.served.clone();
        VendorServer::start(KeapVendor::new(options), &served).map(Self)
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

    /// What was noted, with the names of tags and fields in place of the IDs, which depend on the order of requests.
    pub fn named_effects(&self) -> Vec<String> {
        self.store(|store| {
            let named = |line: &String| match line.splitn(3, " | ").collect::<Vec<_>>()[..] {
                [who, attribute, value] => format!("{who} | {} | {value}", store.named(attribute)),
                _ => line.clone(),
            };
            store.log.effects.iter().map(named).collect()
        })
    }

    /// What was asked and answered, where that is recorded.
    pub fn exchanged(&self) -> Vec<Exchanged> {
        self.0.exchanged()
    }

    /// All contacts as they are, in the order of their IDs.
    pub fn contacts(&self) -> Vec<ContactRow> {
        self.store(|store| store.rows())
    }

    /// The tags: ID, name and category.
    pub fn tags(&self) -> Vec<(u64, String, Option<String>)> {
        self.store(|store| store.tag_rows())
    }

    /// A person creates a tag by hand; gives its ID.
    pub fn put_tag(&self, name: &str, category: Option<&str>) -> u64 {
        self.store(|store| store.create_tag(name, category))
    }

    /// A person creates a custom field by hand; gives its ID.
    pub fn put_field(&self, label: &str) -> u64 {
        self.store(|store| store.create_field(label))
    }

    /// A person creates a contact by hand, visible at once; gives its ID. The addresses come in the order of their
    /// places, the fields are custom fields by label.
    pub fn put_contact(&self, emails: &[&str], fields: &[(&str, &str)], tags: &[u64]) -> u64 {
        self.store(|store| store.put(emails, fields, tags))
    }

    /// A person takes a tag from a contact by hand, seen at once.
    pub fn take_tag(&self, email: &str, tag: u64) {
        self.store(|store| store.take_tag(email, tag));
    }

    /// A person deletes a contact by hand.
    pub fn delete_contact(&self, id: u64) {
        self.store(|store| store.delete(id));
    }
}

/// Serves until Ctrl-C, as `rehome simulate keap` does it.
pub(super) fn simulate(
    options: SimulateOptions,
    on_ready: &mut dyn FnMut(SocketAddr),
) -> Result<(), SimulateError> {
    let SimulateOptions {
        listen,
        token,
        requests_per_minute,
        visibility_ms,
        faults,
        seed,
        ..
    } = options;
    let mut own = ServerOptions::new(&token);
    own.limits = Limits::PUBLISHED;
    own.limits.minute = requests_per_minute.unwrap_or(own.limits.minute);
    own.lag_ms = visibility_ms;
    own.served = VendorOptions {
        listen,
        faults,
        seed,
        ..VendorOptions::default()
    };
    let served = own.served.clone();
    serve_until_stopped(KeapVendor::new(own), &served, on_ready)
}
