//! The companion's protocol as text: what is sent, and what each answer means, hostile ones too.

use serde_json::{Value, json};

use super::{
    super::{exchange::testing, *},
    CONVENTIONS, Handshake,
};
use crate::model::{
    Action, Answer, Attribute, Change, ContactId, Email, Fault, HttpMethod, HttpRequest, HttpResponse,
    ItemOutcome, Looked, MemberWrite, Membership, Observed, Operation, Payload, Reason, Request, RequestId,
    Safety, TagName,
};

type Step = ExchangeStep<Session, SystemError>;

const PLACE: &str = "https://members.example";

pub(super) fn ok(body: &Value) -> HttpResponse {
    answer(200, &body.to_string())
}

pub(super) fn answer(status: u16, body: &str) -> HttpResponse {
    HttpResponse::new(status, body)
}

pub(super) fn hello() -> Value {
    json!({ "plugin": "rehome-companion", "version": "0.2.0", "authorization": true, "known": true,
            "passwords": true, "multisite": false })
}

pub(super) fn status() -> Value {
    json!({
        "echo": "abc", "me": { "id": 1, "login": "admin" }, "instance": { "id": "0123", "environment": "staging" },
        "site": { "name": "Lumen", "home": PLACE, "lost_password": "https://members.example/lost" }, "paused": false,
        "database": { "kind": "mysql", "version": "10", "transactions": true },
        "limits": { "post_max_size": 8_388_608, "memory_limit": 268_435_456, "budget": 10, "members": 1000, "recipients": 100, "page": 20000 },
        "membership": { "companion": null, "accessally": "AccessAlly is not active" }, "contacts": null,
        "capabilities": { "new_users": null }, "counts": { "users": 2, "contacts_only": 1 },
    })
}

fn lease() -> Lease {
    Lease {
        holder: "h1".to_owned(),
        who: "ann on a machine".to_owned(),
    }
}

fn handshake(membership: Membership) -> Handshake {
    Handshake::new(
        PLACE,
        membership,
        "managed",
        &"lumen".into(),
        lease(),
        "abc".to_owned(),
    )
}

/// The state of a handshake after these responses, in turn.
pub(super) fn greet(membership: Membership, answers: &[HttpResponse]) -> Step {
    testing::play(&mut handshake(membership), answers)
}

/// What is sent for an operation.
fn sent(protocol: &dyn Protocol, request: &Request) -> HttpRequest {
    testing::first(protocol.carry_out(request))
}

/// What an answer to an operation means.
fn outcome(protocol: &dyn Protocol, response: &HttpResponse) -> Result<Answer, Fault> {
    testing::read(protocol.carry_out(&two()), response)
}

/// What an answer to a look means.
fn looked(protocol: &dyn Protocol, response: &HttpResponse) -> Result<Looked, Fault> {
    testing::read(protocol.probe(&two()), response)
}

fn companion() -> Session {
    match greet(Membership::Companion, &[ok(&hello()), ok(&status())]) {
        Step::Done(session) => session,
        _ => panic!("greeted"),
    }
}

fn why(answers: &[HttpResponse]) -> String {
    match greet(Membership::Companion, answers) {
        Step::Failed(error) | Step::Again(error) => error.to_string(),
        _ => panic!("it is taken"),
    }
}

fn with(mut value: Value, key: &str, new: Value) -> Value {
    value[key] = new;
    value
}

#[test]
fn a_site_says_who_it_is_and_what_it_can_do() {
    let greeted = companion();
    assert_eq!(greeted.account.id, "0123");
    assert_eq!(
        greeted.account.place,
        "https://members.example (membership companion)"
    );
    let can = greeted.protocol.capabilities();
    assert_eq!(
        (can.batching.members, can.in_flight, can.compares),
        (100, 2, true)
    );
    assert_eq!(can.cannot_write, None);
}

