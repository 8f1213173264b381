//! Signing off: what apply refuses, how it is accepted for one run, and who the journal says did.

use crate::env::{SMALL, TestEnv, golden};

/// Twelve people in the course and the club; of five the club has ended since.
fn five_of_twelve_leave() -> TestEnv {
    of_twelve_leave(5)
}

fn of_twelve_leave(leavers: usize) -> TestEnv {
    let env = twelve();
    env.apply().exits(0);
    write(&env, &rows(leavers));
    env
}

fn rows(leavers: usize) -> Vec<String> {
    const NAMES: [&str; 12] = [
        "Ana", "Bo", "Cy", "Di", "Eve", "Flo", "Gil", "Hal", "Ira", "Jo", "Kit", "Lea",
    ];
    let row = |(at, name): (usize, &&str)| {
        let status = if at < leavers { "ended" } else { "active" };
        let who = name.to_lowercase();
        format!("{who}@example.com,{name},Sol,\"Course, Club\",{status}")
    };
    NAMES.iter().enumerate().map(row).collect()
}

fn twelve() -> TestEnv {
    let env = TestEnv::small(&[]);
    write(&env, &rows(0));
    env
}

fn write(env: &TestEnv, rows: &[String]) {
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    env.write_people(&rows);
}

/// Applies with something accepted, unasked and all at once.
fn apply_accepting(env: &TestEnv, file: &str, accepted: &[&str]) -> crate::env::Ran {
    let mut args = vec!["apply", file, "--yes", "--waves", "off"];
    for one in accepted {
        args.extend(["--accept", *one]);
    }
    env.run(&args)
}

/// What the journal says was accepted: the run and the words.
fn accepted(env: &TestEnv) -> Vec<(u64, String)> {
    let status = env.verb("status", &["--format", "json"]).exits(0).json();
    let list = status["accepted"].as_array().unwrap();
    list.iter()
        .map(|one| {
            assert!(one["who"].as_str().unwrap().contains(" on "), "{one}");
            assert!(one["at"].as_i64().unwrap() > 0, "{one}");
            (
                one["run"].as_u64().unwrap(),
                one["what"].as_str().unwrap().to_owned(),
            )
        })
        .collect()
}

