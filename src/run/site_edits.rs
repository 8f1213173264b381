//! Law: whatever happens on the embedded site between two requests of a run, nobody is written to for whom what the
//! difference rests on no longer holds, and whoever is left as they are is named.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use rusqlite::Connection;

use super::{tests::List, *};
use crate::{
    changeset::{ChangeSetKind, FORMAT, Header, MemberChanges, Setup},
    graph::Waves,
    journal::{Journal, Status},
    model::{
        Account, Action, Answer, Attribute, Capabilities, Change, ContactId, ContactsTarget, Email, Fault,
        Looked, Observed, OfferingKey, OfferingKind, OfferingTags, OfferingTarget, Payload, Reason, Request,
        Seq, Side, SiteTarget, TagName, TagRefs, Targets,
    },
    systems::{
        Direct, Lease, OnProgress, Site, SystemError,
        local::{LocalSite, Mode},
    },
};

const PEOPLE: u32 = 14;

/// What somebody does on the site while a run is under way.
#[derive(Debug, Clone, Copy)]
enum Edit {
    /// A member buys: the shop gives them the tag that the migration gave before.
    Buy(u32),
    /// A user is deleted.
    Delete(u32),
    /// A user loses its contact.
    Unlink(u32),
    /// An administrator gives the offering another tag.
    Retag,
    /// Another program writes to a member: it gives the tag that the run is about to give.
    OtherWriter(u32),
}

fn address(person: u32) -> Email {
    Email::from_normalised(&format!("p{person:02}@example.com")).unwrap()
}

fn club() -> OfferingTarget {
    OfferingTarget {
        key: OfferingKey::new("club"),
        name: "Club".to_owned(),
        kind: OfferingKind::Course,
        includes: Vec::new(),
        tags: OfferingTags {
            base: Some(TagName::new("Club")),
            instant: None,
            revoke: Some(TagName::new("Club (revoked)")),
            modules: Vec::new(),
        },
    }
}

/// A site on which everybody has the club from the migration; an odd person has nothing yet.
fn people(site: &Connection) {
    site.execute_batch("INSERT INTO tags (id, name) VALUES (1, 'Club'), (2, 'Club (revoked)'), (3, 'Other')")
        .unwrap();
    site.execute_batch(
        "INSERT INTO offerings (key, name, kind) VALUES ('club', 'Club', 'course');
         INSERT INTO offering_tags VALUES ('club', 'base', 1), ('club', 'revoke', 2)",
    )
    .unwrap();
    for person in 0..PEOPLE {
        let (email, id) = (address(person), 1_000_001 + i64::from(person));
        site.execute(
            "INSERT INTO contacts (email, id, contact_id) VALUES (?1, ?2, CAST(?2 AS TEXT))",
            (email.as_str(), id),
        )
        .unwrap();
        site.execute(
            "INSERT INTO users (email, login, contact) VALUES (?1, ?1, ?2)",
            (email.as_str(), id),
        )
        .unwrap();
        if person % 2 == 0 {
            site.execute("INSERT INTO holdings VALUES (?1, 1, 'move')", [id])
                .unwrap();
        }
    }
}

/// The change set: whoever has the club loses it, all others get it.
fn list(account: Account) -> List {
    let members = (0..PEOPLE).map(|person| {
        let revoked = person % 2 == 0;
        let tag = if revoked { "Club (revoked)" } else { "Club" };
        MemberChanges {
            seq: Some(person),
            email: address(person),
            contact_id: Some(ContactId::new((1_000_001 + person).to_string())),
            user: true,
            until: None,
            changes: vec![Change {
                side: Side::Site,
                action: Action::AddTag,
                attribute: Attribute::Tag(TagName::new(tag)),
                reason: if revoked { Reason::Revoked } else { Reason::Granted },
                before: None,
                after: Some("held".to_owned()),
            }],
        }
    });
    List {
        members: members.collect(),
        header: Header {
            limits: None,
            signature: None,
            plan: String::new(),
            format: FORMAT,
            kind: ChangeSetKind::Plan,
            targets: Targets {
                migration: "move".to_owned(),
                was: Vec::new(),
                environment: None,
                site: SiteTarget::Local {
                    path: "site.sqlite".to_owned(),
                    like: None,
                },
                contacts: ContactsTarget::Managed,
                offerings: vec![club()],
                tags: Vec::new(),
                emails: Vec::new(),
                checkpoints: Vec::new(),
                standing_checkpoints: Vec::new(),
                canary: None,
            },
            base: ".".to_owned(),
            site: account,
            contacts: None,
            inputs: "i".to_owned(),
            as_of: jiff::civil::date(2026, 12, 1),
            computed: 0,
            accepted: None,
            setup: Setup::default(),
            tags: TagRefs::default(),
            members: PEOPLE,
        },
    }
}

