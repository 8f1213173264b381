//! The worked plan of two old platforms with overlapping people.

use std::fs;

use crate::env::{TestEnv, golden};

#[test]
fn people_on_two_platforms_become_one_each_and_keep_what_they_have_on_either() {
    let env = TestEnv::worked("two-platforms");
    env.verb("plan", &["--lists", "lists"])
        .exits(0)
        .is("two-platforms-plan");
    let list = |name: &str| fs::read_to_string(env.path("lists").join(name)).unwrap();
    golden("two-platforms-findings", &list("findings.csv"));
    golden("two-platforms-expiring", &list("expiring.csv"));
    env.verb("explain", &["ruth@example.org"])
        .exits(0)
        .is("two-platforms-explain");
    env.apply().exits(0);
    let site = env.site();
    let count = |sql: &str| site.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM users"), 9);
    assert_eq!(count("SELECT count(*) FROM contacts"), 10);
    assert_eq!(
        count("SELECT opted_out FROM contacts WHERE email = 'hanna@example.com'"),
        1,
        "the strongest refusal wins"
    );
    env.verb("plan", &["--summary"]).exits(0).says("Nothing to do");
}
