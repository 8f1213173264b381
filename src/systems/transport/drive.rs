//! An exchange and a wire in, the exchange's result out: sent, waited for, and tried again where that may help.

use std::{convert::Infallible, fmt::Display, future::Future, time::Duration};

use super::{RetryPolicy, announce};
use crate::{
    model::{Fault, HttpRequest, HttpResponse},
    systems::{Exchange, ExchangeStep, OnProgress, Wire},
};

/// The caller of an exchange: waits for pauses, and gets the progress.
pub trait Watcher {
    /// Why a pause does not come to its end.
    type Stop;

    /// Lets a pause pass.
    fn pause(&mut self, time: Duration) -> impl Future<Output = Result<(), Self::Stop>> + Send;

    /// How far the exchange is: done so far, total where known.
    fn progress(&mut self, done: u64, total: Option<u64>) {
        let _ = (done, total);
    }

    /// Something in between answered, and it is asked again.
    fn again(&mut self, why: &str) {
        let _ = why;
    }
}

/// Waits, without progress.
struct Patient;

impl Watcher for Patient {
    type Stop = Infallible;

    async fn pause(&mut self, time: Duration) -> Result<(), Infallible> {
        tokio::time::sleep(time).await;
        Ok(())
    }
}

/// Waits, and tells how far it is.
struct Telling<'a>(OnProgress<'a>);

impl Watcher for Telling<'_> {
    type Stop = Infallible;

    fn pause(&mut self, time: Duration) -> impl Future<Output = Result<(), Infallible>> + Send {
        let sleep = tokio::time::sleep(time);
        async move {
            sleep.await;
            Ok(())
        }
    }

    fn progress(&mut self, done: u64, total: Option<u64>) {
        (self.0)(done, total);
    }
}

/// Drives an exchange to its end.
pub async fn drive<T, E: Display>(
    exchange: &mut dyn Exchange<T, E>,
    wire: &dyn Wire,
    policy: RetryPolicy,
) -> Result<T, E> {
    let Ok(ended) = drive_watched(exchange, wire, policy, &mut Patient).await;
    ended
}

/// Drives an exchange to its end, and tells how far it is.
pub async fn drive_telling<T, E: Display>(
    exchange: &mut dyn Exchange<T, E>,
    wire: &dyn Wire,
    policy: RetryPolicy,
    progress: OnProgress<'_>,
) -> Result<T, E> {
    let Ok(ended) = drive_watched(exchange, wire, policy, &mut Telling(progress)).await;
    ended
}

/// Drives an exchange as long as the watcher lets it.
pub async fn drive_watched<T, E: Display, W: Watcher>(
    exchange: &mut dyn Exchange<T, E>,
    wire: &dyn Wire,
    policy: RetryPolicy,
    watcher: &mut W,
) -> Result<Result<T, E>, W::Stop> {
    let mut random = fastrand::Rng::with_seed(policy.seed);
    let mut begun = 1;
    let mut last = None;
    loop {
        let step = exchange.next(last.as_ref().map(Result::as_ref));
        last = None;
        let pause = match step {
            ExchangeStep::Done(value) => return Ok(Ok(value)),
            ExchangeStep::Failed(error) => return Ok(Err(error)),
            ExchangeStep::Again(error) if begun >= policy.restarts => return Ok(Err(error)),
            ExchangeStep::Again(error) => {
                watcher.again(&error.to_string());
                begun += 1;
                policy.pause(begun - 1, &mut random)
            }
            ExchangeStep::Wait(time) => time,
            ExchangeStep::Send(request) => {
                if let Some((done, total)) = exchange.progress() {
                    watcher.progress(done, total);
                }
                last = Some(send(&request, exchange, wire, policy, &mut random, watcher).await?);
                continue;
            }
        };
        announce("the system is not done yet", pause);
        watcher.pause(pause).await?;
    }
}

/// Sends one request, and sends it again as far as the policy and its safety let it.
async fn send<T, E, W: Watcher>(
    request: &HttpRequest,
    exchange: &mut dyn Exchange<T, E>,
    wire: &dyn Wire,
    policy: RetryPolicy,
    random: &mut fastrand::Rng,
    watcher: &mut W,
) -> Result<Result<HttpResponse, Fault>, W::Stop> {
    let (mut failed, mut throttled) = (0, 0);
    loop {
        let fault = match wire.send(request).await {
            Ok(response) => return Ok(Ok(response)),
            Err(fault) => fault,
        };
        if !request.safety.may_repeat(&fault) {
            return Ok(Err(fault));
        }
        let pause = if let Fault::Throttled { wait_ms } | Fault::Busy { wait_ms } = &fault {
            throttled += 1;
            let wait = Duration::from_millis(*wait_ms);
            if throttled > policy.throttled() || wait > policy.longest_wait {
                return Ok(Err(fault));
            }
            wait
        } else {
            failed += 1;
            if failed >= policy.attempts {
                return Ok(Err(after_tries(fault, failed)));
            }
            policy.pause(failed, random)
        };
        exchange.repeated(&fault);
        announce("the system asked for a pause, or does not answer yet", pause);
        watcher.pause(pause).await?;
    }
}

