//! The embedded site against its promises.

use std::{fs, path::Path, process::Command};

use rusqlite::Connection;

use super::*;
use crate::model::{
    Action, Attribute, Change, ContactId, Email, EmailKey, EmailTarget, EmailVia, FieldName, ItemOutcome,
    MemberState, MemberWrite, OfferingKey, OfferingKind, OfferingTags, OfferingTarget, Operation, Reason,
    RequestId, TagName,
};

struct Fixture {
    folder: tempfile::TempDir,
    site: LocalSite,
    next: u64,
}

fn fixture() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let site = LocalSite::open(
        &folder.path().join("site.sqlite"),
        Mode::Write,
        "state-1",
        "lumen",
    )
    .unwrap();
    let mut fixture = Fixture {
        folder,
        site,
        next: 0,
    };
    fixture.tag("Photo");
    fixture.tag("VIP");
    fixture
}

impl Fixture {
    fn request(&mut self, operation: Operation, payload: Payload) -> Request {
        self.next += 1;
        Request {
            id: RequestId(self.next),
            operation,
            granted_by: "lumen".to_owned(),
            was: Vec::new(),
            offerings: Vec::new(),
            jobs: Vec::new(),
            tags: Vec::new(),
            payload,
        }
    }

    fn tag(&mut self, name: &str) {
        let request = self.request(Operation::Tag, Payload::Tag(TagName::new(name)));
        assert_eq!(self.site.perform(&request).unwrap().items, [(0, done(None))]);
    }

    fn members(&mut self, writes: Vec<MemberWrite>) -> Request {
        self.request(Operation::Members, Payload::Members(writes))
    }

    fn write(&mut self, email: &str, changes: Vec<Change>) -> ItemOutcome {
        let request = self.members(vec![write(email, changes)]);
        self.site.perform(&request).unwrap().items.remove(0).1
    }

    fn state(&mut self, email: &str) -> MemberState {
        let request = self.members(vec![write(email, vec![])]);
        self.site.look(&request).unwrap().remove(0).1
    }

    fn observe(&mut self) -> Observed {
        self.site.observe(&mut |_, _| {}).unwrap()
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("site.sqlite")
    }

    fn sql(&self, text: &str) {
        self.site.db().execute_batch(text).unwrap();
    }

    fn count(&self, table: &str) -> i64 {
        self.site
            .db()
            .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))
            .unwrap()
    }
}

fn done(id: Option<&str>) -> ItemOutcome {
    ItemOutcome::Confirmed {
        contact_id: id.map(ContactId::new),
    }
}

fn write(email: &str, changes: Vec<Change>) -> MemberWrite {
    MemberWrite {
        seq: 7,
        email: Email::from_normalised(email).unwrap(),
        contact_id: None,
        expect: crate::model::Preconditions::default(),
        changes,
    }
}

fn change(action: Action, attribute: Attribute, before: Option<&str>, after: Option<&str>) -> Change {
    Change {
        side: Side::Site,
        action,
        attribute,
        reason: Reason::Granted,
        before: before.map(str::to_owned),
        after: after.map(str::to_owned),
    }
}

fn tag(name: &str) -> Change {
    change(
        Action::AddTag,
        Attribute::Tag(TagName::new(name)),
        None,
        Some("held"),
    )
}

fn newcomer(login: &str) -> Vec<Change> {
    vec![
        change(Action::Create, Attribute::Contact, None, Some("there")),
        change(Action::Create, Attribute::User, None, Some(login)),
        change(Action::Link, Attribute::ContactLink, None, None),
        change(Action::Update, Attribute::FirstName, None, Some("Ada")),
        tag("Photo"),
    ]
}

fn doubled(db: &Connection) -> usize {
    let mut find = db.prepare(DOUBLED_EFFECTS_SQL).unwrap();
    find.query_map([], |_| Ok(())).unwrap().count()
}

#[test]
fn a_new_member_is_made_linked_tagged_and_observed_as_written() {
    let mut f = fixture();
    assert_eq!(f.write("ada@example.com", newcomer("ada")), done(Some("1000001")));
    let state = f.state("ada@example.com");
    assert_eq!(state.login.as_deref(), Some("ada"));
    assert_eq!(state.contact_ids, [ContactId::new("1000001")]);
    assert_eq!(state.first_name.as_deref(), Some("Ada"));
    assert!(state.tags.contains(&TagName::new("Photo")));
    let observed = f.observe();
    assert_eq!(observed.state(observed.find("ada@example.com")), state);
    assert!(observed.sets()[observed.get(0).unwrap().set as usize][0].ours);
}