#[test]
fn whatever_is_wrong_with_a_site_is_said_before_anything_is_read() {
    for (answers, words) in [
        (
            vec![ok(&with(hello(), "known", false.into()))],
            "application password is wrong",
        ),
        (
            vec![ok(&with(
                with(hello(), "known", false.into()),
                "passwords",
                false.into(),
            ))],
            "disabled",
        ),
        (
            vec![ok(&with(hello(), "authorization", false.into()))],
            "drops the Authorization header",
        ),
        (vec![ok(&with(hello(), "multisite", true.into()))], "multisite"),
        (
            vec![ok(&with(hello(), "version", "0.1.9".into()))],
            "the plugin that goes with this Rehome",
        ),
        (
            vec![ok(&with(hello(), "version", "1.0.0".into()))],
            "the Rehome that goes with it",
        ),
        (vec![ok(&with(hello(), "version", "new".into()))], "needs 0.2"),
        (
            vec![ok(&with(hello(), "plugin", "other".into()))],
            "another plugin",
        ),
        (vec![ok(&json!({ "plugin": 7 }))], "is JSON, but not what"),
        (
            vec![answer(404, "<html>no</html>"), answer(404, "<html>no</html>")],
            "a web page",
        ),
        (
            vec![answer(200, "<!doctype html><title>Log in</title>")],
            "a web page",
        ),
        (vec![answer(200, "")], "with nothing"),
        (
            vec![answer(200, "Notice: x in y.php on line 3\n{}")],
            "PHP prints into the response",
        ),
        (vec![answer(200, "{\"plugin\":\"reho")], "is cut off"),
        (
            vec![ok(&hello()), ok(&with(status(), "echo", "other".into()))],
            "a page cache responds",
        ),
        (
            vec![
                ok(&hello()),
                ok(&with(status(), "membership", json!({ "companion": "no tables" }))),
            ],
            "not possible there: no tables",
        ),
    ] {
        let said = why(&answers);
        assert!(said.contains(words), "{said}\nis to say: {words}");
    }
}

#[test]
fn a_site_without_the_plugin_is_read_by_wordpress_s_own_interface_and_not_written() {
    let no_route = r#"{"code":"rest_no_route","message":"No route","data":{"status":404}}"#;
    let index = json!({ "home": "https://members.example", "namespaces": ["wp/v2"], "authentication": [] });
    let Step::Done(greeted) = greet(Membership::Companion, &[answer(404, no_route), ok(&index)]) else {
        panic!("greeted");
    };
    assert_eq!(greeted.account.id, "core:https://members.example");
    let why = greeted.protocol.capabilities().cannot_write.unwrap();
    assert!(why.contains("not active"), "{why}");
}

#[test]
fn a_site_without_pretty_addresses_is_asked_by_parameter() {
    let mut handshake = handshake(Membership::Companion);
    let mut asked = Vec::new();
    for response in [None, Some(answer(404, "<html>"))] {
        if let Step::Send(request) = handshake.next(response.as_ref().map(Ok)) {
            asked.push(request.path);
        }
    }
    assert_eq!(
        asked,
        [
            "/wp-json/rehome/v1/hello?membership=companion&echo=abc",
            "/?rest_route=/rehome/v1/hello&membership=companion&echo=abc"
        ]
    );
}

#[test]
fn what_cannot_be_written_is_known_before_the_first_write() {
    let cannot = |membership, status: Value| match greet(membership, &[ok(&hello()), ok(&status)]) {
        Step::Done(greeted) => greeted.protocol.capabilities().cannot_write.unwrap_or_default(),
        _ => panic!("greeted"),
    };
    let said = cannot(Membership::Companion, with(status(), "paused", true.into()));
    assert!(said.contains("has paused"), "{said}");
    let no_users = json!({ "new_users": "the role subscriber may edit" });
    let said = cannot(Membership::Companion, with(status(), "capabilities", no_users));
    assert!(said.contains("may edit"), "{said}");
    let ally = with(status(), "membership", json!({ "accessally": null }));
    let said = cannot(
        Membership::AccessAlly,
        with(ally.clone(), "contacts", json!({ "word": "aam", "system": null })),
    );
    assert!(said.contains("\"aam\""), "{said}");
    let keap = json!({ "word": "Infusionsoft", "system": "keap" });
    let said = cannot(Membership::AccessAlly, with(ally, "contacts", keap));
    assert!(said.contains("managed by the site"), "{said}");
}

