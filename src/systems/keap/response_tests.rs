//! What Keap, its gateway or a proxy answers by hand: complete or not, refused, or not its own.

use super::{open::open, subject::keap};
use crate::{
    model::{
        Action, Attribute, ContactId, ExternalContacts, Fault, HttpResponse, ItemOutcome, Operation, Side,
        TagId, TagName, TagRef,
    },
    systems::{
        ExchangeStep, Secrets, Session,
        contract::requests::{change, request},
        exchange::testing::play,
    },
};

const USER: &str = r#"{"tenant_id": "ab123"}"#;
const FIELDS: &str = r#"{"custom_fields": []}"#;
const CATEGORIES: &str = r#"{"tag_categories": [{"id": "3", "name": "Access"}], "next_page_token": "x"}"#;
const NO_CATEGORIES: &str = r#"{"tag_categories": []}"#;
const TAGS: &str =
    r#"{"tags": [{"id": "7", "name": "VIP", "category": {"id": "3"}}], "next_page_token": "t"}"#;
const NO_TAGS: &str = r#"{"tags": [], "next_page_token": "t"}"#;

fn ok(body: &str) -> HttpResponse {
    HttpResponse::new(200, body)
}

/// A session, as the handshake ends.
fn session() -> Session {
    let opened = open(&ExternalContacts::example("http://keap.example"), &Secrets::new());
    let mut handshake = opened.handshake;
    match play(&mut *handshake, &[ok(USER), ok(FIELDS)]) {
        ExchangeStep::Done(session) => session,
        _ => panic!("it says who it is"),
    }
}

fn contacts(ids: &[u64], tags: &str, token: &str) -> String {
    let contact = |id: &u64| {
        format!(
            r#"{{"id": "{id}", "email_addresses": [{{"email": "M{id}@example.com", "field": "EMAIL1"}}]{tags}}}"#
        )
    };
    let contacts: Vec<String> = ids.iter().map(contact).collect();
    format!(
        r#"{{"contacts": [{}], "next_page_token": {token}}}"#,
        contacts.join(",")
    )
}

/// How a reading ends: rows, or why it fails. The newest contact has the ID 8.
fn ends(pages: &[&str]) -> Result<usize, String> {
    let newest = contacts(&[8], "", "\"\"");
    let head = [USER, FIELDS, CATEGORIES, NO_CATEGORIES, TAGS, NO_TAGS, &newest];
    let all: Vec<HttpResponse> = head.iter().chain(pages).map(|body| ok(body)).collect();
    match play(&mut *session().protocol.observe(), &all) {
        ExchangeStep::Done(observed) => Ok(observed.len()),
        ExchangeStep::Failed(error) => Err(error.to_string()),
        ExchangeStep::Send(request) => Err(format!("it asks {}", request.path)),
        _ => Err("it waits".to_owned()),
    }
}

