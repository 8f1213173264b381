//! The patchwork CRM beside the command: a contact system that only tests know, with the habits of real ones, moved into
//! over HTTP by the real command.

use std::collections::BTreeMap;

use rehome::systems::patchwork::server::{Limits, PatchworkServer, ServerOptions};

use crate::{
    env::{Ran, SMALL, TestEnv},
    kills::ContactServer,
    practice::{SECRET, TOKEN},
};

/// The variable that holds the ID of the app.
pub(crate) const APP: &str = "REHOME_PATCHWORK_APP";

/// The ID of the app.
pub(crate) const APP_ID: &str = "app-0815";

/// A patchwork CRM in which every seventh person of a crowd is a contact already, with a field that no plan knows; one
/// tag of the plan is there in another case.
pub(crate) fn crowded(lag_ms: u64, faults: f64, seed: u64, people: usize) -> PatchworkServer {
    let mut options = ServerOptions::new(APP_ID, SECRET);
    (options.lag_ms, options.faults, options.seed) = (lag_ms, faults, seed);
    let server = PatchworkServer::start(options).unwrap();
    let old = server.put_tag("Old", Some("Before"));
    server.put_tag("COURSE", None);
    for at in (0..people).step_by(7) {
        let fields = [("notes", "by hand")];
        server.put_contact(Some(&email(at)), &fields, &[old]);
    }
    server.put_contact(None, &[], &[]);
    server
}

fn email(at: usize) -> String {
    format!("person{at:05}@example.com")
}

/// The people of a crowd, with telephone numbers.
pub(crate) fn write_people(env: &TestEnv, people: usize) {
    let rows = (0..people).map(|at| {
        let products = match at % 6 {
            0 => "Course, Club, VIP",
            3 => "Course, Club",
            _ => "Course",
        };
        format!(
            "{},First{at},Last{at},\"{products}\",active,+4366012345{at:03}\n",
            email(at)
        )
    });
    let rows: String = rows.collect();
    env.write(
        "people.csv",
        format!("Email,First,Last,Products,Status,Phone\n{rows}"),
    );
}

/// The small plan with the telephone numbers.
pub(crate) fn with_fields(plan: &str) -> String {
    format!("{plan}\n[sources.people.fields]\nphone = {{ column = \"Phone\" }}\n")
}

impl ContactServer for PatchworkServer {
    fn table(&self) -> String {
        format!(
            "system = \"patchwork\"\nurl = \"{}\"\ntoken = {{ env = \"{TOKEN}\" }}\napp_id = {{ env = \"{APP}\" }}",
            self.url()
        )
    }

    fn doubled(&self) -> Vec<String> {
        let log = self.log();
        [log.doubled, log.added_again, log.subscribed, log.wrong].concat()
    }

    fn end_state(&self, site: &[(String, Option<String>)]) -> Vec<String> {
        let contacts = self.contacts();
        let mut all: Vec<String> = contacts
            .iter()
            .map(|contact| format!("crm | {}", contact.text))
            .collect();
        let tags = self.tags().into_iter();
        let by_number: BTreeMap<String, String> = tags
            .map(|(id, name, category)| (format!("tag {id} "), format!("tag {name:?} of {category:?} ")))
            .collect();
        // Tags are numbered in the order in which they were created, which differs.
        let named = |effect: &String| {
            let of = by_number.iter().find(|(id, _)| effect.contains(id.as_str()));
            of.map_or(effect.clone(), |(id, name)| effect.replace(id.as_str(), name))
        };
        all.extend(self.log().effects.iter().map(named));
        for (email, contact) in site {
            let same = contacts.iter().filter(|own| own.email.as_ref() == Some(email));
            let linked = same
                .filter(|own| contact.as_ref() == Some(&own.id.to_string()))
                .count();
            all.push(format!("linked | {email} | {linked}"));
        }
        all.sort_unstable();
        all
    }
}

/// A small plan for the patchwork CRM, confirmed and ready to be applied.
struct Small {
    env: TestEnv,
    server: PatchworkServer,
}

impl Small {
    fn new(people: usize, change: impl FnOnce(&mut ServerOptions)) -> Self {
        let mut options = ServerOptions::new(APP_ID, SECRET);
        change(&mut options);
        let server = PatchworkServer::start(options).unwrap();
        let env = TestEnv::small(&[]);
        write_people(&env, people);
        env.write(
            "plan.toml",
            with_fields(&SMALL.replace("system = \"managed\"", &server.table())),
        );
        Self { env, server }
    }

