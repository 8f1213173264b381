//! Three months side by side: a small business whose members come, go, come back, are refunded, opt out and buy
//! on the new site, while new exports are applied every week. After each week the laws are checked on the site.
//!
//! `REHOME_SEED` runs one other business; a failure names its seed.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use fastrand::Rng;
use rusqlite::Connection;

use crate::{env::TestEnv, whole_way::no_effect_is_doubled};

const WEEKS: usize = 13;
const PEOPLE: usize = 150;
const FIRST: [&str; 6] = ["Ana", "Bo", "Cy", "Dee", "Eli", "Fay"];
const LAST: [&str; 5] = ["Adler", "Brandt", "Costa", "Duarte", "Ek"];

const PLAN: &str = r#"[migration]
name = "weekly"
as_of = 2026-09-07

[site]
kind = "local"
path = "site.sqlite"

[contacts]
system = "managed"

[members]
contacts = "mapped"

[offerings.course]
name = "Course"

[offerings.club]
name = "Club"
kind = "membership"

[tags.reader]
name = "Reader"

[sources.people]
profile = "table"
file = "people.csv"
columns = { email = "Email", first_name = "First", last_name = "Last" }
consent = { column = "Newsletter", opted_out = ["no"], opted_in = ["yes"] }

[sources.people.map.Reads]
"yes" = { tag = "reader" }
"no" = { ignore = "does not read the magazine" }

[sources.sales]
profile = "table"
file = "sales.csv"
columns = { email = "Email" }
complete = true
gone = "revoke"

[sources.sales.map.Product]
"The course" = { grant = "course", when = { Paid = ["paid"] }, otherwise = "revoke" }

[sources.subscriptions]
profile = "table"
file = "subscriptions.csv"
columns = { email = "Email" }
complete = true
gone = "revoke"

[sources.subscriptions.map.Product]
"The club" = { grant = "club", when = { Status = ["active", "trial"] }, otherwise = "revoke" }

[policy.limits]
updates = "60%"
lost_access = 60
"#;

/// What the old platform says about a member's course.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum Sale {
    #[default]
    Never,
    Paid,
    Refunded,
}

/// What the old platform says about a member's club. A member who cancelled is in the export for some weeks.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
enum Club {
    #[default]
    Never,
    Active,
    Cancelled(u8),
}

#[derive(Debug, Clone, Default)]
struct Person {
    first: String,
    last: String,
    reads: bool,
    newsletter: &'static str,
    sale: Sale,
    club: Club,
    /// Offerings bought on the new site.
    bought: BTreeSet<&'static str>,
    /// In no export at all: known to the new site only.
    only_new: bool,
    editor: bool,
}

impl Person {
    fn has_paid(&self, offering: &str) -> bool {
        self.bought.contains(offering)
            || match offering {
                "Course" => self.sale == Sale::Paid,
                _ => self.club == Club::Active,
            }
    }
}

struct Business {
    random: Rng,
    people: BTreeMap<String, Person>,
    next: usize,
}

impl Business {
    fn new(seed: u64) -> Self {
        let mut business = Self {
            random: Rng::with_seed(seed),
            people: BTreeMap::new(),
            next: 0,
        };
        for _ in 0..PEOPLE {
            business.joins();
        }
        business
    }

    fn one_in(&mut self, often: usize) -> bool {
        self.random.usize(..often) == 0
    }

    fn joins(&mut self) -> String {
        let email = format!("member{:03}@example.com", self.next);
        self.next += 1;
        let person = Person {
            first: FIRST[self.random.usize(..FIRST.len())].to_owned(),
            last: LAST[self.random.usize(..LAST.len())].to_owned(),
            reads: self.random.bool(),
            newsletter: ["yes", "yes", "", "no"][self.random.usize(..4)],
            sale: [Sale::Never, Sale::Paid][self.random.usize(..2)],
            club: [Club::Never, Club::Active, Club::Active][self.random.usize(..3)],
            ..Person::default()
        };
        self.people.insert(email.clone(), person);
        email
    }

