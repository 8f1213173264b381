//! A response of the practice CRM in; what its status and headers mean, out.

use crate::{
    model::{HttpRequest, HttpResponse, RateSpan},
    systems::{Conventions, RateLeft, RateReport, fault_of_status, rate_of_http},
};

/// How the practice CRM says that it does not answer, and how fast it may be asked.
pub const CONVENTIONS: Conventions = Conventions {
    fault: fault_of_status,
    rate,
};

fn rate(request: &HttpRequest, response: &HttpResponse) -> RateReport {
    let left = response.headers.number("x-ratelimit-remaining");
    RateReport {
        left: left
            .map(|left| RateLeft::new(RateSpan::Minute, left))
            .into_iter()
            .collect(),
        ..rate_of_http(request, response)
    }
}
