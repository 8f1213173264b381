//! Days in exports: what decides which day it is, what is never guessed, and what each wrong one is told.

use crate::{env::TestEnv, support::plan::plan};

/// A plan whose people have a course until a day.
fn until(dates: &str) -> TestEnv {
    plan("dates")
        .offering("course", "Course")
        .source("people")
        .each_row("grant = \"course\"")
        .toml("ends = \"Until\"")
        .toml(dates)
        .env()
}

fn people(env: &TestEnv, until: &[&str]) {
    let rows: Vec<String> = (0..)
        .zip(until)
        .map(|(at, until)| format!("p{at}@example.com,\"{until}\"\n"))
        .collect();
    env.write("people.csv", format!("Email,Until\n{}", rows.concat()));
}

/// Who is granted the course, by number.
fn granted(env: &TestEnv) -> u64 {
    let plan = env
        .verb("plan", &["--summary", "--format", "json"])
        .exits(0)
        .json();
    plan["offerings"][0]["wanted"].as_u64().unwrap()
}

#[test]
fn the_last_day_counts_whole_and_the_day_after_it_does_not() {
    let env = until("");
    people(&env, &["2026-11-16", "2026-11-15", "2026-11-16 00:00:00 UTC", ""]);
    assert_eq!(granted(&env), 3);
}

#[test]
fn which_day_a_moment_is_of_is_decided_by_the_zone() {
    let env = until("");
    // Half past eleven in the evening in UTC is the next morning in Madrid.
    people(&env, &["2026-11-15 23:30:00 UTC"]);
    assert_eq!(granted(&env), 0);
    let env = until("dates = { zone = \"Europe/Madrid\" }");
    people(&env, &["2026-11-15 23:30:00 UTC"]);
    assert_eq!(granted(&env), 1);
}

#[test]
fn a_column_that_proves_the_order_of_day_and_month_is_read_in_that_order() {
    let env = until("");
    people(&env, &["28/01/2027", "11/12/2026", "10/12/2025"]);
    assert_eq!(granted(&env), 2);
}

