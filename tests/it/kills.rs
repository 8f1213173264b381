//! SIGKILL of the real command at random instants, again and again; what both databases contain is read from outside.
//!
//! `REHOME_KILLS` says how many for each test (30, 20 and 5 by default; a tenth of it with lost answers), `REHOME_SEED`
//! begins where a failure did, `REHOME_BIN` names another build of the command.

use std::{
    fmt,
    io::Read,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use rehome::systems::{
    local::DOUBLED_EFFECTS_SQL as DOUBLED_ON_THE_SITE,
    simulated::server::{DOUBLED_EFFECTS_SQL as DOUBLED_IN_THE_CRM, DUPLICATE_CONTACTS_SQL},
};
use rusqlite::{Connection, OpenFlags};

use crate::{
    drip,
    env::{SMALL, TestEnv},
    keap, kit, patchwork,
    practice::{Practice, SECRET, TOKEN},
};

/// A contact system beside a move, which outlives every kill.
pub(crate) trait ContactServer {
    /// The lines of a plan's `[contacts]`.
    fn table(&self) -> String;
    /// Effects written twice, contacts and tags created twice.
    fn doubled(&self) -> Vec<String>;
    /// All that it holds, and who on the site is linked to whom, without the numbers that it gives itself. The
    /// site's contacts: address and ID.
    fn end_state(&self, site: &[(String, Option<String>)]) -> Vec<String>;
}

/// The practice CRM, as its file shows it from outside.
impl ContactServer for Practice {
    fn table(&self) -> String {
        format!(
            "system = \"simulated\"\nurl = \"{}\"\ntoken = {{ env = \"{TOKEN}\" }}",
            self.address
        )
    }

    fn doubled(&self) -> Vec<String> {
        let crm = Move::open(&self.database).expect("it is there");
        let mut found = rows(&crm, DOUBLED_IN_THE_CRM);
        found.extend(rows(&crm, DUPLICATE_CONTACTS_SQL));
        found
    }

    fn end_state(&self, site: &[(String, Option<String>)]) -> Vec<String> {
        let crm = Move::open(&self.database).expect("it is there");
        let mut all = rows(&crm, "SELECT 'crm', email, document FROM contacts ORDER BY 2, 3");
        all.extend(rows(
            &crm,
            "SELECT 'crm effect', email, attribute, count(*) FROM effects GROUP BY 2, 3 ORDER BY 2, 3",
        ));
        for (email, contact) in site {
            let linked = "SELECT count(*) FROM contacts WHERE email = ?1 AND CAST(id AS TEXT) = ?2";
            let linked: i64 = crm.query_row(linked, (email, contact), |row| row.get(0)).unwrap();
            all.push(format!("linked | {email} | {linked}"));
        }
        all
    }
}

/// One move: a plan, its people, a site and perhaps a contact system.
struct Move {
    env: TestEnv,
    contacts: Option<Box<dyn ContactServer>>,
    waves: &'static str,
}

/// Which contact system a move writes to.
#[derive(Debug, Clone, Copy)]
enum Contacts {
    /// None: the site manages contacts.
    Managed,
    /// The practice CRM, with its visibility window in milliseconds.
    Practice(u32),
    /// The patchwork CRM, with the lag of its lists in milliseconds.
    Patchwork(u64),
    /// Keap's simulator, with the lag of its lists in milliseconds.
    Keap(u64),
    /// Kit's simulator, with the lag of its lists in milliseconds.
    Kit(u64),
    /// Drip's simulator, with the longest time of a batch in milliseconds.
    Drip(u64),
}

/// Which systems a move writes to, and how many people it moves.
#[derive(Debug, Clone, Copy)]
struct Setup {
    name: &'static str,
    people: usize,
    /// Kills where nothing else is asked for.
    kills: u32,
    /// Kills of one move at most; then it runs to its end.
    kills_a_move: u32,
    contacts: Contacts,
    /// The share of the contact system's requests that meet a fault.
    faults: f64,
    /// Whether the run that is killed undoes the move.
    undoes: bool,
}

impl Move {
    fn new(setup: Setup, waves: &'static str, seed: u64) -> Self {
        let env = TestEnv::crowd(setup.people);
        let contacts: Option<Box<dyn ContactServer>> = match setup.contacts {
            Contacts::Managed => None,
            Contacts::Practice(visibility) => {
                let server = Practice::with_faults(&env.plans(), visibility, setup.faults, seed);
                Some(Box::new(server))
            }
            Contacts::Patchwork(lag_ms) => {
                patchwork::write_people(&env, setup.people);
                Some(Box::new(patchwork::crowded(
                    lag_ms,
                    setup.faults,
                    seed,
                    setup.people,
                )))
            }
            Contacts::Keap(lag_ms) => {
                patchwork::write_people(&env, setup.people);
                let server = keap::crowded(lag_ms, setup.faults, seed, setup.people);
                Some(Box::new(server))
            }
            Contacts::Kit(lag_ms) => {
                patchwork::write_people(&env, setup.people);
                let server = kit::crowded(lag_ms, setup.faults, seed, setup.people);
                Some(Box::new(server))
            }
            Contacts::Drip(batch_ms) => {
                patchwork::write_people(&env, setup.people);
                let server = drip::crowded(batch_ms, setup.faults, seed, setup.people);
                Some(Box::new(server))
            }
        };
        if let Some(contacts) = &contacts {
            let plan = SMALL.replace("system = \"managed\"", &contacts.table());
            let plan = match setup.contacts {
                Contacts::Patchwork(_) | Contacts::Keap(_) | Contacts::Kit(_) | Contacts::Drip(_) => {
                    patchwork::with_fields(&plan)
                }
                _ => plan,
            };
            env.write("plan.toml", plan);
        }
        let one = Self { env, contacts, waves };
        if one.contacts.is_some() {
            let confirmed = one
                .command(&["confirm", "plan.toml", "automations"])
                .output()
                .unwrap();
            assert!(confirmed.status.success(), "{confirmed:?}");
        }
        one
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.env.command(args);
        command.env(TOKEN, SECRET).env(patchwork::APP, patchwork::APP_ID);
        command
    }

    fn apply(&self) -> Command {
        self.command(&["apply", "plan.toml", "--yes", "--waves", self.waves])
    }

    fn undo(&self) -> Command {
        self.command(&["undo", "plan.toml", "--yes", "--waves", self.waves, "--run", "1"])
    }

    /// What is killed.
    fn killed(&self, setup: Setup) -> Command {
        if setup.undoes { self.undo() } else { self.apply() }
    }

    /// Goes to the end. Gives what is wrong with how it ended.
    fn to_the_end(&self, mut command: Command, must_say: &str) -> Option<String> {
        let ran = self.env.ran("to the end", &command.output().unwrap());
        (ran.code != Some(0) || !ran.stdout.contains(must_say)).then(|| ran.to_string())
    }

    fn open(path: &Path) -> Option<Connection> {
        if !path.exists() {
            return None;
        }
        // A site killed in a commit has a hot journal, which only a connection that may write rolls back.
        let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
        // One killed while it was made has no tables yet.
        let tables = "SELECT name FROM sqlite_schema WHERE type = 'table'";
        (!rows(&db, tables).is_empty()).then_some(db)
    }

    fn site(&self) -> Option<Connection> {
        Self::open(&self.env.path("site.sqlite"))
    }

    /// Effects written twice, and contacts made twice.
    fn doubled(&self) -> Vec<String> {
        let site = self.site().map(|db| rows(&db, DOUBLED_ON_THE_SITE));
        let contacts = self.contacts.as_ref().map(|contacts| contacts.doubled());
        site.into_iter().chain(contacts).flatten().collect()
    }

    /// Requests that left and have no answer in the journal.
    fn in_doubt(&self) -> usize {
        let journals = self
            .env
            .state_files("journal.sqlite")
            .into_iter()
            .filter_map(|path| Self::open(&path));
        journals
            .map(|db| {
                rows(
                    &db,
                    "SELECT request FROM intents WHERE request NOT IN
                     (SELECT request FROM outcomes WHERE request IS NOT NULL)",
                )
                .len()
            })
            .sum()
    }

    /// All that the systems hold, without the numbers that they give themselves.
    fn end_state(&self) -> Vec<String> {
        let site = self.site().expect("the site is there");
        let mut all = Vec::new();
        for sql in [
            "SELECT 'contact', email, first_name, last_name, opted_out FROM contacts ORDER BY 2",
            "SELECT 'user', u.email, u.login, u.first_name, u.last_name, u.role, c.email
             FROM users u LEFT JOIN contacts c ON c.id = u.contact ORDER BY 2",
            "SELECT 'holds', c.email, t.name, h.granted_by FROM holdings h
             JOIN contacts c ON c.id = h.contact JOIN tags t ON t.id = h.tag ORDER BY 2, 3",
            "SELECT 'field', c.email, f.name, f.value FROM contact_fields f
             JOIN contacts c ON c.id = f.contact ORDER BY 2, 3",
            "SELECT 'offering', o.key, o.name, o.kind, r.role, t.name FROM offerings o
             JOIN offering_tags r ON r.offering = o.key JOIN tags t ON t.id = r.tag ORDER BY 2, 5",
            "SELECT 'tag', name FROM tags ORDER BY 2",
            "SELECT 'effect', email, attribute, count(*) FROM effects GROUP BY 2, 3 ORDER BY 2, 3",
        ] {
            all.extend(rows(&site, sql));
        }
        if let Some(contacts) = &self.contacts {
            let mut query = site
                .prepare("SELECT email, contact_id FROM contacts ORDER BY 1")
                .unwrap();
            let linked = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)));
            let linked: Vec<_> = linked.unwrap().map(Result::unwrap).collect();
            all.extend(contacts.end_state(&linked));
        }
        all
    }
}