#[test]
fn a_reading_that_does_not_prove_to_be_whole_is_an_error() {
    let with = |ids: &[u64], token: &str| contacts(ids, r#", "tag_ids": ["7"]"#, token);
    let whole = with(&[2, 8], "\"\"");
    assert_eq!(ends(&[&whole, USER]), Ok(2));
    // A full last page names a next one, which is empty.
    let (first, empty) = (with(&[2, 8], "\"n\""), with(&[], "\"n\""));
    assert_eq!(ends(&[&first, &empty, USER]), Ok(2));
    assert_eq!(ends(&[&with(&[2, 8, 9], "null"), USER]), Ok(3));
    for (pages, why) in [
        (vec![with(&[2], "\"\"")], "pages end at the contact 2"),
        (vec![first.clone(), first.clone()], "repeated"),
        (vec![with(&[8, 2], "\"\"")], "out of order"),
        (
            vec![whole.clone(), USER.replace("ab123", "cd456")],
            "another account",
        ),
        (vec!["{}".to_owned()], "contacts"),
        (
            vec![contacts(&[8], r#", "tag_ids": ["99"]"#, "\"\"")],
            "not in the list of tags",
        ),
    ] {
        let pages: Vec<&str> = pages.iter().map(String::as_str).collect();
        let error = ends(&pages).unwrap_err();
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn contacts_without_a_word_on_tags_are_believed_only_where_nobody_holds_one() {
    let silent = contacts(&[8], "", "\"\"");
    assert_eq!(ends(&[&silent, r#"{"contacts": []}"#, USER]), Ok(1));
    let error = ends(&[&silent, r#"{"contacts": [{"contact_id": "8"}]}"#]).unwrap_err();
    assert!(error.contains("without the tags"), "{error}");
}

/// What becomes of two members who get a tag, where Keap answers with this.
fn tagged(responses: &[HttpResponse]) -> ExchangeStep<crate::model::Answer> {
    let vip = Attribute::Tag(TagName::new("VIP"));
    let add = change(Side::Contacts, Action::AddTag, vip, None, Some("held"));
    let id = |id: &str| Some(ContactId::new(id));
    let mut asked = request(
        1,
        Operation::ContactTags,
        "a@example.com",
        id("2"),
        vec![add.clone()],
    );
    let other = request(1, Operation::ContactTags, "b@example.com", id("4"), vec![add]);
    if let (crate::model::Payload::Members(all), crate::model::Payload::Members(mut more)) =
        (&mut asked.payload, other.payload)
    {
        more[0].seq = 4;
        all.append(&mut more);
    }
    asked.tags = vec![TagRef {
        name: TagName::new("VIP"),
        id: Some(TagId::new("7")),
    }];
    play(&mut *session().protocol.carry_out(&asked), responses)
}

#[test]
fn each_contact_has_the_word_that_is_said_of_it_and_one_of_which_nothing_is_said_is_in_doubt() {
    let listed = ok(&contacts(&[2, 4], r#", "tag_ids": []"#, "\"\""));
    let said = |words: &str| {
        let answered = tagged(&[listed.clone(), ok(&format!(r#"{{"results": {{{words}}}}}"#))]);
        match answered {
            ExchangeStep::Done(answer) => answer,
            _ => panic!("it is over"),
        }
    };
    let answer = said(r#""2": "DUPLICATE", "4": "FAILURE""#);
    assert!(matches!(answer.items[0], (3, ItemOutcome::Confirmed { .. })));
    assert!(matches!(&answer.items[1], (4, ItemOutcome::Refused { why }) if why.contains("FAILURE")));
    let answer = said(r#""2": "SUCCESS", "99": "SUCCESS""#);
    assert_eq!(answer.items.len(), 1);
    assert!(matches!(answer.rest, Some(Fault::Ambiguous { .. })));
}

#[test]
fn hostile_answers_are_faults_and_never_outcomes() {
    let listed = ok(&contacts(&[2, 4], "", "\"\""));
    // A filter that was not applied shows others.
    let everybody = tagged(&[ok(&contacts(&[2, 4, 6], "", "\"\""))]);
    assert!(matches!(everybody, ExchangeStep::Failed(Fault::Broken { .. })));
    for body in [
        "",
        "{",
        "[]",
        "null",
        r#"{"results": []}"#,
        r#"{"message": "no"}"#,
        "\u{0}",
    ] {
        let answered = tagged(&[listed.clone(), ok(body)]);
        let failed = matches!(
            answered,
            ExchangeStep::Failed(Fault::Broken { .. } | Fault::Ambiguous { .. })
        );
        assert!(failed, "{body:?}");
        let answered = tagged(&[ok(body)]);
        assert!(matches!(answered, ExchangeStep::Failed(_)), "{body:?}");
    }
    let all: Vec<HttpResponse> = std::iter::repeat_n(ok("[1e999, {}]"), 4).collect();
    assert!(!matches!(
        play(&mut *session().protocol.observe(), &all),
        ExchangeStep::Done(_)
    ));
}

#[test]
fn the_key_is_sent_as_a_bearer_and_the_wrong_one_is_refused_by_the_gateway() {
    let (crm, server) = keap(|_| {}, &[]);
    assert_eq!(crm.session.account.id, "ab123");
    assert_eq!(server.log().faults(), [""; 0]);
}
