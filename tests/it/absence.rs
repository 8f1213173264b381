//! People who are gone from complete sources, and people who opted out, with contacts in the practice CRM.

use std::fs;

use rusqlite::{Connection, OpenFlags};

use crate::{
    env::{Ran, TestEnv},
    practice::{Practice, SECRET, TOKEN},
    support::plan::plan,
};

struct Business {
    env: TestEnv,
    practice: Practice,
}

impl Business {
    fn new(args: &[&str], rows: &[&str]) -> Self {
        let env = plan("club")
            .practice_crm("CRM")
            .offering("club", "Club")
            .toml("kind = \"membership\"")
            .toml("\n[checkpoints.automations]\nsay = \"Nothing to switch off: this is a rehearsal.\"")
            .toml("before = \"verify\"")
            .source("people")
            .columns("name = \"Name\"")
            .toml("consent = { column = \"Newsletter\", opted_out = [\"no\"], opted_in = [\"yes\"] }")
            .toml("complete = true\ngone = \"revoke\"")
            .map("Product", [("Club", "club")])
            .toml("\n[policy.limits]\nlost_access = 2")
            .env();
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
    let lists = ["plan", "plan.toml", "--details", "--lists", "lists"];
    business
        .run(&lists)
        .exits(0)
        .only(&["1 record", "1 member\n"])
        .prints(
            r#"
            $ rehome plan plan.toml --details --lists lists
            [...]
              1 record = 1 member + 0 merged + 0 rejected + 0 ignored
              1 member = 1 user + 0 contacts only + 0 left out
              2 already on the site; 0 to create, 1 to update, 1 up to date; 0 not in any source (left alone)
              1 member LOSES ACCESS: bo@example.com
              passwords changed: 0; emails sent: 0; automations may start for 1 member
              about 1 write request to the site; about 1 write request to the contact system
            [...]
              1 member
                + add tag "Club (revoked)": the site's copy of the contact's tags
                + add tag "Club (revoked)" in the contact system: missing from the sources that grant the offering
                  bo@example.com
            [...]
            stderr: 4 lists written to lists
            stderr: Next: rehome apply plan.toml
            [EOF, exit status 0]
            "#,
        );
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
    assert!(list.contains("bo@example.com,club,blocked,"), "{list}");
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
        .prints(
            r#"
        $ rehome plan plan.toml --member bo@example.com
        bo@example.com
          + add tag "Club (revoked)": missing from the sources that grant the offering
        [EOF, exit status 0]
        "#,
        );
    business.apply().exits(0);
}

#[test]
fn somebody_who_opted_out_is_never_created_subscribed() {
    let business = Business::new(&["--no-unsubscribed"], &[ANA, CY]);
    business
        .run(&["plan", "plan.toml", "--summary"])
        .exits(4)
        .only(&["REFUSED"])
        .prints(r#"
        $ rehome plan plan.toml --summary
        [...]
        REFUSED: 1 member has opted out and is not a contact yet, and this contact system creates every contact as subscribed
          To leave them out and list them, set opted_out = "skip" in [contacts].
        [EOF, exit status 4]
        "#);
    business.apply().exits(4);
    assert_eq!(business.crm("SELECT email FROM contacts"), [""; 0]);
    business
        .env
        .change_plan("token =", "opted_out = \"skip\"\ntoken =");
    business
        .run(&["plan", "plan.toml", "--details"])
        .exits(0)
        .only(&["2 records", "1 member\n"])
        .prints(r#"
        $ rehome plan plan.toml --details
        [...]
          2 records = 2 members + 0 merged + 0 rejected + 0 ignored
          2 members = 2 users + 0 contacts only + 0 left out
          1 member to create on the new site
          1 member gains access: ana@example.com
          passwords changed: 0; emails sent: 0; automations may start for 1 member
          1 new login: the email address
          about 5 write requests to the site; about 5 write requests to the contact system
          1 member blocked: some of their changes cannot be applied now
            cy@example.com: opted out and not a contact yet; opted_out = "skip" creates no contact for members who opted out (opted-out-skipped)
        [...]
          1 member
            ? block contact in the contact system: opted out and not a contact yet; opted_out = "skip" creates no contact for members who opted out
              cy@example.com
          1 member
            + create the contact in the contact system: does not exist yet
            + create the user: does not exist yet
            ~ link the user to its contact: does not exist yet
            + add tag "Club": the site's copy of the contact's tags
            + add tag "Club" in the contact system: a record grants the offering
            + with names and fields, if known: first name (all), last name (all)
              ana@example.com: first name "Ana", last name "Adler"
        [...]
        stderr: Next: rehome apply plan.toml
        [EOF, exit status 0]
        "#);
    business.apply().exits(3);
    assert_eq!(business.crm("SELECT email FROM contacts"), ["ana@example.com"]);
    // An existing contact is marked as opted out as usual, and stays so.
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
