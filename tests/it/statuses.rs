//! What a status means for access, from the export to the site; and what is said where a plan does not look at it.

use std::fs;

use crate::{
    env::TestEnv,
    support::plan::{PlanBuilder, plan},
};

const STATUSES: &str = r#"statuses = { column = "Status", gives = "active", until = { words = "cancelled", column = "Expiration Date" }, ended = ["expired", "pending"] }"#;

const MEMBERSHIPS: &str = r#""User ID","User Login","User Email","First Name","Last Name","Membership Level Name","Expiration Date","Status"
"1","ana","ana@example.com","Ana","O\'Brien","Club","none","active"
"2","bo","bo@example.com","Bo","Sund","Club","2026-12-20 23:59:59","cancelled"
"3","cy","cy@example.com","Cy","Tan","Club","2026-11-16 23:59:59","cancelled"
"4","di","di@example.com","Di","Ros","Club","2026-11-15 23:59:59","cancelled"
"5","ed","ed@example.com","Ed","Lee","Club","none","expired"
"6","fi","fi@example.com","Fi","Kay","Club","none","cancelled"
"#;

fn memberships() -> PlanBuilder {
    plan("plugin")
        .offering("club", "Club")
        .export("memberships", "rcp-memberships", "memberships.csv")
        .toml(STATUSES)
        .map("Membership Level Name", [("Club", "club")])
}

fn env(plan: &PlanBuilder) -> TestEnv {
    plan.env().and_file("memberships.csv", MEMBERSHIPS)
}

fn lists(env: &TestEnv, name: &str) -> Vec<String> {
    env.verb("plan", &["--lists", "lists"]).exits(0);
    let text = fs::read_to_string(env.path("lists").join(name)).unwrap_or_default();
    text.lines().skip(1).map(ToOwned::to_owned).collect()
}

/// How many members the plan gives the first offering.
fn wanted(env: &TestEnv) -> u64 {
    let plan = env
        .verb("plan", &["--summary", "--format", "json"])
        .exits(0)
        .json();
    plan["offerings"][0]["wanted"].as_u64().unwrap()
}

#[test]
fn a_cancelled_member_has_access_to_the_end_of_the_last_day() {
    let env = env(&memberships());
    assert_eq!(wanted(&env), 4, "Ana, Bo, Cy to the end of today, and Fi");
    let expiring: Vec<String> = lists(&env, "expiring.csv");
    assert_eq!(
        expiring,
        [
            "bo@example.com,club,2026-12-20,memberships.csv:3",
            "cy@example.com,club,2026-11-16,memberships.csv:4",
        ]
    );
    let findings = lists(&env, "findings.csv").join("\n");
    for (email, code) in [("di@", "ended"), ("ed@", "ended"), ("fi@", "no-last-day")] {
        let found = findings
            .lines()
            .any(|line| line.contains(email) && line.contains(code));
        assert!(found, "{email} {code}: {findings}");
    }
    env.apply().exits(0);
    env.verb("members", &["--format", "json"])
        .exits(0)
        .says("O'Brien");
    env.verb("explain", &["ed@example.com"])
        .exits(0)
        .says("has ended by its status");
    // A second run after the last day revokes what the first one granted.
    env.change_plan("as_of = 2026-11-16", "as_of = 2026-12-21");
    env.verb("plan", &[])
        .exits(4)
        .says("2 members LOSE ACCESS: bo@example.com, cy@example.com");
}

#[test]
fn an_end_of_an_entry_counts_where_it_is_earlier_than_that_of_the_status() {
    let plan = plan("plugin")
        .offering("club", "Club")
        .export("memberships", "rcp-memberships", "memberships.csv")
        .toml(STATUSES)
        .map_to(
            "Membership Level Name",
            [(
                "Club",
                "grant = \"club\", ends = { from = \"Expiration Date\", after = \"1 year\" }",
            )],
        );
    let env = env(&plan);
    assert_eq!(
        lists(&env, "expiring.csv"),
        [
            "bo@example.com,club,2026-12-20,memberships.csv:3",
            "cy@example.com,club,2026-11-16,memberships.csv:4",
        ]
    );
    assert_eq!(wanted(&env), 4);
}

#[test]
fn a_status_that_no_list_has_is_an_error_with_its_place() {
    let env = env(&memberships());
    env.change_plan("\"expired\", \"pending\"", "\"expired \", \"pending\"");
    env.verb("check", &[]).exits(0);
    env.change_plan("\"expired \", \"pending\"", "\"pending\"");
    env.verb("check", &[])
        .exits(1)
        .says("error[D021]: \"expired\" in \"Status\" is not listed in [sources.memberships.statuses] (1 record)")
        .says("memberships.csv:6")
        .says("Add \"expired\" to `gives`, to the words of `until`, or to `ended`");
}

#[test]
fn check_shows_each_status_with_what_it_means() {
    let ran = env(&memberships()).verb("check", &[]).exits(0);
    ran.clone().says("[sources.memberships.statuses] \"Status\"");
    let shown: Vec<String> = ran
        .stdout
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    for line in [
        "active gives access 1",
        "cancelled access until a day 4",
        "expired ended 1",
    ] {
        assert!(shown.iter().any(|one| one == line), "{line}: {shown:#?}");
    }
}

#[test]
fn a_profile_only_proposes_and_the_unread_status_is_a_finding() {
    let unread = plan("plugin")
        .offering("club", "Club")
        .export("memberships", "rcp-memberships", "memberships.csv")
        .map("Membership Level Name", [("Club", "club")]);
    let told = "4 records are \"cancelled\" and 1 \"expired\"; no line looks at \"Status\"";
    env(&unread)
        .verb("check", &[])
        .exits(0)
        .says("status-unread")
        .says(told);
    assert_eq!(
        wanted(&env(&unread)),
        5,
        "only what has ended by its date is not granted"
    );
    let read = plan("plugin")
        .offering("club", "Club")
        .export("memberships", "rcp-memberships", "memberships.csv")
        .map_to(
            "Membership Level Name",
            [("Club", "grant = \"club\", when = { Status = [\"active\"] }")],
        );
    env(&read).verb("check", &[]).exits(0).never_says("status-unread");
}

#[test]
fn statuses_that_do_nothing_or_contradict_are_errors() {
    let said = |from: &str, to: &str| {
        let env = env(&memberships());
        env.change_plan(from, to);
        env.verb("check", &[]).exits(1)
    };
    said("gives = \"active\"", "gives = [\"active\", \"Expired\"]").says("P013");
    said(
        "gives = \"active\", ",
        "gives = \"active\", choose = \"past_due\", ",
    )
    .says("P003");
    said("words = \"cancelled\", ", "").says("P005");
    let tagged = plan("plugin")
        .offering("club", "Club")
        .tag("vip", "VIP")
        .export("memberships", "rcp-memberships", "memberships.csv")
        .toml(STATUSES)
        .map_to("Membership Level Name", [("Club", "tag = \"vip\"")]);
    env(&tagged).verb("check", &[]).exits(1).says("P017");
}