    /// What happens on the old platform in a week.
    fn a_week_passes(&mut self) {
        for _ in 0..self.random.usize(2..7) {
            self.joins();
        }
        let emails: Vec<String> = self.people.keys().cloned().collect();
        for email in emails {
            let dice: [bool; 8] = [12, 9, 15, 10, 20, 25, 30, 20].map(|often| self.one_in(often));
            // A member who stops is listed as such in the export, or is missing from one week to the next.
            let at_once = usize::from(self.random.bool());
            let other = LAST[self.random.usize(..LAST.len())];
            let person = self.people.get_mut(&email).expect("there");
            if person.only_new {
                continue;
            }
            person.club = match person.club {
                Club::Active if dice[0] => [Club::Cancelled(0), Club::Never][at_once],
                Club::Cancelled(_) | Club::Never if dice[1] => Club::Active,
                // After two weeks the export names them no more.
                Club::Cancelled(2..) => Club::Never,
                Club::Cancelled(weeks) => Club::Cancelled(weeks + 1),
                same => same,
            };
            person.sale = match person.sale {
                Sale::Never if dice[2] => Sale::Paid,
                Sale::Paid if dice[3] => [Sale::Refunded, Sale::Never][at_once],
                Sale::Refunded if dice[4] => Sale::Paid,
                same => same,
            };
            if dice[5] {
                other.clone_into(&mut person.last);
            }
            if dice[6] {
                person.newsletter = "no";
            } else if dice[7] {
                person.newsletter = "yes";
            }
        }
    }

    /// What happens on the new site in a week, as SQL.
    fn hands_at_the_site(&mut self, week: usize) -> String {
        let mut sql = String::new();
        let emails: Vec<String> = self.people.keys().cloned().collect();
        for email in &emails {
            if self.one_in(40) {
                let offering = ["Course", "Club"][self.random.usize(..2)];
                self.buys(email, offering, &mut sql);
            }
        }
        let walk_in = format!("walk.in{week}@example.org");
        self.people.insert(
            walk_in.clone(),
            Person {
                only_new: true,
                ..Person::default()
            },
        );
        self.buys(&walk_in, "Course", &mut sql);
        if week == 5 {
            let email = &emails[self.random.usize(..emails.len())];
            let _ = writeln!(sql, "UPDATE users SET role = 'editor' WHERE email = '{email}';");
            self.people.get_mut(email).expect("there").editor = true;
        }
        sql
    }

    /// The shop of the new site: it makes who is not there, gives the tag in its own name and lifts a revoke.
    fn buys(&mut self, email: &str, offering: &'static str, sql: &mut String) {
        self.people.get_mut(email).expect("there").bought.insert(offering);
        let _ = write!(
            sql,
            "INSERT OR IGNORE INTO contacts (email, id, contact_id, first_name, last_name)
               SELECT '{email}', max(id) + 1, CAST(max(id) + 1 AS TEXT), 'New', 'Buyer' FROM contacts;
             INSERT OR IGNORE INTO users (email, login, first_name, last_name, contact)
               SELECT email, email, first_name, last_name, id FROM contacts WHERE email = '{email}';
             DELETE FROM holdings WHERE contact = (SELECT id FROM contacts WHERE email = '{email}')
               AND tag IN (SELECT id FROM tags WHERE name IN ('{offering}', '{offering} (revoked)'));
             INSERT INTO holdings (contact, tag, granted_by)
               SELECT contacts.id, tags.id, 'shop' FROM contacts, tags
               WHERE contacts.email = '{email}' AND tags.name = '{offering}';\n"
        );
    }

    fn write_exports(&mut self, env: &TestEnv) {
        let mut people = "Email,First,Last,Newsletter,Reads\n".to_owned();
        let mut sales = "Email,Product,Paid\n".to_owned();
        let mut subscriptions = "Email,Product,Status\n".to_owned();
        for (email, person) in self.people.iter().filter(|(_, person)| !person.only_new) {
            let reads = if person.reads { "yes" } else { "no" };
            let shown = if self.random.bool() {
                email.clone()
            } else {
                email.to_uppercase()
            };
            let Person {
                first,
                last,
                newsletter,
                ..
            } = person;
            let _ = writeln!(people, "{shown},{first},{last},{newsletter},{reads}");
            match person.sale {
                Sale::Never => {}
                Sale::Paid => drop(writeln!(sales, "{shown},The course,paid")),
                Sale::Refunded => drop(writeln!(sales, "{email},The course,refunded")),
            }
            match person.club {
                Club::Never => {}
                Club::Active => drop(writeln!(subscriptions, "{email},The club,active")),
                Club::Cancelled(_) => drop(writeln!(subscriptions, "{shown},The club,cancelled")),
            }
        }
        env.write("people.csv", people);
        env.write("sales.csv", sales);
        env.write("subscriptions.csv", subscriptions);
    }
}

