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
    model::{Fault, HttpRequest, Request},
    run::event::Event,
    systems::{
        Protocol, Sending, Wire,
        transport::{RetryPolicy, drive},
    },
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
            // What a fault means for a request that is in the journal is for the engine to say: it is sent once.
            let policy = RetryPolicy::once();
            let event = if write {
                Event::Answered {
                    request: request.id,
                    result: drive(&mut *protocol.carry_out(&request), &*wire, policy).await,
                }
            } else {
                Event::Looked {
                    request: request.id,
                    result: drive(&mut *protocol.probe(&request), &*wire, policy).await,
                }
            };
            let spent = u64::try_from(start.elapsed().as_micros()).unwrap_or(0);
            waited.fetch_add(spent, Ordering::Relaxed);
            // Once the run is over, no receiver is left.
            let _ = events.send(event);
        });
    }

    /// Takes the lease and says so.
    pub(crate) fn take(&self, seconds: u32) {
        let lease = self.lease(seconds);
        let events = self.events.clone();
        tokio::spawn(async move { drop(events.send(Event::Leased(lease.await))) });
    }

    /// Renews the lease. Nothing waits for it: a run that lost it is refused at the next write.
    pub(crate) fn renew(&self, seconds: u32) {
        let lease = self.lease(seconds);
        tokio::spawn(async move { drop(lease.await) });
    }

    /// Gives the lease back: at once and within seconds, so that the end of a run waits for nothing.
    pub(crate) async fn release(&self) -> Result<(), String> {
        let Some(mut exchange) = self.protocol.lease(0) else {
            return Ok(());
        };
        let wire = Unpaced(&*self.wire);
        let driven = drive(&mut *exchange, &wire, RetryPolicy::once());
        match tokio::time::timeout(LONGEST_RELEASE, driven).await {
            Ok(ended) => ended.map_err(|fault| reason(&fault)),
            Err(_) => Err(format!(
                "no answer within {} s; it expires by itself",
                LONGEST_RELEASE.as_secs()
            )),
        }
    }

    /// Takes or renews; the error is for people.
    fn lease(&self, seconds: u32) -> impl Future<Output = Result<(), String>> + Send + use<> {
        let (protocol, wire) = (Arc::clone(&self.protocol), Arc::clone(&self.wire));
        async move {
            let Some(mut exchange) = protocol.lease(seconds) else {
                return Ok(());
            };
            let ended = drive(&mut *exchange, &*wire, RetryPolicy::once()).await;
            ended.map_err(|fault| reason(&fault))
        }
    }

    /// For how long requests were under way, summed.
    pub(crate) fn waited(&self) -> Duration {
        Duration::from_micros(self.waited_us.load(Ordering::Relaxed))
    }
}

/// The longest that giving the lease back may take.
const LONGEST_RELEASE: Duration = Duration::from_secs(5);

/// A way that does not wait for the pace.
struct Unpaced<'w>(&'w dyn Wire);

impl Wire for Unpaced<'_> {
    fn send<'a>(&'a self, request: &'a HttpRequest) -> Sending<'a> {
        self.0.send_unpaced(request)
    }
}

/// A refusal without the words that belong to a request of members.
fn reason(fault: &Fault) -> String {
    match fault {
        Fault::Broken { why } | Fault::Ambiguous { why } => why.clone(),
        other => other.to_string(),
    }
}
