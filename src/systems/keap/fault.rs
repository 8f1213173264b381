//! A response of Keap, of its gateway, or of a proxy, in; what its status, headers and wording mean, out.

use std::time::Duration;

use serde::de::IgnoredAny;

use super::{WHO, read::ErrorText};
use crate::{
    model::{Fault, HttpRequest, HttpResponse, RateSpan},
    systems::{Conventions, RateLeft, RateReport, Throttle, fault_of_status, retry_after, throttled},
};

/// How Keap says that it does not answer, and how fast it may be asked.
pub const CONVENTIONS: Conventions = Conventions { fault, rate };

/// A day of Keap's quota ends at midnight UTC.
pub(super) const DAY: RateSpan = RateSpan::Day { resets_at: 0 };

/// How long to wait where nothing is said: most of a minute's window may be left.
const RATE_WAIT: Duration = Duration::from_secs(10);
const QUOTA_WAIT: Duration = Duration::from_hours(1);

fn fault(request: &HttpRequest, response: &HttpResponse) -> Option<Fault> {
    let error = ErrorText::from_response(response);
    match (response.status, error) {
        (429, _) => Some(throttled(wait(response))),
        (401, _) => Some(Fault::Unauthorised {
            why: format!(
                "{WHO} does not accept the key: {}; create a new one and run the same command again",
                ErrorText::why_of(response)
            ),
        }),
        (403, _) => Some(Fault::Unauthorised {
            why: format!(
                "the key may not do this in {WHO}: {}; use a service account key, or the key of an administrator",
                ErrorText::why_of(response)
            ),
        }),
        // Keap says so of one person or one tag: whoever asked reads it. The gateway means the whole path.
        (400 | 404 | 409 | 422, Some(error)) if error.fault.is_none() => None,
        (204, _) => None,
        (200..=299, _) if serde_json::from_str::<IgnoredAny>(&response.body).is_err() => {
            // A page of a proxy, or a body that was cut: nobody knows whether the work behind it was done.
            let why = format!(
                "something else than {WHO} answers with status {}",
                response.status
            );
            Some(request.safety.fault(why))
        }
        _ => fault_of_status(request, response),
    }
}

/// What is left by a family of headers. A tenant's headers have a value for each of its windows, between `|`.
fn left<'a>(response: &'a HttpResponse, family: &str) -> impl Iterator<Item = RateLeft> + use<'a> {
    let header = |name: &str| response.headers.get(&format!("x-keap-{family}-{name}"));
    let parts = |text: &'a str| text.split('|').map(str::trim);
    let (units, available) = (
        header("time-unit").unwrap_or_default(),
        header("available").unwrap_or_default(),
    );
    parts(units)
        .zip(parts(available))
        .filter_map(|(unit, available)| {
            let per = match unit.to_ascii_lowercase().as_str() {
                "second" => RateSpan::Second,
                "minute" => RateSpan::Minute,
                "hour" => RateSpan::Hour,
                "day" => DAY,
                _ => return None,
            };
            Some(RateLeft::new(per, available.parse().ok()?))
        })
}

fn rate(_: &HttpRequest, response: &HttpResponse) -> RateReport {
    let families = ["product-quota", "product-throttle", "tenant-throttle"];
    let throttled = response.status == 429;
    let throttle = match (throttled, day_is_over(response)) {
        (true, true) => Some(Throttle::Quota),
        (true, false) => Some(Throttle::Rate),
        (false, _) => None,
    };
    RateReport {
        left: families
            .into_iter()
            .flat_map(|family| left(response, family))
            .collect(),
        wait: throttled.then(|| wait(response)),
        class: None,
        throttle,
    }
}

/// Whether no request is left today.
fn day_is_over(response: &HttpResponse) -> bool {
    ["product-quota", "tenant-throttle"]
        .into_iter()
        .flat_map(|family| left(response, family))
        .any(|left| left.per == DAY && left.requests == 0)
}