/// The rows of a query, each as one text.
fn rows(db: &Connection, sql: &str) -> Vec<String> {
    let mut query = db.prepare(sql).unwrap();
    let columns = query.column_count();
    let text = |row: &rusqlite::Row<'_>| -> rusqlite::Result<String> {
        let cells: rusqlite::Result<Vec<String>> = (0..columns)
            .map(|at| {
                row.get::<_, rusqlite::types::Value>(at).map(|value| match value {
                    rusqlite::types::Value::Text(text) => text,
                    other => format!("{other:?}"),
                })
            })
            .collect();
        Ok(cells?.join(" | "))
    };
    query.query_map([], text).unwrap().map(Result::unwrap).collect()
}

/// What came of all the kills of one setup.
#[derive(Debug, Default)]
struct Tally {
    moves: u32,
    kills: u32,
    before_the_run: u32,
    in_doubt: u32,
    doubts: usize,
    resumed: u32,
    lost: usize,
    doubled: usize,
    stuck: u32,
    problems: Vec<String>,
    longest: Duration,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, count) in [
            ("moves", self.moves as usize),
            ("kills", self.kills as usize),
            ("  before the run began", self.before_the_run as usize),
            ("  with requests in doubt", self.in_doubt as usize),
            ("  requests in doubt, all", self.doubts),
            ("runs resumed", self.resumed as usize),
            ("lost (rows that differ)", self.lost),
            ("doubled", self.doubled),
            ("stuck", self.stuck as usize),
        ] {
            writeln!(f, "  {name:<26}{count:>7}")?;
        }
        writeln!(
            f,
            "  {:<26}{:>6.1}s",
            "longest last run",
            self.longest.as_secs_f64()
        )
    }
}

