//! Invitations as text: what is sent, and what each answer means.

use std::sync::Arc;

use serde_json::{Value, json};

use super::tests::{answer, greet, hello, ok, status};
use crate::{
    model::{
        EmailKey, EmailTarget, EmailVia, Fault, HttpRequest, Invitation, InviteOutcome, MarkState,
        Membership, OfferingKey, Recipient,
    },
    systems::{ExchangeStep, Protocol, exchange::testing},
};

fn companion() -> Arc<dyn Protocol> {
    let status = status();
    match greet(Membership::Companion, &[ok(&hello()), ok(&status)]) {
        ExchangeStep::Done(session) => session.protocol,
        _ => panic!("greeted"),
    }
}

fn invitation(emails: &[&str]) -> Invitation {
    let recipient = |email: &&str| Recipient {
        email: (*email).to_owned(),
        subject: "Welcome".to_owned(),
        html: "<p>x</p>".to_owned(),
        text: "x".to_owned(),
        again: None,
    };
    Invitation {
        email: EmailKey::new("welcome"),
        per_hour: Some(200),
        test: false,
        recipients: emails.iter().map(recipient).collect(),
    }
}

fn body(request: &HttpRequest) -> Value {
    serde_json::from_str(request.json_text().unwrap()).unwrap()
}

#[test]
fn an_invitation_says_who_where_and_to_whom() {
    let site = companion();
    let mailer = site.mailer().unwrap();
    assert_eq!((mailer.pages().name.as_str(), mailer.most()), ("Lumen", 100));
    assert_eq!(mailer.pages().environment, "staging");
    let mut sent = invitation(&["ann@example.com", "bo@example.com"]);
    sent.recipients[1].again = Some(2);
    let request = testing::first(mailer.invite(&sent));
    assert_eq!(request.path, "/wp-json/rehome/v1/invite");
    let body = body(&request);
    assert_eq!(
        (
            &body["holder"],
            &body["instance"],
            &body["membership"],
            &body["email"]
        ),
        (
            &json!("h1"),
            &json!("0123"),
            &json!("companion"),
            &json!("welcome")
        )
    );
    assert_eq!((&body["per_hour"], &body["test"]), (&json!(200), &json!(false)));
    assert_eq!(body["recipients"][0].get("again"), None);
    assert_eq!(body["recipients"][1]["again"], 2);
}

#[test]
fn an_answer_is_of_the_first_recipients_or_of_nobody() {
    let site = companion();
    let mailer = site.mailer().unwrap();
    let sent = invitation(&["ann@example.com", "bo@example.com"]);
    let read = |body: Value| testing::read(mailer.invite(&sent), &ok(&body));
    let item = |email: &str, outcome: &str| json!({ "email": email, "outcome": outcome });
    let (ann, bo) = (item("ann@example.com", "sent"), item("bo@example.com", "doubt"));

    let whole = read(json!({ "items": [ann, bo], "done": true, "next": 2 })).unwrap();
    let outcomes: Vec<_> = whole.items.iter().map(|item| item.outcome).collect();
    assert_eq!(outcomes, [InviteOutcome::Sent, InviteOutcome::Doubt]);
    let part = read(json!({ "items": [ann], "done": false, "next": 1, "wait": 90 })).unwrap();
    assert_eq!((part.items.len(), part.wait), (1, Some(90)));
    let none = read(json!({ "items": [], "done": false, "next": 0, "wait": 90 })).unwrap();
    assert!(none.items.is_empty());

    for strange in [
        json!({ "items": [], "done": false }),
        json!({ "items": [ann], "done": true }),
        json!({ "items": [ann, bo], "done": false }),
        json!({ "items": [bo], "done": false }),
        json!({ "items": [ann, bo, ann], "done": true }),
        json!({ "items": [{ "email": "ann@example.com", "outcome": "perhaps" }], "done": false }),
        json!({ "code": "rehome_leased" }),
    ] {
        assert!(
            matches!(read(strange.clone()), Err(Fault::Broken { .. })),
            "{strange}"
        );
    }
    for cut in ["", "<html>", "{\"items\": [{\"ema"] {
        let fault = testing::read(mailer.invite(&sent), &answer(200, cut)).unwrap_err();
        assert!(matches!(fault, Fault::Ambiguous { .. }), "{cut}: {fault:?}");
    }
}

