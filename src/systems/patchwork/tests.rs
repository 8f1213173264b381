//! Each awkward habit of the patchwork CRM by itself, against its server.

use std::{sync::Arc, time::Duration};

use super::{server::PatchworkServer, subject::patchwork};
use crate::{
    model::{
        Action, Answer, Attribute, Change, ContactId, Email, FieldName, ItemOutcome, JobHandle, MemberState,
        MemberWrite, Operation, Payload, Request, RequestId, Seq, Side, TagId, TagName, TagRef,
    },
    systems::contract::{
        remote_subject::RemoteSubject,
        requests::{change, newcomer, rename, request, state, tag, write},
        subject::Subject,
    },
};

const SIDE: Side = Side::Contacts;

fn add(name: &str) -> Change {
    change(
        SIDE,
        Action::AddTag,
        Attribute::Tag(TagName::new(name)),
        None,
        Some("held"),
    )
}

fn field(key: &str, before: Option<&str>, after: &str) -> Change {
    let attribute = Attribute::Field(FieldName::new(key));
    change(SIDE, Action::Update, attribute, before, Some(after))
}

/// A request that adds a tag to these contacts.
fn tagging(name: &str, id: Option<u64>, contacts: &[u64]) -> Request {
    let writes = (0..).zip(contacts).map(|(seq, id)| MemberWrite {
        expect: crate::model::Preconditions::default(),
        seq,
        email: Email::from_normalised(&format!("m{seq}@example.com")).unwrap(),
        contact_id: Some(ContactId::new(id.to_string())),
        changes: vec![add(name)],
    });
    Request {
        id: RequestId(7),
        operation: Operation::ContactTags,
        granted_by: "lumen".to_owned(),
        was: Vec::new(),
        offerings: Vec::new(),
        jobs: Vec::new(),
        tags: id.map(|id| tag_ref(name, id)).into_iter().collect(),
        payload: Payload::Members(writes.collect()),
    }
}

fn tag_ref(name: &str, id: u64) -> TagRef {
    TagRef {
        name: TagName::new(name),
        id: Some(TagId::new(id.to_string())),
    }
}

/// A CRM with this many contacts, and their IDs.
fn crowd(count: u64) -> (RemoteSubject, Arc<PatchworkServer>, Vec<u64>) {
    let (subject, server) = patchwork(|_| {});
    let put = |seq| server.put_contact(Some(&format!("m{seq}@example.com")), &[], &[]);
    let ids = (0..count).map(put).collect();
    (subject, server, ids)
}

fn words(answer: &Answer) -> Vec<(Seq, &'static str)> {
    let word = |outcome: &ItemOutcome| match outcome {
        ItemOutcome::Confirmed { .. } => "confirmed",
        ItemOutcome::Accepted { .. } => "accepted",
        ItemOutcome::Moved { .. } => "moved",
        ItemOutcome::Refused { .. } => "refused",
    };
    answer
        .items
        .iter()
        .map(|(seq, outcome)| (*seq, word(outcome)))
        .collect()
}

fn nothing_is_wrong(server: &PatchworkServer) {
    let log = server.log();
    assert_eq!((log.wrong, log.subscribed), (Vec::<String>::new(), Vec::new()));
}

#[test]
fn a_field_is_read_merged_and_written_since_a_list_replaces_what_is_stored() {
    let (mut crm, server) = patchwork(|_| {});
    let id = server.put_contact(
        Some("ada@example.com"),
        &[("notes", "by hand"), ("phone", "1")],
        &[],
    );
    let id = ContactId::new(id.to_string());
    let changes = vec![field("phone", Some("1"), "2"), field("city", None, "Wien")];
    let outcome = write(&mut crm, &mut 1, "ada@example.com", Some(id), changes).unwrap();
    assert!(matches!(outcome, ItemOutcome::Confirmed { .. }));
    let fields = state(&mut crm, "ada@example.com").fields;
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    assert_eq!(fields, [("city", "Wien"), ("notes", "by hand"), ("phone", "2")]);
    assert_eq!(server.log().effects.len(), 2, "{:?}", server.log().effects);
    nothing_is_wrong(&server);
}

#[test]
fn a_person_whom_it_rejects_is_an_item_whatever_the_status() {
    let (mut crm, server) = patchwork(|_| {});
    tag(&mut crm, 1);
    for (email, why) in [
        ("a@invalid.example", "BAD_EMAIL"),
        ("a@suppressed.example", "SUPPRESSED"),
    ] {
        let outcome = write(&mut crm, &mut 1, email, None, newcomer(SIDE)[..2].to_vec()).unwrap();
        assert!(
            matches!(&outcome, ItemOutcome::Refused { why: said } if said.contains(why)),
            "{outcome:?}"
        );
    }
    let mut changes = newcomer(SIDE)[..2].to_vec();
    changes.push(field("notes", None, &"x".repeat(256)));
    let outcome = write(&mut crm, &mut 1, "ada@example.com", None, changes).unwrap();
    assert!(
        matches!(&outcome, ItemOutcome::Refused { why } if why.contains("TOO_LONG")),
        "{outcome:?}"
    );
    let gone = Some(ContactId::new("999"));
    let outcome = write(
        &mut crm,
        &mut 1,
        "ada@example.com",
        gone,
        vec![field("a", None, "b")],
    )
    .unwrap();
    assert!(matches!(outcome, ItemOutcome::Refused { .. }), "{outcome:?}");
    assert!(server.contacts().is_empty());
    nothing_is_wrong(&server);
}

