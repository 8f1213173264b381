//! Each habit of Keap by itself, against its simulator.

use std::collections::BTreeMap;

use super::{
    server::{ContactRow, KeapServer},
    subject::keap,
};
use crate::{
    model::{
        Action, Attribute, Change, ContactId, ContactSetting, FieldName, ItemOutcome, Operation, Side,
        TagName,
    },
    systems::contract::{
        remote_subject::RemoteSubject,
        requests::{change, newcomer, rename, request, state, tag, write},
        subject::Subject,
    },
};

const SIDE: Side = Side::Contacts;

fn field(name: &str, before: Option<&str>, after: &str) -> Change {
    let attribute = Attribute::Field(FieldName::new(name));
    change(SIDE, Action::Update, attribute, before, Some(after))
}

fn first_name(before: Option<&str>, after: &str) -> Change {
    change(SIDE, Action::Update, Attribute::FirstName, before, Some(after))
}

fn id(number: u64) -> ContactId {
    ContactId::new(number.to_string())
}

/// Writes one contact; gives what became of it.
fn put(crm: &mut RemoteSubject, email: &str, contact: ContactId, changes: Vec<Change>) -> ItemOutcome {
    let asked = request(9, Operation::Contacts, email, Some(contact), changes);
    crm.perform(&asked).unwrap().items.remove(0).1
}

fn row(server: &KeapServer, id: u64) -> ContactRow {
    server.contacts().into_iter().find(|row| row.id == id).unwrap()
}

fn nothing_is_wrong(server: &KeapServer) {
    assert_eq!(server.log().faults(), [""; 0]);
}

#[test]
fn a_change_keeps_the_fields_numbers_and_addresses_that_the_plan_does_not_know() {
    let (mut crm, server) = keap(|_| {}, &[]);
    server.put_field("Shoe size");
    let ada = server.put_contact(
        &["Ada@Example.com", "second@example.com"],
        &[("Shoe size", "39")],
        &[],
    );
    let changes = vec![
        field("mentor", None, "Bo"),
        field("city", None, "Vienna"),
        field("country", None, "AT"),
        first_name(None, "Ada"),
    ];
    let outcome = put(&mut crm, "ada@example.com", id(ada), changes.clone());
    assert!(matches!(outcome, ItemOutcome::Confirmed { .. }), "{outcome:?}");
    let row = row(&server, ada);
    for (name, value) in [
        ("field Shoe size", "\"39\""),
        ("field mentor", "\"Bo\""),
        ("first name", "Ada"),
        ("address EMAIL1", "Ada@Example.com"),
        ("address EMAIL2", "second@example.com"),
    ] {
        assert_eq!(
            row.attributes.get(name).map(String::as_str),
            Some(value),
            "{name}"
        );
    }
    assert!(row.attributes["field BILLING"].contains("\"AUT\""));
    let held = state(&mut crm, "ada@example.com");
    assert!(changes.iter().all(|change| held.has(change)), "{held:?}");
    // A second time there is nothing to do.
    let writes = server.log().writes;
    put(&mut crm, "ada@example.com", id(ada), changes);
    assert_eq!(server.log().writes, writes);
    nothing_is_wrong(&server);
}

#[test]
fn a_field_is_created_once_and_found_by_the_plans_name_for_it() {
    let names = BTreeMap::from([(
        "mentor".to_owned(),
        ContactSetting::Text("Mentor name".to_owned()),
    )]);
    let (mut crm, server) = keap(|_| {}, &[("fields", ContactSetting::Table(names))]);
    let (ada, bo) = (
        server.put_contact(&["ada@example.com"], &[], &[]),
        server.put_contact(&["bo@example.com"], &[], &[]),
    );
    for (email, contact) in [("ada@example.com", ada), ("bo@example.com", bo)] {
        put(&mut crm, email, id(contact), vec![field("mentor", None, "Cy")]);
    }
    assert_eq!(row(&server, ada).attributes["field Mentor name"], "\"Cy\"");
    let observed = crm.observe();
    assert_eq!(observed.fields, [FieldName::new("mentor")]);
    assert_eq!(
        observed.state(observed.find("bo@example.com")).fields[&FieldName::new("mentor")],
        "Cy"
    );
    nothing_is_wrong(&server);
}

#[test]
fn an_opt_out_is_written_to_the_address_as_it_is_stored_and_follows_a_new_address() {
    let (mut crm, server) = keap(|_| {}, &[]);
    let ada = server.put_contact(&["Ada@Old.example"], &[], &[]);
    let opt_out = change(SIDE, Action::Update, Attribute::OptedOut, Some("no"), Some("yes"));
    let outcome = put(&mut crm, "ada@old.example", id(ada), vec![opt_out]);
    assert!(matches!(outcome, ItemOutcome::Confirmed { .. }), "{outcome:?}");
    assert!(state(&mut crm, "ada@old.example").opted_out);
    let renamed = vec![rename(SIDE, "ada@old.example", "ada@new.example")];
    put(&mut crm, "ada@new.example", id(ada), renamed);
    assert!(state(&mut crm, "ada@new.example").opted_out);
    let opt_in = change(SIDE, Action::Update, Attribute::OptedOut, Some("yes"), Some("no"));
    let outcome = put(&mut crm, "ada@new.example", id(ada), vec![opt_in]);
    assert!(matches!(outcome, ItemOutcome::Refused { .. }), "{outcome:?}");
    nothing_is_wrong(&server);
}

