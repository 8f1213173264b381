//! One table of contract tests, run against every system: what each promises in the same words.

use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex, mpsc},
    time::{Duration, Instant},
};

use super::{
    local::{LocalSite, Mode},
    simulated::{
        self,
        server::{DOUBLED_EFFECTS_SQL, DUPLICATE_CONTACTS_SQL, ServeOptions, serve},
    },
    transport::{Credentials, HttpTransport, PacedWire, Pacer, RetryPolicy, TransportOptions, drive},
    *,
};
use crate::model::{
    Action, Answer, Attribute, Change, ContactId, Email, Fault, FieldName, HttpRequest, ItemOutcome, Looked,
    MemberState, MemberWrite, Observed, Operation, Payload, Reason, Request, RequestId, Side, TagName,
};

/// What every test needs of a system.
trait Subject {
    fn side(&self) -> Side;
    fn max_field_chars(&self) -> Option<u32>;
    fn perform(&mut self, request: &Request) -> Result<Answer, Fault>;
    fn look(&mut self, request: &Request) -> Result<Looked, Fault>;
    fn observe(&mut self) -> Observed;
    /// Effects written, and how many of them are doubled, read from outside.
    fn effects(&self) -> (i64, i64);
}

struct Embedded {
    folder: tempfile::TempDir,
    site: LocalSite,
}

impl Subject for Embedded {
    fn side(&self) -> Side {
        Side::Site
    }

    fn max_field_chars(&self) -> Option<u32> {
        self.site.capabilities().max_field_chars
    }

    fn perform(&mut self, request: &Request) -> Result<Answer, Fault> {
        self.site.perform(request)
    }

    fn look(&mut self, request: &Request) -> Result<Looked, Fault> {
        self.site.look(request)
    }

    fn observe(&mut self) -> Observed {
        self.site.observe(&mut |_, _| {}).unwrap()
    }

    fn effects(&self) -> (i64, i64) {
        effects(
            &self.folder.path().join("site.sqlite"),
            local::DOUBLED_EFFECTS_SQL,
        )
    }
}

fn effects(path: &Path, doubled: &str) -> (i64, i64) {
    let db = rusqlite::Connection::open(path).unwrap();
    let count = |sql: &str| db.query_row(sql, [], |row| row.get(0)).unwrap();
    (
        count("SELECT count(*) FROM effects"),
        count(&format!("SELECT count(*) FROM ({doubled})")),
    )
}

struct Practice {
    folder: tempfile::TempDir,
    runtime: tokio::runtime::Runtime,
    system: Arc<dyn Protocol>,
    wire: PacedWire,
    url: String,
}

fn serve_aside(options: ServeOptions) -> SocketAddr {
    let (tell, told) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime
            .unwrap()
            .block_on(serve(options, |address| tell.send(address).unwrap()))
            .unwrap();
    });
    told.recv().unwrap()
}

fn practice(change: impl FnOnce(&mut ServeOptions)) -> Practice {
    let folder = tempfile::tempdir().unwrap();
    let mut options = ServeOptions::new(&folder.path().join("crm.sqlite"), "s3cret");
    options.requests_per_minute = 0;
    options.slow_ms = 5;
    change(&mut options);
    let url = format!("http://{}", serve_aside(options));
    let time = TransportOptions {
        whole: Duration::from_secs(5),
        ..TransportOptions::default()
    };
    let wire = wire(&url, "s3cret", time);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut handshake = simulated::Handshake::new(&url);
    let session = runtime
        .block_on(drive(&mut handshake, &wire, tireless()))
        .unwrap();
    assert!(session.account.id.starts_with("practice-"));
    Practice {
        folder,
        runtime,
        system: session.protocol,
        wire,
        url,
    }
}

fn wire(url: &str, token: &str, time: TransportOptions) -> PacedWire {
    let transport = HttpTransport::new(url, Credentials::bearer(token), time).unwrap();
    let pacer = Arc::new(Mutex::new(Pacer::unlimited()));
    PacedWire::new(transport, simulated::CONVENTIONS, pacer)
}

/// Tries again as often as faults may ask for it.
fn tireless() -> RetryPolicy {
    RetryPolicy {
        attempts: 20,
        restarts: 20,
        first: Duration::from_millis(1),
        ..RetryPolicy::default()
    }
}

impl Subject for Practice {
    fn side(&self) -> Side {
        Side::Contacts
    }

    fn max_field_chars(&self) -> Option<u32> {
        self.system.capabilities().max_field_chars
    }