/// What a person reads of the site: who has which tag and from whom, which users exist, and the club's tags.
#[derive(Debug, Default, PartialEq, Eq)]
struct Read {
    tags: BTreeMap<(String, String), String>,
    linked: BTreeSet<String>,
    club: BTreeSet<String>,
}

fn read(site: &Connection) -> Read {
    let rows = |sql: &str| -> Vec<Vec<String>> {
        let mut statement = site.prepare(sql).unwrap();
        let columns = statement.column_count();
        let rows = statement.query_map([], |row| (0..columns).map(|at| row.get(at)).collect());
        rows.unwrap().map(Result::unwrap).collect()
    };
    let tags = rows(
        "SELECT c.email, t.name, h.granted_by FROM holdings h JOIN contacts c ON c.id = h.contact JOIN tags t ON t.id = h.tag",
    );
    let linked =
        rows("SELECT u.email FROM users u JOIN contacts c ON c.id = u.contact AND c.email = u.email");
    let club =
        rows("SELECT t.name FROM offering_tags o JOIN tags t ON t.id = o.tag WHERE o.offering = 'club'");
    Read {
        tags: tags
            .into_iter()
            .map(|row| ((row[0].clone(), row[1].clone()), row[2].clone()))
            .collect(),
        linked: linked.into_iter().flatten().collect(),
        club: club.into_iter().flatten().collect(),
    }
}

/// The embedded site on which other people work: before each request something may happen.
struct Edited {
    site: LocalSite,
    path: PathBuf,
    edits: BTreeMap<usize, Vec<Edit>>,
    requests: usize,
    broken: std::sync::Arc<std::sync::Mutex<Vec<String>>>,
}

impl Edited {
    fn happens(&self, edit: Edit) {
        let site = Connection::open(&self.path).unwrap();
        let one = |sql: &str, person: u32| {
            site.execute(sql, [address(person).as_str()]).unwrap();
        };
        match edit {
            Edit::Buy(person) => one(
                "INSERT OR REPLACE INTO holdings SELECT id, 1, 'shop' FROM contacts WHERE email = ?1",
                person,
            ),
            Edit::Delete(person) => one("DELETE FROM users WHERE email = ?1", person),
            Edit::Unlink(person) => one("UPDATE users SET contact = NULL WHERE email = ?1", person),
            Edit::Retag => {
                site.execute_batch("UPDATE offering_tags SET tag = 3 WHERE role = 'base'")
                    .unwrap();
            }
            Edit::OtherWriter(person) => one(
                "INSERT OR IGNORE INTO holdings SELECT id, 1, 'another' FROM contacts WHERE email = ?1",
                person,
            ),
        }
    }

    /// What a request did must have been right as the site was just before.
    fn judge(&self, before: &Read, after: &Read) {
        let mut broken = self.broken.lock().unwrap();
        for ((email, tag), by) in &after.tags {
            if before.tags.contains_key(&(email.clone(), tag.clone())) {
                continue;
            }
            if by != "move" {
                broken.push(format!("{email} got {tag} from {by}"));
            }
            if !before.linked.contains(email) {
                broken.push(format!("{email} got {tag} although there was no linked user"));
            }
            if !before.club.contains("Club") {
                broken.push(format!("{email} got {tag} although the club has other tags"));
            }
            let bought = before.tags.get(&(email.clone(), "Club".to_owned()));
            if tag == "Club (revoked)" && bought.is_some_and(|by| by != "move") {
                broken.push(format!("{email} lost what another gave"));
            }
        }
        for (held, by) in &before.tags {
            if after.tags.get(held) != Some(by) {
                broken.push(format!("{held:?} changed"));
            }
        }
    }
}