    fn verb(&self, verb: &str, args: &[&str]) -> Ran {
        let args = [&[verb, "plan.toml"], args].concat();
        let mut command = self.env.command(&args);
        let output = command.env(TOKEN, SECRET).env(APP, APP_ID).output().unwrap();
        self.env.ran(&args.join(" "), &output).never_says(SECRET)
    }

    fn confirm(&self) {
        self.verb("confirm", &["automations"]).exits(0);
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
        contacts
            .iter()
            .filter(|contact| contact.text.contains(&format!("/{tag}\"")))
            .count()
    }
}

#[test]
fn a_move_is_applied_once_then_up_to_date_verified_and_undone() {
    let small = Small::new(60, |options| options.lag_ms = 200);
    small.apply().exits(6);
    small.confirm();
    small
        .apply()
        .exits(0)
        .says("60 of 60 members done")
        .says("0 different");
    assert!(small.server.log().jobs > 2, "what tags many is a job");
    small.nothing_is_wrong();
    let effects = small.server.log().effects.len();
    // Right after the run, while the last writes are in no list yet, nothing is done a second time.
    small.apply().exits(0).says("Nothing to do");
    small.verb("plan", &["--detailed-exitcode"]).exits(0);
    small.verb("verify", &[]).exits(0).says("60 up to date");
    small.verb("members", &[]).exits(0);
    assert_eq!(small.server.log().effects.len(), effects);
    assert_eq!((small.holders("Course"), small.holders("VIP")), (60, 10));
    small
        .verb("undo", &["--yes", "--waves", "off"])
        .exits(0)
        .says("60 of 60 members done");
    assert_eq!((small.holders("Course"), small.holders("VIP")), (0, 0));
    small.nothing_is_wrong();
}

#[test]
fn who_is_a_contact_already_keeps_what_the_plan_does_not_know() {
    let small = Small::new(6, |_| {});
    let old = small.server.put_tag("Old", Some("Before"));
    small.server.put_tag("vip", None);
    small
        .server
        .put_contact(Some(&email(0)), &[("notes", "by hand")], &[old]);
    small.confirm();
    small.apply().exits(0).says("6 of 6 members done");
    let first = small
        .server
        .contacts()
        .into_iter()
        .find(|one| one.email == Some(email(0)))
        .unwrap();
    for kept in [
        "\"notes\": \"by hand\"",
        "Before/Old",
        "/vip",
        "First0",
        "\"phone\"",
    ] {
        assert!(first.text.contains(kept), "no {kept} in {}", first.text);
    }
    let names: Vec<String> = small.server.tags().into_iter().map(|(_, name, _)| name).collect();
    assert!(
        !names.contains(&"VIP".to_owned()),
        "the tag that is there in another case is the plan's: {names:?}"
    );
    small.nothing_is_wrong();
    small.verb("plan", &["--detailed-exitcode"]).exits(0);
}

#[test]
fn a_person_whom_the_system_rejects_is_listed_with_its_words_and_everybody_else_is_moved() {
    let small = Small::new(30, |options| options.lag_ms = 60);
    let rows = "a@invalid.example,A,A,Course,active,\nb@suppressed.example,B,B,Course,active,\n\
                c@archived.example,C,C,Course,active,\n";
    let people = std::fs::read_to_string(small.env.path("people.csv")).unwrap();
    small.env.write("people.csv", people + rows);
    small.confirm();
    let ran = small.apply().says("30 of 33 members done");
    ran.says("this is not an email address (BAD_EMAIL)")
        .says("the address is on the suppression list (SUPPRESSED)")
        .says("the tag was not added (ARCHIVED)");
    assert_eq!(small.holders("Course"), 30);
    small.nothing_is_wrong();
}

#[test]
fn a_run_ends_when_the_quota_of_a_day_is_used_up_and_sends_nothing_more() {
    let small = Small::new(30, |options| {
        options.limits = Limits {
            second: 1_000,
            minute: 30_000,
            day: 60,
            day_begins: 7,
            bulk_minute: 10_000,
        };
    });
    small.confirm();
    small.verb("plan", &["--summary"]).exits(0).says("on 2 days");
    small.apply().exits(3).says("quota");
    assert_eq!(small.server.log().too_fast, 0, "the limit is known, not tried");
    small.nothing_is_wrong();
}