#[test]
fn a_live_site_with_another_contact_system_than_the_plans_is_not_written() {
    let at = |environment: &str| {
        let keap = json!({ "word": "Infusionsoft", "system": "keap" });
        let status = with(status(), "membership", json!({ "accessally": null }));
        let status = with(status, "contacts", keap);
        let status = with(
            status,
            "instance",
            json!({ "id": "0123", "environment": environment }),
        );
        let place = PLACE.to_owned();
        let mut handshake = Handshake::new(
            &place,
            Membership::AccessAlly,
            "simulated",
            &"lumen".into(),
            lease(),
            "abc".to_owned(),
        );
        match testing::play(&mut handshake, &[ok(&hello()), ok(&status)]) {
            Step::Done(greeted) => greeted.protocol.capabilities().cannot_write,
            _ => panic!("greeted"),
        }
    };
    assert_eq!(at("staging"), None);
    let said = at("production").unwrap();
    assert!(
        said.contains("are in keap, and the plan's are in simulated"),
        "{said}"
    );
}

fn change(action: Action, attribute: Attribute, after: Option<&str>) -> Change {
    Change {
        side: crate::model::Side::Site,
        action,
        attribute,
        reason: Reason::Granted,
        before: None,
        after: after.map(str::to_owned),
    }
}

fn write(seq: u32, email: &str, changes: Vec<Change>) -> MemberWrite {
    MemberWrite {
        seq,
        email: Email::from_normalised(email).unwrap(),
        contact_id: None,
        expect: crate::model::Preconditions::default(),
        changes,
    }
}

fn two() -> Request {
    let vip = || change(Action::AddTag, Attribute::Tag(TagName::new("VIP")), Some("held"));
    let user = change(Action::Create, Attribute::User, Some("ann"));
    Request {
        id: RequestId(17),
        operation: Operation::Members,
        granted_by: "lumen".to_owned(),
        was: Vec::new(),
        offerings: Vec::new(),
        jobs: Vec::new(),
        tags: Vec::new(),
        payload: Payload::Members(vec![
            write(4, "ann@example.com", vec![user, vip()]),
            write(9, "bo@example.com", vec![vip()]),
        ]),
    }
}

#[test]
fn when_a_new_user_registered_stands_beside_the_changes() {
    let since = change(
        Action::Create,
        Attribute::Registered,
        Some("2019-03-31T22:00:00Z"),
    );
    let user = || change(Action::Create, Attribute::User, Some("ann"));
    let request = Request {
        payload: Payload::Members(vec![
            write(4, "ann@example.com", vec![user(), since]),
            write(9, "bo@example.com", vec![user()]),
        ]),
        ..two()
    };
    let asked = sent(&*companion().protocol, &request);
    let body: Value = serde_json::from_str(asked.json_text().unwrap()).unwrap();
    let [ann, bo] = [&body["members"][0], &body["members"][1]];
    assert_eq!(ann["registered"], "2019-03-31T22:00:00Z");
    assert_eq!(ann["changes"], json!([user()]));
    assert_eq!(
        (&bo["registered"], &bo["changes"]),
        (&Value::Null, &json!([user()]))
    );
}

#[test]
fn a_batch_is_sent_as_the_contract_says() {
    let asked = sent(&*companion().protocol, &two());
    assert_eq!(
        (asked.method, asked.path.as_str(), asked.safety),
        (HttpMethod::Post, "/wp-json/rehome/v1/batch", Safety::Repeatable)
    );
    let body: Value = serde_json::from_str(asked.json_text().unwrap()).unwrap();
    let expected = json!({
        "holder": "h1", "who": "ann on a machine", "instance": "0123", "membership": "companion", "lease": 300,
        "request": "r17", "granted_by": "lumen",
        "members": [
            { "seq": 4, "email": "ann@example.com", "changes": [
                { "side": "site", "action": "create", "attribute": "user", "reason": "granted", "after": "ann" },
                { "side": "site", "action": "add-tag", "attribute": { "tag": "VIP" }, "reason": "granted", "after": "held" } ] },
            { "seq": 9, "email": "bo@example.com", "changes": [
                { "side": "site", "action": "add-tag", "attribute": { "tag": "VIP" }, "reason": "granted", "after": "held" } ] },
        ],
    });
    assert_eq!(body, expected);
}