impl Direct for Edited {
    fn account(&self) -> Result<Account, SystemError> {
        self.site.account()
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            batching: crate::model::Batching::new(3),
            ..self.site.capabilities()
        }
    }

    fn observe(&mut self, progress: OnProgress<'_>) -> Result<Observed, SystemError> {
        self.site.observe(progress)
    }

    fn perform(&mut self, request: &Request) -> Result<Answer, Fault> {
        for edit in self.edits.remove(&self.requests).unwrap_or_default() {
            self.happens(edit);
        }
        self.requests += 1;
        let site = Connection::open(&self.path).unwrap();
        let before = read(&site);
        let answer = self.site.perform(request)?;
        if matches!(request.payload, Payload::Members(_)) {
            self.judge(&before, &read(&site));
        }
        Ok(answer)
    }

    fn look(&mut self, request: &Request) -> Result<Looked, Fault> {
        self.site.look(request)
    }

    fn lease(&mut self, lease: &Lease, now: i64, seconds: u32) -> Result<(), SystemError> {
        self.site.lease(lease, now, seconds)
    }

    fn release(&mut self, lease: &Lease) -> Result<(), SystemError> {
        self.site.release(lease)
    }
}

struct Nobody;

impl Host for Nobody {
    fn on(&mut self, _: &RunEvent) {}

    fn ask(&mut self, _: &Question) -> Reply {
        Reply::Yes
    }

    fn now_ms(&self) -> Millis {
        1_000_000
    }
}

fn edits(rng: &mut fastrand::Rng) -> BTreeMap<usize, Vec<Edit>> {
    let mut edits: BTreeMap<usize, Vec<Edit>> = BTreeMap::new();
    for _ in 0..rng.usize(1..8) {
        let person = rng.u32(0..PEOPLE);
        let edit = match rng.u8(0..9) {
            0..3 => Edit::Buy(person),
            3..5 => Edit::Delete(person),
            5..7 => Edit::Unlink(person),
            7 => Edit::OtherWriter(person),
            _ => Edit::Retag,
        };
        edits.entry(rng.usize(0..6)).or_default().push(edit);
    }
    edits
}

/// One run among edits; what it broke.
fn broken(seed: u64, planted: Option<PlantedBug>) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("site.sqlite");
    let site = LocalSite::open(&path, Mode::Write, "state", "move").unwrap();
    let by_hand = Connection::open(&path).unwrap();
    people(&by_hand);
    let mut list = list(site.account().unwrap());
    let broken = std::sync::Arc::default();
    let edited = Edited {
        site,
        path: path.clone(),
        edits: edits(&mut fastrand::Rng::with_seed(seed)),
        requests: 0,
        broken: std::sync::Arc::clone(&broken),
    };
    let lease = Lease {
        holder: "h".to_owned(),
        who: "tester".to_owned(),
    };
    let mut journal = Journal::in_memory(1).unwrap();
    let options = RunOptions {
        planted,
        waves: Waves::Off,
        yes: true,
        ..RunOptions::new("f", "changes", lease)
    };
    let report = run(
        &mut list,
        &mut journal,
        Site::Direct(Box::new(edited)),
        None,
        &options,
        &mut Nobody,
        Interrupts::None,
    )
    .unwrap();
    let mut broken = std::mem::take(&mut *broken.lock().unwrap());
    // Whoever is confirmed has the tag; all others are named.
    let named: BTreeSet<Seq> = report.tally.exceptions.iter().map(|one| one.seq).collect();
    let now = read(&by_hand);
    for member in &list.members {
        let tag = member.changes[0].attribute.tag().unwrap().to_string();
        let has = now.tags.contains_key(&(member.email.to_string(), tag));
        let blocked = named.contains(&member.seq.unwrap());
        if !has && !blocked {
            broken.push(format!("{} has no tag and is not named", member.email));
        }
    }
    if report.tally.count(Status::Refused) > 0 {
        broken.push("a member was rejected, not blocked".to_owned());
    }
    broken
}

#[test]
fn nobody_is_written_to_for_whom_the_preconditions_no_longer_hold() {
    for seed in 0..60 {
        let broken = broken(seed, None);
        assert!(broken.is_empty(), "seed {seed}: {broken:#?}");
    }
}

#[test]
fn sending_changes_without_their_preconditions_is_noticed() {
    let all: Vec<String> = (0..60)
        .flat_map(|seed| broken(seed, Some(PlantedBug::ForgetPreconditions)))
        .collect();
    for law in ["what another gave", "no linked user", "other tags"] {
        assert!(all.iter().any(|broken| broken.contains(law)), "{law}: {all:#?}");
    }
}
