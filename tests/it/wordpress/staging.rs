//! Staging, then live: what was computed for one site is never applied on another.

use super::{Moved, site_table};
use crate::{companion::site::site, env::TestEnv};

const ROW: &[&str] = &["ann@example.com,Ann,Bell,Course,active"];

#[test]
fn a_copy_of_the_site_is_noticed() {
    let moved = Moved::small(ROW);
    moved
        .env
        .run(&["plan", "plan.toml", "--out", "changes.rehome"])
        .exits(0);
    // The database was pushed to another environment of the same address.
    moved.site.tell("environment", "staging");
    moved
        .env
        .run(&["apply", "changes.rehome", "--yes"])
        .exits(5)
        .says("another system than the one");
    assert_eq!(moved.users(), 0);
    moved.apply().exits(0).says("1 up to date");
}

#[test]
fn staging_and_live_have_states_of_their_own() {
    let site = site();
    let url = site.url().to_owned();
    let env = TestEnv::small(ROW);
    env.write("site.password", site.password());
    env.change_plan(
        "[tags.vip]",
        &format!(
            "[environments.live]\ncontacts.system = \"managed\"\n[environments.live.site]\n{}\n\n[tags.vip]",
            site_table(&url, "companion")
        ),
    );
    let moved = Moved { env, site };
    moved.verb("apply", &["--yes"]).exits(0).says("1 up to date");
    assert_eq!(moved.users(), 0, "the embedded site is the staging site");
    moved
        .verb("plan", &["--env", "live", "--summary"])
        .exits(0)
        .says(&format!(
            "small (environment live), as of 2026-11-16: wordpress site {url} (membership companion)"
        ));
    moved
        .verb("apply", &["--env", "live", "--yes"])
        .exits(0)
        .says("1 up to date");
    assert_eq!(moved.users(), 1);
    assert_eq!(moved.env.state_files("journal.sqlite").len(), 2);
}

#[test]
fn the_doctor_finds_the_plugin_its_limits_and_a_wrong_password() {
    let moved = Moved::small(&["ana@example.com,Ana,Moll,Course,"]);
    let ran = moved.verb("doctor", &[]).exits(0);
    for said in [
        "Rehome Companion 0.2",
        "time limit",
        "no object cache",
        "agrees with this machine's clock",
    ] {
        assert!(ran.stdout.contains(said), "no {said:?} in {ran}");
    }
    assert_eq!(moved.users(), 0);
    moved.env.write("site.password", "not the password");
    moved.verb("doctor", &[]).exits(1).says("site       missing");
}