#[test]
fn each_member_has_an_outcome_and_a_site_may_stop_before_the_end() {
    let protocol = companion().protocol;
    let all = json!({ "items": [
        { "seq": 4, "outcome": "confirmed", "contact_id": "1000001" },
        { "seq": 9, "outcome": "refused", "why": "there is no tag" } ], "done": true, "next": 2 });
    let read = outcome(&*protocol, &ok(&all)).unwrap();
    let contact_id = Some(ContactId::new("1000001"));
    assert_eq!(
        read.items,
        [
            (4, ItemOutcome::Confirmed { contact_id }),
            (
                9,
                ItemOutcome::Refused {
                    why: "there is no tag".to_owned()
                }
            )
        ]
    );
    let some = json!({ "items": [ { "seq": 4, "outcome": "moved", "what": "it is Anna" } ], "done": false, "next": 1 });
    let read = outcome(&*protocol, &ok(&some)).unwrap();
    assert!(read.goes_on);
    assert_eq!(
        read.items,
        [(
            4,
            ItemOutcome::Moved {
                what: "it is Anna".to_owned()
            }
        )]
    );
}

#[test]
fn an_answer_that_is_not_to_the_request_stops_the_run() {
    let protocol = companion().protocol;
    for wrong in [
        json!({ "items": [ { "seq": 9, "outcome": "confirmed" } ], "done": false }),
        json!({ "items": [ { "seq": 4, "outcome": "confirmed" } ], "done": true }),
        json!({ "items": [], "done": false }),
        json!({ "items": [ { "seq": 4, "outcome": "fine" } ], "done": false }),
        json!({ "items": "none", "done": true }),
    ] {
        let read = outcome(&*protocol, &ok(&wrong));
        assert!(matches!(read, Err(Fault::Broken { .. })), "{wrong}: {read:?}");
    }
    for cut in ["", "{\"items\":[{\"seq\":4,", "<html>gateway</html>"] {
        let read = outcome(&*protocol, &answer(200, cut));
        assert!(matches!(read, Err(Fault::Ambiguous { .. })), "{cut}: {read:?}");
    }
}

#[test]
fn a_look_gives_both_rows_of_an_address() {
    let protocol = companion().protocol;
    let asked = testing::first(protocol.probe(&two()));
    assert_eq!(
        (asked.path.as_str(), asked.safety),
        ("/wp-json/rehome/v1/look", Safety::Read)
    );
    let found = json!({
        "found": [
            { "email": "ann@example.com", "rows": [
                { "id": 3, "email": "ann@example.com", "user": true, "login": "ann", "first_name": "Ann", "tags": [[1, "lumen"]] },
                { "id": 8, "email": "ann@example.com", "contact_id": "77", "opted_out": true } ] },
            { "email": "bo@example.com", "rows": [] } ],
        "tags": [ { "id": 1, "name": "VIP" } ],
    });
    let seen = looked(&*protocol, &ok(&found)).unwrap();
    assert_eq!(seen[0].1.login.as_deref(), Some("ann"));
    assert_eq!(seen[0].1.contact_ids, [ContactId::new("77")]);
    assert!(seen[0].1.opted_out && seen[0].1.tags.contains(&TagName::new("VIP")));
    assert_eq!(seen[1].1, crate::model::MemberState::default());
    let other = json!({ "found": [ { "email": "cy@example.com", "rows": [] } ], "tags": [] });
    assert!(looked(&*protocol, &ok(&other)).is_err());
}