    fn perform(&mut self, request: &Request) -> Result<Answer, Fault> {
        let mut exchange = self.system.carry_out(request);
        let driven = drive(&mut *exchange, &self.wire, RetryPolicy::once());
        self.runtime.block_on(driven)
    }

    fn look(&mut self, request: &Request) -> Result<Looked, Fault> {
        let mut exchange = self.system.probe(request);
        let driven = drive(&mut *exchange, &self.wire, RetryPolicy::once());
        self.runtime.block_on(driven)
    }

    fn observe(&mut self) -> Observed {
        let mut exchange = self.system.observe();
        let driven = drive(&mut *exchange, &self.wire, tireless());
        self.runtime.block_on(driven).unwrap()
    }

    fn effects(&self) -> (i64, i64) {
        effects(&self.folder.path().join("crm.sqlite"), DOUBLED_EFFECTS_SQL)
    }
}

fn subjects() -> Vec<Box<dyn Subject>> {
    let folder = tempfile::tempdir().unwrap();
    let site = LocalSite::open(&folder.path().join("site.sqlite"), Mode::Write, "state", "lumen").unwrap();
    vec![Box::new(Embedded { folder, site }), Box::new(practice(|_| {}))]
}

/// Performs as the engine will: contacts first and then tags where the system keeps them apart.
fn write(
    subject: &mut dyn Subject,
    next: &mut u64,
    email: &str,
    id: Option<ContactId>,
    changes: Vec<Change>,
) -> Result<ItemOutcome, Fault> {
    let is_tag = |change: &Change| matches!(change.attribute, Attribute::Tag(_));
    let parts = match subject.side() {
        Side::Site => vec![(Operation::Members, changes)],
        Side::Contacts => {
            let (tags, rest): (Vec<_>, Vec<_>) = changes.into_iter().partition(is_tag);
            vec![(Operation::Contacts, rest), (Operation::ContactTags, tags)]
        }
    };
    let mut contact_id = id;
    let mut last = None;
    for (operation, changes) in parts.into_iter().filter(|(_, changes)| !changes.is_empty()) {
        *next += 1;
        let outcome = subject.perform(&request(*next, operation, email, contact_id.clone(), changes))?;
        let outcome = outcome.items.into_iter().next().unwrap().1;
        if let ItemOutcome::Confirmed { contact_id: Some(id) } = &outcome {
            contact_id = Some(id.clone());
        }
        last = Some(outcome);
    }
    Ok(last.unwrap())
}

fn request(
    id: u64,
    operation: Operation,
    email: &str,
    contact_id: Option<ContactId>,
    changes: Vec<Change>,
) -> Request {
    Request {
        id: RequestId(id),
        operation,
        granted_by: "lumen".to_owned(),
        jobs: Vec::new(),
        tags: Vec::new(),
        payload: Payload::Members(vec![MemberWrite {
            seq: 3,
            email: Email::from_normalised(email).unwrap(),
            contact_id,
            changes,
        }]),
    }
}

fn state(subject: &mut dyn Subject, email: &str) -> MemberState {
    let asked = request(0, Operation::Members, email, None, vec![]);
    let mut looked = subject.look(&asked).unwrap();
    assert_eq!(looked[0].0, 3);
    looked.remove(0).1
}

fn change(
    side: Side,
    action: Action,
    attribute: Attribute,
    before: Option<&str>,
    after: Option<&str>,
) -> Change {
    Change {
        side,
        action,
        attribute,
        reason: Reason::Granted,
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
    }
}

fn newcomer(side: Side) -> Vec<Change> {
    let update = |attribute, before, after| change(side, Action::Update, attribute, before, after);
    vec![
        change(side, Action::Create, Attribute::Contact, None, Some("there")),
        update(Attribute::FirstName, None, Some("Ada")),
        update(Attribute::OptedOut, Some("no"), Some("yes")),
        update(Attribute::Field(FieldName::new("phone")), None, Some("+1 (23) ä")),
        change(
            side,
            Action::AddTag,
            Attribute::Tag(TagName::new("VIP")),
            None,
            Some("held"),
        ),
    ]
}

fn tag(subject: &mut dyn Subject, id: u64) {
    let request = Request {
        id: RequestId(id),
        operation: Operation::Tag,
        granted_by: "lumen".to_owned(),
        jobs: Vec::new(),
        tags: Vec::new(),
        payload: Payload::Tag(TagName::new("VIP")),
    };
    let answer = subject.perform(&request).unwrap();
    assert!(matches!(answer.items[..], [(0, ItemOutcome::Confirmed { .. })]));
}

