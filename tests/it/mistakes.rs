//! Typical mistakes of people who do not write TOML for a living, in `mistakes.txt`; what each is told, out.
//!
//! A case says what is changed in a small sound plan and what is typed. Its grade says whether a person can go on with
//! the answer alone: good (says what to type), fair (says what is wrong), poor (does neither).

use std::{fmt::Write as _, fs, path::Path};

use crate::env::{SMALL, TestEnv};

/// How many cases the file must have.
const CASES: usize = 66;

/// The command as it was before the messages were improved, to grade it: `REHOME_BIN` and this variable.
const SHOW: &str = "REHOME_SHOW_MISTAKES";

#[test]
fn every_typical_mistake_is_one_error_that_says_what_to_type() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/mistakes.txt");
    let text = fs::read_to_string(&path).unwrap();
    let (head, cases) = text.split_once("\n=== ").unwrap();
    let mut written = head.to_owned();
    let mut all = 0;
    for case in cases.split("\n=== ") {
        let (given, _) = case.split_once("\n---\n").unwrap_or((case.trim_end(), ""));
        let said = said(given);
        let grade = given.lines().next().unwrap();
        if grade.ends_with("-> good") {
            let errors = said.lines().filter(|line| line.starts_with("error")).count();
            assert_eq!(errors, 1, "one mistake is one error: {grade}\n{said}");
        }
        let _ = write!(written, "\n=== {given}\n---\n{said}");
        all += 1;
    }
    if std::env::var_os(SHOW).is_some() {
        println!("{written}");
        return;
    }
    if std::env::var_os("INSTA_UPDATE").is_some_and(|update| update == "always") {
        fs::write(&path, &written).unwrap();
    }
    assert_eq!(all, CASES);
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(
        text, written,
        "INSTA_UPDATE=always cargo test mistakes writes it anew"
    );
}

/// What the command says of a case.
fn said(given: &str) -> String {
    let mut plan = SMALL.to_owned();
    let mut typed = "check plan.toml";
    let lines: Vec<&str> = given.lines().skip(1).collect();
    let mut at = 0;
    while at < lines.len() {
        if let Some(command) = lines[at].strip_prefix("$ ") {
            typed = command;
            at += 1;
            continue;
        }
        let taken: Vec<&str> = lines[at..]
            .iter()
            .map_while(|line| line.strip_prefix("- "))
            .collect();
        at += taken.len();
        let put: Vec<&str> = lines[at..]
            .iter()
            .map_while(|line| line.strip_prefix("+ "))
            .collect();
        at += put.len();
        assert!(!taken.is_empty(), "{given}");
        let old = taken.join("\n");
        assert!(plan.contains(&old), "the plan has no {old:?}");
        plan = plan.replacen(&old, &put.join("\n"), 1);
    }
    let env = TestEnv::small(&[
        "ana@example.com,Ana,Moll,Course,",
        "bo@example.com,Bo,Sund,Club,active",
    ]);
    env.write("plan.toml", plan);
    let args: Vec<&str> = typed.split(' ').collect();
    let ran = env.run(&args).to_string();
    // The help that clap repeats for every wrong argument is the same for all.
    ran.lines()
        .skip(1)
        .filter(|line| !line.is_empty())
        .fold(String::new(), |text, line| {
            text + line.strip_prefix("stderr: ").unwrap_or(line).trim_end() + "\n"
        })
}
