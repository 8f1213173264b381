//! People who are gone from complete sources, and people who opted out, with contacts in the practice CRM.

use std::fs;

use rusqlite::{Connection, OpenFlags};

use crate::{
    env::{Ran, TestEnv},
    practice::{Practice, SECRET, TOKEN},
};

const PLAN: &str = r#"[migration]
name = "club"
as_of = 2026-11-16

[site]
kind = "local"
path = "site.sqlite"

[contacts]
system = "simulated"
url = "CRM"
token = { env = "REHOME_PRACTICE_TOKEN" }

[offerings.club]
name = "Club"
kind = "membership"

[checkpoints.automations]
say = "Nothing to switch off: this is a rehearsal."
before = "verify"

[sources.people]
profile = "table"
file = "people.csv"
columns = { email = "Email", name = "Name" }
consent = { column = "Newsletter", opted_out = ["no"], opted_in = ["yes"] }
complete = true
gone = "revoke"

[sources.people.map.Product]
"Club" = { grant = "club" }

[policy.limits]
lost_access = 2
"#;

struct Business {
    env: TestEnv,
    practice: Practice,
}

impl Business {
    fn new(args: &[&str], rows: &[&str]) -> Self {
        let env = TestEnv::with_plan(PLAN);
        let practice = Practice::with(&env.plans(), args);
        env.change_plan("CRM", &practice.address);
        let business = Self { env, practice };
        business.people(rows);
        business
    }

    fn people(&self, rows: &[&str]) {
        let text = format!("Email,Name,Newsletter,Product\n{}\n", rows.join("\n"));
        self.env.write("people.csv", text);
    }

    fn run(&self, args: &[&str]) -> Ran {
        let output = self.env.command(args).env(TOKEN, SECRET).output().unwrap();
        let mut ran = self.env.ran(&args.join(" "), &output);
        ran.stdout = ran.stdout.replace(&self.practice.address, "http://practice");
        ran
    }

    fn apply(&self) -> Ran {
        self.run(&["confirm", "plan.toml", "automations"]);
        self.run(&["apply", "plan.toml", "--yes", "--waves", "off"])
    }

    fn crm(&self, sql: &str) -> Vec<String> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let crm = Connection::open_with_flags(&self.practice.database, flags).unwrap();
        let mut query = crm.prepare(sql).unwrap();
        let rows = query.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }
}

const ANA: &str = "ana@example.com,Ana Adler,yes,Club";
const BO: &str = "bo@example.com,Bo Brandt,,Club";
const CY: &str = "cy@example.com,Cy Costa,no,Club";

#[test]
fn whoever_is_gone_is_revoked_in_the_contact_system_and_in_the_copy_on_the_site() {
    let business = Business::new(&[], &[ANA, BO]);
    business.apply().exits(0);
    business.people(&[ANA]);
    let lists = ["plan", "plan.toml", "--lists", "lists"];
    business.run(&lists).exits(0).is("gone-in-the-contact-system");
    let list = fs::read_to_string(business.env.path("lists/gone.csv")).unwrap();
    assert!(list.contains("bo@example.com,club,revoked,"), "{list}");
    business.apply().exits(0);
    let revoked = "SELECT email FROM contacts WHERE document LIKE '%Club (revoked)%'";
    assert_eq!(business.crm(revoked), ["bo@example.com"]);
    let copies: String = business
        .env
        .site()
        .query_row(
            "SELECT group_concat(contacts.email) FROM contacts JOIN holdings ON holdings.contact = contacts.id
             JOIN tags ON tags.id = holdings.tag WHERE tags.name = 'Club (revoked)'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(copies, "bo@example.com");
    business.apply().exits(0).says("Nothing to do");
    business.run(&["verify", "plan.toml"]).exits(0);
    business.run(&["undo", "plan.toml", "--yes"]).exits(0);
    assert_eq!(business.crm(revoked), [""; 0]);
}

#[test]
fn a_privileged_user_who_is_gone_is_held() {
    let business = Business::new(&[], &[ANA, BO]);
    business.apply().exits(0);
    business
        .env
        .on_the_site("UPDATE users SET role = 'editor' WHERE email = 'bo@example.com'");
    business.people(&[ANA]);
    let lists = [
        "plan",
        "plan.toml",
        "--lists",
        "lists",
        "--member",
        "bo@example.com",
    ];
    business.run(&lists).exits(0).says("never modified");
    let list = fs::read_to_string(business.env.path("lists/gone.csv")).unwrap();
    assert!(list.contains("bo@example.com,club,held,"), "{list}");
}

#[test]
fn a_contact_that_is_gone_from_the_contact_system_too_is_not_asked_for() {
    let business = Business::new(&[], &[ANA, BO]);
    business.apply().exits(0);
    let crm = Connection::open(&business.practice.database).unwrap();
    crm.execute_batch("PRAGMA foreign_keys = OFF; DELETE FROM contacts WHERE email = 'bo@example.com';")
        .unwrap();
    business.people(&[ANA]);
    business
        .run(&["plan", "plan.toml", "--member", "bo@example.com"])
        .exits(0)
        .is("gone-without-a-contact");
    business.apply().exits(0);
}

#[test]
fn somebody_who_opted_out_is_never_created_subscribed() {
    let business = Business::new(&["--no-unsubscribed"], &[ANA, CY]);
    business
        .run(&["plan", "plan.toml", "--summary"])
        .exits(4)
        .is("opted-out-undecided");
    business.apply().exits(4);
    assert_eq!(business.crm("SELECT email FROM contacts"), [""; 0]);
    business
        .env
        .change_plan("token =", "opted_out = \"skip\"\ntoken =");
    business
        .run(&["plan", "plan.toml"])
        .exits(0)
        .is("opted-out-skipped");
    business.apply().exits(3);
    assert_eq!(business.crm("SELECT email FROM contacts"), ["ana@example.com"]);
    // Whoever is there already is marked as ever, and stays so.
    business.people(&["ana@example.com,Ana Adler,no,Club", CY]);
    business.apply().exits(3);
    business.people(&[ANA, CY]);
    business.apply().exits(3);
    let out = "SELECT email FROM contacts WHERE json_extract(document, '$.opted_out')";
    assert_eq!(business.crm(out), ["ana@example.com"]);
}

#[test]
fn a_system_that_can_creates_people_who_opted_out_as_such() {
    let business = Business::new(&[], &[ANA, CY]);
    business.apply().exits(0);
    let out = "SELECT email FROM contacts WHERE json_extract(document, '$.opted_out')";
    assert_eq!(business.crm(out), ["cy@example.com"]);
}