#[test]
fn a_tag_made_twice_is_one_tag() {
    for mut subject in subjects() {
        tag(subject.as_mut(), 1);
        tag(subject.as_mut(), 2);
        assert_eq!(
            subject.observe().tags,
            [crate::model::ObservedTag::from_name(TagName::new("VIP"))]
        );
    }
}

#[test]
fn what_is_written_is_looked_up_and_observed_as_written() {
    for mut subject in subjects() {
        let (subject, mut next) = (subject.as_mut(), 1);
        tag(subject, 1);
        let changes = newcomer(subject.side());
        let outcome = write(subject, &mut next, "ada@example.com", None, changes.clone()).unwrap();
        let ItemOutcome::Confirmed { contact_id: Some(id) } = outcome else {
            panic!("{outcome:?}")
        };
        let held = state(subject, "ada@example.com");
        assert_eq!(held.contact_ids, [id]);
        assert!(changes.iter().all(|change| held.has(change)), "{held:?}");
        let observed = subject.observe();
        assert_eq!(observed.state(observed.find("ada@example.com")), held);
        assert_eq!(observed.len(), 1);
        assert_eq!(state(subject, "nobody@example.com"), MemberState::default());
    }
}

#[test]
fn a_tag_given_or_taken_twice_is_one_effect() {
    for mut subject in subjects() {
        let (subject, mut next) = (subject.as_mut(), 1);
        tag(subject, 1);
        let side = subject.side();
        write(subject, &mut next, "ada@example.com", None, newcomer(side)).unwrap();
        let id = state(subject, "ada@example.com").contact_ids.pop();
        let vip = Attribute::Tag(TagName::new("VIP"));
        let give = change(side, Action::AddTag, vip.clone(), None, Some("held"));
        let take = change(side, Action::RemoveTag, vip, Some("held"), None);
        let before = subject.effects().0;
        for (again, effects) in [(&give, 0), (&take, 1), (&take, 1), (&give, 2), (&give, 2)] {
            write(
                subject,
                &mut next,
                "ada@example.com",
                id.clone(),
                vec![again.clone()],
            )
            .unwrap();
            assert_eq!(subject.effects(), (before + effects, 0));
        }
    }
}

#[test]
fn an_unknown_tag_or_contact_is_refused_and_nothing_is_done() {
    for mut subject in subjects() {
        let (subject, mut next) = (subject.as_mut(), 1);
        tag(subject, 1);
        let side = subject.side();
        let vip = |name| {
            let held = Attribute::Tag(TagName::new(name));
            vec![change(side, Action::AddTag, held, None, Some("held"))]
        };
        let nobody = write(subject, &mut next, "ada@example.com", None, vip("VIP")).unwrap();
        assert!(matches!(nobody, ItemOutcome::Refused { .. }), "{nobody:?}");
        write(subject, &mut next, "ada@example.com", None, newcomer(side)).unwrap();
        let id = state(subject, "ada@example.com").contact_ids.pop();
        let before = subject.effects();
        let unknown = write(subject, &mut next, "ada@example.com", id, vip("Unknown")).unwrap();
        assert!(matches!(unknown, ItemOutcome::Refused { .. }), "{unknown:?}");
        assert_eq!(subject.effects(), before);
    }
}

fn rename(side: Side, old: &str, new: &str) -> Change {
    change(side, Action::Rename, Attribute::Address, Some(old), Some(new))
}

#[test]
fn a_member_is_renamed_once_however_often_it_is_asked_and_found_by_either_address() {
    for mut subject in subjects() {
        let (subject, mut next) = (subject.as_mut(), 1);
        tag(subject, 1);
        let side = subject.side();
        write(subject, &mut next, "ada@old.example", None, newcomer(side)).unwrap();
        let before = state(subject, "ada@old.example");
        let id = before.contact_ids.first().cloned();
        let changes = vec![rename(side, "ada@old.example", "ada@new.example")];
        let operation = match side {
            Side::Site => Operation::Members,
            Side::Contacts => Operation::Contacts,
        };
        let asked = request(90, operation, "ada@new.example", id.clone(), changes.clone());
        assert_eq!(subject.look(&asked).unwrap()[0].1, before);
        let mut effects = None;
        for _ in 0..2 {
            let outcome = write(subject, &mut next, "ada@new.example", id.clone(), changes.clone()).unwrap();
            assert!(matches!(outcome, ItemOutcome::Confirmed { .. }), "{outcome:?}");
            assert_eq!(*effects.get_or_insert(subject.effects()), subject.effects());
        }
        let after = subject.look(&asked).unwrap().remove(0).1;
        assert_eq!(after.address.as_deref(), Some("ada@new.example"));
        let renamed = MemberState {
            address: before.address.clone(),
            ..after
        };
        assert_eq!(renamed, before);
        assert_eq!(state(subject, "ada@old.example"), MemberState::default());
        assert_eq!(subject.observe().len(), 1);
    }
}

