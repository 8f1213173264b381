//! Invitations as text: what is sent, and what each answer means.

use std::sync::Arc;

use serde_json::{Value, json};

use super::tests::{answer, greet, hello, ok, status};
use crate::{
    model::{
        EmailKey, EmailTarget, EmailVia, Fault, HttpRequest, Invitation, InviteOutcome, MarkState,
        Membership, OfferingKey, Recipient,
    },
    systems::{GreetStep, Protocol},
};

fn companion() -> Arc<dyn Protocol> {
    let status = status();
    match greet(Membership::Companion, &[ok(&hello()), ok(&status)]).ok() {
        Some(GreetStep::Done(greeted)) => greeted.protocol,
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
    serde_json::from_str(request.body.as_deref().unwrap()).unwrap()
}

#[test]
fn an_invitation_says_who_where_and_to_whom() {
    let site = companion();
    let mailer = site.mailer().unwrap();
    assert_eq!((mailer.pages().name.as_str(), mailer.most()), ("Lumen", 100));
    assert_eq!(mailer.pages().environment, "staging");
    let mut sent = invitation(&["ann@example.com", "bo@example.com"]);
    sent.recipients[1].again = Some(2);
    let request = mailer.invite(&sent);
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
    let read = |body: Value| mailer.read_invite(&sent, &ok(&body));
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
        let fault = mailer.read_invite(&sent, &answer(200, cut)).unwrap_err();
        assert!(matches!(fault, Fault::Ambiguous { .. }), "{cut}: {fault:?}");
    }
}

#[test]
fn marks_are_read_page_by_page_and_a_stale_page_is_none() {
    let site = companion();
    let mailer = site.mailer().unwrap();
    let request = mailer.marks(&EmailKey::new("welcome"), 7);
    assert!(request.path.contains("invitations?") && request.path.contains("email=welcome&after=7"));
    let mark = |id: u64| json!({ "id": id, "email": "a@example.com", "state": "sending", "attempt": 2 });
    let page = json!({ "echo": "abc", "invitations": [mark(8), mark(9)], "next": 9, "total": 5 });
    let read = mailer.read_marks(7, &ok(&page)).unwrap();
    assert_eq!((read.marks.len(), read.next), (2, Some(9)));
    assert_eq!(
        (read.marks[0].state, read.marks[0].attempt),
        (MarkState::Sending, 2)
    );
    for (key, value) in [
        ("echo", json!("other")),
        ("invitations", json!([mark(9), mark(8)])),
        ("invitations", json!([mark(7)])),
        ("next", json!(8)),
        ("invitations", json!([{ "id": 8 }])),
    ] {
        let mut strange = page.clone();
        strange[key] = value;
        assert!(mailer.read_marks(7, &ok(&strange)).is_err(), "{strange}");
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
    let made = site.mailer().unwrap().ensure(&email).unwrap();
    assert_eq!(body(&made)["offerings"], json!(["course"]));
}