/// A fault that says how often it was tried.
fn after_tries(fault: Fault, tries: u32) -> Fault {
    let said = |why: String| match tries {
        1 => why,
        _ => format!("{why} ({tries} tries)"),
    };
    match fault {
        Fault::Transient { why } => Fault::Transient { why: said(why) },
        Fault::Ambiguous { why } => Fault::Ambiguous { why: said(why) },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::{
        model::Safety,
        systems::{Last, OneRequest, Sending},
    };

    /// Answers from a list, and notes what was sent.
    struct Script {
        answers: Mutex<Vec<Result<HttpResponse, Fault>>>,
        sent: Mutex<Vec<String>>,
    }

    impl Script {
        fn new(mut answers: Vec<Result<HttpResponse, Fault>>) -> Self {
            answers.reverse();
            Self {
                answers: Mutex::new(answers),
                sent: Mutex::default(),
            }
        }

        fn sent(&self) -> Vec<String> {
            self.sent.lock().unwrap().clone()
        }
    }

    impl Wire for Script {
        fn send<'a>(&'a self, request: &'a HttpRequest) -> Sending<'a> {
            self.sent.lock().unwrap().push(request.path.clone());
            let answer = self.answers.lock().unwrap().pop().unwrap();
            Box::pin(async move { answer })
        }
    }

    fn fast() -> RetryPolicy {
        RetryPolicy {
            attempts: 3,
            first: Duration::from_millis(1),
            longest: Duration::from_millis(1),
            ..RetryPolicy::default()
        }
    }

    type Came = Result<HttpResponse, Fault>;

    #[expect(clippy::unnecessary_wraps, reason = "what came is one or the other")]
    fn ok(body: &str) -> Came {
        Came::Ok(HttpResponse::new(200, body))
    }

    fn cut() -> Came {
        Err(Fault::Ambiguous {
            why: "cut".to_owned(),
        })
    }

    fn one(safety: Safety) -> impl Exchange<String> {
        let request = HttpRequest::post("/a", String::new(), safety);
        OneRequest::new(request, |response: &HttpResponse| Ok(response.body.clone()))
    }

    #[tokio::test]
    async fn what_may_be_repeated_is_and_what_may_not_is_sent_once() {
        for (safety, sent, ends) in [(Safety::Repeatable, 3, true), (Safety::Once, 1, false)] {
            let wire = Script::new(vec![cut(), cut(), ok("done")]);
            let ended = drive(&mut one(safety), &wire, fast()).await;
            assert_eq!((wire.sent().len(), ended.is_ok()), (sent, ends));
        }
        let wire = Script::new(vec![cut(), cut(), cut(), ok("late")]);
        let ended = drive(&mut one(Safety::Repeatable), &wire, fast()).await;
        assert_eq!(ended.unwrap_err().to_string(), "no answer: cut (3 tries)");
        let wire = Script::new(vec![cut(), ok("late")]);
        let ended = drive(&mut one(Safety::Repeatable), &wire, RetryPolicy::once()).await;
        assert_eq!((ended, wire.sent().len()), (cut().map(|_| String::new()), 1));
    }

    #[tokio::test]
    async fn a_wait_beyond_what_anybody_waits_is_handed_on_and_a_shorter_one_is_waited_out() {
        let asks = |wait_ms| Err(Fault::Throttled { wait_ms });
        let wire = Script::new(vec![asks(2), ok("done")]);
        assert!(drive(&mut one(Safety::Once), &wire, fast()).await.is_ok());
        let wire = Script::new(vec![asks(3_600_000), ok("done")]);
        let ended = drive(&mut one(Safety::Once), &wire, fast()).await;
        assert_eq!(ended, Err(Fault::Throttled { wait_ms: 3_600_000 }));
    }

    /// Submits a job, and asks for it until it is done.
    struct Job(u32);

    impl Exchange<String> for Job {
        fn next(&mut self, last: Last<'_>) -> ExchangeStep<String> {
            self.0 += 1;
            match last {
                None if self.0 == 1 => {
                    ExchangeStep::Send(HttpRequest::post("/jobs", String::new(), Safety::Once))
                }
                None => ExchangeStep::Send(HttpRequest::get("/jobs/7")),
                Some(Ok(response)) if response.body == "done" => ExchangeStep::Done("done".to_owned()),
                Some(Ok(_)) => ExchangeStep::Wait(Duration::from_millis(1)),
                Some(Err(fault)) => ExchangeStep::Failed(fault.clone()),
            }
        }
    }

    #[tokio::test]
    async fn a_job_is_asked_for_until_it_is_done() {
        let wire = Script::new(vec![ok("7"), ok("busy"), ok("busy"), ok("done")]);
        assert!(drive(&mut Job(0), &wire, fast()).await.is_ok());
        assert_eq!(wire.sent(), ["/jobs", "/jobs/7", "/jobs/7", "/jobs/7"]);
    }

    /// Is answered by something in between, always.
    struct Walled;

    impl Exchange<()> for Walled {
        fn next(&mut self, last: Last<'_>) -> ExchangeStep<()> {
            match last {
                None => ExchangeStep::Send(HttpRequest::get("/")),
                Some(_) => ExchangeStep::Again(Fault::Broken {
                    why: "a wall".to_owned(),
                }),
            }
        }
    }

    #[tokio::test]
    async fn what_something_in_between_says_is_asked_again_a_few_times() {
        let wire = Script::new((0..9).map(|_| ok("<html>")).collect());
        let ended = drive(&mut Walled, &wire, fast()).await;
        assert_eq!((wire.sent().len(), ended.is_err()), (4, true));
    }

    /// Stops at the first pause.
    struct Hurried;

    impl Watcher for Hurried {
        type Stop = &'static str;

        async fn pause(&mut self, _: Duration) -> Result<(), &'static str> {
            Err("stopped")
        }
    }

    #[tokio::test]
    async fn a_watcher_stops_between_two_attempts() {
        let wire = Script::new(vec![cut(), ok("done")]);
        let ended = drive_watched(&mut one(Safety::Repeatable), &wire, fast(), &mut Hurried).await;
        assert_eq!((ended, wire.sent().len()), (Err("stopped"), 1));
    }
}