#[test]
fn a_column_that_does_not_prove_the_order_is_an_error_that_shows_what_there_is() {
    let env = until("");
    people(&env, &["03/04/2027", "05/06/2027", "2027-01-01"]);
    env.verb("plan", &[]).exits(1).prints(r#"
    $ rehome plan plan.toml
    stderr: error[D004]: day and month in "Until" in [sources.people] are ambiguous (2 records): none of its dates shows which comes first
    stderr:   --> plan.toml:20:8
    stderr:    |
    stderr: 20 | ends = "Until"
    stderr:    |        ^^^^^^^ read as a date
    stderr:    |
    stderr:    = at: people.csv:2: 2 cells valid either way: "03/04/2027"
    stderr:    = help: Look up a date that you know on the old platform, then set in [sources.people]: dates = { columns = { "Until" = { format = "%d/%m/%Y" } } }, or "%m/%d/%Y" if the month comes first
    stderr:
    stderr: 1 error
    [EOF, exit status 1]
    "#);
    people(&env, &["28/01/2027", "01/28/2027", "05/06/2027"]);
    env.verb("plan", &[]).exits(1).prints(r#"
    $ rehome plan plan.toml
    stderr: error[D004]: day and month in "Until" in [sources.people] are ambiguous (3 records): some of its dates are only valid with the day first, others only with the month first
    stderr:   --> plan.toml:20:8
    stderr:    |
    stderr: 20 | ends = "Until"
    stderr:    |        ^^^^^^^ read as a date
    stderr:    |
    stderr:    = at: people.csv:2: 1 cell valid only with the day first: "28/01/2027"
    stderr:    = at: people.csv:3: 1 cell valid only with the month first: "01/28/2027"
    stderr:    = at: people.csv:4: 1 cell valid either way: "05/06/2027"
    stderr:    = help: Look up a date that you know on the old platform, then set in [sources.people]: dates = { columns = { "Until" = { format = "%d/%m/%Y" } } }, or "%m/%d/%Y" if the month comes first
    stderr:
    stderr: 1 error
    [EOF, exit status 1]
    "#);
    let said = until("dates = { format = \"%m/%d/%Y\" }");
    people(&said, &["03/04/2027", "05/06/2027"]);
    assert_eq!(granted(&said), 2);
}

#[test]
fn an_end_in_a_column_of_text_is_an_error_with_an_example() {
    let env = until("");
    people(&env, &["when she likes", "2027-01-01", "soon"]);
    env.verb("plan", &[]).exits(1).prints(r#"
    $ rehome plan plan.toml
    stderr: error[D003]: "Until" in [sources.people] contains values that are not dates (2 records)
    stderr:   --> plan.toml:20:8
    stderr:    |
    stderr: 20 | ends = "Until"
    stderr:    |        ^^^^^^^ read as a date
    stderr:    |
    stderr:    = at: people.csv:2: "when she likes" (1 record)
    stderr:    = at: people.csv:4: "soon" (1 record)
    stderr:    = help: If this is how the cells are meant, set in [sources.people]: dates = { columns = { "Until" = { never = ["when she likes", "soon"] } } } (`never` lists the words that mean "no date"); otherwise fix the cells with a corrections file
    stderr:
    stderr: 1 error
    [EOF, exit status 1]
    "#);
}

#[test]
fn dates_that_nobody_can_mean_are_an_error_until_the_plan_says_what_they_mean() {
    let env = until("");
    people(&env, &["1899-12-30", "2099-12-31", "2027-01-01"]);
    env.verb("plan", &[]).exits(1).prints(r#"
    $ rehome plan plan.toml
    stderr: error[D005]: "Until" in [sources.people] contains implausible dates (2 records)
    stderr:   --> plan.toml:20:8
    stderr:    |
    stderr: 20 | ends = "Until"
    stderr:    |        ^^^^^^^ read as a date
    stderr:    |
    stderr:    = at: people.csv:2: "1899-12-30" (1 record)
    stderr:    = at: people.csv:3: "2099-12-31" (1 record)
    stderr:    = help: Fix the cells; if "1899-12-30" means "no date", set in [sources.people]: dates = { never = ["1899-12-30"] }
    stderr:
    stderr: 1 error
    [EOF, exit status 1]
    "#);
    let said = until("dates = { never = [\"1899-12-30\", \"2099-12-31\"] }");
    people(&said, &["1899-12-30", "2099-12-31", "2026-01-01"]);
    assert_eq!(granted(&said), 2);
}

#[test]
fn conditions_compare_days_and_a_blank_cell_meets_none() {
    let env = plan("dates")
        .offering("early", "Early")
        .offering("now", "Now")
        .source("people")
        .map_to(
            "Product",
            [
                (
                    "Early",
                    "grant = 'early', when = { Bought = { before = 2025-01-01 } }",
                ),
                (
                    "Now",
                    "grant = 'now', when = { Until = { after = 'as-of' }, Bought = { after = 2024-12-31 } }",
                ),
            ],
        )
        .env();
    let rows = "Email,Product,Bought,Until\n\
        a@example.com,Early,2024-12-31,\n\
        b@example.com,Early,2025-01-01,\n\
        c@example.com,Early,,\n\
        d@example.com,Now,2025-01-01,2026-11-17\n\
        e@example.com,Now,2025-01-01,2026-11-16\n\
        f@example.com,Now,2024-12-31,2027-01-01\n";
    env.write("people.csv", rows);
    let plan = env
        .verb("plan", &["--summary", "--format", "json"])
        .exits(0)
        .json();
    assert_eq!(plan["offerings"][0]["wanted"], 1);
    assert_eq!(plan["offerings"][1]["wanted"], 1);
    env.verb("explain", &["e@example.com"])
        .exits(0)
        .says("Until is not after the day of the plan");
}
