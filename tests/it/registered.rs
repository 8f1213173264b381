//! Since when somebody is a member: the earliest day that the exports give, kept by whoever becomes a user.

use crate::env::TestEnv;

const PLAN: &str = r#"[migration]
name = "registered"
as_of = 2026-11-16

[site]
kind = "local"
path = "site.sqlite"

[contacts]
system = "managed"

[offerings.course]
name = "Course"

[sources.people]
profile = "table"
file = "people.csv"
columns = { email = "Email" }
each_row = { grant = "course" }
registered = "Created At"

[sources.shop]
profile = "table"
file = "shop.csv"
columns = { email = "Email" }
each_row = { grant = "course" }
registered = "Joined"
dates = { format = "%d/%m/%Y %H:%M", zone = "Europe/Madrid" }
"#;

/// The plan with these rows of two exports: e-mail and date.
fn with(people: &[&str], shop: &[&str]) -> TestEnv {
    TestEnv::with_plan(PLAN)
        .and_file("people.csv", format!("Email,Created At\n{}\n", people.join("\n")))
        .and_file("shop.csv", format!("Email,Joined\n{}\n", shop.join("\n")))
}

/// When a user registered, as the site keeps it.
fn on_site(env: &TestEnv, email: &str) -> String {
    let site = env.site();
    let ask = "SELECT strftime('%Y-%m-%d %H:%M:%S', registered, 'unixepoch') FROM users WHERE email = ?1";
    site.query_row(ask, [email], |row| row.get(0)).unwrap()
}

/// Ann is in both exports, Bo in the shop alone; of Cy no date is known.
fn three() -> TestEnv {
    with(
        &[
            "ann@example.com,2020-05-01",
            "ann@example.com,2019-04-01 18:30:00 UTC",
            "cy@example.com,",
        ],
        &[
            "ann@example.com,02/04/2019 00:10",
            "bo@example.com,28/07/2021 23:59",
        ],
    )
}

#[test]
fn new_users_keep_the_earliest_day_of_their_records_and_the_others_get_now() {
    let env = three();
    env.verb("plan", &["--out", "set"]).exits(0).is("registered");
    let json = env.verb("plan", &["--format", "json"]).exits(0).json();
    assert_eq!(json["registered"], 2);
    env.verb("explain", &["ann@example.com"])
        .exits(0)
        .is("registered-explain");
    env.run(&["apply", "set", "--yes", "--waves", "off"])
        .exits(0)
        .says("3 members compared, 3 up to date");
    assert_eq!(on_site(&env, "ann@example.com"), "2019-04-01 00:00:00");
    // The day in Madrid begins two hours earlier in summer.
    assert_eq!(on_site(&env, "bo@example.com"), "2021-07-27 22:00:00");
    let cy: i64 = env
        .site()
        .query_row(
            "SELECT unixepoch() - registered FROM users WHERE email LIKE 'cy%'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert!((0..600).contains(&cy), "{cy} seconds ago");
    env.apply().exits(0).says("Nothing to do");
}

#[test]
fn whoever_is_a_user_already_keeps_the_date_that_is_there() {
    let env = three();
    env.apply().exits(0);
    env.write("people.csv", "Email,Created At\nann@example.com,2001-01-01\ncy@example.com,2002-02-02\ndi@example.com,2003-03-03\n");
    let before = on_site(&env, "cy@example.com");
    env.verb("plan", &["--summary"])
        .exits(0)
        .says("1 of 1 new user with the registration date of the old platform");
    env.apply().exits(0).says("1 of 1 member done");
    assert_eq!(on_site(&env, "ann@example.com"), "2019-04-01 00:00:00");
    assert_eq!(on_site(&env, "cy@example.com"), before);
    assert_eq!(on_site(&env, "di@example.com"), "2003-03-03 00:00:00");
    env.verb("undo", &["--yes"]).exits(0);
    assert_eq!(on_site(&env, "di@example.com"), "2003-03-03 00:00:00");
}

#[test]
fn of_a_contact_without_user_the_date_waits_for_the_user() {
    let env = three();
    env.change_plan(
        "[offerings.course]",
        "[members]\nusers = \"none\"\n\n[offerings.course]",
    );
    env.verb("plan", &[]).exits(0).never_says("registration date");
    env.apply().exits(0);
    env.change_plan("users = \"none\"", "users = \"granted\"");
    env.apply().exits(0).says("3 up to date");
    assert_eq!(on_site(&env, "ann@example.com"), "2019-04-01 00:00:00");
}

#[test]
fn days_that_nobody_can_have_registered_on_are_errors() {
    let env = with(&["ann@example.com,2026-11-18", "bo@example.com,2026-11-17"], &[]);
    env.verb("plan", &[]).exits(1).is("D005-registered-later");
    for (cell, code) in [("1970-01-01", "D005"), ("03/04/2019", "D004"), ("soon", "D003")] {
        let env = with(&[&format!("ann@example.com,{cell}")], &[]);
        env.verb("plan", &[]).exits(1).says(code);
    }
}
