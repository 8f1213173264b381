//! A wire and a pace in; a wire that keeps the pace out.

use std::{
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use super::{HttpTransport, Pacer};
use crate::{
    model::{Fault, HttpRequest, HttpResponse},
    systems::Wire,
};

/// Status of an answer that asks to wait.
const TOO_MANY: u16 = 429;

/// Sends no faster than the pacer lets it, and tells the pacer what the server says.
#[derive(Debug)]
pub struct PacedWire {
    wire: HttpTransport,
    pacer: Arc<Mutex<Pacer>>,
}

impl PacedWire {
    /// Keeps `pacer`, which others may look at.
    pub fn new(wire: HttpTransport, pacer: Arc<Mutex<Pacer>>) -> Self {
        Self { wire, pacer }
    }

    async fn paced(&self, request: &HttpRequest) -> Result<HttpResponse, Fault> {
        let wait = self.pacer().next(now_ms());
        if wait > 0 {
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
        let answer = self.wire.send(request).await;
        match &answer {
            Ok(response) => {
                self.pacer().learn(
                    now_ms(),
                    response.remaining,
                    response.retry_after,
                    response.status,
                );
            }
            Err(Fault::Throttled { wait_ms }) => {
                let wait = Some(Duration::from_millis(*wait_ms));
                self.pacer().learn(now_ms(), None, wait, TOO_MANY);
            }
            Err(_) => {}
        }
        answer
    }

    /// A pacer is a plain value: one left by a thread that panicked is as good as any.
    fn pacer(&self) -> MutexGuard<'_, Pacer> {
        self.pacer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Wire for PacedWire {
    fn send<'a>(
        &'a self,
        request: &'a HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, Fault>> + Send + 'a>> {
        Box::pin(self.paced(request))
    }
}

/// Milliseconds since 1970.
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
