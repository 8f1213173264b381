//! A response of Kit, or of a proxy before it, in; what its status and wording mean, out.

use std::time::Duration;

use serde::de::IgnoredAny;

use super::{WHO, read::ErrorsText};
use crate::{
    model::{Fault, HttpRequest, HttpResponse},
    systems::{Conventions, RateReport, Throttle, fault_of_status, retry_after, throttled},
};

/// How Kit says that it does not answer. It says nothing of the pace but "Retry later".
pub const CONVENTIONS: Conventions = Conventions { fault, rate };

/// How long to wait: Kit counts in any 60 seconds and does not say when they are over.
const WAIT: Duration = Duration::from_mins(1);

fn fault(request: &HttpRequest, response: &HttpResponse) -> Option<Fault> {
    let errors = ErrorsText::from_response(response);
    match (response.status, errors) {
        // 413: the queue of the bulk requests is full, and empties.
        (413 | 429, _) => Some(throttled(wait(response))),
        (401, _) => Some(Fault::Unauthorised {
            why: format!(
                "{}; check that the key is one of the API v4, that an access token has not expired, and that the \
                 account's plan includes the API",
                ErrorsText::why_of(response)
            ),
        }),
        (403, Some(errors)) if errors.is_subscriber_limit() => Some(full(&ErrorsText::why_of(response))),
        // It says so of one person, tag or field: whoever asked reads it.
        (404 | 422, Some(_)) | (204, _) => None,
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

/// The fault of an account that has no room for another contact.
pub(super) fn full(why: &str) -> Fault {
    Fault::Broken {
        why: format!(
            "the plan of the {WHO} account has no room for more subscribers ({why}); upgrade it in {WHO} under Billing, \
             then run `rehome apply` again"
        ),
    }
}

fn rate(_: &HttpRequest, response: &HttpResponse) -> RateReport {
    let too_many = response.status == 429;
    RateReport {
        left: Vec::new(),
        wait: too_many.then(|| wait(response)),
        class: None,
        throttle: too_many.then_some(Throttle::Rate),
    }
}

/// Kit sends no `Retry-After`; a proxy before it may.
fn wait(response: &HttpResponse) -> Duration {
    retry_after(response).unwrap_or(WAIT)
}