#[test]
fn a_refusal_is_told_by_its_code() {
    let batch = sent(&*companion().protocol, &two());
    let fault = |response: &HttpResponse| (CONVENTIONS.fault)(&batch, response);
    let post = |status, body: Value| fault(&answer(status, &body.to_string()));
    let running = json!({ "code": "rehome_running", "data": { "status": 423, "left": 3 } });
    assert_eq!(post(423, running), Some(Fault::Throttled { wait_ms: 3_000 }));
    let leased = json!({ "code": "rehome_leased", "data": { "who": "bo on a laptop", "left": 42 } });
    let said = post(423, leased).unwrap().to_string();
    assert!(said.contains("bo on a laptop for another 42 s"), "{said}");
    for (status, code, words) in [
        (423, "rehome_paused", "paused"),
        (409, "rehome_other_instance", "a copy"),
        (409, "rehome_no_membership", "deactivated"),
        (404, "rest_no_route", "activate it"),
        (400, "rehome_bad_request", "rehome_bad_request"),
        (401, "incorrect_password", "revoked"),
        (403, "rest_forbidden", "role changed"),
    ] {
        let said = post(status, json!({ "code": code, "message": "No." }))
            .unwrap()
            .to_string();
        assert!(said.contains(words), "{said}");
    }
    let php = json!({ "code": "internal_server_error", "message": "<p>critical error</p>", "data": { "status": 500 } });
    assert!(matches!(post(500, php), Some(Fault::Ambiguous { .. })));
    let page = |status| fault(&answer(status, "<html>Blocked</html>"));
    let said = page(403).unwrap().to_string();
    assert!(said.contains("security plugin"), "{said}");
    assert!(matches!(page(502), Some(Fault::Ambiguous { .. })));
    assert!(matches!(page(503), Some(Fault::Transient { .. })));
    let moved = answer(301, "").header("Location", "https://www.members.example/");
    let said = fault(&moved).unwrap().to_string();
    assert!(said.contains("https://www.members.example/"), "{said}");
}

/// Reads with these answers, by the beginning of the route asked for.
fn observe(mut site: impl FnMut(&str) -> HttpResponse) -> Result<Observed, SystemError> {
    let mut cursor = companion().protocol.observe();
    let mut last = None;
    for _ in 0..100 {
        match cursor.next(last.as_ref().map(Ok)) {
            ExchangeStep::Done(observed) => return Ok(observed),
            ExchangeStep::Failed(error) => return Err(error),
            ExchangeStep::Wait(_) | ExchangeStep::Again(_) => panic!("it asks again at once"),
            ExchangeStep::Send(request) => {
                let route = request.path.trim_start_matches("/wp-json/rehome/v1/").to_owned();
                last = Some(site(&route));
            }
        }
    }
    panic!("it reads for ever");
}

fn site(route: &str) -> HttpResponse {
    let name = route.split('?').next().unwrap_or_default();
    ok(&match name {
        "status" => status(),
        "tags" => json!({ "echo": "abc", "tags": [ { "id": 1, "name": "VIP" } ] }),
        "offerings" => {
            json!({ "echo": "abc", "offerings": [ { "key": "club", "name": "Club", "kind": "membership", "includes": [],
            "tags": { "base": "Club", "instant": null, "revoke": "Club (revoked)", "modules": [null, "Club 2"] } } ] })
        }
        "emails" => {
            json!({ "echo": "abc", "emails": [ { "key": "welcome", "via": "site", "per_hour": 200, "subject": "Hi", "body": "Hello", "offerings": ["club"] } ] })
        }
        "members" if route.contains("after=0&") => json!({ "echo": "abc", "members": [
            { "id": 1, "email": "zoe@example.com", "login": "zoe", "privileged": true } ], "next": 1, "total": 2 }),
        "members" => json!({ "echo": "abc", "members": [
            { "id": 5, "email": "ann@example.com", "login": "ann", "contact_id": "1000001", "tags": [[1, "lumen"]],
              "fields": { "phone": "1 23" }, "source_keys": { "kajabi": "77" } } ], "next": null, "total": 2 }),
        _ => {
            json!({ "echo": "abc", "contacts": [ { "id": 9, "email": "cy@example.com", "contact_id": "1000009",
            "opted_out": true } ], "next": null, "total": 1 })
        }
    })
}

