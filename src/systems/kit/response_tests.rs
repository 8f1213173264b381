//! Responses of Kit, and of what stands before it, that a simulator does not give: each read without a socket.

use std::{collections::BTreeMap, time::Duration};

use serde_json::json;

use super::{CONVENTIONS, Handshake, Kit, chosen::Chosen, read::FieldText};
use crate::{
    model::{
        Answer, ContactId, Email, Fault, HttpRequest, HttpResponse, ItemOutcome, MemberWrite, Operation,
        Payload, Preconditions, Request, RequestId, Safety, Side, TagId, TagName, TagRef,
    },
    systems::{
        Exchange, ExchangeStep, Protocol, SystemError, Throttle,
        contract::requests::{change, newcomer},
        exchange::testing::{first, play},
    },
};

fn chosen(bulk: bool) -> Chosen {
    Chosen {
        bulk,
        per_minute: None,
        visible_after_s: 300,
        fields: BTreeMap::new(),
    }
}

fn kit(bulk: bool, room: Option<u64>) -> Kit {
    let field = json!([{ "id": "7", "key": "phone" }, { "id": 8, "key": "last_name" }]);
    let fields: Vec<FieldText> = serde_json::from_value(field).unwrap();
    Kit::new("https://kit.example", &chosen(bulk), room, &fields)
}

fn json(status: u16, body: &serde_json::Value) -> HttpResponse {
    HttpResponse::new(status, body.to_string())
}

fn fault(safety: Safety, response: &HttpResponse) -> Option<Fault> {
    (CONVENTIONS.fault)(&HttpRequest::post("/", String::new(), safety), response)
}

/// A request about this many people: newcomers, or contacts that get a tag.
fn request(operation: Operation, people: u32) -> Request {
    let writes = (0..people).map(|seq| {
        let tags = operation == Operation::ContactTags;
        let (changes, id) = if tags {
            let id = ContactId::new((100 + seq).to_string());
            (newcomer(Side::Contacts).split_off(4), Some(id))
        } else {
            (newcomer(Side::Contacts)[..4].to_vec(), None)
        };
        MemberWrite {
            seq,
            email: Email::from_normalised(&format!("m{seq}@example.com")).unwrap(),
            contact_id: id,
            expect: Preconditions::default(),
            changes,
        }
    });
    Request {
        id: RequestId(1),
        operation,
        granted_by: "lumen".to_owned(),
        jobs: Vec::new(),
        was: Vec::new(),
        offerings: Vec::new(),
        tags: vec![TagRef {
            name: TagName::new("VIP"),
            id: Some(TagId::new("5")),
        }],
        payload: Payload::Members(writes.collect()),
    }
}

fn ended(step: ExchangeStep<Answer>) -> Result<Answer, Fault> {
    match step {
        ExchangeStep::Done(answer) => Ok(answer),
        ExchangeStep::Failed(fault) => Err(fault),
        other => panic!("it goes on: {other:?}"),
    }
}

fn words(answer: &Answer) -> Vec<&'static str> {
    let word = |outcome: &ItemOutcome| match outcome {
        ItemOutcome::Confirmed { .. } => "confirmed",
        ItemOutcome::Accepted { .. } => "accepted",
        ItemOutcome::Moved { .. } => "moved",
        ItemOutcome::Refused { .. } => "refused",
    };
    answer.items.iter().map(|(_, outcome)| word(outcome)).collect()
}

#[test]
fn retry_later_is_text_without_a_time_and_means_a_minute() {
    let request = HttpRequest::get("/v4/tags");
    let kits = HttpResponse::new(429, "Retry later");
    assert_eq!(
        fault(Safety::Once, &kits),
        Some(Fault::Throttled { wait_ms: 60_000 })
    );
    let rate = (CONVENTIONS.rate)(&request, &kits);
    assert_eq!(
        (rate.wait, rate.throttle),
        (Some(Duration::from_mins(1)), Some(Throttle::Rate))
    );
    let proxys = HttpResponse::new(429, "<html>").header("Retry-After", "3");
    assert_eq!(
        fault(Safety::Once, &proxys),
        Some(Fault::Throttled { wait_ms: 3_000 })
    );
    // The queue of bulk requests is full.
    let queue = json(413, &json!({ "errors": ["too large"] }));
    assert_eq!(
        fault(Safety::Once, &queue),
        Some(Fault::Throttled { wait_ms: 60_000 })
    );
    assert_eq!((CONVENTIONS.rate)(&request, &queue).throttle, None);
}