#[test]
fn the_same_changes_again_write_nothing_and_no_effect() {
    let mut f = fixture();
    f.write("ada@example.com", newcomer("ada"));
    let effects = f.count("effects");
    assert_eq!(effects, 5);
    assert_eq!(f.write("ada@example.com", newcomer("ada")), done(Some("1000001")));
    assert_eq!(f.count("effects"), effects);
    assert_eq!(doubled(f.site.db()), 0);
}

#[test]
fn the_same_request_is_answered_again_and_the_same_id_with_other_content_is_refused() {
    let mut f = fixture();
    let request = f.members(vec![write("ada@example.com", newcomer("ada"))]);
    let first = f.site.perform(&request).unwrap();
    f.sql("DELETE FROM holdings");
    assert_eq!(f.site.perform(&request).unwrap(), first);
    assert_eq!(f.count("holdings"), 0, "done once, not again");
    let other = Request {
        payload: Payload::Members(vec![write("bo@example.com", newcomer("bo"))]),
        ..request
    };
    assert!(matches!(f.site.perform(&other), Err(Fault::Broken { why }) if why.contains("other content")));
    let mut elsewhere = LocalSite::open(&f.path(), Mode::Write, "state-2", "lumen").unwrap();
    assert_eq!(
        elsewhere.perform(&other).unwrap().items,
        [(7, done(Some("1000002")))]
    );
}

#[test]
fn a_member_that_moved_is_left_whole_and_the_others_of_the_request_go_on() {
    let mut f = fixture();
    f.write("ada@example.com", newcomer("ada"));
    let rename = change(Action::Update, Attribute::FirstName, Some("Eve"), Some("Adele"));
    let request = f.members(vec![
        write("ada@example.com", vec![tag("VIP"), rename]),
        write("bo@example.com", newcomer("bo")),
    ]);
    let items = f.site.perform(&request).unwrap().items;
    assert!(
        matches!(&items[0].1, ItemOutcome::Moved { what } if what.contains("\"Ada\"") && what.contains("\"Eve\""))
    );
    assert_eq!(items[1].1, done(Some("1000002")));
    assert!(!f.state("ada@example.com").tags.contains(&TagName::new("VIP")));
}

#[test]
fn a_privileged_user_is_never_touched() {
    let mut f = fixture();
    f.sql("INSERT INTO users (email, login, role) VALUES ('boss@example.com', 'boss', 'administrator')");
    let first = change(Action::Update, Attribute::FirstName, None, Some("Mallory"));
    assert!(matches!(
        f.write("boss@example.com", vec![first]),
        ItemOutcome::Refused { .. }
    ));
    assert_eq!(f.state("boss@example.com").first_name, None);
    assert!(f.observe().get(0).unwrap().privileged);
}

#[test]
fn refusals_leave_nothing_half_written() {
    let mut f = fixture();
    f.write("ada@example.com", newcomer("ada"));
    let cases = [
        (newcomer("ada"), "login \"ada\" is taken"),
        (newcomer("ADA"), "login \"ADA\" is taken"),
        (newcomer("Ada@Example.com"), "is the address of another user"),
        (
            newcomer("bo+1@example.com"),
            "does not accept \"bo+1@example.com\" as a login",
        ),
        (
            [newcomer("bo"), vec![tag("Unknown")]].concat(),
            "no tag \"Unknown\"",
        ),
        (vec![tag("VIP")], "no contact"),
        (
            vec![change(
                Action::Link,
                Attribute::ContactLink,
                None,
                Some("1000001"),
            )],
            "belongs to ada@example.com",
        ),
    ];
    for (changes, words) in cases {
        let outcome = f.write("bo@example.com", changes);
        assert!(
            matches!(&outcome, ItemOutcome::Refused { why } if why.contains(words)),
            "{outcome:?}"
        );
        assert_eq!(f.state("bo@example.com"), MemberState::default());
    }
    let gone = change(Action::Update, Attribute::User, Some("ada"), None);
    assert!(matches!(
        f.write("ada@example.com", vec![gone]),
        ItemOutcome::Refused { .. }
    ));
}

