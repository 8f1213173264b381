//! Plugins of the site that end or kill PHP at one member: the run ends with everybody else done.

use super::Moved;
use crate::{companion::site::site, env::TestEnv};

fn all_but_one(how: &str, words: &str) {
    let moved = Moved::to(site(), TestEnv::crowd(30));
    moved
        .site
        .tell("hostile", &format!("user_register {how} person00007@example.com"));
    moved
        .apply()
        .exits(3)
        .says("29 of 30 members done, 1 failed")
        .says(words);
    assert_eq!(moved.users(), 29, "{how}");
    moved.is_sound();
    // Without that plugin the next run completes the move.
    std::fs::remove_file(moved.site.place().join("hostile")).unwrap();
    moved.apply().exits(0).says("1 member compared, 1 up to date");
    moved.apply().exits(0).says("Nothing to do");
    moved.is_sound();
}

#[test]
fn a_plugin_that_ends_php_costs_one_member_of_the_run() {
    all_but_one("exit", "ended PHP while the member was written");
}

#[test]
fn a_plugin_at_which_php_is_killed_costs_one_member_of_the_run() {
    all_but_one("kill", "PHP was killed 3 times");
}
