//! Runs that are open, undone or deleted, and sites that were replaced.

use std::fs;

use crate::env::{SMALL, TestEnv};

/// Rows of [`SMALL`].
const TWO: [&str; 2] = [
    "ann@example.com,Ann,Ash,Course,",
    "bob@example.com,Bob,Birch,Club,active",
];

/// A small plan that waits for a person before any member.
fn waiting() -> TestEnv {
    let env = TestEnv::small(&TWO);
    let checkpoint = "[checkpoints.ready]\nsay = \"Say that it is ready.\"\nbefore = \"contacts\"\n";
    env.change_plan("[offerings.course]", &format!("{checkpoint}\n[offerings.course]"));
    env.apply().exits(6);
    env.verb("confirm", &["ready"]).exits(0);
    env
}

/// Another site lies where the site was.
fn replace_the_site(env: &TestEnv) {
    let other = TestEnv::small(&[]);
    other.verb("apply", &["--yes"]).exits(0);
    fs::copy(other.path("site.sqlite"), env.path("site.sqlite")).unwrap();
}

#[test]
fn an_open_run_does_not_go_on_with_another_site() {
    let env = waiting();
    replace_the_site(&env);
    let again = env.apply().exits(0).never_says("Resuming run 1");
    again.says("Run 2: complete. 2 of 2 members done");
    env.verb("status", &[]).exits(0).says("superseded");
    env.verb("plan", &["--detailed-exitcode"]).exits(0);
}

#[test]
fn an_open_run_whose_site_was_deleted_is_computed_anew() {
    let env = waiting();
    fs::remove_file(env.path("site.sqlite")).unwrap();
    let again = env.apply().exits(0).never_says("Resuming run 1");
    again.says("2 of 2 members done");
    env.verb("plan", &["--detailed-exitcode"]).exits(0);
}

#[test]
fn an_open_run_of_the_same_site_goes_on() {
    let env = waiting();
    env.apply()
        .exits(0)
        .says("Resuming run 1")
        .says("Run 1: complete.");
}

#[test]
fn a_change_set_in_the_middle_is_refused_by_another_site() {
    let env = TestEnv::small(&TWO);
    let checkpoint = "[checkpoints.ready]\nsay = \"Ready?\"\nbefore = \"contacts\"\n\n[offerings.course]";
    env.change_plan("[offerings.course]", checkpoint);
    env.verb("plan", &["--out", "a.changes"]).exits(0);
    env.run(&["apply", "a.changes", "--yes"]).exits(6);
    env.verb("confirm", &["ready"]).exits(0);
    replace_the_site(&env);
    let before = fs::read(env.path("site.sqlite")).unwrap();
    env.run(&["apply", "a.changes", "--yes"])
        .exits(5)
        .says("computed for another system");
    assert!(
        before == fs::read(env.path("site.sqlite")).unwrap(),
        "the other site was written to"
    );
}

#[test]
fn a_change_set_for_a_site_that_was_not_there_is_refused_once_somebody_made_one() {
    let env = TestEnv::small(&TWO);
    env.verb("plan", &["--out", "a.changes"]).exits(0);
    replace_the_site(&env);
    env.run(&["apply", "a.changes", "--yes"])
        .exits(5)
        .says("then there was none");
}

#[test]
fn a_change_set_that_was_taken_back_is_not_said_to_be_carried_out() {
    let env = TestEnv::small(&TWO);
    env.verb("plan", &["--out", "a.changes"]).exits(0);
    env.run(&["apply", "a.changes", "--yes"]).exits(0);
    env.run(&["apply", "a.changes", "--yes"])
        .exits(0)
        .says("run 1 applied this change set");
    env.verb("undo", &["--yes"]).exits(0);
    env.run(&["apply", "a.changes", "--yes"])
        .exits(5)
        .says("undone since");
}

#[test]
fn a_change_set_that_goes_on_closes_the_run_that_is_open_beside_it() {
    let env = TestEnv::small(&["ann@example.com,Ann,,Course,"]);
    env.apply().exits(0);
    env.write_people(&TWO);
    env.verb("plan", &["--out", "a.changes"]).exits(0);
    env.on_the_site("UPDATE users SET last_name = 'By hand'");
    env.run(&["apply", "a.changes", "--yes"]).exits(3);
    env.write_people(&[TWO[0], TWO[1], "cat@example.com,Cat,,Course,"]);
    let checkpoint = "[checkpoints.ready]\nsay = \"Ready?\"\nbefore = \"contacts\"\n\n[offerings.course]";
    env.change_plan("[offerings.course]", checkpoint);
    env.apply().exits(6);
    env.run(&["apply", "a.changes", "--yes"]).exits(3);
    let status = env.verb("status", &["--format", "json"]).json();
    let runs = status["runs"].as_array().unwrap();
    assert!(runs.iter().all(|run| run["state"] != "open"), "{status:#}");
}

#[test]
fn an_undo_is_refused_by_another_site() {
    let env = TestEnv::small(&TWO);
    env.apply().exits(0);
    replace_the_site(&env);
    env.verb("undo", &["--yes"]).exits(5).says("another system");
}

#[test]
fn an_undo_with_nothing_left_says_so() {
    let env = TestEnv::small(&TWO);
    env.apply().exits(0);
    env.verb("undo", &["--yes"]).exits(0);
    env.verb("undo", &["--yes", "--run", "1"])
        .exits(0)
        .says("the run has nothing left to undo");
    env.verb("undo", &["--yes"]).exits(1).says("no such run");
}