#[test]
fn the_whole_site_is_read_in_order_of_address() {
    let seen = observe(site).unwrap();
    let emails: Vec<&str> = (0..seen.len()).filter_map(|row| seen.email(row)).collect();
    assert_eq!(emails, ["ann@example.com", "cy@example.com", "zoe@example.com"]);
    let ann = seen.state(seen.find("ann@example.com"));
    assert_eq!(ann.contact_ids, [ContactId::new("1000001")]);
    assert!(seen.sets()[seen.get(0).unwrap().set as usize][0].ours);
    let cy = seen.state(seen.find("cy@example.com"));
    assert!(cy.opted_out && cy.login.is_none());
    assert!(seen.get(2).unwrap().privileged);
    let club = seen.offerings.values().next().unwrap();
    let modules: Vec<&str> = club.tags.modules.iter().map(TagName::as_str).collect();
    assert_eq!(
        modules,
        ["Club", "Club 2"],
        "a module without a tag opens with the offering"
    );
}

#[test]
fn a_reading_that_does_not_prove_to_be_whole_is_an_error() {
    let broken = |name: &'static str, body: Value| {
        observe(move |route| {
            if route.starts_with(name) {
                return ok(&body);
            }
            site(route)
        })
        .map(|_| ())
        .unwrap_err()
        .to_string()
    };
    for (name, body, words) in [
        (
            "members",
            json!({ "echo": "abc", "members": [], "next": null, "total": 2 }),
            "counts 2 users and lists 0",
        ),
        (
            "members",
            json!({ "echo": "abc", "members": [ { "id": 0, "email": "a@b.example" } ], "next": null, "total": 1 }),
            "out of order",
        ),
        (
            "members",
            json!({ "echo": "abc", "members": [], "next": 7, "total": 2 }),
            "the next one starts",
        ),
        (
            "members",
            json!({ "echo": "other", "members": [], "next": null, "total": 0 }),
            "a page cache",
        ),
        (
            "contacts",
            json!({ "echo": "abc", "contacts": [], "next": null, "total": 4 }),
            "counts 4 contacts",
        ),
        (
            "status",
            with(status(), "instance", json!({ "id": "another" })),
            "another site",
        ),
        ("tags", json!([1, 2]), "is JSON, but not what"),
        ("tags", json!({ "echo": "abc", "tags": [] }), "tag 1 was created"),
    ] {
        let said = broken(name, body);
        assert!(said.contains(words), "{said}\nis to say: {words}");
    }
    let html = observe(|route| {
        if route.starts_with("emails") {
            answer(200, "<html>")
        } else {
            site(route)
        }
    });
    assert!(html.unwrap_err().to_string().contains("web page"));
    let gone = observe(|route| {
        if route.starts_with("emails") {
            answer(
                404,
                r#"{"code":"rest_no_route","message":"No","data":{"status":404}}"#,
            )
        } else {
            site(route)
        }
    });
    assert!(gone.unwrap_err().to_string().contains("not active"));
}

#[test]
fn somebody_who_registers_meanwhile_is_read_too() {
    let mut rounds = 0;
    let seen = observe(|route| {
        if route.starts_with("members") && route.contains("after=0&") {
            rounds += 1;
        }
        let late = rounds == 1 && route.contains("after=1&");
        if late {
            return ok(&json!({ "echo": "abc", "members": [], "next": null, "total": 2 }));
        }
        site(route)
    });
    assert_eq!(seen.unwrap().len(), 3);
    assert_eq!(rounds, 2);
}

proptest::proptest! {
    #[test]
    fn no_answer_panics(body in ".{0,200}", status in 100u16..600) {
        let hostile = answer(status, &body);
        let protocol = companion().protocol;
        let _ = (CONVENTIONS.fault)(&sent(&*protocol, &two()), &hostile);
        let _ = (CONVENTIONS.rate)(&sent(&*protocol, &two()), &hostile);
        let _ = greet(Membership::Companion, std::slice::from_ref(&hostile));
        let _ = outcome(&*protocol, &hostile);
        let _ = looked(&*protocol, &hostile);
        let _ = testing::play(&mut *protocol.observe(), std::slice::from_ref(&hostile));
    }
}
