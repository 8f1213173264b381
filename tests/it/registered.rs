//! Since when a member is one: the earliest day in the exports, which a new user keeps.

use crate::{env::TestEnv, support::plan::plan};

/// The plan with these rows of two exports: email and date.
fn with(people: &[&str], shop: &[&str]) -> TestEnv {
    plan("registered")
        .offering("course", "Course")
        .source("people")
        .each_row("grant = \"course\"")
        .toml("registered = \"Created At\"")
        .source("shop")
        .each_row("grant = \"course\"")
        .toml("registered = \"Joined\"")
        .toml("dates = { format = \"%d/%m/%Y %H:%M\", zone = \"Europe/Madrid\" }")
        .env()
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
    env.verb("plan", &["--details", "--out", "set"])
        .exits(0)
        .only(&["5 records", "3 members\n"])
        .prints(
            r#"
            $ rehome plan plan.toml --details --out set
            [...]
              5 records = 3 members + 2 merged + 0 rejected + 0 ignored
              3 members = 3 users + 0 contacts only + 0 left out
              3 members to create on the new site
              3 members gain access: ann@example.com, bo@example.com, cy@example.com
              passwords changed: 0; emails sent: 0; automations that may start: 0
              3 new logins: the email address
              2 of 3 new users with the registration date of the old platform
              about 6 write requests to the site
            [...]
              3 members
                + create the contact: does not exist yet
                + create the user: does not exist yet
                ~ link the user to its contact: does not exist yet
                + add tag "Course": a record grants the offering
                + with names and fields, if known: registration date (2 of 3)
                  ann@example.com: registration date "2019-04-01T00:00:00Z"
                  bo@example.com: registration date "2021-07-27T22:00:00Z"
                  cy@example.com
            [...]
            stderr: Next: rehome apply set
            [EOF, exit status 0]
            "#,
        );
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
    env.verb("plan", &["--details"])
        .exits(0)
        .never_says("registration date");
    env.apply().exits(0);
    env.change_plan("users = \"none\"", "users = \"granted\"");
    env.apply().exits(0).says("3 up to date");
    assert_eq!(on_site(&env, "ann@example.com"), "2019-04-01 00:00:00");
}

#[test]
fn days_that_nobody_can_have_registered_on_are_errors() {
    let env = with(&["ann@example.com,2026-11-18", "bo@example.com,2026-11-17"], &[]);
    env.verb("plan", &[]).exits(1).prints(r#"
    $ rehome plan plan.toml
    stderr: error[D005]: "Created At" in [sources.people] has registration dates after the day of the plan, 2026-11-16 (1 record)
    stderr:   --> plan.toml:20:14
    stderr:    |
    stderr: 20 | registered = "Created At"
    stderr:    |              ^^^^^^^^^^^^ read as a date
    stderr:    |
    stderr:    = at: people.csv:2: "2026-11-18" (1 record)
    stderr:    = help: Fix the cells, or name another column in `registered`; if the export is newer than the plan, set a later `as_of` in [migration]
    stderr:
    stderr: 1 error
    [EOF, exit status 1]
    "#);
    for (cell, code) in [("1970-01-01", "D005"), ("03/04/2019", "D004"), ("soon", "D003")] {
        let env = with(&[&format!("ann@example.com,{cell}")], &[]);
        env.verb("plan", &[]).exits(1).says(code);
    }
}
