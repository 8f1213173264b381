//! A response of the patchwork CRM, or of a proxy before it, in; what its status, headers and wording mean, out.

use std::time::Duration;

use serde::de::IgnoredAny;

use super::{WHO, read::ErrorText, request::CLASS};
use crate::{
    model::{Fault, HttpRequest, HttpResponse, RateSpan},
    systems::{Conventions, RateLeft, RateReport, Throttle, busy, fault_of_status, throttled},
};

/// How the patchwork CRM says that it does not answer, and how fast it may be asked.
pub const CONVENTIONS: Conventions = Conventions { fault, rate };

/// How long to wait where it does not say.
const WAIT: Duration = Duration::from_secs(1);

fn fault(request: &HttpRequest, response: &HttpResponse) -> Option<Fault> {
    let error = ErrorText::from_response(response);
    match (response.status, error) {
        (429, Some(error)) if error.code == "BUSY" => Some(busy(wait(response))),
        (429, _) => Some(throttled(wait(response))),
        // It says so of one person, or of one tag: whoever asked reads it.
        (400 | 404 | 409 | 422, Some(_)) | (204, _) => None,
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

fn rate(_: &HttpRequest, response: &HttpResponse) -> RateReport {
    let number = |name: &str| response.headers.number::<u32>(name);
    let begins = response.headers.number("x-patchwork-day-begins");
    let day = begins.map(|resets_at| RateSpan::Day { resets_at });
    let left = [
        (number("x-patchwork-second-left"), Some(RateSpan::Second), None),
        (number("x-patchwork-minute-left"), Some(RateSpan::Minute), None),
        (number("x-patchwork-day-left"), day, None),
        (
            number("x-patchwork-bulk-left"),
            Some(RateSpan::Minute),
            Some(CLASS),
        ),
    ];
    let left = left.into_iter().filter_map(|(requests, per, class)| {
        Some(RateLeft {
            class,
            per: per?,
            requests: requests?,
        })
    });
    let error = ErrorText::from_response(response).filter(|_| response.status == 429);
    let throttle = match error.as_ref().map(|error| error.code.as_str()) {
        Some("BUSY") => Some(Throttle::SamePerson),
        Some("QUOTA") => Some(Throttle::Quota),
        Some(_) => Some(Throttle::Rate),
        None => None,
    };
    RateReport {
        left: left.collect(),
        wait: throttle.map(|_| wait(response)),
        class: error
            .and_then(|error| error.class)
            .filter(|class| class == CLASS)
            .map(|_| CLASS),
        throttle,
    }
}

fn wait(response: &HttpResponse) -> Duration {
    let said = response.headers.number("x-patchwork-retry-ms");
    said.map_or(WAIT, Duration::from_millis)
}