#[test]
fn users_and_contacts_apart_are_rows_of_their_own_and_are_brought_together() {
    let mut f = fixture();
    f.sql(
        "INSERT INTO users (email, login) VALUES ('alone@example.com', 'alone'), ('both@example.com', 'both');
         INSERT INTO contacts (email, id, contact_id) VALUES ('both@example.com', 1, '1'), ('only@example.com', 2, '2');
         INSERT INTO holdings VALUES (2, 1, 'admin')",
    );
    let observed = f.observe();
    let both: Vec<(bool, &str)> = observed
        .find("both@example.com")
        .map(|row| observed.get(row).unwrap())
        .map(|row| (row.user, row.contact))
        .collect();
    assert_eq!(both, [(true, ""), (false, "1")], "not linked yet");
    let only = observed.get(observed.find("only@example.com").start).unwrap();
    assert_eq!((only.user, only.contact), (false, "2"));
    assert!(!observed.sets()[only.set as usize][0].ours);
    let link = || {
        vec![
            change(Action::Create, Attribute::Contact, None, Some("there")),
            change(Action::Link, Attribute::ContactLink, None, None),
        ]
    };
    assert_eq!(f.write("both@example.com", link()), done(Some("1")));
    let user = change(Action::Create, Attribute::User, None, Some("only"));
    assert_eq!(f.write("only@example.com", vec![user]), done(Some("2")));
    assert_eq!(f.state("only@example.com").contact_ids, [ContactId::new("2")]);
    assert_eq!(f.write("both@example.com", link()), done(Some("1")));
    assert_eq!(doubled(f.site.db()), 0);
}

#[test]
fn an_outside_contact_id_is_mirrored_and_a_relink_keeps_tags() {
    let mut f = fixture();
    let mut member = write("ada@example.com", newcomer("ada")[1..].to_vec());
    member.contact_id = Some(ContactId::new("K-1"));
    let request = f.members(vec![member]);
    assert_eq!(f.site.perform(&request).unwrap().items[0].1, done(Some("K-1")));
    let relink = change(Action::Relink, Attribute::ContactLink, Some("K-1"), Some("K-2"));
    assert_eq!(f.write("ada@example.com", vec![relink]), done(Some("K-2")));
    let state = f.state("ada@example.com");
    assert_eq!(state.contact_ids, [ContactId::new("K-2")]);
    assert_eq!(state.tags.len(), 1);
}

#[test]
fn fields_and_consent_and_tags_are_set_and_taken_back() {
    let mut f = fixture();
    f.write("ada@example.com", newcomer("ada"));
    let phone = Attribute::Field(FieldName::new("phone"));
    let held = Attribute::Tag(TagName::new("Photo"));
    f.write(
        "ada@example.com",
        vec![
            change(Action::Update, phone.clone(), None, Some("1 23")),
            change(Action::Update, Attribute::OptedOut, Some("no"), Some("yes")),
            change(Action::RemoveTag, held.clone(), Some("held"), None),
        ],
    );
    let state = f.state("ada@example.com");
    assert!(state.opted_out && state.tags.is_empty());
    assert_eq!(state.fields[&FieldName::new("phone")], "1 23");
    let observed = f.observe();
    assert_eq!(observed.state(observed.find("ada@example.com")), state);
    f.write(
        "ada@example.com",
        vec![
            change(Action::Update, phone, Some("1 23"), None),
            change(Action::AddTag, held, None, Some("held")),
        ],
    );
    let state = f.state("ada@example.com");
    assert!(state.fields.is_empty() && state.tags.len() == 1);
    assert_eq!(doubled(f.site.db()), 0, "the tag was taken away between");
}

#[test]
fn a_doubled_effect_is_found_and_effects_are_append_only() {
    let mut f = fixture();
    f.write("ada@example.com", newcomer("ada"));
    assert!(f.site.db().execute("DELETE FROM effects", []).is_err());
    assert!(f.site.db().execute("UPDATE effects SET value = 'x'", []).is_err());
    f.sql("INSERT INTO effects (request, effect, email, attribute, value) SELECT request, effect, email, attribute, value FROM effects WHERE seq = 2");
    assert_eq!(doubled(f.site.db()), 1);
}

