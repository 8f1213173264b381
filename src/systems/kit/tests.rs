//! Each habit of Kit by itself, against its simulator.

use std::{sync::Arc, time::Duration};

use super::{
    server::{KitServer, ServerOptions},
    subject::kit,
};
use crate::{
    model::{
        Action, Answer, Attribute, Change, ContactId, ContactSetting, Email, FieldName, ItemOutcome,
        MemberState, MemberWrite, Operation, Payload, Preconditions, Request, RequestId, Side, TagId,
        TagName, TagRef,
    },
    systems::contract::{
        remote_subject::RemoteSubject,
        requests::{change, newcomer, request, state, tag, write},
        subject::Subject,
    },
};

const SIDE: Side = Side::Contacts;

/// Both ways to ask Kit.
const SECRETS: [&str; 2] = ["token", "oauth"];

fn field(name: &str, before: Option<&str>, after: &str) -> Change {
    let attribute = Attribute::Field(FieldName::new(name));
    change(SIDE, Action::Update, attribute, before, Some(after))
}

fn address(seq: u32) -> String {
    format!("m{seq:05}@example.com")
}

/// A request about people with these changes.
fn people(operation: Operation, people: Vec<(u32, Option<u64>, Vec<Change>)>) -> Request {
    let writes = people.into_iter().map(|(seq, id, changes)| MemberWrite {
        seq,
        email: Email::from_normalised(&address(seq)).unwrap(),
        contact_id: id.map(|id| ContactId::new(id.to_string())),
        expect: Preconditions::default(),
        changes,
    });
    Request {
        id: RequestId(7),
        operation,
        granted_by: "lumen".to_owned(),
        jobs: Vec::new(),
        was: Vec::new(),
        offerings: Vec::new(),
        tags: Vec::new(),
        payload: Payload::Members(writes.collect()),
    }
}