#[test]
fn a_page_of_a_proxy_or_half_a_body_is_in_doubt_for_a_write_and_read_again_for_a_read() {
    for body in ["<html>wait</html>", "{\"subscriber\":{\"id\":", ""] {
        let response = HttpResponse::new(200, body);
        assert!(matches!(
            fault(Safety::Once, &response),
            Some(Fault::Ambiguous { .. })
        ));
        assert!(matches!(
            fault(Safety::Read, &response),
            Some(Fault::Transient { .. })
        ));
    }
    assert_eq!(fault(Safety::Once, &HttpResponse::new(204, "")), None);
}

#[test]
fn a_wrong_key_and_a_full_account_say_what_to_do() {
    let refused = json(401, &json!({ "errors": ["The access token is invalid"] }));
    let why = fault(Safety::Read, &refused).unwrap();
    assert!(matches!(why, Fault::Unauthorised { .. }));
    assert!(why.to_string().contains("has not expired"), "{why}");
    let full = json(
        403,
        &json!({ "errors": ["This request would exceed your subscriber limit"] }),
    );
    let why = fault(Safety::Once, &full).unwrap().to_string();
    assert!(
        why.contains("upgrade it") && why.contains("rehome apply"),
        "{why}"
    );
    let other = json(403, &json!({ "errors": ["no"] }));
    assert!(matches!(
        fault(Safety::Once, &other),
        Some(Fault::Unauthorised { .. })
    ));
}

#[test]
fn an_account_that_is_full_is_not_asked_for_another_contact() {
    let (kit, request) = (kit(true, Some(0)), request(Operation::Contacts, 2));
    let mut exchange = kit.carry_out(&request);
    let fault = ended(exchange.next(None)).unwrap_err();
    assert!(fault.to_string().contains("no room"), "{fault}");
}

#[test]
fn the_handshake_counts_people_where_the_account_says_for_how_many_it_pays() {
    let account = |plan: serde_json::Value| json(200, &json!({ "account": { "id": "4", "plan": plan } }));
    let counted = |count: u64| {
        let pagination = json!({ "has_next_page": true, "end_cursor": "x", "total_count": count });
        json(200, &json!({ "subscribers": [], "pagination": pagination }))
    };
    let fields = json(
        200,
        &json!({
            "custom_fields": [{ "id": 7, "key": "phone" }],
            "pagination": { "has_next_page": false, "end_cursor": null },
        }),
    );
    for (limit, count, full) in [(json!(1_000), 1_000, true), (json!("1000"), 999, false)] {
        let plan = json!({ "plan_type": "creator", "subscriber_limit": limit });
        let mut handshake = Handshake::new("https://kit.example", chosen(false));
        let responses = [account(plan), counted(count), fields.clone()];
        let ExchangeStep::Done(session) = play(&mut handshake, &responses) else {
            panic!("it knows who answers")
        };
        assert_eq!(session.account.id, "4");
        let request = request(Operation::Contacts, 1);
        let refused = ended_early(&mut *session.protocol.carry_out(&request));
        assert_eq!(refused, full);
    }
    let mut handshake = Handshake::new("https://kit.example", chosen(false));
    let step = play(&mut handshake, &[json(200, &json!({ "account": { "id": 0 } }))]);
    assert!(matches!(step, ExchangeStep::Again(SystemError::Unlike { .. })));
}