impl Tally {
    fn problem(&mut self, text: String) {
        if self.problems.len() < 5 {
            self.problems.push(text);
        }
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name)
        .ok()
        .map(|text| text.parse().expect("a number"))
}

/// Kills the move at random instants and runs it to its end. Stops killing at `most` kills.
fn kill_and_finish(
    one: &Move,
    setup: Setup,
    random: &mut fastrand::Rng,
    whole: Duration,
    most: u32,
    tally: &mut Tally,
) {
    let longest = u64::try_from(whole.as_micros()).unwrap();
    tally.moves += 1;
    for _ in 0..most {
        let mut child = one.killed(setup).stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(random.u64(0..longest)));
        let ended = child.try_wait().unwrap();
        child.kill().unwrap();
        let mut said = String::new();
        child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        child.wait().unwrap();
        if let Some(status) = ended {
            if status.code() != Some(0) {
                tally.stuck += 1;
                tally.problem(format!("a run ended by itself with {status}: {said}"));
            }
            break;
        }
        tally.kills += 1;
        tally.resumed += u32::from(said.contains("Resuming run"));
        let doubts = one.in_doubt();
        tally.doubts += doubts;
        tally.in_doubt += u32::from(doubts > 0);
        tally.before_the_run += u32::from(one.env.state_files("journal.sqlite").is_empty());
        let doubled = one.doubled();
        if let Some(example) = doubled.first() {
            tally.doubled += doubled.len();
            tally.problem(format!("doubled after a kill: {example}"));
            return;
        }
    }
    let begun = Instant::now();
    if let Some(wrong) = one.to_the_end(one.killed(setup), "") {
        tally.stuck += 1;
        tally.problem(format!("a run ended with an error: {wrong}"));
    }
    tally.longest = tally.longest.max(begun.elapsed());
}

