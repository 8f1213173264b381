//! Drip's simulator beside the command, moved into over HTTP by the real command.

use rehome::systems::drip::server::{DripOptions, DripServer};

use crate::{
    env::{Ran, SMALL, TestEnv},
    kills::ContactServer,
    patchwork::{with_fields, write_people},
    practice::{SECRET, TOKEN},
};

/// A Drip in which every seventh person of a crowd is a subscriber already, with a field that no plan knows; one tag of
/// the plan is there in another case.
pub(crate) fn crowded(batch_ms: u64, faults: f64, seed: u64, people: usize) -> DripServer {
    let mut options = DripOptions::new(SECRET);
    options.batch_ms = batch_ms;
    (options.served.faults, options.served.seed) = (faults, seed);
    let server = DripServer::start(options).unwrap();
    for at in (0..people).step_by(7) {
        server.put(&email(at), "active", &[("notes", "by hand")], &["Old"]);
    }
    server.put("other@example.com", "unsubscribed", &[], &["COURSE"]);
    server
}

fn email(at: usize) -> String {
    format!("person{at:05}@example.com")
}

impl ContactServer for DripServer {
    fn table(&self) -> String {
        // The simulator counts no requests here, so the published limits need not be kept.
        format!(
            "system = \"drip\"\nurl = \"{}\"\ntoken = {{ env = \"{TOKEN}\" }}\nvisible_after = \"1 second\"\n\
             limits = {{ per_hour = 10000000, batches_per_hour = 10000000 }}",
            self.url()
        )
    }

    fn doubled(&self) -> Vec<String> {
        self.log().faults()
    }

    fn end_state(&self, site: &[(String, Option<String>)]) -> Vec<String> {
        let subscribers = self.subscribers();
        let mut all = self.log().effects;
        all.extend(subscribers.iter().map(|row| format!("crm | {}", row.text)));
        for (email, contact) in site {
            let same = subscribers.iter().filter(|own| own.email == *email);
            let linked = same.filter(|own| contact.as_ref() == Some(&own.id)).count();
            all.push(format!("linked | {email} | {linked}"));
        }
        all.sort_unstable();
        all
    }
}

/// A small plan for Drip, confirmed and ready to be applied.
struct Small {
    env: TestEnv,
    server: DripServer,
}

impl Small {
    fn new(people: usize, change: impl FnOnce(&mut DripOptions)) -> Self {
        let mut options = DripOptions::new(SECRET);
        change(&mut options);
        let server = DripServer::start(options).unwrap();
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

    /// How many subscribers have a tag.
    fn holders(&self, tag: &str) -> usize {
        let subscribers = self.server.subscribers();
        let tag = format!("{tag:?}");
        subscribers.iter().filter(|row| row.text.contains(&tag)).count()
    }
}

#[test]
fn a_move_into_drip_is_applied_once_then_up_to_date_verified_and_undone() {
    let small = Small::new(60, |options| options.batch_ms = 200);
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
    assert_eq!((small.holders("Course"), small.holders("VIP")), (60, 10));
    small.server.take_tag(&email(0), "VIP");
    small
        .verb("verify", &[])
        .exits(2)
        .says("tag \"VIP\" is \"absent\"");
    small
        .verb("undo", &["--yes", "--waves", "off"])
        .exits(0)
        .says("60 of 60 members done");
    assert_eq!((small.holders("Course"), small.holders("VIP")), (0, 0));
    small.nothing_is_wrong();
}

#[test]
fn whom_drip_drops_from_a_batch_is_listed_and_everybody_else_is_moved() {
    let small = Small::new(30, |_| {});
    let people = std::fs::read_to_string(small.env.path("people.csv")).unwrap();
    small
        .env
        .write("people.csv", people + "a@dropped.example,A,A,Course,active,\n");
    small
        .apply()
        .says("30 of 31 members done")
        .says("a@dropped.example");
    assert_eq!(small.holders("Course"), 30);
    small.nothing_is_wrong();
}

#[test]
fn who_is_inactive_in_drip_takes_no_changes_and_is_listed_with_the_reason() {
    let small = Small::new(12, |_| {});
    small.server.put(&email(3), "inactive", &[], &[]);
    small
        .apply()
        .says("11 of 12 members done")
        .says("\"inactive\" in Drip");
    small.nothing_is_wrong();
}

#[test]
fn a_token_of_several_accounts_needs_the_account_and_a_wrong_one_is_told_plainly() {
    let small = Small::new(3, |options| {
        options.accounts = vec!["71".to_owned(), "72".to_owned()];
    });
    small.apply().exits(1).says("several accounts: 71, 72");
    small
        .env
        .change_plan("visible_after", "account = \"72\"\nvisible_after");
    small.verb("confirm", &["automations"]).exits(0);
    small.apply().exits(0).says("3 of 3 members done");
    small.env.change_plan("account = \"72\"", "account = \"73\"");
    small.verb("confirm", &["automations"]).exits(0);
    small.apply().exits(1).says("cannot access the account 73");
    let wrong = Small::new(1, |options| options.token = "another".to_owned());
    wrong.apply().exits(1).says("rejects the credentials");
    wrong.nothing_is_wrong();
}

#[test]
fn a_run_ends_when_the_batches_of_the_hour_are_used_up() {
    let small = Small::new(300, |options| options.batches_per_hour = 1);
    small
        .env
        .change_plan("batches_per_hour = 10000000", "batches_per_hour = 1");
    small.verb("apply", &["--yes"]).exits(3).says("quota");
    assert!(small.server.log().too_fast <= 1, "nothing more is sent");
    small.nothing_is_wrong();
}

/// Write requests for new members with three of 30 tags each. `REHOME_MEASURE` makes it ten thousand.
#[test]
fn new_members_with_three_of_thirty_tags_take_a_request_for_a_thousand() {
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
        let tags = [at % 30, (at + 7) % 30, (at + 19) % 30]
            .map(|tag| format!("P{tag}"))
            .join(", ");
        format!("{},First{at},Last{at},\"{tags}\",active,\n", email(at))
    });
    let rows: String = rows.collect();
    small.env.write(
        "people.csv",
        format!("Email,First,Last,Products,Status,Phone\n{rows}"),
    );
    small.apply().exits(0).says("0 different");
    small.nothing_is_wrong();
    let log = small.server.log();
    println!(
        "{people} people: {} write requests, {} reads",
        log.writes, log.reads
    );
    let least = people.div_ceil(1_000);
    assert!(log.writes <= least + 10, "{} write requests", log.writes);
}
