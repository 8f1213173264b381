//! Profiles of a consultant's own: what a plan makes of them, and that no text breaks the reader.

use std::fs;

use proptest::prelude::*;
use rehome::{
    diagnostics::{Diagnostics, render},
    plan,
};

use crate::{env::TestEnv, support::plan::plan};

const OWN: &str = r#"title = "Academy members export (one row per person)"
rows = "person"
facts = "Seen on the client's export of 1 November."

delimiter = ";"
skip_lines = 1
lists = { Courses = "|" }
dates = { format = "%d/%m/%Y", never = "forever" }
ends = "Access until"

[columns]
email = ["Mail", "E-mail"]
name = "Member"
"#;

const ACADEMY: &str = "Academy members\nMember;E-mail;Courses;Access until\n\
    Ana Moll;ana@example.com;Course|Club;forever\nBo Sund;bo@example.com;Course;03/04/2025\n";

/// A plan that reads an export by a profile of its own.
fn academy() -> TestEnv {
    let env = plan("academy")
        .offering("course", "Course")
        .offering("club", "Club")
        .export("members", "profiles/academy.toml", "people.csv")
        .map("Courses", [("Course", "course"), ("Club", "club")])
        .env()
        .and_file("people.csv", ACADEMY);
    fs::create_dir_all(env.path("profiles")).unwrap();
    env.write("profiles/academy.toml", OWN);
    env
}

#[test]
fn an_own_profile_reads_an_export_and_the_keys_of_the_plan_win() {
    let env = academy();
    let granted = |env: &TestEnv| {
        let plan = env
            .verb("plan", &["--summary", "--format", "json"])
            .exits(0)
            .json();
        [0, 1].map(|at| plan["offerings"][at]["wanted"].as_u64().unwrap())
    };
    assert_eq!(granted(&env), [1, 1], "Bo's access has ended");
    env.change_plan(
        "file = \"people.csv\"",
        "file = \"people.csv\"\ndates = { never = [\"forever\", \"03/04/2025\"] }",
    );
    assert_eq!(granted(&env), [2, 1], "the format is still the profile's");
}

#[test]
fn a_changed_own_profile_is_another_input() {
    let env = academy();
    env.verb("plan", &["--out", "before.changes"]).exits(0);
    env.write("profiles/academy.toml", format!("{OWN}# checked\n"));
    env.verb("plan", &["--out", "after.changes"]).exits(0);
    let inputs = |name: &str| {
        let set = rusqlite::Connection::open(env.path(name)).unwrap();
        let header: String = set
            .query_row("SELECT json FROM header", [], |row| row.get(0))
            .unwrap();
        serde_json::from_str::<serde_json::Value>(&header).unwrap()["inputs"].clone()
    };
    assert_ne!(inputs("before.changes"), inputs("after.changes"));
}