/// Kills until there were enough kills, each move followed by a look from outside.
fn kills(setup: Setup) {
    let kills = number("REHOME_KILLS").map_or(setup.kills, |kills| {
        // A move that is killed once takes its whole time for that one kill.
        (u32::try_from(kills).unwrap() * setup.kills_a_move / 10).max(1)
    });
    let seed = number("REHOME_SEED").unwrap_or_else(|| fastrand::u64(..u64::from(u32::MAX)));
    let mut random = fastrand::Rng::with_seed(seed);
    let reference = Move::new(Setup { faults: 0.0, ..setup }, "on", 0);
    let mut begun = Instant::now();
    assert_eq!(reference.to_the_end(reference.apply(), "complete"), None);
    if setup.undoes {
        begun = Instant::now();
        assert_eq!(reference.to_the_end(reference.undo(), "complete"), None);
    }
    let whole = begun.elapsed();
    let wanted = reference.end_state();
    assert!(wanted.len() > setup.people * 4 && reference.doubled().is_empty());
    let mut tally = Tally::default();
    let started = Instant::now();
    while tally.kills < kills && tally.problems.is_empty() && tally.moves < 20 + 2 * kills {
        let one = Move::new(
            setup,
            if random.bool() { "on" } else { "off" },
            random.u64(..u64::from(u32::MAX)),
        );
        if setup.undoes {
            assert_eq!(one.to_the_end(one.apply(), "complete"), None);
        }
        let most = setup.kills_a_move.min(kills - tally.kills);
        kill_and_finish(&one, setup, &mut random, whole, most, &mut tally);
        if !tally.problems.is_empty() {
            break;
        }
        let doubled = one.doubled();
        tally.doubled += doubled.len();
        if let Some(example) = doubled.first() {
            tally.problem(format!("doubled: {example}"));
        }
        let there = one.end_state();
        if there != wanted {
            let missing = wanted
                .iter()
                .filter(|row| there.binary_search(row).is_err() && !there.contains(row));
            let more = there.iter().filter(|row| !wanted.contains(row));
            let differ: Vec<&String> = missing.chain(more).take(1000).collect();
            tally.lost += differ.len();
            tally.problem(format!("another end: {:#?}", &differ[..differ.len().min(5)]));
        }
        let (again, must_say) = if setup.undoes {
            (one.undo(), "nothing left to undo")
        } else {
            (one.apply(), "Nothing to do")
        };
        if let Some(wrong) = one.to_the_end(again, must_say) {
            tally.problem(format!("the second apply found work: {wrong}"));
        }
    }
    println!(
        "{}, {} people, seed {seed}, {:.0} s\n{tally}",
        setup.name,
        setup.people,
        started.elapsed().as_secs_f64()
    );
    assert!(
        tally.problems.is_empty(),
        "REHOME_SEED={seed}: {}\n{}",
        setup.name,
        tally.problems.join("\n")
    );
    assert!(tally.kills >= kills, "only {} kills met a run", tally.kills);
}

#[test]
fn kills_at_any_instant_lose_nobody_and_double_nothing_on_the_embedded_site() {
    kills(Setup {
        name: "embedded site",
        people: 2_000,
        kills: 30,
        kills_a_move: 10,
        contacts: Contacts::Managed,
        faults: 0.0,
        undoes: false,
    });
}

#[test]
fn kills_at_any_instant_lose_nobody_and_double_nothing_in_the_practice_crm() {
    kills(Setup {
        name: "embedded site and practice CRM",
        people: 2_000,
        kills: 20,
        kills_a_move: 10,
        contacts: Contacts::Practice(60),
        faults: 0.0,
        undoes: false,
    });
}