#[test]
fn after_a_purge_undo_and_verify_say_what_is_gone() {
    let env = TestEnv::small(&TWO);
    env.apply().exits(0);
    env.verb("purge", &["--yes"]).exits(0);
    for verb in [&["undo", "--yes"][..], &["verify"]] {
        env.verb(verb[0], &verb[1..])
            .exits(1)
            .says("The change set of run 1 is no longer in");
    }
    env.verb("plan", &["--detailed-exitcode"]).exits(0);
}

#[test]
fn a_run_is_found_again_from_another_folder() {
    let env = TestEnv::small(&TWO);
    env.verb("apply", &["--yes", "--state", "st"]).exits(0);
    let plan = env.path("plan.toml").display().to_string();
    let state = env.path("st").display().to_string();
    let mut command = env.command(&["verify", &plan, "--state", &state]);
    let output = command.current_dir("/").output().unwrap();
    env.ran("verify", &output).exits(0).says("2 up to date");
}

#[test]
fn what_a_killed_plan_left_in_the_state_directory_is_swept_away() {
    let env = TestEnv::small(&TWO);
    env.apply().exits(0);
    let changes = env.state_file("journal.sqlite").with_file_name("changes");
    fs::write(changes.join("new-1.changes"), "personal").unwrap();
    fs::write(changes.join(".rehome-x.part"), "personal").unwrap();
    env.apply().exits(0);
    assert_eq!(fs::read_dir(changes).unwrap().count(), 1);
}

#[test]
fn a_synced_folder_is_warned_of() {
    let env = TestEnv::small(&TWO);
    env.verb("apply", &["--yes", "--state", "Dropbox/state"])
        .exits(0)
        .says("warning: The run state is in ")
        .says("synced to other machines");
    env.apply().exits(0).never_says("warning");
}

#[test]
fn a_run_without_a_day_goes_on_with_the_day_it_began_with() {
    let env = TestEnv::small(&TWO);
    assert!(SMALL.contains("as_of = 2026-11-16\n"));
    env.change_plan("as_of = 2026-11-16\n", "");
    let checkpoint = "[checkpoints.ready]\nsay = \"Ready?\"\nbefore = \"contacts\"\n\n[offerings.course]";
    env.change_plan("[offerings.course]", checkpoint);
    // Fourteen hours east of Greenwich and twelve hours west of it, it is never the same day.
    let on = |zone: &str| {
        let output = env
            .command(&["apply", "plan.toml", "--yes"])
            .env("TZ", zone)
            .output()
            .unwrap();
        env.ran("apply", &output)
    };
    on("EAST-14").exits(6);
    env.verb("confirm", &["ready"]).exits(0);
    on("WEST+12").exits(0).says("Resuming run 1");
}

#[test]
fn an_undo_leaves_a_privileged_user_alone_and_says_so() {
    let env = TestEnv::small(&TWO);
    env.apply().exits(0);
    env.on_the_site("UPDATE users SET role = 'editor' WHERE email = 'ann@example.com'");
    let undo = env.verb("undo", &["--yes"]).exits(3);
    undo.says("1 of 1 member done").says("ann@example.com: ");
    let held: i64 = env
        .site()
        .query_row(
            "SELECT count(*) FROM holdings JOIN contacts ON id = contact WHERE email = 'ann@example.com'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(held, 1);
}

#[test]
fn a_user_beside_whom_their_own_contact_stands_is_linked_and_read_whole() {
    let env = TestEnv::small(&TWO);
    env.apply().exits(0);
    env.on_the_site("UPDATE users SET contact = NULL");
    env.write_people(&[
        "ann@example.com,Ann,Ash,Course,",
        "bob@example.com,Bob,Birch,Club,stopped",
    ]);
    // Bob's revoke is seen though nothing links him to what he holds.
    env.change_plan(
        "[offerings.course]",
        "[policy.limits]\nlost_access = 1\nupdates = \"100%\"\n\n[offerings.course]",
    );
    env.apply().exits(0).says("2 of 2 members done");
    env.verb("plan", &["--detailed-exitcode"]).exits(0);
}

#[test]
fn access_that_somebody_else_gave_is_not_revoked() {
    let env = TestEnv::small(&TWO);
    env.apply().exits(0);
    env.on_the_site(
        "INSERT INTO holdings SELECT contacts.id, tags.id, 'admin' FROM contacts, tags
         WHERE contacts.email = 'bob@example.com' AND tags.name = 'Club (instant)'",
    );
    env.write_people(&[
        "ann@example.com,Ann,Ash,Course,",
        "bob@example.com,Bob,Birch,Club,stopped",
    ]);
    env.verb("plan", &["--detailed-exitcode", "--full"])
        .exits(0)
        .says("Rehome did not grant it");
}

#[test]
fn the_name_of_a_contact_that_is_not_linked_yet_is_kept() {
    let env = TestEnv::small(&TWO);
    env.apply().exits(0);
    env.on_the_site(
        "UPDATE users SET contact = NULL, first_name = '' WHERE email = 'ann@example.com';
         UPDATE contacts SET first_name = 'By hand' WHERE email = 'ann@example.com'",
    );
    env.apply().exits(0).says("1 of 1 member done");
    let list = env.verb("members", &["--format", "json"]).json();
    assert_eq!(list["members"][0]["first_name"], "By hand", "{list:#}");
    env.verb("plan", &["--detailed-exitcode"]).exits(0);
}