#[test]
fn an_own_profile_is_validated_and_shown() {
    let env = academy();
    env.run(&["profiles", "profiles/academy.toml"])
        .exits(0)
        .is("profile-own");
    env.change_file("profiles/academy.toml", "skip_lines = 1", "skip_line = 1");
    env.change_file("profiles/academy.toml", "\"%d/%m/%Y\"", "\"%Q\"");
    env.run(&["profiles", "profiles/academy.toml"])
        .exits(1)
        .prints(r"
        $ rehome profiles profiles/academy.toml
        stderr: error[P003]: the profile has no key `skip_line`
        stderr:  |
        stderr:  = at: profiles/academy.toml:6: unknown key
        stderr:  = help: Did you mean `skip_lines`?
        stderr:
        stderr: error[P007]: the format cannot be used: `%Q`: %Q is not a known placeholder; known are %Y %m %d %b %B %H %I %M %S %p %z and some more
        stderr:  |
        stderr:  = at: profiles/academy.toml:8: this value
        stderr:  = help: Write the format of the dates in the cells, such as %d/%m/%Y for 31/12/2025 or %Y-%m-%d %H:%M:%S for 2025-12-31 23:59:00
        stderr:
        stderr: 2 errors
        [EOF, exit status 1]
        ");
    env.verb("check", &[]).exits(1).says("profiles/academy.toml:6");
    env.run(&["profiles", "profiles/missing.toml"])
        .exits(1)
        .prints(r"
        $ rehome profiles profiles/missing.toml
        stderr: error[P009]: the profile cannot be read: No such file or directory (os error 2)
        stderr:  |
        stderr:  = at: profiles/missing.toml: this file
        stderr:  = help: Give the path of a profile, such as profiles/podia.toml, or the name of a built-in profile
        stderr:
        stderr: 1 error
        [EOF, exit status 1]
        ");
    fs::remove_file(env.path("profiles/academy.toml")).unwrap();
    env.verb("check", &[]).exits(1).prints(r#"
    $ rehome check plan.toml
    stderr: error[P009]: the profile `profiles/academy.toml` cannot be read: No such file or directory (os error 2)
    stderr:   --> plan.toml:19:11
    stderr:    |
    stderr: 19 | profile = "profiles/academy.toml"
    stderr:    |           ^^^^^^^^^^^^^^^^^^^^^^^ this file
    stderr:    |
    stderr:    = help: Give the path of your profile, relative to the plan, or the name of a built-in profile; `rehome profiles` lists them
    stderr:
    stderr: 1 error
    [EOF, exit status 1]
    "#);
}

#[test]
fn what_only_a_plan_decides_is_not_a_key_of_a_profile() {
    for key in [
        "file = \"x.csv\"",
        "map = { Courses = { Course = { grant = \"course\" } } }",
        "each_row = { grant = \"course\" }",
        "gone = \"revoke\"",
        "billing = \"old\"",
        "profile = \"table\"",
    ] {
        let mut said = Diagnostics::default();
        let text = format!("{key}\n{OWN}");
        assert!(
            plan::read_profile("own", "own.toml", &text, &mut said).is_none(),
            "{key}"
        );
        let codes: Vec<&str> = said.iter().map(|one| one.code.code()).collect();
        assert_eq!(codes, ["P003"], "{key}");
    }
}

/// Lines that a profile may have, and some that it may not.
fn line() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec![
        "title",
        "rows",
        "certainty",
        "facts",
        "columns",
        "columns.email",
        "event",
        "event.date",
        "events.charge",
        "lists",
        "lists.Tags",
        "dates",
        "dates.format",
        "dates.columns.a.zone",
        "fields.phone",
        "header",
        "login",
        "username",
        "ends",
        "consent",
        "registered",
        "key",
        "delimiter",
        "skip_lines",
        "example",
        "example.records",
        "numbers.decimal",
        "map",
    ]);
    let value = prop::sample::select(vec![
        "\"person\"",
        "\"event\"",
        "\"a\"",
        "\"\"",
        "1",
        "-1",
        "false",
        "[]",
        "[\"a\", \"b\"]",
        "[1, [2]]",
        "{}",
        "{ column = \"a\" }",
        "{ from = \"a\", after = \"1 year\" }",
        "[{}]",
        "2026-01-01",
        "\"%Y\"",
        "1.5",
    ]);
    (key, value).prop_map(|(key, value)| format!("{key} = {value}\n"))
}

fn survives(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let mut said = Diagnostics::default();
    let profile = plan::read_profile("own", "own.toml", &text, &mut said);
    assert_eq!(profile.is_none(), said.has_errors());
    if let Some(profile) = profile {
        assert!(!rehome::report::profile_text(&profile).is_empty());
    }
    let plan = "[migration]\nname = \"m\"\n[site]\nkind = \"local\"\npath = \"s\"\n[contacts]\nsystem = \"managed\"\n\
        [offerings.seen]\nname = \"Seen\"\n[sources.people]\nprofile = \"own.toml\"\nfile = \"a.csv\"\n\
        lists.tags = \",\"\nlogin = \"email\"\neach_row = { grant = \"seen\" }\n";
    let load = |_: &str| Ok(text.clone());
    let mut said = Diagnostics::default();
    let read = plan::read(plan, None, rehome::app::known(), &load, &mut said);
    assert_eq!(read.is_none(), said.has_errors());
    let _ = render(&said, "plan.toml", plan, false);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_as_a_profile_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        survives(&bytes);
    }

    #[test]
    fn any_keys_and_values_as_a_profile_are_read_or_refused(lines in prop::collection::vec(line(), 0..12)) {
        survives(lines.concat().as_bytes());
        let sound = format!("title = \"t\"\nrows = \"person\"\ncolumns.email = \"e\"\n{}", lines.concat());
        survives(sound.as_bytes());
    }
}