fn tag_change(action: Action, name: &str) -> Change {
    let (before, after) = match action {
        Action::RemoveTag => (Some("held"), None),
        _ => (None, Some("held")),
    };
    change(SIDE, action, Attribute::Tag(TagName::new(name)), before, after)
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

fn plain(change: impl FnOnce(&mut ServerOptions)) -> (RemoteSubject, Arc<KitServer>) {
    kit("token", change, &[])
}

fn nothing_is_wrong(server: &KitServer) {
    assert_eq!(server.log().faults(), [""; 0]);
}

#[test]
fn nobody_is_subscribed_and_whoever_opted_out_is_created_so_in_the_same_request() {
    for secret in SECRETS {
        let (mut crm, server) = kit(secret, |_| {}, &[]);
        tag(&mut crm, 1);
        write(&mut crm, &mut 1, "out@example.com", None, newcomer(SIDE)).unwrap();
        write(
            &mut crm,
            &mut 1,
            "new@example.com",
            None,
            newcomer(SIDE)[..2].to_vec(),
        )
        .unwrap();
        let states: Vec<String> = server.contacts().into_iter().map(|one| one.state).collect();
        assert_eq!(states, ["cancelled", "inactive"]);
        assert!(state(&mut crm, "out@example.com").opted_out);
        assert!(!state(&mut crm, "new@example.com").opted_out);
        nothing_is_wrong(&server);
    }
}

#[test]
fn whoever_is_there_already_keeps_the_state_or_is_unsubscribed_and_is_never_subscribed_again() {
    for secret in SECRETS {
        let (mut crm, server) = kit(secret, |_| {}, &[]);
        server.put_contact("in@example.com", "active", &[], &[]);
        let gone = server.put_contact("gone@example.com", "cancelled", &[], &[]);
        let create = newcomer(SIDE)[..3].to_vec();
        write(&mut crm, &mut 1, "in@example.com", None, create.clone()).unwrap();
        write(&mut crm, &mut 1, "gone@example.com", None, create[..2].to_vec()).unwrap();
        assert!(server.contacts().iter().all(|one| one.state == "cancelled"));
        let back = change(SIDE, Action::Update, Attribute::OptedOut, Some("yes"), Some("no"));
        let id = Some(ContactId::new(gone.to_string()));
        let outcome = write(&mut crm, &mut 1, "gone@example.com", id, vec![back]).unwrap();
        assert!(
            matches!(&outcome, ItemOutcome::Refused { why } if why.contains("subscribes no member")),
            "{outcome:?}"
        );
        assert_eq!(server.contacts()[1].state, "cancelled");
        nothing_is_wrong(&server);
    }
}

#[test]
fn bounced_and_unconfirmed_people_did_not_opt_out_and_complaints_and_unknown_words_did() {
    let (mut crm, server) = plain(|_| {});
    for state in [
        "active",
        "inactive",
        "bounced",
        "cancelled",
        "complained",
        "zombie",
    ] {
        server.put_contact(&format!("{state}@example.com"), state, &[], &[]);
    }
    let observed = crm.observe();
    let out = (0..observed.len()).filter_map(|row| observed.get(row));
    let out: Vec<&str> = out.filter(|row| row.opted_out).map(|row| row.email).collect();
    assert_eq!(
        out,
        [
            "cancelled@example.com",
            "complained@example.com",
            "zombie@example.com"
        ]
    );
    assert_eq!(
        observed.len(),
        6,
        "without status=all only active people would be there"
    );
}

#[test]
fn the_last_name_is_a_field_and_missing_fields_are_created_once_under_the_keys_of_the_plan() {
    for secret in SECRETS {
        let names = [("mentor".to_owned(), ContactSetting::Text("my_mentor".to_owned()))];
        let settings = [("fields", ContactSetting::Table(names.into()))];
        let (mut crm, server) = kit(secret, |_| {}, &settings);
        let last = change(SIDE, Action::Update, Attribute::LastName, None, Some("Byron"));
        for email in ["a@example.com", "b@example.com"] {
            let mut changes = newcomer(SIDE)[..2].to_vec();
            changes.extend([last.clone(), field("mentor", None, "Grace")]);
            let outcome = write(&mut crm, &mut 1, email, None, changes).unwrap();
            assert!(matches!(outcome, ItemOutcome::Confirmed { .. }), "{outcome:?}");
        }
        assert_eq!(server.fields(), ["last_name", "my_mentor"]);
        let held = state(&mut crm, "a@example.com");
        assert_eq!(held.last_name.as_deref(), Some("Byron"));
        assert_eq!(held.fields[&FieldName::new("mentor")], "Grace");
        let observed = crm.observe();
        assert_eq!(observed.state(observed.find("a@example.com")), held);
        let mut changes = newcomer(SIDE)[..2].to_vec();
        changes.push(field("Shoe size", None, "38"));
        let outcome = write(&mut crm, &mut 1, "c@example.com", None, changes).unwrap();
        assert!(
            matches!(&outcome, ItemOutcome::Refused { why } if why.contains("[contacts.fields]")),
            "{outcome:?}"
        );
        nothing_is_wrong(&server);
    }
}

#[test]
fn more_than_ten_fields_are_several_requests_and_none_is_only_accepted() {
    for secret in SECRETS {
        let (mut crm, server) = kit(secret, |_| {}, &[]);
        let mut changes = newcomer(SIDE)[..2].to_vec();
        changes.extend((0..24).map(|at| field(&format!("f{at}"), None, "x")));
        let outcome = write(&mut crm, &mut 1, "ada@example.com", None, changes.clone()).unwrap();
        assert!(matches!(outcome, ItemOutcome::Confirmed { .. }), "{outcome:?}");
        let held = state(&mut crm, "ada@example.com");
        assert_eq!((held.fields.len(), held.first_name.as_deref()), (24, Some("Ada")));
        let id = held.contact_ids.first().cloned();
        let changes = (0..24)
            .map(|at| field(&format!("f{at}"), Some("x"), "y"))
            .collect();
        write(&mut crm, &mut 1, "ada@example.com", id, changes).unwrap();
        let held = state(&mut crm, "ada@example.com");
        assert!(held.fields.values().all(|value| value == "y"), "{held:?}");
        assert_eq!(held.first_name.as_deref(), Some("Ada"));
        nothing_is_wrong(&server);
    }
}

#[test]
fn a_change_goes_by_the_stored_spelling_and_only_if_nobody_changed_the_value_meanwhile() {
    let (mut crm, server) = plain(|_| {});
    let id = server.put_contact("Ada.B@Example.com", "active", &[("phone", "1")], &[]);
    let id = || Some(ContactId::new(id.to_string()));
    let email = "ada.b@example.com";
    let outcome = write(
        &mut crm,
        &mut 1,
        email,
        id(),
        vec![field("phone", Some("1"), "2")],
    )
    .unwrap();
    assert!(matches!(outcome, ItemOutcome::Confirmed { .. }), "{outcome:?}");
    assert_eq!(server.contacts()[0].email, "Ada.B@Example.com");
    let outcome = write(
        &mut crm,
        &mut 1,
        email,
        id(),
        vec![field("phone", Some("1"), "3")],
    )
    .unwrap();
    assert!(
        matches!(&outcome, ItemOutcome::Moved { what } if what.contains('2')),
        "{outcome:?}"
    );
    let effects = server.log().effects.len();
    write(
        &mut crm,
        &mut 1,
        email,
        id(),
        vec![field("phone", Some("1"), "2")],
    )
    .unwrap();
    assert_eq!(
        server.log().effects.len(),
        effects,
        "what is there is not written again"
    );
    nothing_is_wrong(&server);
}

#[test]
fn a_person_whom_it_rejects_is_an_item_among_the_others() {
    let (mut crm, server) = kit("oauth", |_| {}, &[]);
    let mut asked = people(
        Operation::Contacts,
        (0..3)
            .map(|seq| (seq, None, newcomer(SIDE)[..4].to_vec()))
            .collect(),
    );
    if let Payload::Members(writes) = &mut asked.payload {
        writes[1].email = Email::from_normalised("bad@invalid.example").unwrap();
        writes[2].changes.push(field("notes", None, &"x".repeat(256)));
    }
    let answer = crm.perform(&asked).unwrap();
    assert_eq!(words(&answer), ["confirmed", "refused", "refused"]);
    assert!(format!("{answer:?}").contains("Email address is invalid"));
    assert_eq!(answer.rest, None);
    nothing_is_wrong(&server);
}

#[test]
fn a_tag_is_found_whatever_its_case_and_a_contact_that_is_gone_is_a_failed_item() {
    for secret in SECRETS {
        let (mut crm, server) = kit(secret, |_| {}, &[]);
        let vip = server.put_tag("vip");
        let id = server.put_contact(&address(0), "active", &[], &[]);
        for (contact, word) in [(id, "confirmed"), (999, "refused")] {
            let asked = people(
                Operation::ContactTags,
                vec![(0, Some(contact), vec![tag_change(Action::AddTag, "VIP")])],
            );
            assert_eq!(words(&crm.perform(&asked).unwrap()), [word], "{secret}");
        }
        assert_eq!(server.contacts()[0].tags, ["vip"]);
        let create = Request {
            operation: Operation::Tag,
            payload: Payload::Tag(TagName::new("ViP")),
            ..people(Operation::Tag, Vec::new())
        };
        assert_eq!(
            crm.perform(&create).unwrap().tag_id,
            Some(TagId::new(vip.to_string()))
        );
        assert_eq!(server.tags().len(), 1);
        nothing_is_wrong(&server);
    }
}

#[test]
fn a_tag_whose_creation_no_list_shows_yet_is_not_created_again() {
    let (mut crm, server) = plain(|options| options.lag_ms = 60_000);
    tag(&mut crm, 1);
    tag(&mut crm, 2);
    assert_eq!(server.tags().len(), 1);
    nothing_is_wrong(&server);
}

#[test]
fn a_tag_that_an_unsubscribed_person_does_not_get_is_not_confirmed() {
    for secret in SECRETS {
        let (mut crm, server) = kit(secret, |options| options.tags_unsubscribed = false, &[]);
        server.put_tag("VIP");
        let out = server.put_contact(&address(0), "cancelled", &[], &[]);
        let asked = people(
            Operation::ContactTags,
            vec![(0, Some(out), vec![tag_change(Action::AddTag, "VIP")])],
        );
        assert_eq!(words(&crm.perform(&asked).unwrap()), ["accepted"], "{secret}");
    }
}

#[test]
fn lists_lag_and_what_is_read_by_id_does_not() {
    let (mut crm, server) = plain(|options| options.lag_ms = 400);
    server.put_tag("VIP");
    let outcome = write(&mut crm, &mut 1, "ada@example.com", None, newcomer(SIDE)).unwrap();
    let ItemOutcome::Confirmed { contact_id: Some(id) } = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(state(&mut crm, "ada@example.com"), MemberState::default());
    assert!(crm.observe().is_empty());
    let by_id = request(
        9,
        Operation::Contacts,
        "ada@example.com",
        Some(id.clone()),
        vec![],
    );
    let looked = crm.look(&by_id).unwrap().remove(0).1;
    assert_eq!((looked.contact_ids, looked.tags.len()), (vec![id], 1));
    std::thread::sleep(Duration::from_millis(450));
    assert_eq!(state(&mut crm, "ada@example.com").contact_ids.len(), 1);
    assert_eq!(crm.observe().len(), 1);
    assert_eq!(crm.capabilities().visibility_ms, 300_000, "what Kit states");
}

#[test]
fn ten_thousand_new_members_with_three_of_thirty_tags_take_six_hundred_requests_by_token() {
    let (mut crm, server) = kit("oauth", |_| {}, &[]);
    let tags: Vec<TagRef> = (0..30)
        .map(|at| {
            let name = format!("Tag {at}");
            let id = Some(TagId::new(server.put_tag(&name).to_string()));
            TagRef {
                name: TagName::new(&name),
                id,
            }
        })
        .collect();
    let batching = crm.capabilities().batching;
    let create = |seq: u32| {
        let mut changes = newcomer(SIDE)[..2].to_vec();
        let last = Attribute::LastName;
        changes.push(change(SIDE, Action::Update, last, None, Some("Byron")));
        changes.push(field("phone", None, "+43 1"));
        (seq, None, changes)
    };
    let asked = people(Operation::Contacts, (0..10_000).map(create).collect());
    let Payload::Members(writes) = asked.payload.clone() else {
        panic!()
    };
    let mut ids = Vec::new();
    for batch in batching.split(Operation::Contacts, writes, usize::MAX) {
        let answer = crm
            .perform(&Request {
                payload: Payload::Members(batch),
                ..asked.clone()
            })
            .unwrap();
        ids.extend(answer.items.into_iter().map(|(seq, outcome)| match outcome {
            ItemOutcome::Confirmed { contact_id: Some(id) } => (seq, id.as_str().parse().unwrap()),
            other => panic!("{other:?}"),
        }));
    }
    let tagging = |(seq, id): (u32, u64)| {
        let own = (0..3).map(|at| format!("Tag {}", (seq as usize + at * 7) % 30));
        let changes = own.map(|name| tag_change(Action::AddTag, &name)).collect();
        (seq, Some(id), changes)
    };
    let asked = Request {
        tags,
        ..people(Operation::ContactTags, ids.into_iter().map(tagging).collect())
    };
    let Payload::Members(writes) = asked.payload.clone() else {
        panic!()
    };
    for batch in batching.split(Operation::ContactTags, writes, usize::MAX) {
        let answer = crm
            .perform(&Request {
                payload: Payload::Members(batch),
                ..asked.clone()
            })
            .unwrap();
        assert!(words(&answer).iter().all(|word| *word == "confirmed"));
    }
    let log = server.log();
    // 100 that create, 200 that fill the last name and the telephone, 300 that tag, and 2 fields.
    assert_eq!(log.writes, 602);
    let before = log.reads;
    assert_eq!(crm.observe().len(), 10_000);
    // Ten pages, the account twice, the fields and the tags.
    assert_eq!(server.log().reads - before, 14);
    nothing_is_wrong(&server);
}

#[test]
fn under_faults_a_look_before_each_repetition_creates_and_tags_each_contact_once() {
    for seed in 0..6 {
        let faulty = |options: &mut ServerOptions| {
            (options.served.faults, options.served.seed, options.served.slow_ms) = (0.4, seed, 1);
        };
        let (mut crm, server) = kit(SECRETS[usize::from(seed % 2 == 0)], faulty, &[]);
        let vip = server.put_tag("VIP");
        for member in 0..12 {
            let create = people(
                Operation::Contacts,
                vec![(member, None, newcomer(SIDE)[..4].to_vec())],
            );
            // A creation may be sent again.
            let id = loop {
                let Ok(answer) = crm.perform(&create) else {
                    continue;
                };
                if let Some((_, ItemOutcome::Confirmed { contact_id: Some(id) })) = answer.items.first() {
                    break id.as_str().parse().unwrap();
                }
            };
            let tags = Request {
                tags: vec![TagRef {
                    name: TagName::new("VIP"),
                    id: Some(TagId::new(vip.to_string())),
                }],
                ..people(
                    Operation::ContactTags,
                    vec![(member, Some(id), vec![tag_change(Action::AddTag, "VIP")])],
                )
            };
            loop {
                let Ok(looked) = crm.look(&tags) else { continue };
                if looked[0].1.tags.contains(&TagName::new("VIP")) {
                    break;
                }
                let _ = crm.perform(&tags);
            }
        }
        let contacts = server.contacts();
        assert_eq!(contacts.len(), 12, "seed {seed}");
        assert!(
            contacts
                .iter()
                .all(|one| one.state == "cancelled" && one.tags == ["VIP"])
        );
        nothing_is_wrong(&server);
    }
}
