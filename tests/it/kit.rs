//! Kit's simulator beside the command: moved into over HTTP by the real command, by key and by access token.

use rehome::systems::{
    kit::server::{KitServer, Limits, ServerOptions},
    vendor_server::VendorOptions,
};

use crate::{
    env::{Ran, SMALL, TestEnv},
    kills::ContactServer,
    patchwork::{with_fields, write_people},
    practice::{SECRET, TOKEN},
};

/// A Kit in which every seventh person of a crowd is a contact already, with a field that no plan knows; one tag of the
/// plan is there in another case.
pub(crate) fn crowded(lag_ms: u64, faults: f64, seed: u64, people: usize) -> KitServer {
    let mut options = ServerOptions::new(SECRET);
    options.lag_ms = lag_ms;
    options.served = VendorOptions {
        faults,
        seed,
        ..VendorOptions::default()
    };
    let server = KitServer::start(options).unwrap();
    let old = server.put_tag("Old");
    server.put_tag("COURSE");
    for at in (0..people).step_by(7) {
        server.put_contact(&email(at), "active", &[("notes", "by hand")], &[old]);
    }
    server
}

fn email(at: usize) -> String {
    format!("person{at:05}@example.com")
}

/// The lines of `[contacts]`, with a secret of this key.
pub(crate) fn table(server: &KitServer, key: &str) -> String {
    format!(
        "system = \"kit\"\nurl = \"{}\"\n{key} = {{ env = \"{TOKEN}\" }}\nvisible_after = \"1 second\"\n\
         limits = {{ per_minute = 100000 }}",
        server.url()
    )
}

impl ContactServer for KitServer {
    fn table(&self) -> String {
        table(self, "oauth")
    }

    fn doubled(&self) -> Vec<String> {
        self.log().faults()
    }

    fn end_state(&self, site: &[(String, Option<String>)]) -> Vec<String> {
        let contacts = self.contacts();
        let mut all: Vec<String> = contacts
            .iter()
            .map(|contact| format!("crm | {}", contact.text))
            .collect();
        all.extend(self.log().effects);
        for (email, contact) in site {
            let same = contacts.iter().filter(|own| own.email == *email);
            let linked = same
                .filter(|own| contact.as_ref() == Some(&own.id.to_string()))
                .count();
            all.push(format!("linked | {email} | {linked}"));
        }
        all.sort_unstable();
        all
    }
}

/// A small plan for Kit, confirmed and ready to be applied.
struct Small {
    env: TestEnv,
    server: KitServer,
}

impl Small {
    fn new(people: usize, key: &str, change: impl FnOnce(&mut ServerOptions)) -> Self {
        let mut options = ServerOptions::new(SECRET);
        change(&mut options);
        let server = KitServer::start(options).unwrap();
        let env = TestEnv::small(&[]);
        write_people(&env, people);
        let plan = SMALL.replace("system = \"managed\"", &table(&server, key));
        env.write("plan.toml", with_fields(&plan));
        let small = Self { env, server };
        small.verb("confirm", &["automations"]).exits(0);
        small
    }

    fn verb(&self, verb: &str, args: &[&str]) -> Ran {
        let args = [&[verb, "plan.toml"], args].concat();
        let mut command = self.env.command(&args);
        let output = command.env(TOKEN, SECRET).output().unwrap();
        self.env.ran(&args.join(" "), &output).never_says(SECRET)
    }

    fn apply(&self) -> Ran {
        self.verb("apply", &["--yes", "--waves", "off"])
    }

    fn nothing_is_wrong(&self) {
        assert_eq!(self.server.doubled(), [""; 0]);
    }

    /// How many contacts have a tag.
    fn holders(&self, tag: &str) -> usize {
        let contacts = self.server.contacts();
        let holds = |tags: &[String]| tags.iter().any(|own| own == tag);
        contacts.iter().filter(|contact| holds(&contact.tags)).count()
    }
}