#[test]
fn offerings_and_emails_are_observed_as_made_and_updated() {
    let mut f = fixture();
    let mut offering = OfferingTarget {
        key: OfferingKey::new("club"),
        name: "Studio Club".to_owned(),
        kind: OfferingKind::Membership,
        includes: vec![OfferingKey::new("photo")],
        tags: OfferingTags {
            base: Some(TagName::new("Club")),
            instant: None,
            revoke: Some(TagName::new("Club (stopped)")),
            modules: Vec::new(),
        },
    };
    for name in ["Studio Club", "The Club"] {
        offering.name = name.to_owned();
        let request = f.request(Operation::Offering, Payload::Offering(offering.clone()));
        assert_eq!(f.site.perform(&request).unwrap().items, [(0, done(None))]);
        assert_eq!(f.observe().offerings[&offering.key], offering);
    }
    let mut email = EmailTarget {
        key: EmailKey::new("welcome"),
        offerings: vec![OfferingKey::new("club")],
        via: EmailVia::Site,
        per_hour: Some(200),
        subject: "Welcome".to_owned(),
        body: "Hello".to_owned(),
    };
    let request = f.request(Operation::Email, Payload::Email(email.clone()));
    assert_eq!(f.site.perform(&request).unwrap().items, [(0, done(None))]);
    assert!(f.observe().emails.contains_key(&EmailKey::new("welcome")));
    email.offerings = vec![OfferingKey::new("nothing")];
    let request = f.request(Operation::Email, Payload::Email(email));
    assert!(matches!(
        f.site.perform(&request).unwrap().items[0].1,
        ItemOutcome::Refused { .. }
    ));
}

#[test]
fn a_lease_names_its_holder_until_it_runs_out_or_is_given_back() {
    let mut f = fixture();
    let lease = |holder: &str| Lease {
        holder: holder.to_owned(),
        who: format!("{holder} on a machine"),
    };
    f.site.lease(&lease("a"), 1000, 60).unwrap();
    f.site.lease(&lease("a"), 1030, 60).unwrap();
    let refused = f.site.lease(&lease("b"), 1050, 60).unwrap_err();
    assert!(
        refused
            .to_string()
            .ends_with("is in use by a on a machine for another 40 s")
    );
    f.site.release(&lease("b")).unwrap();
    assert!(f.site.lease(&lease("b"), 1050, 60).is_err());
    f.site.lease(&lease("b"), 1090, 60).unwrap();
    f.site.release(&lease("b")).unwrap();
    f.site.lease(&lease("a"), 1091, 60).unwrap();
}

fn listing(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            (
                entry.file_name().into_string().unwrap(),
                fs::read(entry.path()).unwrap(),
            )
        })
        .collect();
    files.sort();
    files
}

#[test]
fn reading_makes_nothing_and_a_missing_file_is_a_new_site() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("site.sqlite");
    let mut site = LocalSite::open(&path, Mode::Read, "s", "lumen").unwrap();
    assert_eq!(site.account().unwrap().id, Account::NOT_CREATED);
    assert!(site.observe(&mut |_, _| {}).unwrap().is_empty());
    assert!(listing(folder.path()).is_empty());
    let mut f = fixture();
    f.write("ada@example.com", newcomer("ada"));
    let before = listing(f.folder.path());
    let mut site = LocalSite::open(&f.path(), Mode::Read, "s", "lumen").unwrap();
    assert_eq!(site.observe(&mut |_, _| {}).unwrap().len(), 1);
    let request = f.members(vec![]);
    assert!(matches!(site.perform(&request), Err(Fault::Broken { .. })));
    drop(site);
    assert_eq!(listing(f.folder.path()), before);
    assert_eq!(before.len(), 1);
}

/// Stands in for a kill: SQLite's spilled pages and its journal, copied while a transaction is open.
#[test]
fn a_hot_journal_is_read_past_without_touching_the_file_and_mended_by_a_writer() {
    let mut f = fixture();
    f.write("ada@example.com", newcomer("ada"));
    let killed = tempfile::tempdir().unwrap();
    let path = killed.path().join("site.sqlite");
    f.sql("PRAGMA cache_size = 1; BEGIN; UPDATE contacts SET first_name = 'half'");
    f.sql(
        "WITH RECURSIVE n(i) AS (SELECT 5000 UNION ALL SELECT i + 1 FROM n WHERE i < 9000)
           INSERT INTO contacts (email, id, contact_id) SELECT 'x' || i || '@example.com', i, i FROM n",
    );
    for (name, bytes) in listing(f.folder.path()) {
        fs::write(killed.path().join(name), bytes).unwrap();
    }
    f.sql("ROLLBACK");
    let before = listing(killed.path());
    assert_eq!(before.len(), 2, "a journal stands beside the file");
    let mut site = LocalSite::open(&path, Mode::Read, "s", "lumen").unwrap();
    let observed = site.observe(&mut |_, _| {}).unwrap();
    assert_eq!((observed.len(), observed.get(0).unwrap().first), (1, "Ada"));
    drop(site);
    assert_eq!(listing(killed.path()), before);
    let mut site = LocalSite::open(&path, Mode::Write, "s", "lumen").unwrap();
    assert_eq!(site.observe(&mut |_, _| {}).unwrap().len(), 1);
    assert_eq!(listing(killed.path()).len(), 1);
}