#[test]
fn nobody_is_subscribed_and_whoever_opted_out_is_created_so() {
    let (mut crm, server) = patchwork(|_| {});
    tag(&mut crm, 1);
    write(&mut crm, &mut 1, "out@example.com", None, newcomer(SIDE)).unwrap();
    let create = newcomer(SIDE)[..2].to_vec();
    write(&mut crm, &mut 1, "in@example.com", None, create).unwrap();
    assert!(state(&mut crm, "out@example.com").opted_out);
    assert!(!state(&mut crm, "in@example.com").opted_out);
    nothing_is_wrong(&server);
}

#[test]
fn one_request_adds_one_tag_to_many_and_says_of_each_what_became_of_it() {
    let (mut crm, server, ids) = crowd(3);
    let vip = server.put_tag("VIP", None);
    let archived = server.put_contact(Some("a@archived.example"), &[], &[]);
    let contacts = [ids[0], ids[1], archived, 999];
    for (again, expected) in [(0, "confirmed"), (1, "confirmed")] {
        let answer = crm.perform(&tagging("VIP", Some(vip), &contacts)).unwrap();
        let refused = [(2, "refused"), (3, "refused")];
        assert_eq!(words(&answer)[..2], [(0, expected), (1, expected)]);
        assert_eq!(words(&answer)[2..], refused);
        assert_eq!(
            (server.log().effects.len(), server.log().added_again.len()),
            (2, again * 2)
        );
    }
    nothing_is_wrong(&server);
}

#[test]
fn more_than_a_few_contacts_are_a_job_that_a_look_asks_for_until_it_is_over() {
    let (mut crm, server) = patchwork(|options| options.lag_ms = 120);
    let vip = server.put_tag("VIP", None);
    let put = |seq| server.put_contact(Some(&format!("m{seq}@example.com")), &[], &[]);
    let mut ids: Vec<u64> = (0..9).map(put).collect();
    ids.push(server.put_contact(Some("m9@archived.example"), &[], &[]));
    let asked = tagging("VIP", Some(vip), &ids);
    let answer = crm.perform(&asked).unwrap();
    assert!(words(&answer).iter().all(|(_, word)| *word == "accepted"));
    let job = answer.job.expect("a handle");
    let look = Request {
        jobs: vec![job],
        ..asked
    };
    let looked = crm.look(&look).unwrap();
    let held = looked
        .iter()
        .filter(|(_, state)| state.tags.contains(&TagName::new("VIP")));
    assert_eq!(held.count(), 9, "it was waited for");
    let (seq, rejected) = &looked[9];
    assert_eq!(*seq, 9);
    assert!(
        rejected.rejected.as_ref().unwrap().contains("ARCHIVED"),
        "{rejected:?}"
    );
    assert!(looked[..9].iter().all(|(_, state)| state.rejected.is_none()));
    // A server that has forgotten a job is not asked for ever.
    let forgotten = Request {
        jobs: vec![JobHandle::new("4711")],
        ..look
    };
    assert_eq!(crm.look(&forgotten).unwrap().len(), 10);
}

#[test]
fn a_tag_of_the_same_name_in_another_category_is_another_tag() {
    let (mut crm, server) = patchwork(|_| {});
    let sport = server.put_tag("vip", Some("Sport"));
    let music = server.put_tag("VIP", Some("Music"));
    let id = server.put_contact(Some("m0@example.com"), &[], &[sport]);
    // By its ID it is clear which is meant.
    let asked = tagging("VIP", Some(music), &[id]);
    let has = |crm: &mut RemoteSubject| {
        let tags = crm.look(&asked).unwrap().remove(0).1.tags;
        tags.contains(&TagName::new("VIP"))
    };
    assert!(!has(&mut crm), "the other one is not taken for it");
    assert_eq!(words(&crm.perform(&asked).unwrap()), [(0, "confirmed")]);
    assert!(has(&mut crm));
    // By its name it is not.
    let answer = crm.perform(&tagging("VIP", None, &[id])).unwrap();
    assert_eq!(words(&answer), [(0, "refused")]);
    let observed = crm.observe();
    let known: Vec<_> = observed
        .tags
        .iter()
        .map(|tag| (tag.id.clone().unwrap(), tag.category.clone()))
        .collect();
    let expected = [(sport, "Sport"), (music, "Music")];
    let expected = expected.map(|(id, category)| (TagId::new(id.to_string()), Some(category.to_owned())));
    assert_eq!(known, expected);
    nothing_is_wrong(&server);
}