#[test]
fn kills_and_lost_answers_lose_nobody_and_double_nothing_in_the_practice_crm() {
    kills(Setup {
        name: "embedded site and a practice CRM with faults",
        people: 400,
        kills: 5,
        // A command that is killed before a response counts as lost looks anyway; here the response is lost within the run.
        kills_a_move: 1,
        contacts: Contacts::Practice(60),
        faults: 0.2,
        undoes: false,
    });
}

#[test]
fn kills_at_any_instant_lose_nobody_and_double_nothing_in_the_patchwork_crm() {
    kills(Setup {
        name: "embedded site and patchwork CRM",
        people: 250,
        kills: 10,
        kills_a_move: 8,
        contacts: Contacts::Patchwork(80),
        faults: 0.0,
        undoes: false,
    });
}

#[test]
fn kills_and_lost_answers_lose_nobody_and_double_nothing_in_the_patchwork_crm() {
    kills(Setup {
        name: "embedded site and a patchwork CRM with faults",
        people: 40,
        kills: 3,
        kills_a_move: 1,
        contacts: Contacts::Patchwork(80),
        faults: 0.12,
        undoes: false,
    });
}

#[test]
fn kills_of_an_undo_lose_nobody_and_double_nothing_in_the_patchwork_crm() {
    kills(Setup {
        name: "undo on embedded site and patchwork CRM",
        people: 120,
        kills: 4,
        kills_a_move: 4,
        contacts: Contacts::Patchwork(80),
        faults: 0.0,
        undoes: true,
    });
}

#[test]
fn kills_at_any_instant_lose_nobody_and_double_nothing_in_keap() {
    kills(Setup {
        name: "embedded site and Keap",
        people: 250,
        kills: 10,
        kills_a_move: 8,
        contacts: Contacts::Keap(80),
        faults: 0.0,
        undoes: false,
    });
}

#[test]
fn kills_and_lost_answers_lose_nobody_and_double_nothing_in_keap() {
    kills(Setup {
        name: "embedded site and a Keap with faults",
        people: 40,
        kills: 3,
        kills_a_move: 1,
        contacts: Contacts::Keap(80),
        faults: 0.12,
        undoes: false,
    });
}

#[test]
fn kills_of_an_undo_lose_nobody_and_double_nothing_in_keap() {
    kills(Setup {
        name: "undo on embedded site and Keap",
        people: 120,
        kills: 4,
        kills_a_move: 4,
        contacts: Contacts::Keap(80),
        faults: 0.0,
        undoes: true,
    });
}

#[test]
fn kills_at_any_instant_lose_nobody_and_double_nothing_in_kit() {
    kills(Setup {
        name: "embedded site and Kit",
        people: 400,
        kills: 8,
        kills_a_move: 4,
        contacts: Contacts::Kit(80),
        faults: 0.0,
        undoes: false,
    });
}

#[test]
fn kills_at_any_instant_lose_nobody_and_double_nothing_in_drip() {
    kills(Setup {
        name: "embedded site and Drip",
        people: 250,
        kills: 10,
        kills_a_move: 8,
        contacts: Contacts::Drip(80),
        faults: 0.0,
        undoes: false,
    });
}

#[test]
fn kills_and_lost_answers_lose_nobody_and_double_nothing_in_drip() {
    kills(Setup {
        name: "embedded site and a Drip with faults",
        people: 40,
        kills: 3,
        kills_a_move: 1,
        contacts: Contacts::Drip(80),
        faults: 0.12,
        undoes: false,
    });
}

#[test]
fn kills_of_an_undo_lose_nobody_and_double_nothing_in_kit() {
    kills(Setup {
        name: "undo on embedded site and Kit",
        people: 120,
        kills: 3,
        kills_a_move: 3,
        contacts: Contacts::Kit(80),
        faults: 0.0,
        undoes: true,
    });
}

#[test]
fn kills_of_an_undo_lose_nobody_and_double_nothing_in_drip() {
    kills(Setup {
        name: "undo on embedded site and Drip",
        people: 60,
        kills: 4,
        kills_a_move: 4,
        contacts: Contacts::Drip(80),
        faults: 0.0,
        undoes: true,
    });
}
