//! A system behind HTTP: requests in, events out.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::sync::mpsc::UnboundedSender;

use crate::{
    model::{Fault, Request},
    run::event::Event,
    systems::{Protocol, Wire},
};

/// Sends, and says what came of it. Everything is spawned on the runtime of the run.
pub(crate) struct HttpLink {
    protocol: Arc<dyn Protocol>,
    wire: Arc<dyn Wire>,
    events: UnboundedSender<Event>,
    waited_us: Arc<AtomicU64>,
}

impl HttpLink {
    pub(crate) fn new(
        protocol: Arc<dyn Protocol>,
        wire: Arc<dyn Wire>,
        events: UnboundedSender<Event>,
    ) -> Self {
        Self {
            protocol,
            wire,
            events,
            waited_us: Arc::default(),
        }
    }

    /// Carries a request out, or only reads its members.
    pub(crate) fn ask(&self, request: Arc<Request>, write: bool) {
        let (protocol, wire) = (Arc::clone(&self.protocol), Arc::clone(&self.wire));
        let (events, waited) = (self.events.clone(), Arc::clone(&self.waited_us));
        tokio::spawn(async move {
            let start = Instant::now();
            let event = if write {
                let answer = wire.send(&protocol.request(&request)).await;
                Event::Answered {
                    request: request.id,
                    result: answer.and_then(|response| protocol.read(&request, &response)),
                }
            } else {
                let answer = wire.send(&protocol.probe(&request)).await;
                Event::Looked {
                    request: request.id,
                    result: answer.and_then(|response| protocol.read_probe(&request, &response)),
                }
            };
            let spent = u64::try_from(start.elapsed().as_micros()).unwrap_or(0);
            waited.fetch_add(spent, Ordering::Relaxed);
            // Nobody listens any more once the run is over.
            let _ = events.send(event);
        });
    }

    /// Takes the lease and says so.
    pub(crate) fn take(&self, seconds: u32) {
        let Some(request) = self.protocol.lease(seconds) else {
            let _ = self.events.send(Event::Leased(Ok(())));
            return;
        };
        let (wire, events) = (Arc::clone(&self.wire), self.events.clone());
        tokio::spawn(async move {
            let taken = wire.send(&request).await;
            let taken = taken.map(drop).map_err(|fault| reason(&fault));
            let _ = events.send(Event::Leased(taken));
        });
    }

    /// Renews the lease. Nobody waits for it: whoever has lost it is refused at the next write.
    pub(crate) fn renew(&self, seconds: u32) {
        if let Some(request) = self.protocol.lease(seconds) {
            let wire = Arc::clone(&self.wire);
            tokio::spawn(async move { drop(wire.send(&request).await) });
        }
    }

    /// Gives the lease back.
    pub(crate) async fn release(&self) -> Result<(), String> {
        match self.protocol.lease(0) {
            Some(request) => self
                .wire
                .send(&request)
                .await
                .map(drop)
                .map_err(|fault| reason(&fault)),
            None => Ok(()),
        }
    }

    /// For how long requests were under way, summed.
    pub(crate) fn waited(&self) -> Duration {
        Duration::from_micros(self.waited_us.load(Ordering::Relaxed))
    }
}

/// A refusal without the words that belong to a request of members.
fn reason(fault: &Fault) -> String {
    match fault {
        Fault::Broken { why } | Fault::Ambiguous { why } => why.clone(),
        other => other.to_string(),
    }
}
