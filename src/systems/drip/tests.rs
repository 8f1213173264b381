//! Each habit of Drip by itself, against its simulator.

use std::{collections::BTreeMap, sync::Arc};

use super::{Handshake, chosen::Chosen, field_names::FieldNames, server::DripServer, subject::drip};
use crate::{
    model::{
        Action, Attribute, Change, ContactId, Email, FieldName, ItemOutcome, MemberState, MemberWrite,
        Operation, Payload, Preconditions, Request, RequestId, Side, TagName,
    },
    systems::{
        ExchangeStep, Session, SystemError,
        contract::{
            remote_subject::RemoteSubject,
            requests::{change, newcomer, state, write},
            subject::Subject,
        },
        exchange::testing,
    },
};

const SIDE: Side = Side::Contacts;

fn tagging(name: &str) -> Change {
    let tag = Attribute::Tag(TagName::new(name));
    change(SIDE, Action::AddTag, tag, None, Some("held"))
}

/// New members with a name and a tag each, as one request.
fn crowd(domain: &str, count: u32, tag: &str) -> Request {
    let create = || change(SIDE, Action::Create, Attribute::Contact, None, Some("there"));
    let name = |seq: u32| {
        let name = format!("Ada {seq}");
        change(SIDE, Action::Update, Attribute::FirstName, None, Some(&name))
    };
    let writes = (0..count).map(|seq| MemberWrite {
        expect: Preconditions::default(),
        seq,
        email: Email::from_normalised(&format!("m{seq}@{domain}")).unwrap(),
        contact_id: None,
        changes: vec![create(), name(seq), tagging(tag)],
    });
    Request {
        id: RequestId(7),
        operation: Operation::Contacts,
        granted_by: "lumen".to_owned(),
        jobs: Vec::new(),
        was: Vec::new(),
        offerings: Vec::new(),
        tags: Vec::new(),
        payload: Payload::Members(writes.collect()),
    }
}

fn alone(email: &str, id: &str, changes: Vec<Change>) -> Request {
    let mut request = crowd("example.com", 0, "");
    request.payload = Payload::Members(vec![MemberWrite {
        expect: Preconditions::default(),
        seq: 3,
        email: Email::from_normalised(email).unwrap(),
        contact_id: Some(ContactId::new(id)),
        changes,
    }]);
    request
}

fn faultless(server: &DripServer) {
    assert_eq!(server.log().faults(), [""; 0]);
}

#[test]
fn a_thousand_members_with_their_tags_are_one_request_that_is_read_back() {
    let (mut subject, server) = drip(|_| {});
    let request = crowd("example.com", 1_000, "VIP, Gold");
    let answer = subject.perform(&request).unwrap();
    assert_eq!(answer.items.len(), 1_000);
    let accepted =
        |(_, outcome): &(_, ItemOutcome)| matches!(outcome, ItemOutcome::Accepted { contact_id: None });
    assert!(answer.items.iter().all(accepted));
    assert_eq!((server.log().writes, server.log().jobs), (1, 1));
    let looked = subject.look(&request).unwrap();
    let has = |(_, state): &(_, MemberState)| {
        state.contact_ids.len() == 1 && state.tags.contains(&TagName::new("VIP, Gold")) && !state.opted_out
    };
    assert_eq!(looked.iter().filter(|one| has(one)).count(), 1_000);
    // The list has the newest first: one page is enough.
    assert_eq!(server.log().reads, 2);
    faultless(&server);
}

#[test]
fn whom_a_batch_drops_is_missing_when_it_is_read_back_and_the_others_are_there() {
    let (mut subject, _server) = drip(|_| {});
    let mut request = crowd("example.com", 3, "VIP");
    let Payload::Members(writes) = &mut request.payload else {
        panic!()
    };
    writes[1].email = Email::from_normalised("m1@dropped.example").unwrap();
    subject.perform(&request).unwrap();
    let looked = subject.look(&request).unwrap();
    let there: Vec<bool> = looked.iter().map(|(_, state)| state.address.is_some()).collect();
    assert_eq!(there, [true, false, true]);
}

#[test]
fn one_alone_is_told_of_and_a_refused_one_keeps_the_words_of_drip() {
    let (mut subject, server) = drip(|_| {});
    let answer = subject.perform(&crowd("example.com", 1, "VIP")).unwrap();
    let ItemOutcome::Confirmed { contact_id: Some(id) } = &answer.items[0].1 else {
        panic!("{answer:?}")
    };
    assert_eq!(id.as_str(), server.subscribers()[0].id);
    let answer = subject.perform(&crowd("dropped.example", 1, "VIP")).unwrap();
    let ItemOutcome::Refused { why } = &answer.items[0].1 else {
        panic!("{answer:?}")
    };
    assert_eq!(why, "email: cannot be used");
}

#[test]
fn nobody_is_ever_subscribed_and_who_opted_out_is_created_unsubscribed() {
    let (mut subject, server) = drip(|_| {});
    let mut next = 1;
    write(&mut subject, &mut next, "ada@example.com", None, newcomer(SIDE)).unwrap();
    assert!(state(&mut subject, "ada@example.com").opted_out);
    assert!(server.subscribers()[0].text.contains("| unsubscribed |"));
    let id = server.put("bo@example.com", "unsubscribed", &[], &[]);
    let back = change(SIDE, Action::Update, Attribute::OptedOut, Some("yes"), Some("no"));
    let answer = subject
        .perform(&alone("bo@example.com", &id, vec![back]))
        .unwrap();
    assert!(matches!(answer.items[0].1, ItemOutcome::Refused { .. }));
    // Another change of who opted out leaves that alone.
    subject
        .perform(&alone("bo@example.com", &id, vec![tagging("VIP")]))
        .unwrap();
    assert!(state(&mut subject, "bo@example.com").opted_out);
    faultless(&server);
}

