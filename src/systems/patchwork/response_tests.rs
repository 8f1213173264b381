//! What the patchwork CRM, or something before it, answers by hand: complete or not, refused, too fast, or not its own.

use super::{
    CONVENTIONS, Patchwork,
    open::open,
    read::{AccountText, Id, LimitsText},
    server::Limits,
    subject::patchwork,
};
use crate::{
    model::{ExternalContacts, Fault, HttpRequest, HttpResponse, RateSpan, Safety},
    systems::{
        ExchangeStep, Protocol, RateLeft, Secrets, Throttle,
        exchange::testing::play,
        transport::{HttpTransport, TransportOptions},
    },
};

#[test]
fn a_reading_that_does_not_prove_to_be_whole_is_an_error() {
    let account = r#"{"account": {"id": "p", "lag_ms": 0,
        "limits": {"second": 0, "minute": 0, "day": 0, "day_begins": 0, "bulk_minute": 0}}}"#;
    let contact = |id: u64| {
        format!(
            r#"{{"id": {id}, "email": "m{id}@example.com", "status": "neutral", "tags": [], "fields": null}}"#
        )
    };
    let contact = |id| contact(id).replace("null", "[]");
    let page = |contacts: &str, total: u64, token: &str| {
        format!(r#"{{"contacts": [{contacts}], "total": {total}, "next_page_token": {token}}}"#)
    };
    let ends = |pages: &[String]| {
        let head = [account.to_owned(), r#"{"tags": []}"#.to_owned()];
        let all = head.iter().chain(pages).map(|body| HttpResponse::new(200, body));
        let all: Vec<HttpResponse> = all.collect();
        let protocol = Patchwork::new("here", &unlimited());
        match play(&mut *protocol.observe(), &all) {
            ExchangeStep::Done(observed) => Ok(observed.len()),
            ExchangeStep::Failed(error) => Err(error.to_string()),
            other => panic!("{other:?}"),
        }
    };
    let again = account.to_owned();
    assert_eq!(ends(&[page(&contact(1), 1, "\"\""), again.clone()]), Ok(1));
    for (pages, why) in [
        (vec![page(&contact(1), 2, "\"\"")], "counts 2"),
        (vec![page("", 1, "\"more\"")], "is empty"),
        (
            vec![page(&contact(1), 2, "\"t\""), page(&contact(1), 2, "null")],
            "repeated",
        ),
        (
            vec![page(&contact(1), 1, "\"\""), again.replace("\"p\"", "\"q\"")],
            "another account",
        ),
        (vec!["{}".to_owned()], "cannot be read"),
    ] {
        let error = ends(&pages).unwrap_err();
        assert!(error.contains(why), "{error}");
    }
}

fn unlimited() -> AccountText {
    AccountText {
        id: "p".to_owned(),
        lag_ms: 0,
        limits: LimitsText::default(),
    }
}

#[test]
fn what_something_in_between_says_is_no_answer_whatever_its_status() {
    let fault = |safety, status, body: &str| {
        let asked = HttpRequest::post("/pw/contacts", String::new(), safety);
        (CONVENTIONS.fault)(&asked, &HttpResponse::new(status, body))
    };
    for (status, body) in [
        (200, "<html>wait</html>"),
        (502, "<html>bad</html>"),
        (200, r#"{"cut": "#),
    ] {
        let write = fault(Safety::Once, status, body);
        assert!(matches!(write, Some(Fault::Ambiguous { .. })), "{write:?}");
        let read = fault(Safety::Read, status, body);
        assert!(matches!(read, Some(Fault::Transient { .. })), "{read:?}");
    }
    let rejected = r#"{"error": {"code": "BAD_EMAIL"}}"#;
    for status in [400, 404, 409, 422] {
        assert_eq!(fault(Safety::Once, status, rejected), None);
        let unknown = fault(Safety::Once, status, "<html></html>");
        assert!(matches!(unknown, Some(Fault::Broken { .. })), "{unknown:?}");
    }
    assert!(matches!(
        fault(Safety::Once, 401, rejected),
        Some(Fault::Unauthorised { .. })
    ));
    assert_eq!(fault(Safety::Repeatable, 204, ""), None);
}

#[test]
fn every_limit_is_told_in_headers_of_its_own_and_a_busy_contact_is_not_the_rate() {
    let asked = HttpRequest::get("/pw/account");
    let response = |code: &str, class: &str| {
        let body = format!(r#"{{"error": {{"code": "{code}", "class": {class}}}}}"#);
        HttpResponse::new(429, body).header("X-Patchwork-Retry-Ms", "1500")
    };
    let told = |response: &HttpResponse| (CONVENTIONS.rate)(&asked, response);
    let left = HttpResponse::new(200, "{}")
        .header("X-Patchwork-Second-Left", "3")
        .header("X-Patchwork-Minute-Left", "40")
        .header("X-Patchwork-Day-Left", "500")
        .header("X-Patchwork-Day-Begins", "7")
        .header("X-Patchwork-Bulk-Left", "0");
    assert_eq!(
        told(&left).left,
        [
            RateLeft::new(RateSpan::Second, 3),
            RateLeft::new(RateSpan::Minute, 40),
            RateLeft::new(RateSpan::Day { resets_at: 7 }, 500),
            RateLeft::of_class("bulk", RateSpan::Minute, 0),
        ]
    );
    let fault = |response: &HttpResponse| (CONVENTIONS.fault)(&asked, response);
    let busy = response("BUSY", "null");
    assert_eq!(fault(&busy), Some(Fault::Busy { wait_ms: 1_500 }));
    assert_eq!(told(&busy).throttle, Some(Throttle::SamePerson));
    let slower = response("RATE", "\"bulk\"");
    assert_eq!(fault(&slower), Some(Fault::Throttled { wait_ms: 1_500 }));
    assert_eq!(
        (told(&slower).throttle, told(&slower).class),
        (Some(Throttle::Rate), Some("bulk"))
    );
    let over = response("QUOTA", "null");
    assert_eq!(
        (told(&over).throttle, told(&over).class),
        (Some(Throttle::Quota), None)
    );
}

#[test]
fn its_limits_are_those_that_it_publishes() {
    let (crm, _server) = patchwork(|options| {
        options.limits = Limits {
            second: 100,
            minute: 2_000,
            day: 30_000,
            day_begins: 7,
            bulk_minute: 60,
        };
    });
    let limits = crm.session.protocol.capabilities().limits;
    let expected = crate::model::RateLimits::none()
        .and(100, RateSpan::Second)
        .and(2_000, RateSpan::Minute)
        .and(30_000, RateSpan::Day { resets_at: 7 })
        .and_of("bulk", 60, RateSpan::Minute);
    assert_eq!(limits, expected);
}

#[test]
fn both_secrets_are_headers_and_a_wrong_one_is_refused() {
    let (crm, server) = patchwork(|_| {});
    let asks = |app: &str, token: &str| {
        let secret = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let secrets = Secrets::from([secret("app_id", app), secret("token", token)]);
        let opened = open(&ExternalContacts::example(&server.url()), &secrets);
        let time = TransportOptions::default();
        let transport = HttpTransport::new(&server.url(), opened.credentials, time).unwrap();
        let sent = crm
            .runtime
            .block_on(transport.send(&HttpRequest::get("/pw/account")));
        sent.unwrap().status
    };
    assert_eq!(
        (asks("app-7", "s3cret"), asks("app-7", "x"), asks("x", "s3cret")),
        (200, 401, 401)
    );
}

#[test]
fn an_id_is_the_same_as_a_number_and_as_text() {
    let read = |text: &str| serde_json::from_str::<Id>(text).ok();
    assert_eq!(read("12"), read("\"12\""));
    for wrong in ["\"\"", "-1", "1.5", "null", "[]"] {
        assert_eq!(read(wrong), None, "{wrong}");
    }
}
