//! The practice CRM against its own server: the habits that it has besides those of every system.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use super::{
    CONVENTIONS,
    server::DUPLICATE_CONTACTS_SQL,
    subject::{database, practice},
};
use crate::{
    model::{Attribute, Fault, HttpRequest, ItemOutcome, MemberState, Operation, Side},
    systems::{
        Wire,
        contract::{
            requests::{newcomer, rename, request, state, tag, write},
            subject::Subject,
        },
        transport::{Credentials, HttpTransport, PacedWire, Pacer, TransportOptions},
    },
};

#[test]
fn the_account_says_that_it_is_for_practice() {
    assert!(practice(|_| {}).session.account.id.starts_with("practice-"));
}

#[test]
fn the_practice_crm_makes_two_contacts_where_one_is_asked_for_twice() {
    let mut crm = practice(|_| {});
    tag(&mut crm, 1);
    let mut next = 1;
    for _ in 0..2 {
        write(
            &mut crm,
            &mut next,
            "ada@example.com",
            None,
            newcomer(Side::Contacts),
        )
        .unwrap();
    }
    assert_eq!(state(&mut crm, "ada@example.com").contact_ids.len(), 2);
    assert!(crm.effects().1 > 0);
    let db = rusqlite::Connection::open(database(crm.folder.path())).unwrap();
    let twice: i64 = db
        .query_row(DUPLICATE_CONTACTS_SQL, [], |row| row.get(1))
        .unwrap();
    assert_eq!(twice, 2);
}

#[test]
fn whether_somebody_can_be_created_opted_out_is_what_the_practice_crm_says_it_is() {
    for can in [true, false] {
        let mut crm = practice(|options| options.creates_opted_out = can);
        assert_eq!(crm.session.protocol.capabilities().creates_opted_out, can);
        tag(&mut crm, 1);
        let mut next = 1;
        let all = newcomer(Side::Contacts);
        let made = write(&mut crm, &mut next, "ada@example.com", None, all.clone()).unwrap();
        assert_eq!(matches!(made, ItemOutcome::Confirmed { .. }), can, "{made:?}");
        assert_eq!(
            state(&mut crm, "ada@example.com").contact_ids.len(),
            usize::from(can)
        );
        if !can {
            let (consent, rest) = all
                .into_iter()
                .partition(|change| change.attribute == Attribute::OptedOut);
            write(&mut crm, &mut next, "ada@example.com", None, rest).unwrap();
            let id = state(&mut crm, "ada@example.com").contact_ids.pop();
            write(&mut crm, &mut next, "ada@example.com", id, consent).unwrap();
        }
        assert!(state(&mut crm, "ada@example.com").opted_out);
    }
}

#[test]
fn writes_stay_invisible_for_the_window_and_are_only_accepted() {
    let mut crm = practice(|options| options.visibility_ms = 400);
    assert!(!crm.session.protocol.capabilities().confirms);
    let begin = Instant::now();
    let made = crm
        .perform(&request(
            1,
            Operation::Contacts,
            "ada@example.com",
            None,
            newcomer(Side::Contacts),
        ))
        .unwrap();
    assert!(matches!(
        made.items[0].1,
        ItemOutcome::Accepted { contact_id: Some(_) }
    ));
    let seen = (state(&mut crm, "ada@example.com"), crm.observe().len());
    if begin.elapsed() < Duration::from_millis(400) {
        assert_eq!(seen, (MemberState::default(), 0));
    }
    std::thread::sleep(Duration::from_millis(420));
    assert_eq!(
        state(&mut crm, "ada@example.com").first_name.as_deref(),
        Some("Ada")
    );
    assert_eq!(crm.observe().len(), 1);
}

