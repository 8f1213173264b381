//! The worked plan of a staged move: three weeks applied one after the other, and what each shows.

use std::{fs, path::Path};

use crate::env::{Ran, TestEnv};

fn staged_move() -> TestEnv {
    let env = TestEnv::with_plan("");
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("plans/staged-move");
    for week in 1..=3 {
        let exports = format!("exports/week-{week}");
        fs::create_dir_all(env.path(&exports)).unwrap();
        for file in fs::read_dir(from.join(&exports)).unwrap() {
            let name = format!("{exports}/{}", file.unwrap().file_name().display());
            env.write(&name, fs::read(from.join(&name)).unwrap());
        }
        let name = format!("week-{week}.toml");
        env.write(&name, fs::read(from.join(&name)).unwrap());
    }
    env.write("by-hand.sql", fs::read(from.join("by-hand.sql")).unwrap());
    env
}

fn plan(env: &TestEnv, week: u8) -> Ran {
    env.run(&[
        "plan",
        &format!("week-{week}.toml"),
        "--details",
        "--lists",
        "lists",
    ])
    .exits(0)
}

fn apply(env: &TestEnv, week: u8) -> Ran {
    let args = ["apply", &format!("week-{week}.toml"), "--yes", "--waves", "off"];
    env.run(&args).exits(0)
}

/// The first two weeks are applied, and someone bought on the new site.
fn before_week_three() -> TestEnv {
    let env = staged_move();
    for week in [1, 2] {
        apply(&env, week);
    }
    let sql = fs::read_to_string(env.path("by-hand.sql")).unwrap();
    env.on_the_site(&sql);
    env
}

#[test]
fn a_staged_move_shows_every_week_what_is_new_and_only_that() {
    let env = staged_move();
    for week in [1, 2] {
        let parts: &[&str] = match week {
            1 => &["4 records", "4 members\n"],
            _ => &["15 records", "7 members\n"],
        };
        plan(&env, week)
            .only(parts)
            .is(&format!("staged-move-week-{week}"));
        apply(&env, week);
    }
    let sql = fs::read_to_string(env.path("by-hand.sql")).unwrap();
    env.on_the_site(&sql);
    plan(&env, 3).is("staged-move-week-3");
    crate::env::golden(
        "staged-move-gone",
        &fs::read_to_string(env.path("lists/gone.csv")).unwrap(),
    );
    apply(&env, 3);
    let explained = ["tomas@brushwork.example", "jonas.weiss@example.com"]
        .map(|who| env.run(&["explain", "week-3.toml", who]).exits(0).to_string());
    crate::env::golden("staged-move-explain", &explained.concat());
    // What is reported stays listed; nothing is left to do, and verification finds everything in place.
    env.run(&["plan", "week-3.toml", "--detailed-exitcode", "--details"])
        .exits(0)
        .says("gone = \"report\" leaves the access alone");
    env.run(&["verify", "week-3.toml"]).exits(0);
}

#[test]
fn whoever_is_gone_gets_the_access_back_by_undo_and_nobody_else_changes() {
    let env = before_week_three();
    let offerings = |who: &str| {
        let all = env
            .run(&["members", "week-3.toml", "--format", "json"])
            .exits(0)
            .json();
        let members = all["members"].as_array().unwrap().clone();
        let one = members.into_iter().find(|one| one["email"] == who).unwrap();
        one["offerings"].to_string()
    };
    let tomas = "tomas@brushwork.example";
    let before = offerings(tomas);
    apply(&env, 3);
    assert_eq!(offerings(tomas), r#"["watercolour","ink"]"#);
    assert!(offerings("jonas.weiss@example.com").contains("open-studio"));
    env.run(&["undo", "week-3.toml", "--yes"]).exits(0);
    assert_eq!(offerings(tomas), before);
}

#[test]
fn an_empty_or_short_export_takes_nobodys_access() {
    let env = before_week_three();
    apply(&env, 3);
    env.write("exports/week-3/subscriptions.csv", "E-mail,Plan,Status\n");
    env.run(&["plan", "week-3.toml", "--details"])
        .exits(1)
        .prints(r#"
        $ rehome plan week-3.toml --details
        stderr: error[S007]: the source subscriptions has `complete = true`, but no record of it names a member
        stderr:   --> week-3.toml:75:8
        stderr:    |
        stderr: 75 | file = "exports/week-3/subscriptions.csv"
        stderr:    |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ every member would be missing
        stderr:    |
        stderr:    = help: Export again; if the old platform has no members left, remove the source or its `complete`
        stderr:
        stderr: 1 error
        [EOF, exit status 1]
        "#);
    let short = "E-mail,Plan,Status\nben.okoro@example.com,Open Studio monthly,active\n";
    env.write("exports/week-3/subscriptions.csv", short);
    env.change_file("week-3.toml", "open-studio = 8", "");
    env.run(&["apply", "week-3.toml", "--yes"])
        .exits(4)
        .says("4 members would lose access to an offering; [policy.limits] lost_access allows 1");
}

#[test]
fn a_record_that_was_turned_away_keeps_the_gone_waiting() {
    let env = before_week_three();
    let path = env.path("exports/week-3/team.csv");
    let team = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{team}tomas at brushwork,Tomas,Vega\n")).unwrap();
    let member = ["plan", "week-3.toml", "--member", "tomas@brushwork.example"];
    env.run(&member)
        .exits(0)
        .says("some of their records were rejected");
}
