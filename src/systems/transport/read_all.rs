//! A cursor and a wire in, the whole observation out: paced, and tried again where that may help.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use super::{
    super::{Cursor, CursorStep, OnProgress, SystemError, Wire},
    Pacer,
};
use crate::model::{Fault, HttpRequest, HttpResponse, Observed};

/// How often and how long to try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Tries of one page, the first included.
    pub tries: u32,
    /// The first pause; each one after is twice as long.
    pub first: Duration,
    /// The longest pause.
    pub longest: Duration,
    /// Seeds the jitter.
    pub seed: u64,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            tries: 8,
            first: Duration::from_millis(200),
            longest: Duration::from_secs(30),
            seed: 0,
        }
    }
}

impl Patience {
    /// The pause before a try (1 is the second): exponential, between half and the whole of it.
    pub fn pause(&self, attempt: u32, random: &mut fastrand::Rng) -> Duration {
        let whole = self
            .first
            .saturating_mul(1 << attempt.saturating_sub(1).min(16))
            .min(self.longest);
        whole.mul_f64(random.f64().mul_add(0.5, 0.5))
    }
}

/// Drives a cursor to its end. `now` gives milliseconds since 1970; `place` is named in errors.
pub async fn read_all(
    cursor: &mut dyn Cursor,
    wire: &dyn Wire,
    pacer: &Mutex<Pacer>,
    patience: Patience,
    place: &str,
    now: &(dyn Fn() -> u64 + Sync),
    progress: OnProgress<'_>,
) -> Result<Observed, SystemError> {
    let mut random = fastrand::Rng::with_seed(patience.seed);
    let mut last: Option<HttpResponse> = None;
    loop {
        let request = match cursor.next(last.as_ref())? {
            CursorStep::Done(observed) => return Ok(*observed),
            CursorStep::Send(request) => request,
        };
        let (done, total) = cursor.progress();
        progress(done, total);
        last = Some(fetch(&request, wire, pacer, patience, &mut random, place, now).await?);
    }
}

/// Sends one reading request, paced, and tries again where that may help.
pub async fn fetch(
    request: &HttpRequest,
    wire: &dyn Wire,
    pacer: &Mutex<Pacer>,
    patience: Patience,
    random: &mut fastrand::Rng,
    place: &str,
    now: &(dyn Fn() -> u64 + Sync),
) -> Result<HttpResponse, SystemError> {
    let unreachable = |why: String| SystemError::Unreachable {
        doing: "read",
        place: place.to_owned(),
        why,
    };
    let mut failed = 0;
    let mut throttled = 0;
    loop {
        let wait = lock(pacer).next(now());
        if wait > 0 {
            tokio::time::sleep(Duration::from_millis(wait)).await;
        }
        match wire.send(request).await {
            Ok(response) => {
                lock(pacer).learn(now(), response.remaining, response.retry_after, response.status);
                return Ok(response);
            }
            Err(Fault::Throttled { wait_ms }) => {
                lock(pacer).learn(now(), None, Some(Duration::from_millis(wait_ms)), 429);
                throttled += 1;
                if throttled > patience.tries * 4 {
                    return Err(unreachable(
                        "it keeps asking to wait; try again later or lower `share`".to_owned(),
                    ));
                }
            }
            Err(Fault::Transient { why } | Fault::Ambiguous { why }) => {
                failed += 1;
                if failed >= patience.tries {
                    return Err(unreachable(format!("{why} ({failed} tries)")));
                }
                tokio::time::sleep(patience.pause(failed, random)).await;
            }
            Err(Fault::Unauthorised { why }) => {
                return Err(SystemError::Unauthorised {
                    place: place.to_owned(),
                    why,
                });
            }
            Err(Fault::Broken { why }) => return Err(unreachable(why)),
        }
    }
}

/// A pacer is a plain value: one left by a thread that panicked is as good as any.
fn lock(pacer: &Mutex<Pacer>) -> std::sync::MutexGuard<'_, Pacer> {
    pacer.lock().unwrap_or_else(PoisonError::into_inner)
}
