//! Keap's simulator beside the command, moved into over HTTP by the real command.

use rehome::systems::keap::server::{KeapServer, Limits, ServerOptions};

use crate::{
    env::{Ran, SMALL, TestEnv},
    kills::ContactServer,
    patchwork::{with_fields, write_people},
    practice::{SECRET, TOKEN},
};

/// A Keap in which every seventh person of a crowd is a contact already, with a field and a second address that no plan
/// knows; one tag of the plan is there in another case.
pub(crate) fn crowded(lag_ms: u64, faults: f64, seed: u64, people: usize) -> KeapServer {
    let mut options = ServerOptions::new(SECRET);
    options.lag_ms = lag_ms;
    (options.served.faults, options.served.seed) = (faults, seed);
    let server = KeapServer::start(options).unwrap();
    let old = server.put_tag("Old", Some("Before"));
    server.put_tag("COURSE", None);
    server.put_field("Notes");
    for at in (0..people).step_by(7) {
        let emails = [email(at), format!("second{at}@example.com")];
        let emails = emails.each_ref().map(String::as_str);
        server.put_contact(&emails, &[("Notes", "by hand")], &[old]);
    }
    server.put_contact(&[], &[], &[]);
    server
}

fn email(at: usize) -> String {
    format!("person{at:05}@example.com")
}

impl ContactServer for KeapServer {
    fn table(&self) -> String {
        // The simulator counts no requests here, so the published limits need not be kept.
        format!(
            "system = \"keap\"\nurl = \"{}\"\ntoken = {{ env = \"{TOKEN}\" }}\nvisible_after = \"1 second\"\n\
             limits = {{ per_second = 100000, per_minute = 5000000, per_day = 10000000 }}",
            self.url()
        )
    }

    fn doubled(&self) -> Vec<String> {
        self.log().faults()
    }