#[test]
fn a_refusal_says_the_least_that_has_to_be_accepted() {
    let env = five_of_twelve_leave();
    env.verb("plan", &["--summary"])
        .exits(4)
        .only(&["REFUSED"])
        .prints(r#"
        $ rehome plan plan.toml --summary
        [...]
        REFUSED: 5 of 12 members on the site would be updated; [policy.limits] updates allows 3
          To accept this for one run: --accept updates=42%. To allow it in the plan: [policy.limits] updates = "42%"
        REFUSED: 5 members would lose access to an offering; [policy.limits] lost_access allows 0
          To accept this for one run: --accept lost_access=5. To allow it in the plan: [policy.limits] lost_access = 5
        stderr: To accept everything: rehome apply plan.toml --accept updates=42%,lost_access=5
        [EOF, exit status 4]
        "#);
    let refusals = env
        .verb("plan", &["--summary", "--format", "json"])
        .exits(4)
        .json();
    let accept: Vec<_> = refusals["refusals"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["accept"].as_str().unwrap())
        .collect();
    assert_eq!(accept, ["updates=42%", "lost_access=5"]);
}

#[test]
fn what_is_accepted_is_carried_out_and_stands_in_the_journal() {
    let env = five_of_twelve_leave();
    apply_accepting(&env, "plan.toml", &["updates=41%,lost_access=5"])
        .exits(4)
        .says("--accept updates allows 4")
        .says("Nothing was changed.");
    assert_eq!(accepted(&env), []);
    apply_accepting(&env, "plan.toml", &["updates=42%", "lost_access=5"])
        .exits(0)
        .says("Accepted for this run: updates=42%,lost_access=5");
    assert_eq!(accepted(&env), [(2, "updates=42%,lost_access=5".to_owned())]);
    let told = format!(
        "{}\n{}",
        env.verb("status", &[]).exits(0),
        env.verb("log", &[]).exits(0)
    );
    golden("signing-off-journal", &told);
    let log = env.verb("log", &["--format", "json"]).exits(0).json();
    assert_eq!(log["accepted"][0]["run"], 2);
}

#[test]
fn what_was_accepted_for_one_run_is_not_accepted_for_the_next() {
    let env = five_of_twelve_leave();
    apply_accepting(&env, "plan.toml", &["updates=42%,lost_access=5"]).exits(0);
    write(&env, &rows(6));
    env.apply()
        .exits(4)
        .says("1 member would lose access")
        .says("--accept lost_access=1");
}

#[test]
fn plan_shows_what_acceptance_would_do_and_writes_it_into_the_change_set() {
    let env = five_of_twelve_leave();
    let out = ["--summary", "--out", "later.changes", "--accept", "updates=5"];
    env.verb("plan", &out)
        .exits(4)
        .says("Accepted for this run: updates=5\n")
        .says("To accept everything: rehome apply later.changes --accept updates=5,lost_access=5");
    env.verb("plan", &["--summary", "--accept", "updates=5,lost_access=5"])
        .exits(0)
        .says("Next: rehome apply plan.toml --accept updates=5,lost_access=5");
    let out = [
        "--summary",
        "--out",
        "later.changes",
        "--accept",
        "updates=5,lost_access=5",
    ];
    env.verb("plan", &out)
        .exits(0)
        .says("Next: rehome apply later.changes\n");
    apply_accepting(&env, "later.changes", &[]).exits(0);
    assert_eq!(accepted(&env), [(2, "updates=5,lost_access=5".to_owned())]);
}

#[test]
fn a_change_set_that_is_refused_is_judged_anew_by_what_is_accepted_with_it() {
    let env = five_of_twelve_leave();
    env.verb("plan", &["--summary", "--out", "later.changes"])
        .exits(4);
    apply_accepting(&env, "later.changes", &[])
        .exits(4)
        .says("[policy.limits] lost_access allows 0");
    apply_accepting(&env, "later.changes", &["updates=50%,lost_access=4"])
        .exits(4)
        .says("--accept lost_access allows 4")
        .never_says("would be changed");
    apply_accepting(&env, "later.changes", &["lost_access=5"])
        .exits(4)
        .says("[policy.limits] updates allows 3");
    apply_accepting(&env, "later.changes", &["lost_access=5,updates=5"]).exits(0);
    assert_eq!(accepted(&env), [(2, "updates=5,lost_access=5".to_owned())]);
}

#[test]
fn an_expectation_is_not_accepted_away() {
    let env = twelve();
    env.change_plan("[tags.vip]", "[expect.offerings]\nclub = 11\n\n[tags.vip]");
    env.verb("plan", &["--summary"])
        .exits(4)
        .says("set it in the plan: [expect.offerings] club = 12")
        .never_says("--accept");
    let mut said = String::new();
    for word in [
        "members",
        "offering=club",
        "updats=4%",
        "updates",
        "updates=104%",
        "lost_access=all",
        "renames=yes",
        "lost_access=1,lost_access=2",
    ] {
        let ran = apply_accepting(&env, "plan.toml", &[word]).exits(64);
        said.push_str(&format!("{ran}\n"));
    }
    golden("signing-off-wrong-words", &said);
    assert!(
        !env.path("site.sqlite").exists(),
        "refused, and yet a site was made"
    );
}

#[test]
fn a_rename_is_accepted_when_the_difference_is_computed() {
    let env = twelve();
    env.verb("plan", &["--summary", "--out", "without.changes"])
        .exits(0);
    apply_accepting(&env, "without.changes", &["renames"])
        .exits(64)
        .says("write it again with rehome plan PLAN --out FILE --accept renames");
    let out = ["--summary", "--out", "with.changes", "--accept", "renames"];
    env.verb("plan", &out).exits(0);
    apply_accepting(&env, "with.changes", &["renames"]).exits(0);
    assert_eq!(
        accepted(&env),
        [(1, "renames".to_owned()), (1, "renames".to_owned())]
    );
}

/// A plan that waits for a person before any member.
fn waiting() -> TestEnv {
    let plan = SMALL.replace(
        "[tags.vip]",
        "[checkpoints.ready]\nsay = \"Tell the team.\"\nbefore = \"contacts\"\n\n[tags.vip]",
    );
    let env = TestEnv::with_plan(&plan);
    write(&env, &rows(0));
    env.apply().exits(6);
    env.verb("confirm", &["ready"]).exits(0);
    env.apply().exits(0);
    // What was confirmed once is done; the second one waits.
    env.change_plan(
        "[checkpoints.ready]",
        "[checkpoints.again]\nsay = \"Tell them again.\"\nbefore = \"contacts\"\n\n[checkpoints.ready]",
    );
    write(&env, &rows(5));
    env
}

#[test]
fn a_run_that_goes_on_keeps_what_was_accepted_when_it_began() {
    let env = waiting();
    apply_accepting(&env, "plan.toml", &["updates=42%,lost_access=5"]).exits(6);
    env.apply().exits(6).says("Resuming run 2");
    apply_accepting(&env, "plan.toml", &["lost_access=6"])
        .exits(6)
        .says("Resuming run 2");
    env.verb("confirm", &["again"]).exits(0);
    env.apply().exits(0).says("5 of 5 members done");
    assert_eq!(
        accepted(&env),
        [
            (2, "updates=42%,lost_access=5".to_owned()),
            (2, "lost_access=6".to_owned())
        ]
    );
}

#[test]
fn renames_accepted_later_have_the_difference_computed_anew() {
    let env = waiting();
    apply_accepting(&env, "plan.toml", &["updates=42%,lost_access=5"]).exits(6);
    apply_accepting(&env, "plan.toml", &["renames"])
        .exits(4)
        .never_says("Going on");
    apply_accepting(&env, "plan.toml", &["renames,updates=42%,lost_access=5"]).exits(6);
    assert_eq!(
        accepted(&env),
        [
            (2, "updates=42%,lost_access=5".to_owned()),
            (3, "updates=42%,lost_access=5,renames".to_owned())
        ]
    );
    let runs = env.verb("status", &["--format", "json"]).json();
    assert_eq!(runs["runs"][1]["state"], "superseded");
}

#[test]
fn a_run_of_an_older_journal_goes_on() {
    for also in ["", "ALTER TABLE runs DROP COLUMN site;"] {
        let env = waiting();
        apply_accepting(&env, "plan.toml", &["updates=42%,lost_access=5"]).exits(6);
        let journal = env.state_file("journal.sqlite");
        rusqlite::Connection::open(&journal)
            .unwrap()
            .execute_batch(&format!("DROP TABLE sign_offs; {also} PRAGMA user_version = 1"))
            .unwrap();
        assert_eq!(accepted(&env), []);
        env.verb("confirm", &["again"]).exits(0);
        env.apply().exits(0).says("Resuming run 2");
        env.apply().exits(0).says("Nothing to do");
        env.verb("undo", &["--yes", "--waves", "off"]).exits(0);
    }
}

#[test]
fn undo_accepts_lost_access_only() {
    let env = twelve();
    env.apply().exits(0);
    for other in ["updates=9", "renames"] {
        env.verb("undo", &["--yes", "--accept", other])
            .exits(64)
            .says("an undo has one limit, lost_access");
    }
    // Whoever got access by the run is meant to lose it.
    env.verb("undo", &["--yes"])
        .exits(0)
        .says("12 members LOSE ACCESS");
}

#[test]
fn every_difference_between_the_numbers_is_told_by_reason() {
    let env = of_twelve_leave(3);
    env.on_the_site(
        "UPDATE users SET role = 'editor' WHERE email IN ('ana@example.com', 'lea@example.com');
         UPDATE holdings SET granted_by = 'admin' WHERE contact = (SELECT id FROM contacts WHERE email = 'bo@example.com');",
    );
    let mut people = rows(3);
    // Kit is in no export any more; Jo no longer has the course; Hal's club is granted no more, and no one revokes it.
    people.retain(|row| !row.starts_with("kit") && !row.starts_with("jo") && !row.starts_with("hal"));
    people.push("jo@example.com,Jo,Sol,Club,active".to_owned());
    people.push("hal@example.com,Hal,Sol,Course,active".to_owned());
    people.push("max@example.com,Max,Zed,Course,active".to_owned());
    write(&env, &people);
    let text = env
        .verb("plan", &["--summary", "--accept", "updates=100%,lost_access=9"])
        .exits(0);
    let markdown = env
        .verb("plan", &["--format", "markdown", "--accept", "lost_access=9"])
        .exits(0)
        .first_lines(40);
    golden("signing-off-explained", &format!("{text}\n{markdown}"));
    let json = env
        .verb(
            "plan",
            &["--summary", "--format", "json", "--accept", "lost_access=9"],
        )
        .exits(0)
        .json();
    assert_eq!(json["accepted"], serde_json::json!(["lost_access=9"]));
    for line in json["offerings"].as_array().unwrap() {
        let number = |key: &str| line[key].as_u64().unwrap();
        let parts = |key: &str| {
            let parts = line[key].as_object().unwrap().values();
            parts.map(|part| part.as_u64().unwrap()).sum::<u64>()
        };
        assert_eq!(number("in_export"), number("wanted") + number("not_wanted"));
        assert_eq!(number("not_wanted"), parts("not_wanted_by_reason"));
        assert_eq!(number("blocked"), parts("blocked_by_reason"));
        assert_eq!(number("other_holders"), parts("other_holders_by_reason"));
        assert_eq!(
            number("after"),
            number("wanted") - number("blocked") + number("other_holders")
        );
    }
    let club = &json["offerings"][1]["other_holders_by_reason"];
    assert_eq!(
        *club,
        serde_json::json!({ "in-no-source": 1, "not-mentioned": 1, "not-ours": 1, "privileged": 1 })
    );
}
