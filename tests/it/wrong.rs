//! Wrong input of every kind: what a person is told, and the exit status. Never a panic.

use std::{fs, process::Command};

use crate::{
    env::{Ran, SMALL, TestEnv, binary, golden},
    whole_way::no_effect_is_doubled,
};

const ONE: [&str; 1] = ["ana@example.com,Ana,Moll,Course,"];

#[test]
fn a_plan_that_cannot_be_read_is_an_error_that_says_so() {
    let env = TestEnv::small(&ONE);
    env.run(&["plan", "missing.toml"]).exits(1).prints(
        r"
        $ rehome plan missing.toml
        stderr: error[P001]: cannot read the plan: No such file or directory (os error 2)
        stderr:  |
        stderr:  = at: missing.toml: this path
        stderr:  = help: Did you mean `plan.toml`?
        stderr:
        stderr: 1 error
        [EOF, exit status 1]
        ",
    );
    env.run(&["plan", "."]).exits(1).prints(
        r"
        $ rehome plan .
        stderr: error[P001]: this is a folder, not a plan
        stderr:  |
        stderr:  = at: .: this path
        stderr:  = help: Did you mean `plan.toml`?
        stderr:
        stderr: 1 error
        [EOF, exit status 1]
        ",
    );
    env.write("binary.toml", [0, 159, 146, 150, 255, 10, 13]);
    env.run(&["check", "binary.toml"]).exits(1).prints(
        r"
        $ rehome check binary.toml
        stderr: error[P001]: the plan contains a NUL byte on line 1: it is not a text file
        stderr:  |
        stderr:  = help: Give the plan's text file, not a database, spreadsheet or archive
        stderr:
        stderr: 1 error
        [EOF, exit status 1]
        ",
    );
    env.write("cut.toml", &SMALL[..SMALL.len() - 7]);
    env.run(&["plan", "cut.toml"]).exits(1).prints(
        r#"
    $ rehome plan cut.toml
    stderr: error[P002]: this is not TOML: unclosed inline table, expected `}`
    stderr:   --> cut.toml:31:18
    stderr:    |
    stderr: 31 | "VIP" = { tag = "
    stderr:    |                  ^ here
    stderr:    |
    stderr:    = help: Close it with `}`
    stderr:
    stderr: 1 error
    [EOF, exit status 1]
    "#,
    );
    env.write("empty.toml", "");
    env.run(&["plan", "empty.toml"]).exits(1);
    env.write("huge.toml", "# much ado\n".repeat(2_000_000));
    env.run(&["plan", "huge.toml"]).exits(1).prints(
        r"
    $ rehome plan huge.toml
    stderr: error[P001]: the plan is 4,194,305 bytes long; at most 4,194,304 are read
    stderr:  |
    stderr:  = help: Check that this is the plan and not an export; use patterns with `*` for long maps
    stderr:
    stderr: 1 error
    [EOF, exit status 1]
    ",
    );
    env.write("deep.toml", format!("a = {}", "[".repeat(200_000)));
    env.run(&["plan", "deep.toml"]).exits(1);
}

#[test]
fn an_export_that_cannot_be_read_is_an_error_that_says_so() {
    let env = TestEnv::small(&ONE);
    fs::remove_file(env.path("people.csv")).unwrap();
    env.verb("plan", &[]).exits(1).prints(
        r#"
    $ rehome plan plan.toml
    stderr: error[S001]: there is no file "./people.csv"
    stderr:   --> plan.toml:24:8
    stderr:    |
    stderr: 24 | file = "people.csv"
    stderr:    |        ^^^^^^^^^^^^ named here
    stderr:    |
    stderr:    = help: Put the export there, or correct the path; paths are relative to the plan's folder
    stderr:
    stderr: 1 error
    [EOF, exit status 1]
    "#,
    );
    fs::create_dir(env.path("people.csv")).unwrap();
    env.verb("plan", &[]).exits(1).prints(
        r#"
    $ rehome plan plan.toml
    stderr: error[S003]: "./people.csv" is a folder, not a file
    stderr:   --> plan.toml:24:8
    stderr:    |
    stderr: 24 | file = "people.csv"
    stderr:    |        ^^^^^^^^^^^^ named here
    stderr:    |
    stderr:    = help: Name a file in it, or all of them with `files = "people.csv/*.csv"`
    stderr:
    stderr: 1 error
    [EOF, exit status 1]
    "#,
    );
    fs::remove_dir(env.path("people.csv")).unwrap();
    env.write("people.csv", "");
    env.verb("plan", &[]).exits(1);
    env.write("people.csv", [0u8, 1, 2, 3, 255, 254].repeat(1000));
    env.verb("plan", &[]).exits(1);
    env.write("people.csv", "E-Mail,First\na@example.com,A\n");
    env.verb("plan", &[]).exits(1).is("wrong-export-columns");
}

#[test]
fn a_value_without_a_line_is_shown_with_its_count_and_the_nearest_line() {
    let env = TestEnv::small(&[
        "ana@example.com,Ana,Moll,\"Course, Clubb\",",
        "bo@example.com,Bo,Sund,Clubb,",
        "cy@example.com,Cy,Tan,Something else,",
    ]);
    env.verb("plan", &[]).exits(1).prints(r#"
    $ rehome plan plan.toml
    stderr: error[D001]: "Clubb" has no entry in the plan (2 records)
    stderr:   --> plan.toml:28:21
    stderr:    |
    stderr: 28 | [sources.people.map.Products]
    stderr:    |                     ^^^^^^^^ every value of this column needs an entry
    stderr:    |
    stderr:    = at: people.csv:2: first seen here
    stderr:    = help: Fix the nearest entry, "Club", or add an entry to [sources.people.map."Products"], for example: "Clubb" = { ignore = "why" }
    stderr:
    stderr: error[D001]: "Something else" has no entry in the plan (1 record)
    stderr:   --> plan.toml:28:21
    stderr:    |
    stderr: 28 | [sources.people.map.Products]
    stderr:    |                     ^^^^^^^^ every value of this column needs an entry
    stderr:    |
    stderr:    = at: people.csv:4: first seen here
    stderr:    = help: Add an entry with `grant`, `tag` or `ignore` to [sources.people.map."Products"], for example: "Something else" = { ignore = "why" }
    stderr:
    stderr: 2 errors
    [EOF, exit status 1]
    "#);
    let document = env.verb("check", &["--format", "json"]).exits(1).json();
    assert_eq!(document["diagnostics"].as_array().unwrap().len(), 2);
}

#[test]
fn a_cell_that_can_be_cut_two_ways_is_shown_with_both() {
    let env = TestEnv::small(&["ana@example.com,Ana,Moll,\"Course, Club\",active"]);
    env.change_plan("\"VIP\" = {", "\"Course, Club\" = { tag = \"vip\" }\n\"VIP\" = {");
    env.change_plan("\"Club\" = {", "\"Club\" = { grant = \"club\" }\n\"Club *\" = {");
    env.verb("plan", &[]).prints(r#"
    $ rehome plan plan.toml
    stderr: error[D002]: a cell can be split in two ways that mean different things: "Course" + "Club" or "Course, Club" (1 record)
    stderr:   --> plan.toml:28:21
    stderr:    |
    stderr: 28 | [sources.people.map.Products]
    stderr:    |                     ^^^^^^^^ the entries of this column allow both
    stderr:    |
    stderr:    = at: people.csv:2: first seen here
    stderr:    = help: Rename one of the titles on the old platform, or give both ways the same effect
    stderr:
    stderr: 1 error
    [EOF, exit status 1]
    "#);
}

#[test]
fn a_condition_that_no_record_meets_is_a_warning_and_one_that_some_record_meets_is_none() {
    let env = TestEnv::small(&[
        "ana@example.com,Ana,Moll,Club,active",
        "bo@example.com,Bo,Sund,\"Course, Club\",stopped",
    ]);
    env.verb("check", &[]).exits(0).never_says("D016");
    env.change_plan("[\"active\"]", "[\"actve\", \"trial\"]");
    env.verb("check", &[]).exits(0).prints(r#"
    $ rehome check plan.toml
    [sources.people.map."Products"]
      value   entry   cells
      Club    Club        2
      Course  Course      1
    [sources.people] when "Status" is one of actve, trial
      value    met  cells
      active   no       1
      stopped  no       1


    2 records read, 2 members; every value has an entry. Next: rehome plan plan.toml
    stderr: warning[D016]: the condition on "Status" never matches: no record of [sources.people] to which it applies contains "actve" or "trial"
    stderr:   --> plan.toml:30:37
    stderr:    |
    stderr: 30 | "Club" = { grant = "club", when = { Status = ["actve", "trial"] }, otherwise = "revoke" }
    stderr:    |                                     ^^^^^^ the condition
    stderr:    |
    stderr:    = at: people.csv:2: first seen here: "active"
    stderr:    = help: Did you mean "active" for "actve"? If no one has the value now, leave the condition as it is
    stderr:
    stderr: 1 warning
    [EOF, exit status 0]
    "#);
    env.write_people(&["bo@example.com,Bo,Sund,Course,"]);
    env.verb("check", &[]).exits(0).never_says("D016");
}

#[test]
fn a_key_that_tells_no_people_apart_is_an_error_and_single_slips_are_findings() {
    let people = |shared: usize, all: usize| -> Vec<String> {
        let row = |at: usize| {
            let key = if at < shared {
                "gold".to_owned()
            } else {
                format!("m{at}")
            };
            format!("person{at:03}@example.com,First,Last{at},Course,{key}")
        };
        (0..all).map(row).collect()
    };
    let env = TestEnv::small(&[]);
    env.change_plan("columns = {", "key = \"Status\"\ncolumns = {");
    let write = |rows: &[String]| env.write_people(&rows.iter().map(String::as_str).collect::<Vec<_>>());
    write(&people(30, 40));
    env.verb("plan", &[]).exits(1).prints(r#"
    $ rehome plan plan.toml
    stderr: error[D015]: "Status" in [sources.people] is not a unique key: 29 of 40 records have a key that also appears with another address
    stderr:   --> plan.toml:25:7
    stderr:    |
    stderr: 25 | key = "Status"
    stderr:    |       ^^^^^^^^ read as the source's key of each member
    stderr:    |
    stderr:    = at: people.csv:3: first seen here: "gold"
    stderr:    = at: people.csv:2: the other address
    stderr:    = help: Name the column with a unique ID for each person, or remove `key`; without it, a new address is a new member
    stderr:
    stderr: 1 error
    [EOF, exit status 1]
    "#);
    assert!(!env.path("site.sqlite").exists());
    for (shared, all) in [(9, 12), (30, 400)] {
        write(&people(shared, all));
        env.verb("check", &[]).exits(0).says("key-of-two-addresses");
    }
}

#[test]
fn a_site_file_that_is_none_is_never_written_over() {
    let env = TestEnv::small(&ONE);
    env.apply().exits(0);
    let whole = fs::read(env.path("site.sqlite")).unwrap();
    env.write_people(&["bo@example.com,Bo,Sund,Course,"]);
    let mut scrambled = whole.clone();
    for byte in &mut scrambled[100..8192] {
        *byte = 0xa7;
    }
    let other = env.path("elsewhere.sqlite");
    rusqlite::Connection::open(&other)
        .unwrap()
        .execute_batch("CREATE TABLE wp_users (id INTEGER)")
        .unwrap();
    for (name, content, said) in [
        (
            "text",
            b"this is not a database, but it is somebody's file\n".repeat(200),
            "it is not an SQLite database; give another path, and Rehome creates a new file there",
        ),
        (
            "half",
            whole[..whole.len() / 2].to_vec(),
            "it is truncated: 94208 of 188416 bytes are left; restore it from a backup",
        ),
        (
            "scrambled",
            scrambled,
            "it is damaged; restore it from a backup, then plan again",
        ),
        (
            "other",
            fs::read(other).unwrap(),
            "it is another program's database; give another path, and Rehome creates a new file there",
        ),
    ] {
        env.write("site.sqlite", &content);
        env.verb("plan", &[])
            .exits(1)
            .says(&format!("error: ./site.sqlite is not an embedded site: {said}\n"));
        env.apply().exits(1);
        env.verb("members", &[]).exits(1);
        assert!(
            fs::read(env.path("site.sqlite")).unwrap() == content,
            "{name} was changed"
        );
    }
    fs::remove_file(env.path("site.sqlite")).unwrap();
    fs::create_dir(env.path("site.sqlite")).unwrap();
    env.verb("plan", &[]).exits(1).prints(
        r"
    $ rehome plan plan.toml
    stderr: error: ./site.sqlite is not an embedded site: it is a folder; give the path of a file
    [EOF, exit status 1]
    ",
    );
    env.change_plan("site.sqlite", "no/such/folder/site.sqlite");
    env.apply().exits(1).only(&[]).prints(r"
    $ rehome apply plan.toml --yes --waves off
    [...]
    stderr: error: cannot create [DIR]/plans/no/such/folder/site.sqlite: its folder does not exist; create the folder first
    [EOF, exit status 1]
    ");
}

#[test]
fn a_damaged_journal_says_how_to_go_on_and_nothing_happens_twice() {
    let env = TestEnv::crowd(50);
    env.apply().exits(0);
    let journal = env.state_file("journal.sqlite");
    let whole = fs::read(&journal).unwrap();
    for (name, content) in [
        ("text", b"nothing but text\n".repeat(100)),
        ("half", whole[..whole.len() / 2].to_vec()),
        ("empty", Vec::new()),
    ] {
        fs::write(&journal, &content).unwrap();
        env.apply().is(&format!("wrong-journal-{name}"));
        env.verb("status", &[]);
        env.verb("log", &[]);
    }
    fs::remove_file(&journal).unwrap();
    env.apply().exits(0).says("Nothing to do");
}

#[test]
fn a_state_folder_that_cannot_be_made_is_an_error_before_anything_is_written() {
    let env = TestEnv::small(&ONE).and_file("a-file", "x");
    env.verb("apply", &["--yes", "--state", "a-file/below"])
        .exits(1)
        .prints(r"
        $ rehome apply plan.toml --yes --state a-file/below
        stderr: error: cannot create the state folder a-file/below/small/default/[HASH]/changes: Not a directory (os error 20)
        [EOF, exit status 1]
        ");
    assert!(!env.path("site.sqlite").exists());
    env.verb("status", &["--state", "nowhere"])
        .exits(0)
        .says("There has been no run yet: nothing is in nowhere/small/default/");
}

/// Applies while no file may grow beyond so many blocks of 512 bytes, where SQLite meets what it meets on a full disk:
/// an error, or with `killed` the end of the process in the middle of writing.
fn applies_with_little_room(env: &TestEnv, blocks: u32, killed: bool) -> Ran {
    let mut command = Command::new("sh");
    env.surround(&mut command);
    let trap = if killed { "" } else { "trap '' XFSZ; " };
    let limited = format!("{trap}ulimit -f {blocks}; exec \"$0\" \"$@\"");
    let output = command
        .args(["-c", &limited])
        .arg(binary())
        .args(["apply", "plan.toml", "--yes", "--waves", "off"])
        .output()
        .unwrap();
    env.ran("apply", &output)
}

#[test]
fn a_full_disk_stops_the_run_and_it_goes_on_when_there_is_room() {
    for (blocks, killed) in [
        (1, false),
        (60, false),
        (200, false),
        (400, false),
        (200, true),
        (600, true),
        (900, true),
    ] {
        let env = TestEnv::crowd(1_500);
        let ran = applies_with_little_room(&env, blocks, killed);
        if killed {
            assert!(ran.signal.is_some(), "{blocks} blocks were enough: {ran}");
        } else {
            assert!(
                ran.code == Some(1) && !ran.stderr.is_empty(),
                "{blocks} blocks: {ran}"
            );
        }
        env.apply().exits(0);
        env.apply().exits(0).says("Nothing to do");
        no_effect_is_doubled(&env.site());
        let count = |db: &rusqlite::Connection| {
            db.query_row("SELECT count(*) FROM users", [], |row| row.get::<_, i64>(0))
        };
        assert_eq!(
            count(&env.site()),
            Ok(1_500),
            "after a limit of {blocks} blocks: {ran}"
        );
    }
}

#[test]
fn a_result_that_cannot_be_written_is_an_error_and_a_reader_that_left_is_none() {
    let env = TestEnv::small(&ONE);
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = env.command(&["plan", "plan.toml"]).stdout(full).output().unwrap();
    env.ran("plan plan.toml > /dev/full", &output).exits(1).prints(
        r"
        $ rehome plan plan.toml > /dev/full
        stderr: Next: rehome apply plan.toml
        stderr: error: cannot write the result: No space left on device (os error 28)
        [EOF, exit status 1]
        ",
    );
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let output = env
        .command(&["plan", "plan.toml"])
        .stdout(writer)
        .output()
        .unwrap();
    env.ran("plan plan.toml | true", &output).exits(0);
}

#[test]
fn arguments_that_make_no_sense_are_told_with_64() {
    let env = TestEnv::small(&ONE);
    let mut said = String::new();
    for args in [
        &[][..],
        &["plam", "plan.toml"],
        &["plan"],
        &["plan", "plan.toml", "--out"],
        &["plan", "plan.toml", "--full", "--summary"],
        &["plan", "plan.toml", "--format", "yaml"],
        &["plan", "plan.toml", "--member", "ann"],
        &["apply", "plan.toml", "--waves", "perhaps"],
        &["apply", "plan.toml", "another.toml"],
    ] {
        said.push_str(&format!("{}\n", env.run(args).exits(64)));
    }
    golden("wrong-arguments", &said);
    env.run(&["plan", "plan.toml", "--env", "moon"]).exits(1).prints(
        r"
        $ rehome plan plan.toml --env moon
        stderr: error[P009]: the plan has no environment `moon`
        stderr:  |
        stderr:  = help: Add [environments.moon], or leave out --env
        stderr:
        stderr: 1 error
        [EOF, exit status 1]
        ",
    );
}

#[test]
fn every_verb_explains_itself() {
    let env = TestEnv::small(&[]);
    let all = env.run(&["--help"]).exits(0);
    let verbs: Vec<&str> = all
        .stdout
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.strip_prefix("  ")?.split(' ').next())
        .filter(|verb| !verb.is_empty() && *verb != "help")
        .collect();
    assert!(verbs.len() >= 8, "{verbs:?}");
    for verb in &verbs {
        let help = env.run(&[verb, "--help"]).exits(0);
        assert!(help.stdout.contains("Example"), "no example in {help}");
        golden(&format!("help-{verb}"), &help.to_string());
    }
    golden("help", &all.to_string());
}