    fn end_state(&self, site: &[(String, Option<String>)]) -> Vec<String> {
        let contacts = self.contacts();
        let mut all = self.named_effects();
        all.extend(
            contacts
                .iter()
                .map(|row| format!("crm | {} | {:?}", row.email, row.attributes)),
        );
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

/// A small plan for Keap, confirmed and ready to be applied.
struct Small {
    env: TestEnv,
    server: KeapServer,
}

impl Small {
    fn new(people: usize, change: impl FnOnce(&mut ServerOptions)) -> Self {
        let mut options = ServerOptions::new(SECRET);
        change(&mut options);
        let server = KeapServer::start(options).unwrap();
        let env = TestEnv::small(&[]);
        write_people(&env, people);
        env.write(
            "plan.toml",
            with_fields(&SMALL.replace("system = \"managed\"", &server.table())),
        );
        let small = Self { env, server };
        small.verb("confirm", &["automations"]).exits(0);
        small
    }

    fn verb(&self, verb: &str, args: &[&str]) -> Ran {
        let args = [&[verb, "plan.toml"], args].concat();
        let output = self.env.command(&args).env(TOKEN, SECRET).output().unwrap();
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
        let held = format!("tag {tag}");
        contacts
            .iter()
            .filter(|row| row.attributes.contains_key(&held))
            .count()
    }
}

#[test]
fn a_move_into_keap_is_applied_once_then_up_to_date_verified_and_undone() {
    let small = Small::new(60, |options| options.lag_ms = 200);
    small
        .apply()
        .exits(0)
        .says("60 of 60 members done")
        .says("0 different");
    small.nothing_is_wrong();
    let effects = small.server.log().effects.len();
    small.apply().exits(0).says("Nothing to do");
    small.verb("plan", &["--detailed-exitcode"]).exits(0);
    small.verb("verify", &[]).exits(0).says("60 up to date");
    small.verb("members", &[]).exits(0);
    assert_eq!(small.server.log().effects.len(), effects);
    assert_eq!((small.holders("/Course"), small.holders("/VIP")), (60, 10));
    let (vip, _, _) = small
        .server
        .tags()
        .into_iter()
        .find(|(_, name, _)| name == "VIP")
        .unwrap();
    small.server.take_tag(&email(0), vip);
    small
        .verb("verify", &[])
        .exits(2)
        .says("tag \"VIP\" is \"absent\"");
    small
        .verb("undo", &["--yes", "--waves", "off"])
        .exits(0)
        .says("60 of 60 members done");
    assert_eq!((small.holders("/Course"), small.holders("/VIP")), (0, 0));
    small.nothing_is_wrong();
}

#[test]
fn a_person_whom_keap_rejects_is_listed_with_its_words_and_everybody_else_is_moved() {
    let small = Small::new(30, |_| {});
    let rows = "a@invalid.example,A,A,Course,active,\nb@suppressed.example,B,B,Course,active,\n\
                c@archived.example,C,C,Course,active,\n";
    let people = std::fs::read_to_string(small.env.path("people.csv")).unwrap();
    small.env.write("people.csv", people + rows);
    let ran = small.apply().says("30 of 33 members done");
    ran.says("invalid email address (400)")
        .says("the address is suppressed (409)")
        .says("the tag was not added (NO_PERMISSION)");
    assert_eq!(small.holders("/Course"), 30);
    small.nothing_is_wrong();
}

#[test]
fn a_run_ends_when_the_quota_of_the_key_is_used_up_and_sends_nothing_more() {
    let small = Small::new(30, |options| {
        options.limits = Limits {
            day: 60,
            ..Limits::default()
        };
    });
    small.env.change_plan("per_day = 10000000", "per_day = 60");
    small.apply().exits(3).says("quota");
    assert_eq!(small.server.log().too_fast, 0, "the limit is known, not tried");
    small.nothing_is_wrong();
}

#[test]
fn a_key_that_is_wrong_and_keys_of_another_system_are_told_plainly() {
    let small = Small::new(1, |options| options.token = "another".to_owned());
    small.apply().exits(1).says("Invalid Access Token");
    small.env.change_plan("per_day = 10000000", "per_hour = 5");
    small.verb("check", &[]).exits(1).says("per_hour");
    small.env.change_plan("per_hour = 5", "per_day = 5");
    small
        .env
        .change_plan("visible_after", "account = \"1\"\nvisible_after");
    small.verb("check", &[]).exits(1).says("account");
}

#[test]
fn one_name_of_two_categories_is_refused_until_the_plan_says_which() {
    let small = Small::new(12, |_| {});
    small.server.put_tag("VIP", Some("Sport"));
    let music = small.server.put_tag("VIP", Some("Music"));
    small.verb("plan", &[]).exits(1).says("D018");
    small
        .env
        .change_plan("name = \"VIP\"", "name = \"VIP\"\ncategory = \"Music\"");
    small
        .apply()
        .exits(0)
        .says("12 of 12 members done")
        .says("0 different");
    assert_eq!((small.holders("Music/VIP"), small.holders("Sport/VIP")), (2, 0));
    let id = format!("id = \"{music}\"");
    small.env.change_plan("category = \"Music\"", &id);
    small.verb("plan", &["--detailed-exitcode"]).exits(0);
    small.nothing_is_wrong();
}

/// Write requests for new members with three of 30 tags each. `REHOME_MEASURE` makes it ten thousand.
#[test]
fn new_members_with_three_of_thirty_tags_take_a_request_each_and_one_for_a_hundred_tags() {
    let people = if std::env::var_os("REHOME_MEASURE").is_some() {
        10_000
    } else {
        1_000
    };
    let small = Small::new(0, |_| {});
    let tags = (0..30).map(|tag| format!("[tags.t{tag}]\nname = \"Tag {tag}\"\n"));
    let tags = tags.collect::<Vec<_>>().join("\n");
    let maps = (0..30).map(|tag| format!("\"P{tag}\" = {{ tag = \"t{tag}\" }}"));
    let maps = maps.collect::<Vec<_>>().join("\n");
    let plan = SMALL
        .replace("system = \"managed\"", &small.server.table())
        .replace("[tags.vip]", &format!("{tags}\n[tags.vip]"));
    small.env.write("plan.toml", with_fields(&(plan + &maps)));
    let rows = (0..people).map(|at| {
        let (one, other) = (at % 29, (at + 7) % 29);
        let tags = format!("Course, P{one}, P{other}");
        format!("{},First{at},Last{at},\"{tags}\",active,\n", email(at))
    });
    let rows: String = rows.collect();
    small.env.write(
        "people.csv",
        format!("Email,First,Last,Products,Status,Phone\n{rows}"),
    );
    small.apply().exits(0).says("members done").says("0 different");
    small.nothing_is_wrong();
    assert_eq!(small.server.contacts().len(), people);
    let log = small.server.log();
    println!(
        "{people} people: {} write requests, {} reads",
        log.writes, log.reads
    );
    // 30 tags are created once, which no table counts. Cohorts are smaller than ten thousand people, so a tag's last
    // request of a cohort may not be full.
    let least = people + (people * 3).div_ceil(100);
    assert!(
        log.writes <= least * 105 / 100 + 40,
        "{} write requests",
        log.writes
    );
}