fn refusal(path: &Path) -> String {
    let read =
        LocalSite::open(path, Mode::Read, "s", "lumen").and_then(|mut site| site.observe(&mut |_, _| {}));
    read.unwrap_err().to_string()
}

#[test]
fn a_file_that_is_not_a_sound_site_is_refused_with_what_to_do() {
    let f = fixture();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.sqlite");
    assert!(refusal(folder.path()).contains("it is a folder"));
    fs::write(&path, "email,name\n".repeat(50)).unwrap();
    assert!(refusal(&path).contains("not an SQLite database"));
    fs::write(&path, "SQLite format 3\0").unwrap();
    assert!(refusal(&path).contains("too short"));
    fs::remove_file(&path).unwrap();
    Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE t (x)")
        .unwrap();
    assert!(refusal(&path).contains("another program"));
    assert!(
        LocalSite::open(&path, Mode::Write, "s", "m")
            .unwrap_err()
            .to_string()
            .contains("another program")
    );
    let whole = fs::read(f.path()).unwrap();
    fs::write(&path, &whole[..whole.len() - 8192]).unwrap();
    assert!(refusal(&path).contains("truncated"));
    fs::write(&path, &whole).unwrap();
    Connection::open(&path)
        .unwrap()
        .execute_batch("PRAGMA user_version = 9")
        .unwrap();
    assert!(refusal(&path).contains("a newer Rehome"));
    Connection::open(&path)
        .unwrap()
        .execute_batch("PRAGMA journal_mode = WAL")
        .unwrap();
    assert!(refusal(&path).contains("WAL"));
    let missing = folder.path().join("no/such/site.sqlite");
    let error = LocalSite::open(&missing, Mode::Write, "s", "m")
        .unwrap_err()
        .to_string();
    assert!(error.contains("create the folder first"), "{error}");
}