#[test]
fn a_move_is_applied_once_then_up_to_date_verified_and_undone() {
    for (key, people) in [("token", 24), ("oauth", 150)] {
        let small = Small::new(people, key, |options| options.lag_ms = 200);
        let done = format!("{people} of {people} members done");
        small.apply().exits(0).says(&done).says("0 different");
        small.nothing_is_wrong();
        let effects = small.server.log().effects.len();
        // Right after the run, while the last writes are in no list yet, nothing is done a second time.
        small.apply().exits(0).says("Nothing to do");
        small.verb("plan", &["--detailed-exitcode"]).exits(0);
        small
            .verb("verify", &[])
            .exits(0)
            .says(&format!("{people} up to date"));
        small.verb("members", &[]).exits(0);
        assert_eq!(small.server.log().effects.len(), effects);
        assert_eq!(
            (small.holders("Course"), small.holders("VIP")),
            (people, people / 6)
        );
        let contacts = small.server.contacts();
        assert!(contacts.iter().all(|contact| contact.state == "inactive"));
        let vip = small.server.tags();
        let vip = vip.iter().find(|(_, name)| name == "VIP").unwrap().0;
        small.server.take_tag(&email(0), vip);
        small
            .verb("verify", &[])
            .exits(2)
            .says("tag \"VIP\" is \"absent\", should be \"held\"");
        small.apply().exits(0);
        small.verb("undo", &["--yes", "--waves", "off", "--run", "1"]);
        small.nothing_is_wrong();
    }
}

#[test]
fn who_is_a_contact_already_keeps_what_the_plan_does_not_know() {
    let small = Small::new(6, "token", |_| {});
    let old = small.server.put_tag("Old");
    small.server.put_tag("vip");
    small
        .server
        .put_contact(&email(0), "active", &[("notes", "by hand")], &[old]);
    small.apply().exits(0).says("6 of 6 members done");
    let contacts = small.server.contacts();
    let first = contacts.into_iter().find(|one| one.email == email(0)).unwrap();
    for kept in [
        "active",
        "\"notes\": \"by hand\"",
        "\"Old\"",
        "\"vip\"",
        "First0",
        "\"phone\"",
    ] {
        assert!(first.text.contains(kept), "no {kept} in {}", first.text);
    }
    small.nothing_is_wrong();
    small.verb("plan", &["--detailed-exitcode"]).exits(0);
}

#[test]
fn a_person_whom_kit_rejects_is_listed_with_its_words_and_everybody_else_is_moved() {
    let small = Small::new(30, "oauth", |_| {});
    let people = std::fs::read_to_string(small.env.path("people.csv")).unwrap();
    let row = "a@invalid.example,A,A,Course,active,\n";
    small.env.write("people.csv", people + row);
    let ran = small.apply().says("30 of 31 members done");
    ran.says("Email address is invalid");
    small.nothing_is_wrong();
}

#[test]
fn an_account_without_room_stops_the_run_before_anybody_is_created_and_says_what_to_do() {
    let small = Small::new(6, "oauth", |options| options.subscriber_limit = Some(1));
    small.server.put_contact("own@example.com", "active", &[], &[]);
    let ran = small.apply();
    assert_ne!(ran.code, Some(0));
    ran.says("upgrade it in Kit");
    assert_eq!(small.server.contacts().len(), 1);
}

#[test]
fn the_key_of_another_account_and_a_wrong_key_are_refused() {
    let small = Small::new(6, "token", |_| {});
    small.apply().exits(0).says("6 of 6 members done");
    let effects = small.server.log().effects.len();
    small.server.become_account(4);
    let refused = small.verb("undo", &["--yes", "--waves", "off"]);
    assert_ne!(refused.code, Some(0), "{refused}");
    assert_eq!(small.server.log().effects.len(), effects);
    let args = ["apply", "plan.toml", "--yes", "--waves", "off"];
    let mut command = small.env.command(&args);
    let output = command.env(TOKEN, "wrong").output().unwrap();
    small
        .env
        .ran("with a wrong key", &output)
        .says("The access token is invalid");
}

#[test]
fn at_the_published_rate_nothing_is_sent_too_fast() {
    let small = Small::new(8, "oauth", |options| {
        options.limits = Limits {
            key_minute: 0,
            oauth_minute: 600,
        };
    });
    small.env.change_plan("limits = { per_minute = 100000 }", "");
    small.apply().exits(0);
    assert_eq!(small.server.log().too_fast, 0);
    small.verb("plan", &["--summary"]).exits(0);
}