#[test]
fn a_new_address_is_seen_after_the_window_and_the_old_one_until_then() {
    let mut crm = practice(|options| options.visibility_ms = 400);
    let made = crm.perform(&request(
        1,
        Operation::Contacts,
        "a@x.example",
        None,
        newcomer(Side::Contacts),
    ));
    let ItemOutcome::Accepted { contact_id } = made.unwrap().items.remove(0).1 else {
        panic!("accepted")
    };
    std::thread::sleep(Duration::from_millis(420));
    let changes = vec![rename(Side::Contacts, "a@x.example", "b@x.example")];
    let renames = request(2, Operation::Contacts, "b@x.example", contact_id, changes);
    let begin = Instant::now();
    crm.perform(&renames).unwrap();
    let seen = crm.look(&renames).unwrap().remove(0).1.address;
    if begin.elapsed() < Duration::from_millis(400) {
        assert_eq!(seen.as_deref(), Some("a@x.example"));
    }
    std::thread::sleep(Duration::from_millis(420));
    let seen = crm.look(&renames).unwrap().remove(0).1.address;
    assert_eq!(seen.as_deref(), Some("b@x.example"));
}

#[test]
fn a_wrong_token_is_unauthorised_and_the_token_is_not_repeated() {
    let crm = practice(|_| {});
    let credentials = Credentials::bearer("wr0ng");
    let transport = HttpTransport::new(&crm.url, credentials, TransportOptions::default()).unwrap();
    let pacer = Arc::new(Mutex::new(Pacer::unlimited()));
    let wire = PacedWire::new(transport, CONVENTIONS, pacer);
    let fault = crm
        .runtime
        .block_on(wire.send(&HttpRequest::get("/v1/account")))
        .unwrap_err();
    assert!(matches!(&fault, Fault::Unauthorised { why } if !why.contains("wr0ng")));
}

#[test]
fn the_published_rate_is_enforced_with_a_time_to_wait() {
    let crm = practice(|options| options.requests_per_minute = 60);
    let unpaced = HttpTransport::new(
        &crm.url,
        Credentials::bearer("s3cret"),
        TransportOptions::default(),
    )
    .unwrap();
    let asked = HttpRequest::get("/v1/account");
    let faults: Vec<_> = (0..8)
        .filter_map(|_| {
            let response = crm.runtime.block_on(unpaced.send(&asked)).unwrap();
            (CONVENTIONS.fault)(&asked, &response)
        })
        .collect();
    assert!(
        faults.contains(&Fault::Throttled { wait_ms: 1_000 }),
        "{faults:?}"
    );
}

/// The loop that the engine will run for one request, in small: nothing lost, nothing doubled.
#[test]
fn under_faults_looking_before_repeating_makes_each_contact_once() {
    let mut crm = practice(|options| {
        options.faults = 0.4;
        options.seed = 11;
    });
    let mut kinds = std::collections::BTreeSet::new();
    for n in 0..40 {
        let email = format!("p{n:02}@example.com");
        let request = request(n, Operation::Contacts, &email, None, newcomer(Side::Contacts));
        let mut sent = false;
        loop {
            if sent {
                match crm.look(&request) {
                    Ok(looked) if !looked[0].1.contact_ids.is_empty() => break,
                    Ok(_) => {}
                    Err(fault) => {
                        assert!(
                            !matches!(fault, Fault::Broken { .. } | Fault::Unauthorised { .. }),
                            "{fault}"
                        );
                        continue;
                    }
                }
            }
            match crm.perform(&request) {
                Ok(_) => break,
                Err(Fault::Ambiguous { why }) => {
                    sent = true;
                    kinds.insert(why.split(':').next().unwrap_or_default().to_owned());
                }
                Err(Fault::Transient { .. } | Fault::Throttled { .. }) => {}
                Err(fault) => panic!("{fault}"),
            }
        }
    }
    assert_eq!(crm.observe().len(), 40);
    assert_eq!(crm.effects().1, 0);
    assert!(
        kinds.len() >= 2,
        "several kinds of lost answers were met: {kinds:?}"
    );
}