fn ended_early(exchange: &mut dyn Exchange<Answer>) -> bool {
    matches!(exchange.next(None), ExchangeStep::Failed(_))
}

#[test]
fn success_is_what_was_sent_without_the_failures_in_whatever_order_the_rows_come() {
    let (kit, request) = (kit(true, None), request(Operation::ContactTags, 4));
    let row = |id: u64| json!({ "id": id, "email_address": "m@example.com", "first_name": "" });
    let failure = json!({
        "errors": ["Subscriber does not exist"], "tagging": { "tag_id": 5, "subscriber_id": "101" },
    });
    // The last one is in no row and in no failure.
    let page = json!({ "subscribers": [row(102), row(100)], "failures": [failure] });
    let answer = ended(play(&mut *kit.carry_out(&request), &[json(200, &page)])).unwrap();
    assert_eq!(words(&answer), ["confirmed", "refused", "confirmed", "accepted"]);
    assert!(format!("{answer:?}").contains("Subscriber does not exist"));
    // More than it answers at once is only accepted.
    let answer = ended(play(&mut *kit.carry_out(&request), &[json(202, &json!({}))])).unwrap();
    assert_eq!(words(&answer), ["accepted"; 4]);
    for strange in [
        json!({ "subscribers": [row(9)], "failures": [] }),
        json!({ "subscribers": [], "failures": [{ "errors": [], "tagging": { "tag_id": 6, "subscriber_id": 101 } }] }),
        json!({ "subscribers": [] }),
    ] {
        let fault = ended(play(&mut *kit.carry_out(&request), &[json(200, &strange)])).unwrap_err();
        assert!(matches!(fault, Fault::Broken { .. }), "{fault}");
    }
}

#[test]
fn whoever_was_there_already_is_unsubscribed_before_anything_else_is_written() {
    let (kit, request) = (kit(true, None), request(Operation::Contacts, 2));
    let mut exchange = kit.carry_out(&request);
    let ExchangeStep::Send(sent) = exchange.next(None) else {
        panic!()
    };
    let body = sent.json_text().unwrap();
    assert_eq!(body.matches("\"state\":\"cancelled\"").count(), 2, "{body}");
    let row = |seq: u32, state: &str| json!({ "id": 100 + seq, "email_address": format!("M{seq}@Example.com"), "state": state });
    let page = json!({ "subscribers": [row(1, "active"), row(0, "cancelled")], "failures": [] });
    let ExchangeStep::Send(sent) = exchange.next(Some(Ok(&json(200, &page)))) else {
        panic!()
    };
    assert_eq!(sent.path, "/v4/subscribers/101/unsubscribe");
    let ExchangeStep::Send(sent) = exchange.next(Some(Ok(&HttpResponse::new(204, "")))) else {
        panic!()
    };
    assert_eq!(sent.path, "/v4/bulk/custom_fields/subscribers");
    let filled = json!({ "custom_field_values": [], "failures": [
        { "custom_field_value": { "subscriber_id": 100, "subscriber_custom_field_id": 7, "value": "" }, "errors": ["no"] },
    ] });
    let answer = ended(exchange.next(Some(Ok(&json(200, &filled))))).unwrap();
    assert_eq!(words(&answer), ["refused", "confirmed"]);
}

#[test]
fn people_of_whom_a_bulk_answer_says_nothing_are_in_doubt_and_those_it_invents_are_a_fault() {
    let (kit, request) = (kit(true, None), request(Operation::Contacts, 2));
    let page = json!({ "subscribers": [{ "id": 1, "email_address": "m0@example.com", "state": "cancelled" }], "failures": [] });
    let fault = ended(play(&mut *kit.carry_out(&request), &[json(200, &page)])).unwrap_err();
    assert!(matches!(fault, Fault::Ambiguous { .. }), "{fault}");
    let page = json!({ "subscribers": [{ "id": 1, "email_address": "x@example.com" }], "failures": [] });
    let fault = ended(play(&mut *kit.carry_out(&request), &[json(200, &page)])).unwrap_err();
    assert!(matches!(fault, Fault::Broken { .. }), "{fault}");
}