#[test]
fn damaged_pages_are_errors_and_never_panics() {
    let mut f = fixture();
    f.write("ada@example.com", newcomer("ada"));
    let whole = fs::read(f.path()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.sqlite");
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..200 {
        let mut bytes = whole.clone();
        let start = random.usize(100..bytes.len());
        let end = (start + random.usize(1..3000)).min(bytes.len());
        bytes[start..end]
            .iter_mut()
            .for_each(|byte| *byte = random.u8(..));
        fs::write(&path, &bytes).unwrap();
        let _ =
            LocalSite::open(&path, Mode::Read, "s", "m").and_then(|mut site| site.observe(&mut |_, _| {}));
    }
}

#[test]
fn a_locked_site_is_transient_and_nothing_is_done() {
    let mut f = fixture();
    f.site
        .db()
        .busy_timeout(std::time::Duration::from_millis(20))
        .unwrap();
    let other = Connection::open(f.path()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let request = f.members(vec![write("ada@example.com", newcomer("ada"))]);
    assert!(
        matches!(f.site.perform(&request), Err(Fault::Transient { why }) if why.contains("another program"))
    );
    other.execute_batch("ROLLBACK").unwrap();
    assert_eq!(
        f.site.perform(&request).unwrap().items[0].1,
        done(Some("1000001"))
    );
}

#[test]
fn a_full_disk_takes_the_whole_request_back() {
    let mut f = fixture();
    let pages: i64 = f
        .site
        .db()
        .query_row("PRAGMA page_count", [], |row| row.get(0))
        .unwrap();
    f.site.db().pragma_update(None, "max_page_count", pages).unwrap();
    let writes = (0..500)
        .map(|n| write(&format!("p{n:04}@example.com"), newcomer(&format!("p{n:04}"))))
        .collect();
    let request = f.members(writes);
    assert!(
        matches!(f.site.perform(&request), Err(Fault::Broken { why }) if why.contains("free some space"))
    );
    assert_eq!((f.count("users"), f.count("effects")), (0, 0));
}

#[cfg(unix)]
#[test]
fn a_new_site_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let f = fixture();
    assert_eq!(
        fs::metadata(f.path()).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

/// The budgets of the embedded site; run with `cargo test --release speed_of_the_site -- --ignored --nocapture`.
#[test]
#[ignore = "measures, and wants a release build"]
fn speed_of_the_site() {
    let members: u32 = std::env::var("MEMBERS").map_or(100_000, |text| text.parse().unwrap());
    let mut f = fixture();
    let begin = std::time::Instant::now();
    for from in (0..members).step_by(BATCH) {
        let writes = (from..(from + 2000).min(members))
            .map(|n| {
                let email = format!("person{n:07}@example.com");
                let mut changes = newcomer(&email);
                changes.remove(3);
                changes.push(tag("VIP"));
                MemberWrite {
                    seq: n,
                    ..write(&email, changes)
                }
            })
            .collect();
        let request = f.members(writes);
        f.site.perform(&request).unwrap();
    }
    println!("perform {members}: {:?}", begin.elapsed());
    println!("bytes: {}", fs::metadata(f.path()).unwrap().len());
    let rounds = std::env::var("ROUNDS").map_or(3, |text| text.parse().unwrap());
    for _ in 0..rounds {
        let mut site = LocalSite::open(&f.path(), Mode::Read, "s", "lumen").unwrap();
        let begin = std::time::Instant::now();
        assert_eq!(site.observe(&mut |_, _| {}).unwrap().len(), members as usize);
        println!("observe {members}: {:?}", begin.elapsed());
    }
    let memory = Command::new("grep")
        .args(["VmHWM", &format!("/proc/{}/status", std::process::id())])
        .output();
    println!("{}", String::from_utf8_lossy(&memory.unwrap().stdout));
}

fn key(source: &str, before: Option<&str>, after: Option<&str>) -> Change {
    let source = crate::model::SourceKey::new(source);
    change(Action::Update, Attribute::SourceKey(source), before, after)
}

#[test]
fn a_source_s_key_is_kept_looked_up_and_observed_and_survives_a_rename() {
    let mut site = fixture();
    let mut changes = newcomer("ada@old.example");
    changes.push(key("people", None, Some("K 1")));
    site.write("ada@old.example", changes);
    let rename = change(
        Action::Rename,
        Attribute::Address,
        Some("ada@old.example"),
        Some("ada@new.example"),
    );
    let vip = tag("VIP");
    site.write("ada@new.example", vec![rename, vip]);
    let held = site.state("ada@new.example");
    assert_eq!(
        held.login.as_deref(),
        Some("ada@old.example"),
        "logins stay as they are"
    );
    assert_eq!(held.keys.values().collect::<Vec<_>>(), ["K 1"]);
    assert_eq!(held.tags.len(), 2);
    let observed = site.observe();
    assert_eq!(observed.state(observed.find("ada@new.example")), held);
    assert_eq!((site.count("users"), site.count("contacts")), (1, 1));
    site.write("ada@new.example", vec![key("people", Some("K 1"), None)]);
    assert_eq!(site.count("source_keys"), 0);
}

#[test]
fn a_new_user_registered_when_it_is_said_and_else_now() {
    let mut site = fixture();
    let since = |moment| change(Action::Create, Attribute::Registered, None, Some(moment));
    let registered = |site: &Fixture| -> i64 {
        site.site
            .db()
            .query_row(
                "SELECT max(registered) FROM users WHERE email LIKE 'ada%'",
                [],
                |row| row.get(0),
            )
            .unwrap()
    };
    let mut ada = newcomer("ada@example.com");
    ada.push(since("2019-03-31T22:00:00Z"));
    site.write("ada@example.com", ada);
    assert_eq!(registered(&site), 1_554_069_600);
    // An existing user keeps it, and a member without a user has none.
    let effects = site.count("effects");
    let again = site.write("ada@example.com", vec![since("2001-01-01T00:00:00Z")]);
    assert!(matches!(again, ItemOutcome::Confirmed { .. }), "{again:?}");
    assert_eq!(
        (registered(&site), site.count("effects")),
        (1_554_069_600, effects)
    );
    for (email, moment) in [
        ("bo@example.com", "2001-01-01T00:00:00Z"),
        ("cy@example.com", "long ago"),
    ] {
        let mut changes = newcomer(email);
        changes.retain(|change| change.attribute != Attribute::User || moment == "long ago");
        changes.push(since(moment));
        let outcome = site.write(email, changes);
        assert!(matches!(outcome, ItemOutcome::Refused { .. }), "{outcome:?}");
    }
    site.write("ada.now@example.com", newcomer("ada.now@example.com"));
    assert!(registered(&site) > 1_700_000_000);
}

#[test]
fn a_member_that_cannot_be_written_is_not_renamed_either() {
    let mut site = fixture();
    site.write("ada@old.example", newcomer("ada@old.example"));
    let rename = change(
        Action::Rename,
        Attribute::Address,
        Some("ada@old.example"),
        Some("ada@new.example"),
    );
    let before = site.count("effects");
    let outcome = site.write("ada@new.example", vec![rename, tag("Nowhere")]);
    assert!(matches!(outcome, ItemOutcome::Refused { .. }), "{outcome:?}");
    assert_eq!(site.count("effects"), before);
    assert!(site.state("ada@old.example").login.is_some());
}

#[test]
fn a_site_of_an_older_format_is_read_as_it_is_and_brought_up_when_it_is_written() {
    let second = "ALTER TABLE tags DROP COLUMN made_by;
         ALTER TABLE offerings DROP COLUMN made_by;
         ALTER TABLE emails DROP COLUMN made_by;
         ALTER TABLE users DROP COLUMN registered;
         INSERT INTO offerings VALUES ('photo', 'Photo', 'course');
         INSERT INTO offering_tags SELECT 'photo', 'base', id FROM tags WHERE name = 'Photo';
         PRAGMA user_version = 2;";
    brought_up(second);
    let first = "ALTER TABLE tags DROP COLUMN made_by;
         ALTER TABLE offerings DROP COLUMN made_by;
         ALTER TABLE emails DROP COLUMN made_by;
         ALTER TABLE users DROP COLUMN registered;
         DROP TABLE source_keys;
         DROP TABLE offering_tags;
         CREATE TABLE offering_tags (
             offering TEXT NOT NULL REFERENCES offerings (key),
             role TEXT NOT NULL CHECK (role IN ('base', 'instant', 'revoke')),
             tag INTEGER NOT NULL REFERENCES tags (id),
             PRIMARY KEY (offering, role)
         ) STRICT, WITHOUT ROWID;
         INSERT INTO offerings VALUES ('photo', 'Photo', 'course');
         INSERT INTO offering_tags SELECT 'photo', 'base', id FROM tags WHERE name = 'Photo';
         PRAGMA user_version = 1;";
    brought_up(first);
}

/// `older` makes a site of an older format of one of this format.
fn brought_up(older: &str) {
    let mut site = fixture();
    site.write("ada@example.com", newcomer("ada@example.com"));
    let path = site.path();
    let folder = site.folder;
    drop(site.site);
    let db = Connection::open(&path).unwrap();
    db.execute_batch(older).unwrap();
    drop(db);
    let before = fs::read(&path).unwrap();
    let mut read = LocalSite::open(&path, Mode::Read, "state-1", "lumen").unwrap();
    let old = read.observe(&mut |_, _| {}).unwrap();
    assert_eq!((old.len(), old.keys.len()), (1, 0));
    drop(read);
    assert!(fs::read(&path).unwrap() == before, "reading changed the file");
    for _ in 0..2 {
        let mut written = LocalSite::open(&path, Mode::Write, "state-1", "lumen").unwrap();
        let new = written.observe(&mut |_, _| {}).unwrap();
        assert_eq!(new.offerings, old.offerings);
        assert_eq!(new.state(0..1), old.state(0..1));
    }
    let fresh = Connection::open_in_memory().unwrap();
    fresh.execute_batch(include_str!("schema.sql")).unwrap();
    let upgraded = Connection::open(&path).unwrap();
    let tables = |db: &Connection| -> Vec<(String, String)> {
        let mut all = db
            .prepare("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
            .unwrap();
        let rows = all.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(Result::unwrap)
            .map(|(name, sql): (String, String)| {
                let words: String = sql.replace('"', "").split_whitespace().collect();
                (name, words)
            })
            .collect()
    };
    assert_eq!(tables(&upgraded), tables(&fresh));
    drop(folder);
}
