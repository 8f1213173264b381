//! Access that ends: counted from a day, or by line; what each does to a person, and what the lists say of it.

use std::fs;

use crate::{
    env::TestEnv,
    support::plan::{PlanBuilder, plan},
};

fn targets() -> PlanBuilder {
    plan("ends")
        .offering("course", "Course")
        .offering("club", "Club")
        .offering("drip", "Drip")
        .toml("modules = 4")
        .toml("\n[policy.limits]\nlost_access = 10\nupdates = \"100%\"")
}

/// The course for a year from the day in the column `Bought`.
fn a_year_from_purchase() -> TestEnv {
    targets()
        .source("people")
        .each_row("grant = \"course\"")
        .toml("ends = { from = \"Bought\", after = \"1 year\" }")
        .env()
}

/// A file of `--lists`, without its header.
fn list(env: &TestEnv, name: &str) -> Vec<String> {
    env.verb("plan", &["--lists", "lists"]).exits(0);
    let text = fs::read_to_string(env.path("lists").join(name)).unwrap_or_default();
    text.lines().skip(1).map(ToOwned::to_owned).collect()
}

/// The people with access to an offering on the site, by number.
fn with_access(env: &TestEnv, tag: &str) -> Vec<String> {
    let members = env.verb("members", &["--format", "json"]).exits(0).json();
    let holds = |member: &&serde_json::Value, tag: &str| {
        let tags = member["tags"].as_array();
        tags.is_some_and(|tags| tags.iter().any(|one| one == tag))
    };
    let all = members["members"].as_array().unwrap();
    all.iter()
        .filter(|one| holds(one, tag) && !holds(one, &format!("{tag} (revoked)")))
        .map(|one| one["email"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn an_end_is_counted_from_the_day_in_a_column_and_the_last_day_counts_whole() {
    let env = a_year_from_purchase().and_file(
        "people.csv",
        "Email,Bought\n\
         today@example.com,2025-11-16\n\
         yesterday@example.com,2025-11-15\n\
         leap@example.com,2026-02-28\n\
         never@example.com,\n",
    );
    assert_eq!(
        list(&env, "expiring.csv"),
        [
            "leap@example.com,course,2027-02-28,people.csv:4",
            "today@example.com,course,2026-11-16,people.csv:2",
        ]
    );
    env.apply().exits(0);
    assert_eq!(
        with_access(&env, "Course"),
        ["leap@example.com", "never@example.com", "today@example.com"]
    );
}

#[test]
fn what_a_counted_end_granted_is_revoked_when_the_day_has_passed() {
    let env = a_year_from_purchase().and_file("people.csv", "Email,Bought\nana@example.com,2025-11-16\n");
    env.apply().exits(0);
    assert_eq!(with_access(&env, "Course"), ["ana@example.com"]);
    env.change_plan("as_of = 2026-11-16", "as_of = 2026-11-17");
    env.apply().exits(0);
    assert_eq!(with_access(&env, "Course"), [""; 0]);
}

/// A source whose entries end on days of their own, with these entries besides.
fn ends_by_entry_and<const N: usize>(more: [(&str, &str); N]) -> PlanBuilder {
    let plan = ends_of_the_source().map_to(
        "Products",
        [
            (
                "Course",
                "grant = 'course', ends = { from = 'Bought', after = '90 days' }",
            ),
            ("Club", "grant = 'club'"),
            (
                "Drip",
                "grant = 'drip', release = { from = 'Bought', every = '1 month' }, ends = 'Drip until'",
            ),
        ],
    );
    more.iter().fold(plan, |plan, (value, gives)| {
        plan.toml(&format!("\"{value}\" = {{ {gives} }}"))
    })
}

fn ends_by_entry() -> TestEnv {
    ends_by_entry_and([]).env()
}

fn ends_of_the_source() -> PlanBuilder {
    let source = targets().source("people").toml("lists = { Products = \"|\" }");
    source.toml("ends = \"Until\"")
}

const PEOPLE: &str = "Email,Products,Bought,Until,Drip until\n\
    both@example.com,Course|Club,2026-10-31,2027-01-31,\n\
    course-over@example.com,Course|Club,2026-01-31,2027-01-31,\n\
    club-over@example.com,Course|Club,2026-10-31,2026-01-31,\n\
    drip@example.com,Drip,2026-08-31,2026-01-31,2026-11-30\n\
    drip-over@example.com,Drip,2026-08-31,2027-01-31,2026-11-01\n\
    twice@example.com,Course,2026-10-31,,\n\
    twice@example.com,Course,2026-11-01,,\n";

#[test]
fn the_end_of_a_line_counts_in_place_of_that_of_its_source() {
    let env = ends_by_entry().and_file("people.csv", PEOPLE);
    assert_eq!(
        list(&env, "expiring.csv"),
        [
            "both@example.com,course,2027-01-29,people.csv:2",
            "both@example.com,club,2027-01-31,people.csv:2",
            "club-over@example.com,course,2027-01-29,people.csv:4",
            "course-over@example.com,club,2027-01-31,people.csv:3",
            "drip@example.com,drip,2026-11-30,people.csv:5",
            "twice@example.com,course,2027-01-30,people.csv:8",
        ]
    );
    env.apply().exits(0);
    let course = ["both@example.com", "club-over@example.com", "twice@example.com"];
    assert_eq!(with_access(&env, "Course"), course);
    assert_eq!(
        with_access(&env, "Club"),
        ["both@example.com", "course-over@example.com"]
    );
}

#[test]
fn a_module_opens_each_month_until_the_end_of_the_line() {
    let env = ends_by_entry().and_file("people.csv", PEOPLE);
    // From 31 August: the second on 30 September, the third on 31 October, the fourth on the last day.
    assert_eq!(
        list(&env, "upcoming.csv"),
        ["drip@example.com,drip,4,2026-11-30,people.csv:5"]
    );
    env.apply().exits(0);
    assert_eq!(with_access(&env, "Drip (module 3)"), ["drip@example.com"]);
    assert_eq!(with_access(&env, "Drip (module 4)"), [""; 0]);
}

#[test]
fn what_ends_before_it_begins_has_ended() {
    let by_source = targets()
        .source("people")
        .toml("ends = \"Drip until\"")
        .each_row("grant = 'drip', release = { from = 'Bought', every = '1 week' }");
    for plan in [by_source, ends_by_entry_and([])] {
        let header = "Email,Products,Bought,Until,Drip until\n";
        let env = plan.env().and_file(
            "people.csv",
            format!("{header}ana@example.com,Drip,2026-11-01,,2026-11-20\n"),
        );
        env.apply().exits(0);
        assert_eq!(with_access(&env, "Drip"), ["ana@example.com"]);
        env.change_plan("as_of = 2026-11-16", "as_of = 2026-11-25");
        env.change_file("people.csv", "2026-11-01", "2026-12-01");
        let ended = list(&env, "findings.csv");
        assert!(ended.iter().any(|line| line.contains(",ended,")), "{ended:#?}");
        env.apply().exits(0);
        assert_eq!(with_access(&env, "Drip"), [""; 0]);
    }
}

#[test]
fn explain_says_until_when_and_since_when_not() {
    let env = ends_by_entry().and_file("people.csv", PEOPLE);
    env.verb("explain", &["course-over@example.com"])
        .exits(0)
        .is("ends-explain");
}

#[test]
fn every_record_with_an_end_that_has_passed_is_a_finding() {
    let env = ends_by_entry().and_file("people.csv", PEOPLE);
    let findings = list(&env, "findings.csv");
    let ended: Vec<&String> = findings.iter().filter(|line| line.contains("ended")).collect();
    let of = |line: &str, day: &str| {
        ended
            .iter()
            .any(|one| one.contains(&format!("people.csv:{line}")) && one.contains(day))
    };
    assert_eq!(ended.len(), 3, "{ended:#?}");
    assert!(
        of("3", "2026-05-01") && of("4", "2026-01-31") && of("6", "2026-11-01"),
        "{ended:#?}"
    );
}

#[test]
fn what_a_line_ended_is_told_once_and_not_where_another_line_still_gives_it() {
    let env = ends_by_entry_and([
        (
            "Course again",
            "grant = 'course', ends = { from = 'Bought', after = '90 days' }",
        ),
        ("Lifetime", "grant = 'course'"),
    ])
    .env()
    .and_file(
        "people.csv",
        "Email,Products,Bought,Until,Drip until\n\
         ana@example.com,Course|Course again|Course,2026-01-01,,\n\
         ben@example.com,Course|Lifetime,2026-01-01,,\n",
    );
    let findings = list(&env, "findings.csv");
    let ended: Vec<&String> = findings.iter().filter(|line| line.contains(",ended,")).collect();
    assert_eq!(ended.len(), 1, "{ended:#?}");
    assert!(ended[0].contains("people.csv:2") && ended[0].contains("course until 2026-04-01"));
}

#[test]
fn a_text_where_a_line_counts_from_a_day_stops_the_plan_and_is_shown() {
    let env = ends_by_entry().and_file(
        "people.csv",
        "Email,Products,Bought,Until,Drip until\n\
         ana@example.com,Course,2026-10-31,,\n\
         ben@example.com,Course,some day,,\n",
    );
    env.verb("apply", &["--yes"])
        .exits(1)
        .says("D003")
        .says("some day");
    assert!(!env.path("site.sqlite").exists());
    env.change_file("people.csv", "Bought", "Purchased");
    env.verb("plan", &[]).exits(1).says("S002").says("Bought");
}

#[test]
fn a_mapping_file_says_ends_as_well() {
    let env = ends_of_the_source()
        .toml("map_file = { Products = \"map.csv\" }")
        .env()
        .and_file(
            "map.csv",
            "value,grant,release,ends\n\
             Course,course,,90 Days From Bought\n\
             Club,club,,\n\
             Drip,drip,from Bought every 1 month,Drip until\n",
        )
        .and_file("people.csv", PEOPLE);
    let by_file = list(&env, "expiring.csv");
    assert_eq!(
        by_file,
        list(&ends_by_entry().and_file("people.csv", PEOPLE), "expiring.csv")
    );
    let env = env.and_file(
        "map.csv",
        "value,grant,release,tag,ends\nCourse,course,,,90 dayz from Bought\nClub,,,$value,Until\nDrip,drip,all,,1 year after Bought\n",
    );
    env.verb("check", &[]).exits(1).is("mapping-file-ends");
}

#[test]
fn of_payments_that_were_taken_back_no_end_is_told() {
    let env = targets()
        .export("payments", "kajabi-transactions", "payments.csv")
        .toml("dates = { format = \"%Y-%m-%d\" }")
        .toml("ends = { from = \"Created At\", after = \"1 year\" }")
        .map("Offer Title", [("Course", "course")])
        .env()
        .and_file(
            "payments.csv",
            "ID,Order No.,Created At,Amount,Currency,Type,Status,Customer Email,Offer Title\n\
         1,11,2026-01-10,50,USD,charge,succeeded,ana@example.com,Course\n\
         2,12,2026-06-10,50,USD,charge,succeeded,ana@example.com,Course\n\
         3,12,2026-06-20,50,USD,refund,succeeded,ana@example.com,Course\n\
         4,13,2026-03-10,50,USD,charge,succeeded,ben@example.com,Course\n\
         5,14,2025-03-10,50,USD,charge,succeeded,cy@example.com,Course\n",
        );
    assert_eq!(
        list(&env, "expiring.csv"),
        [
            "ana@example.com,course,2027-01-10,payments.csv:2",
            "ben@example.com,course,2027-03-10,payments.csv:5",
        ]
    );
}

#[test]
fn a_change_set_says_until_when_each_member_is_what_the_plan_wants() {
    let text = plan("ends")
        .offering("course", "Course")
        .table("people", "people.csv")
        .columns("first_name = \"First\"")
        .toml("ends = \"Until\"\ndates = { zone = \"+02:00\" }")
        .each_row("grant = \"course\"")
        .text();
    let until = |text: &str| -> [Option<i64>; 2] {
        let env = crate::env::TestEnv::with_plan(text).and_file(
            "people.csv",
            "Email,First,Until\nada@example.com,Ada,2040-06-30\nbo@example.com,Bo,\n",
        );
        let saved = env.path("saved.changes");
        env.verb("plan", &["--out", saved.to_str().unwrap()]).exits(0);
        let changes = rusqlite::Connection::open(saved).unwrap();
        let sql = "SELECT until FROM members WHERE email = ?1";
        ["ada@example.com", "bo@example.com"]
            .map(|email| changes.query_row(sql, [email], |row| row.get(0)).unwrap())
    };
    assert_eq!(until(&text), [None, None], "the plan stays on its day");
    // The day after the last one begins where the source is: 2040-07-01T00:00+02:00.
    let follows = text.replace("as_of = 2026-11-16\n", "");
    assert_eq!(until(&follows), [Some(2_224_706_400_000), None]);
}