fn wait(response: &HttpResponse) -> Duration {
    if let Some(said) = retry_after(response) {
        return said;
    }
    if !day_is_over(response) {
        return RATE_WAIT;
    }
    // The end of the day is given as a moment; the response's own date says how far that is.
    let ends_ms = response.headers.number::<i64>("x-keap-product-quota-expiry-time");
    let date = response.headers.get("date");
    let now = date.and_then(|date| jiff::fmt::rfc2822::parse(date.trim()).ok());
    let left = ends_ms
        .zip(now)
        .map(|(ends, now)| ends - now.timestamp().as_millisecond());
    match left.and_then(|left| u64::try_from(left).ok()) {
        Some(left) => Duration::from_millis(left),
        None => QUOTA_WAIT,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Safety;

    fn asked() -> HttpRequest {
        HttpRequest::post("/", "{}".to_owned(), Safety::Once)
    }

    #[test]
    fn the_headers_of_the_key_and_of_the_tenant_say_what_is_left_of_each_window() {
        let response = HttpResponse::new(200, "{}")
            .header("x-keap-product-quota-time-unit", "day")
            .header("x-keap-product-quota-available", "29000")
            .header("x-keap-product-throttle-time-unit", "minute")
            .header("x-keap-product-throttle-available", "200")
            .header("x-keap-tenant-throttle-time-unit", "minute|day")
            .header("x-keap-tenant-throttle-interval", "1|1")
            .header("x-keap-tenant-throttle-available", "9000 | 240000");
        let expected = [
            RateLeft::new(DAY, 29_000),
            RateLeft::new(RateSpan::Minute, 200),
            RateLeft::new(RateSpan::Minute, 9_000),
            RateLeft::new(DAY, 240_000),
        ];
        assert_eq!(rate(&asked(), &response).left, expected);
        let blank = HttpResponse::new(401, "{}")
            .header("x-keap-tenant-throttle-time-unit", "")
            .header("x-keap-tenant-throttle-available", "");
        assert_eq!(rate(&asked(), &blank).left, []);
    }

    #[test]
    fn a_day_that_is_used_up_is_told_from_a_minute_that_is() {
        let full = HttpResponse::new(429, r#"{"fault":{"faultstring":"Rate limit quota violation"}}"#);
        assert_eq!(rate(&asked(), &full).throttle, Some(Throttle::Rate));
        let day = full
            .header("x-keap-product-quota-time-unit", "day")
            .header("x-keap-product-quota-available", "0")
            .header("x-keap-product-quota-expiry-time", "784111997000")
            .header("Date", "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(rate(&asked(), &day).throttle, Some(Throttle::Quota));
        let wait = Duration::from_secs(784_111_997 - 784_111_777);
        assert_eq!(rate(&asked(), &day).wait, Some(wait));
        assert!(matches!(
            fault(&asked(), &day),
            Some(Fault::Throttled { wait_ms: 220_000 })
        ));
    }

    #[test]
    fn a_refusal_of_keap_is_read_and_one_of_the_gateway_stops_everything() {
        let of_keap = r#"{"code":400,"message":"email is invalid","status":"INVALID_ARGUMENT"}"#;
        let of_gateway = r#"{"fault":{"faultstring":"Invalid Access Token","detail":{"errorcode":"x"}}}"#;
        assert_eq!(fault(&asked(), &HttpResponse::new(400, of_keap)), None);
        let broken = fault(&asked(), &HttpResponse::new(404, of_gateway));
        assert!(matches!(broken, Some(Fault::Broken { .. })), "{broken:?}");
        let refused = fault(&asked(), &HttpResponse::new(401, of_gateway));
        assert!(matches!(refused, Some(Fault::Unauthorised { why }) if why.contains("Invalid Access Token")));
        let page = fault(&asked(), &HttpResponse::new(200, "<html>"));
        assert!(matches!(page, Some(Fault::Ambiguous { .. })));
    }
}
