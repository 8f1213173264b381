//! The practice CRM's protocol as text: what is sent, and what each answer means, hostile ones too.

use super::{
    super::{exchange::testing, *},
    CONVENTIONS, Simulated,
};
use crate::model::{
    Action, Answer, Attribute, Change, ContactId, Email, Fault, FieldName, HttpMethod, HttpRequest,
    HttpResponse, ItemOutcome, Looked, MemberWrite, Observed, Operation, Payload, RateSpan, Reason, Request,
    RequestId, Safety, Side, TagName,
};

fn change(attribute: Attribute, after: Option<&str>) -> Change {
    Change {
        side: Side::Contacts,
        action: Action::Update,
        attribute,
        reason: Reason::Granted,
        before: None,
        after: after.map(str::to_owned),
    }
}

fn write(seq: u32, email: &str, id: Option<&str>, changes: Vec<Change>) -> MemberWrite {
    MemberWrite {
        seq,
        email: Email::from_normalised(email).unwrap(),
        contact_id: id.map(ContactId::new),
        expect: crate::model::Preconditions::default(),
        changes,
    }
}

fn request(operation: Operation, payload: Payload) -> Request {
    Request {
        id: RequestId(1),
        operation,
        granted_by: "lumen".to_owned(),
        was: Vec::new(),
        offerings: Vec::new(),
        jobs: Vec::new(),
        tags: Vec::new(),
        payload,
    }
}

fn two() -> Request {
    let ada = write(
        4,
        "ada@example.com",
        None,
        vec![
            change(Attribute::Contact, Some("there")),
            change(Attribute::FirstName, Some("Ada")),
            change(Attribute::OptedOut, Some("yes")),
            change(Attribute::Field(FieldName::new("phone")), Some("1 23")),
        ],
    );
    let bo = write(
        9,
        "bo@example.com",
        Some("12"),
        vec![change(Attribute::LastName, Some("Ray"))],
    );
    request(Operation::Contacts, Payload::Members(vec![ada, bo]))
}

fn ok(body: &str) -> HttpResponse {
    HttpResponse::new(200, body)
}

/// What is sent for an operation.
fn sent(request: &Request) -> HttpRequest {
    testing::first(crm().carry_out(request))
}

/// What an answer to an operation means.
fn answer(system: &Simulated, request: &Request, response: &HttpResponse) -> Result<Answer, Fault> {
    testing::read(system.carry_out(request), response)
}

/// What an answer to a look means.
fn looked(request: &Request, response: &HttpResponse) -> Result<Looked, Fault> {
    testing::read(crm().probe(request), response)
}

fn crm() -> Simulated {
    Simulated::new("http://127.0.0.1:1", 0)
}

