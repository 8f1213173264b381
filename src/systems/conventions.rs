//! How a system says that it does not answer: its statuses, headers and wording in; faults and pace out.

use std::time::Duration;

use crate::model::{Fault, HttpRequest, HttpResponse, RateSpan};

/// How long to wait when a server says "too many requests" and not how long.
const THROTTLED: Duration = Duration::from_secs(5);

/// How a system's responses are to be read before anybody looks for data in them. Each system has its own.
#[derive(Debug, Clone, Copy)]
pub struct Conventions {
    /// What a response says that is no data; `None` if it is to be read.
    pub fault: fn(&HttpRequest, &HttpResponse) -> Option<Fault>,
    /// What a response says about the pace.
    pub rate: fn(&HttpRequest, &HttpResponse) -> RateReport,
}

impl Conventions {
    /// Those of HTTP itself.
    pub const HTTP: Self = Self {
        fault: fault_of_status,
        rate: rate_of_http,
    };
}

/// What a response says about the pace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RateReport {
    /// Requests that are left in the server's present windows.
    pub left: Vec<RateLeft>,
    /// How long it asks to wait before the next request.
    pub wait: Option<Duration>,
    /// The class of requests that `wait` is about; `None` where it is about all.
    pub class: Option<&'static str>,
    /// That this request came too early, and by which rule.
    pub throttle: Option<Throttle>,
}

/// Requests that are left in one of the server's present windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLeft {
    /// The class whose limit it is; `None` for that of all requests.
    pub class: Option<&'static str>,
    /// The window.
    pub per: RateSpan,
    /// How many.
    pub requests: u32,
}

impl RateLeft {
    /// What is left of a limit of all requests.
    pub fn new(per: RateSpan, requests: u32) -> Self {
        Self {
            class: None,
            per,
            requests,
        }
    }

    /// What is left of the limit of a class.
    pub fn of_class(class: &'static str, per: RateSpan, requests: u32) -> Self {
        Self {
            class: Some(class),
            per,
            requests,
        }
    }
}

/// By which rule a request came too early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Throttle {
    /// Requests come too fast.
    Rate,
    /// What may be asked in a longer time is used up; the pace itself was right.
    Quota,
    /// Another request is about the same person; others may continue.
    SamePerson,
}

/// What a status alone means; `None` if the body is to be read.
pub fn fault_of_status(request: &HttpRequest, response: &HttpResponse) -> Option<Fault> {
    let why = || {
        format!(
            "the server answers {}: {}",
            response.status,
            excerpt(&response.body)
        )
    };
    Some(match response.status {
        200..=299 => return None,
        401 | 403 => Fault::Unauthorised { why: why() },
        429 => throttled(retry_after(response).unwrap_or(THROTTLED)),
        503 => Fault::Transient { why: why() },
        500..=599 => request.safety.fault(why()),
        300..=399 => Fault::Broken {
            why: match response.headers.get("location") {
                Some(to) => format!(
                    "the server redirects to {}; if that is the right address, set it as `url`",
                    excerpt(to)
                ),
                None => why(),
            },
        },
        _ => Fault::Broken { why: why() },
    })
}

/// The fault of a request that came too early.
pub fn throttled(wait: Duration) -> Fault {
    Fault::Throttled {
        wait_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
    }
}

/// The fault of a request about a member who is being changed by another one.
pub fn busy(wait: Duration) -> Fault {
    Fault::Busy {
        wait_ms: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
    }
}

/// What 429 and `Retry-After` say.
pub fn rate_of_http(_: &HttpRequest, response: &HttpResponse) -> RateReport {
    let too_many = response.status == 429;
    let wait = retry_after(response);
    RateReport {
        left: Vec::new(),
        wait: if too_many { wait.or(Some(THROTTLED)) } else { wait },
        class: None,
        throttle: too_many.then_some(Throttle::Rate),
    }
}

/// `Retry-After`: seconds, or a date, which is counted from the response's own.
pub fn retry_after(response: &HttpResponse) -> Option<Duration> {
    let text = response.headers.get("retry-after")?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = |text: &str| jiff::fmt::rfc2822::parse(text.trim()).ok();
    let until = date(text)?.timestamp();
    let from = date(response.headers.get("date")?)?.timestamp();
    let seconds = until.as_second().saturating_sub(from.as_second());
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or_default()))
}

/// The beginning of a body, for people: one line, no control characters.
pub(crate) fn excerpt(body: &str) -> String {
    const SHOWN: usize = 160;
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let mut text: String = body.trim().chars().take(SHOWN).map(clean).collect();
    if body.trim().chars().nth(SHOWN).is_some() {
        text.push('…');
    }
    if text.is_empty() {
        text.push_str("(nothing)");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Safety;

    fn asked(safety: Safety) -> HttpRequest {
        HttpRequest::post("/", "{}".to_owned(), safety)
    }

    #[test]
    fn a_status_decides_what_may_happen_next_and_the_safety_of_the_request_with_it() {
        let fault = |safety, status| fault_of_status(&asked(safety), &HttpResponse::new(status, "{}"));
        for safety in [Safety::Read, Safety::Repeatable, Safety::Once] {
            let fault = |status| fault(safety, status).unwrap();
            assert!(matches!(fault(401), Fault::Unauthorised { .. }));
            assert!(matches!(fault(403), Fault::Unauthorised { .. }));
            assert!(matches!(fault(429), Fault::Throttled { wait_ms: 5_000 }));
            assert!(matches!(fault(503), Fault::Transient { .. }));
            assert!(matches!(fault(302), Fault::Broken { .. }));
            assert!(matches!(fault(404), Fault::Broken { .. }));
        }
        for status in [500, 502, 504] {
            for safety in [Safety::Repeatable, Safety::Once] {
                assert!(matches!(fault(safety, status), Some(Fault::Ambiguous { .. })));
            }
            assert!(matches!(
                fault(Safety::Read, status),
                Some(Fault::Transient { .. })
            ));
        }
        assert_eq!(fault(Safety::Read, 204), None);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let after = |text: &str| {
            let response = HttpResponse::new(429, "").header("Retry-After", text);
            retry_after(&response.header("Date", "Sun, 06 Nov 1994 08:49:30 GMT"))
        };
        assert_eq!(after(" 7 "), Some(Duration::from_secs(7)));
        assert_eq!(
            after("Sun, 06 Nov 1994 08:49:37 GMT"),
            Some(Duration::from_secs(7))
        );
        assert_eq!(after("Sun, 06 Nov 1994 08:49:00 GMT"), Some(Duration::ZERO));
        assert_eq!(after("soon"), None);
    }
}
