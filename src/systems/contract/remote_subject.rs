//! A contact system that is opened as a run opens it, against a server of the tests.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use super::subject::Subject;
use crate::{
    model::{Answer, Capabilities, Fault, Looked, Observed, Request, Side},
    systems::{
        OpenedContacts, Session,
        transport::{HttpTransport, PacedWire, Pacer, RetryPolicy, TransportOptions, drive},
    },
};

/// Effects written, and how many of them are doubled, as the server knows it.
pub(crate) type CountEffects = Box<dyn Fn() -> (i64, i64)>;

/// A contact system behind HTTP.
pub(crate) struct RemoteSubject {
    /// What it said of itself.
    pub(crate) session: Session,
    /// The way to it.
    pub(crate) wire: PacedWire,
    /// Where it is.
    pub(crate) url: String,
    /// What its server keeps.
    pub(crate) folder: tempfile::TempDir,
    /// Runs what is asked.
    pub(crate) runtime: tokio::runtime::Runtime,
    effects: CountEffects,
}

impl RemoteSubject {
    /// Opens the system whose server answers at `url` and keeps everything in `folder`.
    pub(crate) fn open(
        url: &str,
        opened: OpenedContacts,
        folder: tempfile::TempDir,
        effects: CountEffects,
    ) -> Self {
        let time = TransportOptions {
            whole: Duration::from_secs(5),
            ..TransportOptions::default()
        };
        let transport = HttpTransport::new(url, opened.credentials, time).unwrap();
        let wire = PacedWire::new(
            transport,
            opened.conventions,
            Arc::new(Mutex::new(Pacer::unlimited())),
        );
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let mut handshake = opened.handshake;
        let session = runtime
            .block_on(drive(&mut *handshake, &wire, tireless()))
            .unwrap();
        Self {
            session,
            wire,
            url: url.to_owned(),
            folder,
            runtime,
            effects,
        }
    }
}

/// Tries again as often as faults may ask for it.
fn tireless() -> RetryPolicy {
    RetryPolicy {
        attempts: 20,
        restarts: 20,
        first: Duration::from_millis(1),
        ..RetryPolicy::default()
    }
}

impl Subject for RemoteSubject {
    fn side(&self) -> Side {
        Side::Contacts
    }

    fn capabilities(&self) -> Capabilities {
        self.session.protocol.capabilities()
    }

    fn perform(&mut self, request: &Request) -> Result<Answer, Fault> {
        let mut exchange = self.session.protocol.carry_out(request);
        let driven = drive(&mut *exchange, &self.wire, RetryPolicy::once());
        self.runtime.block_on(driven)
    }

    fn look(&mut self, request: &Request) -> Result<Looked, Fault> {
        let mut exchange = self.session.protocol.probe(request);
        let driven = drive(&mut *exchange, &self.wire, RetryPolicy::once());
        self.runtime.block_on(driven)
    }

    fn observe(&mut self) -> Observed {
        let mut exchange = self.session.protocol.observe();
        let driven = drive(&mut *exchange, &self.wire, tireless());
        self.runtime.block_on(driven).unwrap()
    }

    fn effects(&self) -> (i64, i64) {
        (self.effects)()
    }
}