#[test]
fn marks_are_read_page_by_page_and_a_stale_page_is_none() {
    let site = companion();
    let mailer = site.mailer().unwrap();
    let email = EmailKey::new("welcome");
    let read = |pages: &[Value]| {
        let pages: Vec<_> = pages.iter().map(ok).collect();
        testing::play(&mut *mailer.marks(&email), &pages)
    };
    let mark = |id: u64| json!({ "id": id, "email": "a@example.com", "state": "sending", "attempt": 2 });
    let first = json!({ "echo": "abc", "invitations": [mark(3), mark(7)], "next": 7, "total": 4 });
    let ExchangeStep::Send(request) = read(std::slice::from_ref(&first)) else {
        panic!("another page follows");
    };
    assert!(request.path.contains("invitations?") && request.path.contains("email=welcome&after=7"));
    let page = json!({ "echo": "abc", "invitations": [mark(8), mark(9)], "next": null, "total": 4 });
    let ExchangeStep::Done(marks) = read(&[first.clone(), page.clone()]) else {
        panic!("all is read");
    };
    assert_eq!(marks.len(), 4);
    assert_eq!((marks[0].state, marks[0].attempt), (MarkState::Sending, 2));
    for (key, value) in [
        ("echo", json!("other")),
        ("invitations", json!([mark(9), mark(8)])),
        ("invitations", json!([mark(7)])),
        ("next", json!(8)),
        ("invitations", json!([{ "id": 8 }])),
    ] {
        let mut strange = page.clone();
        strange[key] = value;
        let step = read(&[first.clone(), strange.clone()]);
        assert!(matches!(step, ExchangeStep::Failed(_)), "{strange}");
    }
}

#[test]
fn what_a_lost_request_sent_counts_as_sent_now() {
    let site = companion();
    let mailer = site.mailer().unwrap();
    let sent = invitation(&["ann@example.com"]);
    let already = json!({ "email": "ann@example.com", "outcome": "already", "attempt": 1 });
    let already = ok(&json!({ "items": [already], "done": true, "next": 1 }));
    let cut = Fault::Ambiguous {
        why: "cut".to_owned(),
    };
    for (lost, outcome) in [(false, InviteOutcome::Already), (true, InviteOutcome::Sent)] {
        let mut exchange = mailer.invite(&sent);
        assert!(matches!(exchange.next(None), ExchangeStep::Send(_)));
        if lost {
            exchange.repeated(&cut);
        }
        let ExchangeStep::Done(read) = exchange.next(Some(Ok(&already))) else {
            panic!("it is whole");
        };
        assert_eq!((read.items[0].outcome, read.items[0].before), (outcome, !lost));
        // An answer that was cut on its way is asked for again, and may have sent as well.
        let mut exchange = mailer.invite(&sent);
        exchange.next(None);
        assert!(matches!(
            exchange.next(Some(Ok(&answer(200, "{")))),
            ExchangeStep::Again(_)
        ));
        assert!(matches!(exchange.next(None), ExchangeStep::Send(_)));
        let ExchangeStep::Done(read) = exchange.next(Some(Ok(&already))) else {
            panic!("it is whole");
        };
        assert_eq!(read.items[0].outcome, InviteOutcome::Sent);
    }
}

#[test]
fn an_email_is_made_what_the_plan_says() {
    let email = EmailTarget {
        key: EmailKey::new("welcome"),
        offerings: vec![OfferingKey::new("course")],
        via: EmailVia::Site,
        per_hour: None,
        subject: "x".to_owned(),
        body: "y".to_owned(),
    };
    let site = companion();
    let made = testing::first(site.mailer().unwrap().ensure(&email).unwrap());
    assert_eq!(body(&made)["offerings"], json!(["course"]));
}
