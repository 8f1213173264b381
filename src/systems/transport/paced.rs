//! A transport, a system's conventions and a pace in; the way to the system out.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use super::{HttpTransport, Pacer, announce, shown::shown};
use crate::{
    model::{Fault, HttpRequest, HttpResponse},
    systems::{Conventions, Sending, Wire, throttled},
};

/// The longest that a request waits for its turn in here. After that the sender is told to come back: it may
/// have better to do, or end for the day.
const LONGEST_TURN_MS: u64 = 60_000;

/// Sends no faster than the pacer lets it, tells the pacer what the server says, and reads by the system's
/// conventions whether a response is one. All that is sent goes through here.
#[derive(Debug)]
pub struct PacedWire {
    wire: HttpTransport,
    conventions: Conventions,
    pacer: Arc<Mutex<Pacer>>,
}

impl PacedWire {
    /// Keeps `pacer`, which others may look at.
    pub fn new(wire: HttpTransport, conventions: Conventions, pacer: Arc<Mutex<Pacer>>) -> Self {
        Self {
            wire,
            conventions,
            pacer,
        }
    }

    async fn paced(&self, request: &HttpRequest) -> Result<HttpResponse, Fault> {
        let class = request.class;
        let wait = match self.pacer().turn(now_ms(), class, LONGEST_TURN_MS) {
            Ok(wait) => wait,
            Err(later) => {
                tracing::debug!("{} must wait for {} s", self.shown(request), later / 1_000);
                return Err(throttled(Duration::from_millis(later)));
            }
        };
        if wait > 0 {
            let wait = Duration::from_millis(wait);
            announce("more requests would exceed the limit of the system", wait);
            tokio::time::sleep(wait).await;
        }
        self.at_once(request, wait).await
    }

    /// Sends, after `wait` milliseconds that passed already.
    async fn at_once(&self, request: &HttpRequest, wait: u64) -> Result<HttpResponse, Fault> {
        let begun = Instant::now();
        let came = self.wire.send(request).await;
        tracing::debug!(
            "{}: {} in {} ms, after {wait} ms for the pace",
            self.shown(request),
            answered(&came),
            begun.elapsed().as_millis()
        );
        let response = came?;
        let report = (self.conventions.rate)(request, &response);
        self.pacer().learn(now_ms(), &report);
        match (self.conventions.fault)(request, &response) {
            None => Ok(response),
            Some(fault) => Err(fault),
        }
    }

    /// A request as `--verbose` shows it: what it is, and no more than that.
    fn shown(&self, request: &HttpRequest) -> String {
        let url = self.wire.url(&shown(&request.path));
        format!("{} {url}", request.method.word())
    }

    /// A pacer is a plain value: one left by a thread that panicked is as good as any.
    fn pacer(&self) -> MutexGuard<'_, Pacer> {
        self.pacer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wire for PacedWire {
    fn send<'a>(&'a self, request: &'a HttpRequest) -> Sending<'a> {
        Box::pin(self.paced(request))
    }

    fn send_unpaced<'a>(&'a self, request: &'a HttpRequest) -> Sending<'a> {
        Box::pin(self.at_once(request, 0))
    }
}

/// What came of a request, without a word of the body.
fn answered(came: &Result<HttpResponse, Fault>) -> String {
    match came {
        Ok(response) => format!("{} with {} bytes", response.status, response.body.len()),
        Err(Fault::Transient { .. }) => "not reached".to_owned(),
        Err(_) => "no whole answer".to_owned(),
    }
}

/// Milliseconds since 1970.
fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
