//! The worked plan of a drip course half way: what opens on the day, in the weeks after, and at the end.

use std::{collections::BTreeSet, fs};

use crate::env::{TestEnv, golden};

/// The tags that someone holds on the site.
fn tags(env: &TestEnv, email: &str) -> BTreeSet<String> {
    let site = env.site();
    let mut held = site
        .prepare(
            "SELECT t.name FROM holdings h JOIN tags t ON t.id = h.tag
             JOIN contacts c ON c.id = h.contact WHERE c.email = ?1",
        )
        .unwrap();
    let names = held.query_map([email], |row| row.get(0)).unwrap();
    names.collect::<Result<_, _>>().unwrap()
}

/// How many modules of the course someone holds.
fn modules(env: &TestEnv, email: &str) -> usize {
    let held = tags(env, email);
    held.iter().filter(|name| name.contains("(module ")).count()
}

fn list(env: &TestEnv, name: &str) -> String {
    fs::read_to_string(env.path("lists").join(name)).unwrap()
}

#[test]
fn a_drip_course_moves_with_the_modules_that_are_open_and_lists_what_comes() {
    let env = TestEnv::worked("drip");
    env.verb("plan", &["--lists", "lists"]).exits(0).is("drip-plan");
    golden("drip-expiring", &list(&env, "expiring.csv"));
    golden("drip-upcoming", &list(&env, "upcoming.csv"));
    env.verb("explain", &["ravi@example.com"])
        .exits(0)
        .is("drip-explain");

    env.apply().exits(0);
    let open = |email: &str| modules(&env, email);
    assert_eq!(open("ines@example.com"), 1, "she begins today");
    assert_eq!(open("noah@example.com"), 2, "his first day counts from its start");
    assert_eq!(open("owen@example.com"), 3);
    assert_eq!(open("lucia@example.com"), 8, "the eighth opens today");
    assert_eq!(open("amina@example.com"), 1, "no first day is known");
    assert_eq!(open("piotr@example.com"), 4, "the first half");
    let everything = BTreeSet::from(["Bread in Eight Weeks (instant)".to_owned()]);
    assert_eq!(
        tags(&env, "salma@example.com"),
        everything,
        "the wider release counts"
    );
    assert_eq!(tags(&env, "clara@example.com"), BTreeSet::new(), "hers has ended");
    assert_eq!(
        tags(&env, "tariq@example.com"),
        BTreeSet::new(),
        "his has not begun"
    );
    env.verb("plan", &["--summary"]).exits(0).says("Nothing to do");
}

#[test]
fn a_week_later_the_modules_of_the_week_open_and_who_has_ended_loses_access() {
    let env = TestEnv::worked("drip");
    env.apply().exits(0);
    env.change_plan("as_of = 2026-11-16", "as_of = 2026-11-23");
    env.verb("plan", &["--summary"])
        .exits(4)
        .says("1 member would lose access");
    env.change_plan("lost_access = 0", "lost_access = 1");
    env.apply().exits(0);
    assert_eq!(modules(&env, "ines@example.com"), 2);
    assert_eq!(modules(&env, "owen@example.com"), 4);
    assert_eq!(modules(&env, "tariq@example.com"), 1);
    assert_eq!(
        modules(&env, "amina@example.com"),
        1,
        "no other follows by itself"
    );
    assert!(
        tags(&env, "freya@example.com").contains("Bread in Eight Weeks (revoked)"),
        "what Rehome granted until the 16th is revoked"
    );
    env.verb("plan", &["--summary"]).exits(0).says("Nothing to do");
}

#[test]
fn what_an_earlier_run_opened_and_nobody_grants_now_is_listed_and_stays() {
    let env = TestEnv::worked("drip");
    env.apply().exits(0);
    env.change_file(
        "exports/paid-in-full.csv",
        "\"Bread, paid in full\"",
        "\"Bread, taster\"",
    );
    env.verb("plan", &["--full"])
        .exits(0)
        .says("= leave tag \"Bread in Eight Weeks (instant)\": an earlier run opened more");
    env.apply().exits(0);
    env.verb("plan", &["--full", "--detailed-exitcode"])
        .exits(0)
        .says("than any record grants now");
}
