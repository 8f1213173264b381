//! The worked plan of a rename clean-up: the first export, the second one blocked, accepted, applied, and undone.

use rehome::systems::simulated::server::{DOUBLED_EFFECTS_SQL, DUPLICATE_CONTACTS_SQL};
use rusqlite::Connection;

use crate::{
    env::{Ran, TestEnv},
    practice::{Practice, SECRET, TOKEN},
    whole_way::no_effect_is_doubled,
};

fn three_weeks_later() -> TestEnv {
    let env = TestEnv::worked("rename-cleanup");
    env.apply().exits(0);
    env.the_later_exports_arrive();
    env
}

fn accepted() -> TestEnv {
    let env = three_weeks_later();
    env.change_plan("# accept = \"renames\"", "accept = \"renames\"");
    env
}

fn users(env: &TestEnv) -> Vec<String> {
    let site = env.site();
    let mut all = site
        .prepare("SELECT email || ' ' || login FROM users ORDER BY email")
        .unwrap();
    let rows = all.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn the_first_export_makes_everybody_once_and_keeps_their_numbers() {
    let env = TestEnv::worked("rename-cleanup");
    env.verb("plan", &["--details"])
        .exits(0)
        .is("rename-cleanup-first");
    env.apply().exits(0);
    env.verb("plan", &["--detailed-exitcode"]).exits(0);
    assert_eq!(users(&env).len(), 6);
    let keys: i64 = env
        .site()
        .query_row("SELECT count(*) FROM source_keys", [], |row| row.get(0))
        .unwrap();
    assert_eq!(keys, 6);
}

#[test]
fn a_new_address_of_a_known_number_is_held_and_nothing_of_it_moves() {
    let env = three_weeks_later();
    env.verb("plan", &["--details", "--lists", "lists"])
        .exits(0)
        .only(&["8 records", "2 members\n", "1 member\n", "Findings"])
        .is("rename-cleanup-held");
    crate::env::golden(
        "rename-cleanup-list",
        &std::fs::read_to_string(env.path("lists/renames.csv")).unwrap(),
    );
    let before = users(&env);
    env.apply().exits(3);
    let after = users(&env);
    assert_eq!(after.len(), before.len() + 1, "Dan Dahl alone is made");
    assert!(before.iter().all(|user| after.contains(user)));
    env.apply().exits(3).says("Nothing to apply now");
}

#[test]
fn once_accepted_the_same_account_gets_the_new_address_and_what_is_new() {
    let env = accepted();
    env.verb("plan", &["--details"])
        .exits(0)
        .only(&["8 records", "2 members\n", "1 member\n", "Findings"])
        .is("rename-cleanup-accepted");
    env.apply().exits(3).says("complete");
    assert!(users(&env).contains(&"ana.sol@new.example ana.sol@old.example".to_owned()));
    assert!(!users(&env).iter().any(|user| user.starts_with("ana.sol@old")));
    env.verb("verify", &[]).exits(3);
    env.verb("plan", &["--detailed-exitcode"]).exits(3);
    env.apply().exits(3).says("Nothing to apply now");
    env.verb("members", &[]).exits(0).says("ana.sol@new.example");
}

#[test]
fn a_line_of_same_renames_one_person_alone() {
    let env = three_weeks_later();
    env.change_plan(
        "\"eva@studio.example\" =",
        "\"ana.sol@old.example\" = \"ana.sol@new.example\"\n\"eva@studio.example\" =",
    );
    env.apply().exits(3);
    assert!(users(&env).contains(&"ana.sol@new.example ana.sol@old.example".to_owned()));
}

#[test]
fn explain_tells_of_a_rename_by_either_address() {
    let env = three_weeks_later();
    for address in ["ana.sol@old.example", "ana.sol@new.example"] {
        env.verb("explain", &[address])
            .exits(0)
            .says("on the site under ana.sol@old.example")
            .says("\"ana.sol@old.example\" -> \"ana.sol@new.example\"");
    }
    env.verb("explain", &["eva@studio.example"])
        .exits(0)
        .says("eva.lind@example.com: wanted as user and contact");
}

#[test]
fn undo_gives_the_old_address_back_and_then_it_is_held_again() {
    let env = accepted();
    let before = users(&env);
    env.apply().exits(3);
    env.verb("undo", &["--yes", "--waves", "off"]).exits(0);
    let after = users(&env);
    assert!(before.iter().all(|user| after.contains(user)), "{after:?}");
    env.change_plan("accept = \"renames\"", "# accept = \"renames\"");
    env.verb("plan", &["--summary"])
        .exits(0)
        .says("ana.sol@old.example -> ana.sol@new.example");
}

#[test]
fn a_line_of_same_that_matches_nobody_is_said() {
    let env = three_weeks_later();
    env.change_plan(
        "\"eva@studio.example\" =",
        "\"zoe@example.com\" = \"zoe@example.org\"\n\"eva@studio.example\" =",
    );
    env.verb("plan", &["--summary"]).exits(0).says(
        "1 entry of [same] without effect, because no record and no member has the old address: zoe@example.com",
    );
}

/// A verb on the plan, with the token of the practice CRM.
fn verb(env: &TestEnv, verb: &str, args: &[&str]) -> Ran {
    let output = env
        .command(&[verb, "rename-cleanup.toml"])
        .args(args)
        .env(TOKEN, SECRET)
        .output()
        .unwrap();
    env.ran(verb, &output)
}

#[test]
fn against_a_contact_system_contact_and_user_are_renamed_once_though_answers_are_lost() {
    let env = TestEnv::worked("rename-cleanup");
    let practice = Practice::with_faults(&env.plans(), 100, 0.15, 5);
    env.change_plan(
        "system = \"managed\"",
        &format!(
            "system = \"simulated\"\nurl = \"{}\"\ntoken = {{ env = \"{TOKEN}\" }}",
            practice.address
        ),
    );
    let apply = ["--yes", "--waves", "off"];
    verb(&env, "apply", &apply).exits(6);
    verb(&env, "confirm", &["automations"]).exits(0);
    verb(&env, "apply", &apply).exits(0);
    env.the_later_exports_arrive();
    let contacts = || -> Vec<String> {
        let crm = Connection::open(&practice.database).unwrap();
        let mut all = crm.prepare("SELECT email FROM contacts ORDER BY email").unwrap();
        let rows = all.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    };
    verb(&env, "apply", &apply).exits(3);
    assert!(contacts().contains(&"ana.sol@old.example".to_owned()), "held");
    env.change_plan("# accept = \"renames\"", "accept = \"renames\"");
    verb(&env, "plan", &["--details"]).exits(0).says("1 renamed");
    verb(&env, "apply", &apply).exits(3);
    assert!(contacts().contains(&"ana.sol@new.example".to_owned()));
    assert!(users(&env).contains(&"ana.sol@new.example ana.sol@old.example".to_owned()));
    verb(&env, "verify", &[]).exits(3);
    verb(&env, "apply", &apply).exits(3).says("Nothing to apply now");
    verb(&env, "undo", &apply).exits(0);
    assert!(
        contacts().contains(&"ana.sol@old.example".to_owned()),
        "taken back"
    );
    assert_eq!(contacts().len(), 7);
    let crm = Connection::open(&practice.database).unwrap();
    for sql in [DOUBLED_EFFECTS_SQL, DUPLICATE_CONTACTS_SQL] {
        assert!(
            !crm.prepare(sql).unwrap().exists([]).unwrap(),
            "{sql} finds something"
        );
    }
    no_effect_is_doubled(&env.site());
}

#[test]
fn what_a_person_must_sort_out_is_listed_and_never_merged() {
    let env = TestEnv::worked("rename-cleanup");
    env.apply().exits(0);
    env.write(
        "exports/people.csv",
        "Member ID,E-mail,First,Last,Products,Status\n\
         1001,bo.ray@example.com,Ana,Sol,Wheel Throwing,active\n\
         1003,cleo@example.com,Cleo,Dahl,Pottery Circle,active\n\
         1003,dahls@example.com,Cleo,Dahl,Pottery Circle,active\n\
         2007,finn.berg@example.com,Finn,Berg,Wheel Throwing,active\n",
    );
    env.change_plan("# accept = \"renames\"", "accept = \"renames\"");
    let before = users(&env);
    env.verb("plan", &["--details"])
        .exits(0)
        .only(&["4 records", "1 member\n", "Findings"])
        .is("rename-cleanup-to-sort-out");
    env.apply().exits(3);
    let after = users(&env);
    assert!(before.iter().all(|user| after.contains(user)), "{after:?}");
    assert_eq!(
        after.len(),
        before.len() + 1,
        "only the second address of a key is somebody new"
    );
}

#[test]
fn renames_are_accepted_for_one_run_on_the_command_line() {
    let env = three_weeks_later();
    env.verb("apply", &["--yes", "--waves", "off", "--accept", "renames"])
        .exits(3);
    assert!(users(&env).contains(&"ana.sol@new.example ana.sol@old.example".to_owned()));
}
