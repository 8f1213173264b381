//! A response of Drip, or of a proxy before it, in; what its status, headers and wording mean, out.

use std::time::Duration;

use serde::de::IgnoredAny;

use super::{WHO, read::ErrorPage, request::BATCHES};
use crate::{
    model::{Fault, HttpRequest, HttpResponse, RateSpan},
    systems::{Conventions, RateLeft, RateReport, Throttle, busy, fault_of_status, retry_after, throttled},
};

/// How Drip says that it does not answer, and how fast it may be asked.
pub const CONVENTIONS: Conventions = Conventions { fault, rate };

/// How long to wait until the same person may be changed again.
const PERSON: Duration = Duration::from_secs(1);
/// How long to wait until an hour's requests are there again; Drip says only "in an hour".
const HOUR: Duration = Duration::from_hours(1);

/// Whether a 429 is about two requests for one person, and not about the pace.
fn is_about_a_person(response: &HttpResponse) -> bool {
    ErrorPage::from_response(response)
        .is_some_and(|page| page.why().to_lowercase().contains("same subscriber"))
}

fn wait(response: &HttpResponse) -> Duration {
    retry_after(response).unwrap_or(HOUR)
}

fn fault(request: &HttpRequest, response: &HttpResponse) -> Option<Fault> {
    let error = ErrorPage::from_response(response);
    match (response.status, error) {
        (429, _) if is_about_a_person(response) => Some(busy(retry_after(response).unwrap_or(PERSON))),
        (429, _) => Some(throttled(wait(response))),
        // Drip says so of one person: whoever asked reads it.
        (400 | 404 | 422, Some(_)) | (204, _) => None,
        (403, Some(error)) if !error.errors.is_empty() && !error.has("authorization_error") => None,
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

fn rate(request: &HttpRequest, response: &HttpResponse) -> RateReport {
    let class = request.path.ends_with("/batches").then_some(BATCHES);
    let left = response.headers.number("x-ratelimit-remaining");
    // Of a batch nobody says which of the two limits the header is about.
    let left = left.map(|requests| match class {
        Some(class) => RateLeft::of_class(class, RateSpan::Hour, requests),
        None => RateLeft::new(RateSpan::Hour, requests),
    });
    let throttle = (response.status == 429).then(|| {
        if is_about_a_person(response) {
            Throttle::SamePerson
        } else {
            Throttle::Quota
        }
    });
    RateReport {
        left: left.into_iter().collect(),
        wait: (throttle == Some(Throttle::Quota)).then(|| wait(response)),
        // Nor which limit is used up: then everything waits.
        class: None,
        throttle,
    }
}