#[test]
fn who_is_a_contact_by_now_is_not_created_a_second_time() {
    let (mut crm, server) = keap(|_| {}, &[]);
    tag(&mut crm, 1);
    let there = server.put_contact(&["first@example.com", "ada@example.com"], &[], &[]);
    let outcome = write(&mut crm, &mut 1, "ada@example.com", None, newcomer(SIDE)).unwrap();
    let expected = ContactId::new(there.to_string());
    assert_eq!(
        outcome,
        ItemOutcome::Confirmed {
            contact_id: Some(expected)
        }
    );
    assert_eq!(server.contacts().len(), 1);
}

#[test]
fn a_second_address_identifies_the_same_contact() {
    let (mut crm, server) = keap(|_| {}, &[]);
    let vip = server.put_tag("VIP", None);
    let ada = server.put_contact(&["first@example.com", "Second@Example.com"], &[], &[vip]);
    let observed = crm.observe();
    for email in ["first@example.com", "second@example.com"] {
        let seen = observed.state(observed.find(email));
        assert_eq!(seen.contact_ids, [ContactId::new(ada.to_string())]);
        assert_eq!(seen, state(&mut crm, email));
        assert!(seen.tags.contains(&TagName::new("VIP")));
    }
    let outcome = put(
        &mut crm,
        "second@example.com",
        id(ada),
        vec![first_name(None, "Ada")],
    );
    assert!(matches!(outcome, ItemOutcome::Confirmed { .. }), "{outcome:?}");
    nothing_is_wrong(&server);
}

#[test]
fn of_several_contacts_with_one_address_the_plan_says_which_counts() {
    for (word, expected) in [
        (None, 3),
        (Some("newest"), 2),
        (Some("oldest"), 0),
        (Some("most-tags"), 1),
    ] {
        let settings = word.map(|word| ("duplicates", ContactSetting::Text(word.to_owned())));
        let (mut crm, server) = keap(|_| {}, settings.as_slice());
        let tags = ["A", "B"].map(|name| server.put_tag(name, None));
        let held = [&tags[..1], &tags[..], &[]];
        let ids = held.map(|held| server.put_contact(&["ada@example.com"], &[], held));
        let observed = crm.observe();
        let seen = observed.state(observed.find("ada@example.com"));
        assert_eq!(seen, state(&mut crm, "ada@example.com"));
        assert_eq!(observed.len(), 3, "the others are read and left alone");
        match word {
            None => assert_eq!(seen.contact_ids.len(), expected),
            Some(_) => assert_eq!(seen.contact_ids, [ContactId::new(ids[expected].to_string())]),
        }
    }
}

#[test]
fn a_contact_that_changed_or_is_gone_is_left_alone_and_named() {
    let (mut crm, server) = keap(|_| {}, &[]);
    let ada = server.put_contact(&["ada@example.com"], &[], &[]);
    put(
        &mut crm,
        "ada@example.com",
        id(ada),
        vec![first_name(None, "By hand")],
    );
    let outcome = put(
        &mut crm,
        "ada@example.com",
        id(ada),
        vec![first_name(Some("Ada"), "Eda")],
    );
    assert!(
        matches!(&outcome, ItemOutcome::Moved { what } if what.contains("By hand")),
        "{outcome:?}"
    );
    server.delete_contact(ada);
    let outcome = put(
        &mut crm,
        "ada@example.com",
        id(ada),
        vec![first_name(None, "Ada")],
    );
    assert!(matches!(&outcome, ItemOutcome::Refused { why } if why.contains("deleted or merged")));
}

#[test]
fn a_country_that_keap_cannot_store_rejects_one_member_and_is_not_sent() {
    let (mut crm, server) = keap(|_| {}, &[]);
    let ada = server.put_contact(&["ada@example.com"], &[], &[]);
    let outcome = put(
        &mut crm,
        "ada@example.com",
        id(ada),
        vec![field("country", None, "Austria")],
    );
    assert!(
        matches!(&outcome, ItemOutcome::Refused { why } if why.contains("two letters")),
        "{outcome:?}"
    );
    assert_eq!(server.log().writes, 0);
}

#[test]
fn a_hundred_thousand_contacts_are_read_in_a_hundred_requests_and_a_few() {
    let (mut crm, server) = keap(|_| {}, &[]);
    let contacts = if std::env::var_os("REHOME_MEASURE").is_some() {
        100_000
    } else {
        3_000
    };
    for at in 0..contacts {
        server.put_contact(&[&format!("m{at}@example.com")], &[], &[]);
    }
    let before = server.log().reads;
    assert_eq!(crm.observe().len(), contacts);
    let requests = server.log().reads - before;
    println!("{contacts} contacts in {requests} requests");
    assert!(requests <= contacts / 1_000 + 10, "{requests} requests");
}