/// Who has effective access to what on the site, and who opted out there.
fn on_the_site(site: &Connection) -> (BTreeSet<(String, String)>, BTreeSet<String>) {
    let mut query = site
        .prepare(
            "SELECT contacts.email, base.name FROM users
             JOIN contacts ON contacts.id = users.contact
             JOIN holdings ON holdings.contact = contacts.id
             JOIN tags AS base ON base.id = holdings.tag AND base.name IN ('Course', 'Club')
             WHERE NOT EXISTS (
               SELECT 1 FROM holdings AS held JOIN tags ON tags.id = held.tag
               WHERE held.contact = contacts.id AND tags.name = base.name || ' (revoked)')",
        )
        .unwrap();
    let access = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let access = access.map(Result::unwrap).collect();
    let mut query = site
        .prepare("SELECT email FROM contacts WHERE opted_out")
        .unwrap();
    let out = query.query_map([], |row| row.get(0)).unwrap();
    let out = out.map(Result::unwrap).collect();
    (access, out)
}

fn check(
    business: &Business,
    env: &TestEnv,
    week: usize,
    seed: u64,
    out_before: &BTreeSet<String>,
) -> BTreeSet<String> {
    let site = env.site();
    let (access, out) = on_the_site(&site);
    let at = format!("REHOME_SEED={seed}, week {week}");
    for (email, person) in &business.people {
        for offering in ["Course", "Club"] {
            let has = access.contains(&(email.clone(), offering.to_owned()));
            let paid = person.has_paid(offering);
            assert!(
                has || !paid || person.editor,
                "{at}: {email} lost {offering}: {person:?}"
            );
            assert!(
                !has || paid || person.editor,
                "{at}: {email} did not pay for {offering}: {person:?}"
            );
        }
        let there: i64 = site
            .query_row(
                "SELECT count(*) FROM contacts WHERE lower(email) = ?1",
                [email],
                |row| row.get(0),
            )
            .unwrap();
        assert!(there <= 1, "{at}: {email} is there twice");
        let must = person.newsletter == "no" && there == 1 && !person.editor;
        assert!(
            !must || out.contains(email),
            "{at}: {email} opted out and is subscribed"
        );
    }
    let again: Vec<&String> = out_before.difference(&out).collect();
    assert!(again.is_empty(), "{at}: subscribed again: {again:?}");
    no_effect_is_doubled_since_hands_were_there(&site, business);
    out
}

/// Nothing is written to anybody twice, but for those at whom the shop worked in between.
fn no_effect_is_doubled_since_hands_were_there(site: &Connection, business: &Business) {
    if business.people.values().all(|person| person.bought.is_empty()) {
        return no_effect_is_doubled(site);
    }
    for (email, attribute) in crate::whole_way::doubled_effects(site) {
        let person = business.people.get(&email);
        assert!(
            person.is_some_and(|person| !person.bought.is_empty()),
            "{email} {attribute} twice"
        );
    }
}

fn three_months(seed: u64) {
    let env = TestEnv::with_plan(PLAN);
    let mut business = Business::new(seed);
    let mut out = BTreeSet::new();
    let mut day: jiff::civil::Date = "2026-09-07".parse().unwrap();
    let mut gone = 0;
    for week in 0..WEEKS {
        business.write_exports(&env);
        env.verb("plan", &["--lists", "lists"]).exits(0);
        let list = std::fs::read_to_string(env.path("lists/gone.csv")).unwrap();
        gone += list.lines().filter(|line| line.contains(",revoked,")).count();
        // Some weeks leave people for whom somebody must decide.
        env.apply().exits_one_of(&[0, 3]);
        out = check(&business, &env, week, seed, &out);
        env.apply().exits_one_of(&[0, 3]).says("Nothing to ");
        let sql = business.hands_at_the_site(week);
        env.on_the_site(&sql);
        business.a_week_passes();
        let next = day.checked_add(jiff::Span::new().days(7)).unwrap();
        env.change_plan(&format!("as_of = {day}"), &format!("as_of = {next}"));
        day = next;
    }
    assert!(gone > 10, "REHOME_SEED={seed}: only {gone} were ever gone");
}

#[test]
fn a_business_that_is_moved_week_by_week_for_three_months_keeps_every_promise() {
    let seed = std::env::var("REHOME_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    three_months(seed.unwrap_or(20_260_907));
}
