//! What Drip, or something before it, may answer: documented and hostile responses in; what each means, out.

use std::time::Duration;

use super::{
    CONVENTIONS, Drip,
    chosen::Chosen,
    request::{BATCHES, MOST},
};
use crate::{
    model::{Fault, HttpRequest, HttpResponse, RateSpan, Safety},
    systems::{ExchangeStep, Protocol, RateLeft, SystemError, Throttle, exchange::testing::play},
};

fn get() -> HttpRequest {
    HttpRequest::get("/v2/1/subscribers")
}

fn batch() -> HttpRequest {
    HttpRequest::post("/v2/1/subscribers/batches", String::new(), Safety::Once).class(BATCHES)
}

fn fault(request: &HttpRequest, status: u16, body: &str) -> Option<Fault> {
    (CONVENTIONS.fault)(request, &HttpResponse::new(status, body))
}

#[test]
fn a_quota_and_a_busy_person_are_told_apart() {
    let quota = HttpResponse::new(
        429,
        r#"{"message":"API rate limit exceeded. Please try again in an hour.","documentation":"…"}"#,
    );
    let rate = (CONVENTIONS.rate)(&batch(), &quota);
    assert_eq!(
        (rate.throttle, rate.wait),
        (Some(Throttle::Quota), Some(Duration::from_hours(1)))
    );
    let busy = HttpResponse::new(
        429,
        r#"{"errors":[{"code":"rate_limit_error","message":"Too many concurrent requests for the same subscriber"}]}"#,
    );
    let rate = (CONVENTIONS.rate)(&get(), &busy);
    assert_eq!((rate.throttle, rate.wait), (Some(Throttle::SamePerson), None));
    assert!(matches!(
        (CONVENTIONS.fault)(&get(), &busy),
        Some(Fault::Busy { wait_ms: 1_000 })
    ));
}

#[test]
fn what_is_left_of_a_batch_counts_for_batches_alone() {
    let response = HttpResponse::new(201, "{}").header("X-RateLimit-Remaining", "7");
    let left = |request: HttpRequest| (CONVENTIONS.rate)(&request, &response).left;
    assert_eq!(left(batch()), [RateLeft::of_class(BATCHES, RateSpan::Hour, 7)]);
    assert_eq!(left(get()), [RateLeft::new(RateSpan::Hour, 7)]);
}

#[test]
fn a_page_of_a_proxy_is_never_an_answer() {
    assert!(matches!(
        fault(&batch(), 201, "<html>"),
        Some(Fault::Ambiguous { .. })
    ));
    assert!(matches!(
        fault(&get(), 200, "<html>"),
        Some(Fault::Transient { .. })
    ));
    assert!(matches!(
        fault(&get(), 200, r#"{"subscribers":[{"id":"#),
        Some(Fault::Transient { .. })
    ));
    assert!(matches!(
        fault(&batch(), 502, "<html>"),
        Some(Fault::Ambiguous { .. })
    ));
    assert!(matches!(
        fault(&get(), 401, "{}"),
        Some(Fault::Unauthorised { .. })
    ));
    let forbidden = r#"{"errors":[{"code":"authorization_error","message":"You are not authorized"}]}"#;
    assert!(matches!(
        fault(&get(), 403, forbidden),
        Some(Fault::Unauthorised { .. })
    ));
    // Of one person.
    assert_eq!(
        fault(
            &get(),
            422,
            r#"{"errors":[{"code":"email_error","attribute":"email"}]}"#
        ),
        None
    );
    assert_eq!(fault(&get(), 204, ""), None);
    assert!(matches!(fault(&get(), 404, "<html>"), Some(Fault::Broken { .. })));
}

fn page(ids: &[&str], pages: u64, total: u64) -> HttpResponse {
    let people: Vec<_> = ids
        .iter()
        .map(|id| serde_json::json!({ "id": id, "email": format!("{id}@example.com"), "status": "active", "tags": null }))
        .collect();
    let meta =
        serde_json::json!({ "page": 1, "count": ids.len(), "total_pages": pages, "total_count": total });
    let body = serde_json::json!({ "meta": meta, "subscribers": people });
    HttpResponse::new(200, body.to_string()).header("Date", "Sun, 29 Nov 2026 08:00:00 GMT")
}

/// How many are read of these pages, after accounts, tags and the count `before`; or why none.
fn observed(before: u64, pages: &[HttpResponse]) -> Result<usize, String> {
    let accounts = HttpResponse::new(200, r#"{"accounts":[{"id":"1"}]}"#);
    let mut all = vec![
        accounts.clone(),
        HttpResponse::new(200, r#"{"tags":["VIP"]}"#),
        page(&["a"], before, before),
    ];
    all.extend_from_slice(pages);
    all.push(accounts);
    let drip = Drip::new("https://drip.example", "1", &Chosen::default());
    let mut exchange = drip.observe();
    match play(&mut *exchange, &all) {
        ExchangeStep::Done(observed) => Ok(observed.len()),
        ExchangeStep::Failed(SystemError::Incomplete { why, .. }) => Err(why),
        ExchangeStep::Failed(other) => Err(other.to_string()),
        _ => Err("it asks for more".to_owned()),
    }
}

#[test]
fn a_reading_that_is_not_proven_complete_is_an_error() {
    assert_eq!(
        observed(3, &[page(&["a", "b"], 2, 3), page(&["b", "c"], 2, 3)]),
        Ok(3)
    );
    // Somebody is created meanwhile, a page is repeated, a page is missing, the frozen set is smaller.
    assert!(observed(3, &[page(&["a", "b"], 2, 3), page(&["c", "d"], 2, 4)]).is_err());
    assert!(observed(3, &[page(&["a", "b"], 2, 3), page(&["a", "b"], 2, 3)]).is_err());
    assert!(observed(3, &[page(&["a", "b"], 1, 3)]).is_err());
    assert!(observed(3, &[page(&["a", "b"], 1, 2)]).is_err());
    assert!(observed(3, &[HttpResponse::new(200, r#"{"subscribers":[]}"#)]).is_err());
    assert!(
        observed(
            3,
            &[HttpResponse::new(
                200,
                r#"{"meta":{"total_pages":{},"total_count":3},"subscribers":[]}"#
            )]
        )
        .is_err()
    );
    assert_eq!(observed(0, &[page(&[], 0, 0)]), Ok(0));
}

#[test]
fn the_result_set_is_frozen_at_the_time_of_the_server() {
    let drip = Drip::new("https://drip.example", "1", &Chosen::default());
    let mut exchange = drip.observe();
    let played = [
        HttpResponse::new(200, r#"{"accounts":[{"id":1}]}"#),
        HttpResponse::new(200, r#"{"tags":[]}"#),
        page(&["a"], 1, 1),
    ];
    let ExchangeStep::Send(request) = play(&mut *exchange, &played) else {
        panic!("it asks for a page")
    };
    let expected =
        format!("/v2/1/subscribers?status=all&per_page={MOST}&page=1&subscribed_before=2026-11-29T08:00:01Z");
    assert_eq!(request.path, expected);
}