#[test]
fn a_rename_back_and_forth_is_no_doubled_effect() {
    for mut subject in subjects() {
        let (subject, mut next) = (subject.as_mut(), 1);
        tag(subject, 1);
        let side = subject.side();
        write(subject, &mut next, "a@x.example", None, newcomer(side)).unwrap();
        let id = state(subject, "a@x.example").contact_ids.pop();
        for (old, new) in [("a", "b"), ("b", "a"), ("a", "b")] {
            let (old, new) = (format!("{old}@x.example"), format!("{new}@x.example"));
            write(
                subject,
                &mut next,
                &new,
                id.clone(),
                vec![rename(side, &old, &new)],
            )
            .unwrap();
        }
        assert_eq!(subject.effects().1, 0);
        assert_eq!(subject.observe().len(), 1);
    }
}

#[test]
fn nobody_is_given_the_address_of_somebody_else() {
    for mut subject in subjects() {
        let (subject, mut next) = (subject.as_mut(), 1);
        tag(subject, 1);
        let side = subject.side();
        for email in ["a@x.example", "b@x.example"] {
            write(subject, &mut next, email, None, newcomer(side)).unwrap();
        }
        let id = state(subject, "a@x.example").contact_ids.pop();
        let before = subject.effects();
        let changes = vec![rename(side, "a@x.example", "b@x.example")];
        let operation = match side {
            Side::Site => Operation::Members,
            Side::Contacts => Operation::Contacts,
        };
        let asked = request(90, operation, "b@x.example", id.clone(), changes.clone());
        let looked = subject.look(&asked).unwrap().remove(0).1;
        assert!(looked.moved(&changes[0]), "{looked:?}");
        let outcome = write(subject, &mut next, "b@x.example", id, changes).unwrap();
        assert!(
            matches!(outcome, ItemOutcome::Moved { .. } | ItemOutcome::Refused { .. }),
            "{outcome:?}"
        );
        assert_eq!((subject.effects(), subject.observe().len()), (before, 2));
    }
}

#[test]
fn a_field_holds_as_many_characters_as_the_system_says_and_no_more() {
    for mut subject in subjects() {
        let (max, subject) = (subject.max_field_chars(), subject.as_mut());
        let (side, mut next) = (subject.side(), 1);
        tag(subject, 1);
        write(subject, &mut next, "ada@example.com", None, newcomer(side)).unwrap();
        let id = state(subject, "ada@example.com").contact_ids.pop();
        let mut put = |before: Option<&str>, value: &str| {
            let notes = Attribute::Field(FieldName::new("notes"));
            let action = if before.is_some() {
                Action::Update
            } else {
                Action::Create
            };
            let changes = vec![change(side, action, notes, before, Some(value))];
            write(subject, &mut next, "ada@example.com", id.clone(), changes).unwrap()
        };
        let longest = "\u{e9}".repeat(max.map_or(100_000, |max| max as usize));
        assert!(matches!(put(None, &longest), ItemOutcome::Confirmed { .. }));
        if max.is_some() {
            let longer = put(Some(&longest), &format!("{longest}x"));
            assert!(matches!(longer, ItemOutcome::Refused { .. }), "{longer:?}");
        }
        let held = state(subject, "ada@example.com");
        assert_eq!(held.fields[&FieldName::new("notes")], longest);
    }
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
    let db = rusqlite::Connection::open(crm.folder.path().join("crm.sqlite")).unwrap();
    let twice: i64 = db
        .query_row(DUPLICATE_CONTACTS_SQL, [], |row| row.get(1))
        .unwrap();
    assert_eq!(twice, 2);
}

#[test]
fn whether_somebody_can_be_created_opted_out_is_what_the_practice_crm_says_it_is() {
    for can in [true, false] {
        let mut crm = practice(|options| options.creates_opted_out = can);
        assert_eq!(crm.system.capabilities().creates_opted_out, can);
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
    assert!(!crm.system.capabilities().confirms);
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
    let wire = wire(&crm.url, "wr0ng", TransportOptions::default());
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
            (simulated::CONVENTIONS.fault)(&asked, &response)
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