#[test]
fn limits_of_the_plan_count_instead_of_the_published_ones() {
    let small = Small::new(30, |_| {});
    small.confirm();
    small.env.change_plan(
        "[offerings.course]",
        "[contacts.limits]\nper_day = 60\n\n[offerings.course]",
    );
    small.apply().exits(3).says("quota");
    small.env.change_plan("per_day = 60", "per_hour = 60");
    small.verb("check", &[]).exits(1).says("per_hour");
}

#[test]
fn an_access_token_takes_the_place_of_the_key_and_a_plan_has_one_of_the_two() {
    let small = Small::new(2, |_| {});
    small
        .env
        .change_plan("token = {", "visible_after = \"1 second\"\noauth = {");
    small.confirm();
    small.apply().exits(0).says("2 of 2 members done");
    let both = format!("app_id = {{ env = \"{APP}\" }}\ntoken = {{ env = \"{TOKEN}\" }}");
    small
        .env
        .change_plan(&format!("app_id = {{ env = \"{APP}\" }}"), &both);
    small.verb("check", &[]).exits(1).says("[contacts] has both");
}

#[test]
fn nobody_is_told_of_a_system_that_only_tests_know() {
    let small = Small::new(1, |_| {});
    small
        .env
        .change_plan("system = \"patchwork\"", "system = \"patchwrok\"");
    small.verb("check", &[]).exits(1).never_says("patchwork");
    small
        .env
        .run(&["schema"])
        .exits(0)
        .never_says("patchwork")
        .never_says("app_id");
    small
        .env
        .change_plan("system = \"patchwrok\"", "system = \"simulated\"");
    small
        .verb("check", &[])
        .exits(1)
        .says("app_id")
        .never_says("patchwork");
}

#[test]
fn one_name_of_two_tags_is_refused_until_the_plan_says_which_and_then_only_that_one_is_meant() {
    let small = Small::new(12, |options| options.lag_ms = 40);
    let sport = small.server.put_tag("VIP", Some("Sport"));
    let music = small.server.put_tag("VIP", Some("Music"));
    // One has the wrong one already, and one the right one.
    small.server.put_contact(Some(&email(0)), &[], &[sport]);
    small.server.put_contact(Some(&email(6)), &[], &[music]);
    small.confirm();
    small.verb("plan", &[]).exits(1).is("D018-which-tag");
    small
        .env
        .change_plan("name = \"VIP\"", "name = \"VIP\"\ncategory = \"Art\"");
    small.verb("plan", &[]).exits(1).is("D018-which-tag-none");
    small.env.change_plan("\"Art\"", "\"Music\"");
    small
        .apply()
        .exits(0)
        .says("12 of 12 members done")
        .says("0 different");
    let holders = |tag: &str| {
        small
            .server
            .contacts()
            .iter()
            .filter(|one| one.text.contains(tag))
            .count()
    };
    assert_eq!((holders("Music/VIP"), holders("Sport/VIP")), (2, 1));
    small.nothing_is_wrong();
    small.verb("plan", &["--detailed-exitcode"]).exits(0);
    let id = format!("id = \"{music}\"");
    small.env.change_plan("category = \"Music\"", &id);
    small.verb("plan", &["--detailed-exitcode"]).exits(0);
    small.verb("undo", &["--yes", "--waves", "off"]).exits(0);
    // Who had it before the move keeps it.
    assert_eq!((holders("Music/VIP"), holders("Sport/VIP")), (1, 1));
    small.nothing_is_wrong();
}

#[test]
fn a_tag_that_somebody_takes_away_by_hand_is_noticed_though_another_of_its_name_is_held() {
    let small = Small::new(1, |_| {});
    let sport = small.server.put_tag("VIP", Some("Sport"));
    let music = small.server.put_tag("VIP", Some("Music"));
    small
        .env
        .change_plan("name = \"VIP\"", &format!("name = \"VIP\"\nid = \"{music}\""));
    small.server.put_contact(Some(&email(0)), &[], &[sport]);
    small.confirm();
    small.apply().exits(0);
    small.verb("verify", &[]).exits(0).says("1 up to date");
    small.server.take_tag(&email(0), music);
    small
        .verb("verify", &[])
        .exits(2)
        .says("tag \"VIP\" is \"absent\", should be \"held\"");
}