#[test]
fn contacts_and_tags_are_sent_as_the_contract_says() {
    let asked = sent(&two());
    assert_eq!(
        (asked.method, asked.path.as_str(), asked.safety),
        (HttpMethod::Post, "/v1/contacts/batch", Safety::Once)
    );
    assert_eq!(
        asked.json_text().unwrap(),
        r#"{"items":[{"email":"ada@example.com","fields":{"phone":"1 23"},"first_name":"Ada","opted_out":true},{"id":"12","last_name":"Ray"}]}"#
    );
    let tag = |name, after| change(Attribute::Tag(TagName::new(name)), after);
    let tags = vec![tag("VIP", Some("held")), tag("Old", None)];
    let tags = write(0, "bo@example.com", Some("12"), tags);
    let asked = sent(&request(Operation::ContactTags, Payload::Members(vec![tags])));
    assert_eq!(asked.path, "/v1/contacts/tags/batch");
    assert_eq!(
        asked.json_text().unwrap(),
        r#"{"items":[{"add":["VIP"],"id":"12","remove":["Old"]}]}"#
    );
    let asked = sent(&request(Operation::Tag, Payload::Tag(TagName::new("VIP"))));
    assert_eq!(
        (asked.path.as_str(), asked.json_text()),
        ("/v1/tags", Some(r#"{"name":"VIP"}"#))
    );
    let probe = testing::first(crm().probe(&two()));
    assert_eq!(
        (probe.path.as_str(), probe.safety),
        ("/v1/contacts/lookup", Safety::Read)
    );
    assert_eq!(
        probe.json_text().unwrap(),
        r#"{"emails":["ada@example.com","bo@example.com"]}"#
    );
}

#[test]
fn items_are_read_in_the_order_asked_whatever_order_they_come_in() {
    let body = r#"{"items":[{"index":1,"status":"refused","message":"no"},{"index":0,"status":"created","id":"77"}]}"#;
    let read = answer(&crm(), &two(), &ok(body)).unwrap();
    let made = ItemOutcome::Confirmed {
        contact_id: Some(ContactId::new("77")),
    };
    assert_eq!(
        read.items,
        [(4, made), (9, ItemOutcome::Refused { why: "no".to_owned() })]
    );
    let late = Simulated::new("x", 500);
    assert!(matches!(
        answer(&late, &two(), &ok(body)).unwrap().items[0].1,
        ItemOutcome::Accepted { .. }
    ));
    assert_eq!(
        late.capabilities().after_lost_write,
        crate::model::AfterLost::WaitThenLook
    );
}

#[test]
fn hostile_answers_to_a_write_are_faults_and_never_outcomes() {
    let ambiguous = ["<html>wait</html>", "", r#"{"items":[{"index":0,"#, "\u{0}"];
    for body in ambiguous {
        assert!(
            matches!(answer(&crm(), &two(), &ok(body)), Err(Fault::Ambiguous { .. })),
            "{body}"
        );
    }
    let broken = [
        "[]",
        "{}",
        r#"{"items":[]}"#,
        r#"{"items":{"index":0}}"#,
        r#"{"items":[{"index":0,"status":"created","id":"1"}]}"#,
        r#"{"items":[{"index":"0","status":"created","id":"1"},{"index":1,"status":"updated","id":"12"}]}"#,
        r#"{"items":[{"index":0,"status":"created","id":"1"},{"index":0,"status":"created","id":"2"}]}"#,
        r#"{"items":[{"index":0,"status":"created","id":"1"},{"index":1,"status":"updated","id":"12"},{"index":2,"status":"updated","id":"3"}]}"#,
        r#"{"items":[{"index":0,"status":"created"},{"index":1,"status":"updated","id":"12"}]}"#,
        r#"{"items":[{"index":0,"status":"perhaps","id":"1"},{"index":1,"status":"updated","id":"12"}]}"#,
        r#"{"items":[{"index":18446744073709551615,"status":"created","id":"1"}]}"#,
    ];
    for body in broken {
        assert!(
            matches!(answer(&crm(), &two(), &ok(body)), Err(Fault::Broken { .. })),
            "{body}"
        );
    }
    let tag = request(Operation::Tag, Payload::Tag(TagName::new("VIP")));
    let other = ok(r#"{"id":"1","name":"Other"}"#);
    assert!(matches!(answer(&crm(), &tag, &other), Err(Fault::Broken { .. })));
}

#[test]
fn the_server_says_in_its_headers_how_many_requests_are_left() {
    let asked = HttpRequest::get("/v1/account");
    let rate = |response: &HttpResponse| (CONVENTIONS.rate)(&asked, response);
    let told = rate(&ok("{}").header("X-RateLimit-Remaining", "41"));
    assert_eq!(
        (told.left, told.throttle),
        (vec![RateLeft::new(RateSpan::Minute, 41)], None)
    );
    let told = rate(&HttpResponse::new(429, "").header("Retry-After", "3"));
    assert_eq!(
        (told.wait, told.throttle),
        (Some(std::time::Duration::from_secs(3)), Some(Throttle::Rate))
    );
}

#[test]
fn a_lookup_gives_every_contact_of_an_address_and_refuses_strangers() {
    let body = r#"{"found":[
        {"email":"ada@example.com","contacts":[
            {"id":"1","email":"ada@example.com","first_name":"","tags":["A"]},
            {"id":"2","email":"Ada@Example.com","first_name":"Ada","opted_out":true,"tags":["B"],"fields":{"phone":"1","fax":""}}]},
        {"email":"bo@example.com","contacts":[]}]}"#;
    let found = looked(&two(), &ok(body)).unwrap();
    assert_eq!((found[0].0, found[1].0), (4, 9));
    let ada = &found[0].1;
    assert_eq!(
        (ada.contact_ids.len(), ada.tags.len(), ada.fields.len()),
        (2, 2, 1)
    );
    assert!(ada.opted_out && ada.first_name.as_deref() == Some("Ada"));
    assert_eq!(found[1].1, crate::model::MemberState::default());
    for body in [
        r#"{"found":[]}"#.to_owned(),
        body.replace("bo@", "eve@"),
        body.replace("\"Ada@Example.com\"", "\"eve@example.com\""),
        body.replace("\"id\":\"1\"", "\"id\":1"),
    ] {
        assert!(
            matches!(looked(&two(), &ok(&body)), Err(Fault::Broken { .. })),
            "{body}"
        );
    }
}

/// Feeds a cursor its pages; gives the observation or the error.
fn drive(pages: &[&str]) -> Result<Observed, SystemError> {
    let pages: Vec<HttpResponse> = pages.iter().map(|page| ok(page)).collect();
    match testing::play(&mut *crm().observe(), &pages) {
        ExchangeStep::Done(observed) => Ok(observed),
        ExchangeStep::Failed(error) => Err(error),
        other => panic!("it wants more: {:?}", matches!(other, ExchangeStep::Send(_))),
    }
}

const ACCOUNT: &str = r#"{"id":"practice-1","name":"P","totals":{"contacts":3,"tags":1},"limits":{"requests_per_minute":600,"batch":100,"visibility_ms":0}}"#;
const TAGS: &str = r#"{"tags":[{"id":"1","name":"VIP"}],"total":1,"more":false}"#;
const FIRST: &str = r#"{"contacts":[{"id":"9","email":"Zoe@example.com","tags":["VIP"]},{"id":"10","email":"ada@example.com","first_name":"Ada"}],"total":3,"more":true}"#;
const SECOND: &str = r#"{"contacts":[{"id":"11","email":"ada@example.com","opted_out":true,"fields":{"phone":"1"}}],"total":3,"more":false}"#;

#[test]
fn pages_become_an_observation_in_order_of_address_with_duplicates_kept() {
    let observed = drive(&[ACCOUNT, TAGS, FIRST, "<html>busy</html>", SECOND, ACCOUNT]).unwrap();
    assert_eq!(observed.account.id, "practice-1");
    assert_eq!(observed.len(), 3);
    let ada = observed.state(observed.find("ada@example.com"));
    assert_eq!(ada.contact_ids.len(), 2);
    assert!(ada.opted_out);
    assert!(
        observed
            .state(observed.find("zoe@example.com"))
            .tags
            .contains(&TagName::new("VIP"))
    );
}

#[test]
fn a_reading_that_does_not_add_up_is_incomplete_and_never_short() {
    let replaced = |text: &str, from: &str, to: &str| text.replace(from, to);
    let cases: Vec<Vec<String>> = vec![
        vec![
            ACCOUNT.into(),
            TAGS.into(),
            FIRST.into(),
            replaced(SECOND, "11", "10"),
        ],
        vec![ACCOUNT.into(), TAGS.into(), FIRST.into(), FIRST.into()],
        vec![
            ACCOUNT.into(),
            TAGS.into(),
            FIRST.into(),
            replaced(SECOND, "\"total\":3", "\"total\":4"),
        ],
        vec![ACCOUNT.into(), TAGS.into(), replaced(FIRST, "true}", "false}")],
        vec![
            ACCOUNT.into(),
            TAGS.into(),
            r#"{"contacts":[],"total":3,"more":true}"#.into(),
        ],
        vec![ACCOUNT.into(), replaced(TAGS, "\"total\":1", "\"total\":2")],
        vec![ACCOUNT.into(), TAGS.into(), replaced(FIRST, "\"9\"", "\"nine\"")],
        vec![ACCOUNT.into(), TAGS.into(), replaced(FIRST, "\"9\"", "9")],
        vec![
            ACCOUNT.into(),
            TAGS.into(),
            FIRST.into(),
            SECOND.into(),
            replaced(ACCOUNT, "practice-1", "practice-2"),
        ],
        vec![
            ACCOUNT.into(),
            TAGS.into(),
            FIRST.into(),
            SECOND.into(),
            replaced(ACCOUNT, ":3", ":2"),
        ],
        vec![
            ACCOUNT.into(),
            "<html>".to_owned(),
            "<html>".into(),
            "<html>".into(),
            "<html>".into(),
            "<html>".into(),
            "<html>".into(),
            "<html>".into(),
        ],
    ];
    for pages in cases {
        let pages: Vec<&str> = pages.iter().map(String::as_str).collect();
        let error = drive(&pages).unwrap_err();
        assert!(
            matches!(error, SystemError::Incomplete { .. }),
            "{pages:?}: {error}"
        );
    }
    assert!(matches!(drive(&["{}"]), Err(SystemError::Unlike { .. })));
}

proptest::proptest! {
    #[test]
    fn arbitrary_bodies_never_panic(body in "\\PC{0,80}|[\\[\\]{}:,\"a-z0-9]{0,60}") {
        let _ = answer(&crm(), &two(), &ok(&body));
        let _ = looked(&two(), &ok(&body));
        let _ = Simulated::greeted("x", &ok(&body));
    }
}