#[test]
fn a_tag_that_differs_only_in_case_is_found_and_the_id_of_a_created_one_is_told() {
    let (mut crm, server) = patchwork(|_| {});
    let create = |crm: &mut RemoteSubject, name: &str| {
        let request = Request {
            operation: Operation::Tag,
            payload: Payload::Tag(TagName::new(name)),
            ..tagging("", None, &[])
        };
        let exists = !crm.look(&request).unwrap().is_empty();
        (exists, crm.perform(&request).unwrap().tag_id)
    };
    // More tags than a page has.
    let ids: Vec<u64> = (0..12)
        .map(|at| server.put_tag(&format!("Tag {at}"), None))
        .collect();
    assert_eq!(
        create(&mut crm, "TAG 11"),
        (true, Some(TagId::new(ids[11].to_string())))
    );
    let (exists, id) = create(&mut crm, "New");
    assert!(!exists && id.is_some());
    assert_eq!(create(&mut crm, "new"), (true, id));
    assert_eq!((server.tags().len(), server.log().doubled), (13, Vec::new()));
}

#[test]
fn a_tag_is_removed_from_one_contact_at_a_time_and_one_that_is_not_held_is_as_wanted() {
    let (mut crm, server, ids) = crowd(2);
    let vip = server.put_tag("VIP", None);
    crm.perform(&tagging("VIP", Some(vip), &ids)).unwrap();
    let mut asked = tagging("VIP", Some(vip), &[ids[0], ids[1], 999]);
    let Payload::Members(writes) = &mut asked.payload else {
        panic!()
    };
    for write in writes {
        write.changes[0] = Change {
            action: Action::RemoveTag,
            before: Some("held".to_owned()),
            after: None,
            ..write.changes[0].clone()
        };
    }
    for effects in [4, 4] {
        let answer = crm.perform(&asked).unwrap();
        assert_eq!(
            words(&answer),
            [(0, "confirmed"), (1, "confirmed"), (2, "refused")]
        );
        assert_eq!(server.log().effects.len(), effects);
    }
    nothing_is_wrong(&server);
}

#[test]
fn lists_and_searches_lag_and_what_is_read_by_id_does_not() {
    let (mut crm, _server) = patchwork(|options| options.lag_ms = 300);
    let outcome = write(
        &mut crm,
        &mut 1,
        "ada@example.com",
        None,
        newcomer(SIDE)[..2].to_vec(),
    )
    .unwrap();
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
    assert_eq!(crm.look(&by_id).unwrap()[0].1.contact_ids, [id]);
    std::thread::sleep(Duration::from_millis(320));
    assert_eq!(state(&mut crm, "ada@example.com").contact_ids.len(), 1);
    assert_eq!(crm.observe().len(), 1);
}

#[test]
fn pages_are_read_to_the_last_however_it_says_so_and_contacts_without_address_are_left_alone() {
    // The server says in turn that a page is the last by "", null, and nothing at all.
    for count in [0, 49, 50, 51, 52, 100, 101] {
        let (mut crm, server, _) = crowd(count);
        server.put_contact(None, &[], &[]);
        assert_eq!(crm.observe().len() as u64, count);
        nothing_is_wrong(&server);
    }
}

#[test]
fn a_rename_looks_who_stands_under_the_new_address() {
    let (mut crm, server) = patchwork(|_| {});
    let own = server.put_contact(Some("a@x.example"), &[], &[]);
    server.put_contact(Some("b@x.example"), &[], &[]);
    let changes = vec![rename(SIDE, "a@x.example", "b@x.example")];
    let id = Some(ContactId::new(own.to_string()));
    let asked = request(9, Operation::Contacts, "b@x.example", id, changes);
    let looked = crm.look(&asked).unwrap().remove(0).1;
    assert_eq!(looked.address.as_deref(), Some("a@x.example, b@x.example"));
}

#[test]
fn under_faults_a_look_before_each_repetition_creates_each_contact_and_tag_once() {
    for seed in 0..6 {
        let (mut crm, server) =
            patchwork(|options| (options.faults, options.seed, options.slow_ms) = (0.4, seed, 1));
        let mut found = 0;
        for member in 0..12 {
            let email = format!("m{member}@example.com");
            loop {
                let asked = request(0, Operation::Members, &email, None, vec![]);
                let Ok(looked) = crm.look(&asked) else { continue };
                if !looked[0].1.contact_ids.is_empty() {
                    break;
                }
                let create = newcomer(SIDE)[..2].to_vec();
                let asked = request(1, Operation::Contacts, &email, None, create);
                let _ = crm.perform(&asked);
            }
            found += 1;
        }
        assert_eq!((found, server.contacts().len()), (12, 12));
        assert_eq!(server.log().doubled, [""; 0]);
        nothing_is_wrong(&server);
    }
}