#[test]
fn who_takes_no_changes_is_said_to_be_so() {
    let (mut subject, server) = drip(|_| {});
    let id = server.put("ada@example.com", "inactive", &[], &[]);
    let request = alone("ada@example.com", &id, vec![tagging("VIP")]);
    let answer = subject.perform(&request).unwrap();
    assert!(matches!(answer.items[0].1, ItemOutcome::Refused { .. }));
    let looked = subject.look(&request).unwrap().remove(0).1;
    assert!(looked.rejected.unwrap().contains("\"inactive\""));
    assert!(looked.opted_out);
}

#[test]
fn everything_is_read_a_thousand_at_a_time_and_each_counts_once() {
    let (mut subject, server) = drip(|_| {});
    for at in 0..2_345 {
        let status = if at % 2 == 0 { "active" } else { "unsubscribed" };
        server.put(
            &format!("p{at}@example.com"),
            status,
            &[("mentor", "Bo")],
            &["VIP"],
        );
    }
    let observed = subject.observe();
    assert_eq!((observed.len(), observed.tags.len()), (2_345, 1));
    // The accounts twice, the tags, the count, and three pages.
    assert_eq!(server.log().reads, 1 + 7);
    let one = observed.state(observed.find("p7@example.com"));
    assert_eq!(one.fields[&FieldName::new("mentor")], "Bo");
    assert!(one.opted_out);
    faultless(&server);
}

#[test]
fn a_tag_is_removed_alone_whatever_is_in_its_name_and_all_else_stays() {
    let (mut subject, server) = drip(|_| {});
    let name = "50 % off, a/b + ü?";
    let id = server.put(
        "ada@example.com",
        "active",
        &[("notes", "by hand")],
        &["Old", name],
    );
    let tag = Attribute::Tag(TagName::new(name));
    let remove = change(SIDE, Action::RemoveTag, tag, Some("held"), None);
    let mut request = alone("ada@example.com", &id, vec![remove]);
    request.operation = Operation::ContactTags;
    let answer = subject.perform(&request).unwrap();
    assert!(matches!(answer.items[0].1, ItemOutcome::Confirmed { .. }));
    let text = &server.subscribers()[0].text;
    assert!(text.ends_with("{\"notes\": \"by hand\"} | {\"Old\"}"), "{text}");
    server.delete("ada@example.com");
    // Nothing says what is missing: it is read back.
    let answer = subject.perform(&request).unwrap();
    assert!(matches!(answer.items[0].1, ItemOutcome::Accepted { .. }));
    faultless(&server);
}

/// What becomes of a handshake with a plan's account, where the token can access these.
fn greeted(accounts: &[&str], account: Option<&str>) -> Result<Session, SystemError> {
    let chosen = Chosen {
        account: account.map(str::to_owned),
        fields: FieldNames::new(BTreeMap::new()),
        ..Chosen::default()
    };
    let accounts: Vec<_> = accounts
        .iter()
        .map(|id| serde_json::json!({ "id": id }))
        .collect();
    let body = serde_json::json!({ "accounts": accounts }).to_string();
    let mut handshake = Handshake::new("https://drip.example", chosen);
    match testing::play(&mut handshake, &[crate::model::HttpResponse::new(200, body)]) {
        ExchangeStep::Done(session) => Ok(session),
        ExchangeStep::Failed(error) | ExchangeStep::Again(error) => Err(error),
        ExchangeStep::Send(_) | ExchangeStep::Wait(_) => panic!("one request is enough"),
    }
}

#[test]
fn the_account_is_the_only_one_or_the_one_that_the_plan_names() {
    let id = |session: Result<Session, SystemError>| {
        session
            .map(|session| session.account.id)
            .map_err(|why| why.to_string())
    };
    assert_eq!(id(greeted(&["71"], None)), Ok("71".to_owned()));
    assert_eq!(id(greeted(&["71", "72"], Some("72"))), Ok("72".to_owned()));
    let several = id(greeted(&["71", "72"], None)).unwrap_err();
    assert!(
        several.ends_with("several accounts: 71, 72. Add `account = \"ID\"` to [contacts]"),
        "{several}"
    );
    let other = id(greeted(&["71"], Some("72"))).unwrap_err();
    assert!(
        other.ends_with("cannot access the account 72, but these: 71"),
        "{other}"
    );
    assert!(id(greeted(&[], None)).is_err());
}

#[test]
fn who_is_there_already_is_changed_by_id_and_stays_one() {
    let (mut subject, server): (RemoteSubject, Arc<DripServer>) = drip(|_| {});
    let id = server.put("ada@example.com", "active", &[], &["vip"]);
    let changes = vec![change(
        SIDE,
        Action::Update,
        Attribute::LastName,
        None,
        Some("Lovelace"),
    )];
    subject.perform(&alone("ada@example.com", &id, changes)).unwrap();
    assert_eq!(server.subscribers().len(), 1);
    faultless(&server);
}