#[test]
fn a_write_that_is_only_accepted_is_not_confirmed() {
    let (kit, request) = (kit(false, None), request(Operation::Contacts, 1));
    let body = json!({ "subscriber": { "id": 1, "email_address": "m0@example.com", "state": "cancelled", "fields": {} } });
    let answer = ended(play(&mut *kit.carry_out(&request), &[json(202, &body)])).unwrap();
    assert_eq!(words(&answer), ["accepted"]);
}

/// Plays a reading with this page of contacts.
fn observed(pages: &[serde_json::Value]) -> Result<usize, String> {
    let last = json!({ "has_next_page": false, "end_cursor": null });
    let mut responses = vec![
        json(200, &json!({ "account": { "id": 4 } })),
        json(200, &json!({ "custom_fields": [], "pagination": last })),
        json(200, &json!({ "tags": [], "pagination": last })),
    ];
    responses.extend(pages.iter().map(|page| json(200, page)));
    responses.push(json(200, &json!({ "account": { "id": 4 } })));
    match play(&mut *kit(false, None).observe(), &responses) {
        ExchangeStep::Done(observed) => Ok(observed.len()),
        ExchangeStep::Failed(error) => Err(error.to_string()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_reading_that_is_not_proven_complete_is_an_error() {
    let row = |id: u64, tags: serde_json::Value| json!({ "id": id, "email_address": format!("m{id}@example.com"), "state": "odd", "tags": tags });
    let page = |rows: Vec<serde_json::Value>, more: bool, total: serde_json::Value| {
        let pagination = json!({ "has_next_page": more, "end_cursor": "c", "total_count": total });
        json!({ "subscribers": rows, "pagination": pagination })
    };
    let tagged = |id| row(id, json!([{ "id": 3, "name": "Late" }]));
    assert_eq!(
        observed(&[
            page(vec![tagged(1), tagged(5)], true, json!(2)),
            page(vec![tagged(9)], false, json!(null))
        ]),
        Ok(3)
    );
    for (pages, why) in [
        (vec![page(vec![tagged(1)], false, json!(2))], "it counts 2"),
        (vec![page(vec![tagged(1)], false, json!(null))], "does not count"),
        (
            vec![page(vec![row(1, json!(null))], false, json!(1))],
            "without their tags",
        ),
        (
            vec![
                page(vec![tagged(2)], true, json!(3)),
                page(vec![tagged(2)], false, json!(null)),
            ],
            "out of order",
        ),
        (vec![page(vec![], true, json!(3))], "reports more pages"),
    ] {
        let error = observed(&pages).unwrap_err();
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn lists_ask_for_all_people_and_no_request_goes_near_forms_and_sequences() {
    let kit = kit(false, None);
    let looks = request(Operation::Contacts, 60);
    let sent = first(kit.probe(&looks));
    assert!(sent.path.contains("&status=all&"), "{}", sent.path);
    assert_eq!(
        sent.path.matches("%40").count(),
        50,
        "addresses are encoded, 50 at once"
    );
    let removes = change(
        Side::Contacts,
        crate::model::Action::RemoveTag,
        crate::model::Attribute::Tag(TagName::new("VIP")),
        Some("held"),
        None,
    );
    let mut asked = request(Operation::ContactTags, 1);
    if let Payload::Members(writes) = &mut asked.payload {
        writes[0].changes = vec![removes];
    }
    let sent = first(kit.carry_out(&asked));
    assert_eq!(
        (sent.method.word(), sent.path.as_str()),
        ("DELETE", "/v4/tags/5/subscribers/100")
    );
    for status in [204, 404] {
        let response = HttpResponse::new(status, "{\"errors\":[\"Not Found\"]}");
        let answer = ended(play(&mut *kit.carry_out(&asked), &[response])).unwrap();
        assert_eq!(words(&answer), ["confirmed"], "{status}: it is as wanted");
    }
}
