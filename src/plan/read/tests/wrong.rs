//! `wrong_plans.txt` in; every case whose output is not what the reader says.

use std::{fmt::Write as _, fs};

use super::*;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/plan/read/tests/wrong_plans.txt");

/// One wrong plan: the small plan, with pieces of it replaced.
struct Case<'a> {
    /// The code, and what is special.
    title: &'a str,
    /// The replacements as the file has them.
    changes: &'a str,
    /// What the reader says.
    said: &'a str,
}

fn cases(file: &str) -> Vec<Case<'_>> {
    let cases = file.split("\n=== ").skip(1).map(|case| {
        let (title, rest) = case.split_once('\n').expect("a title");
        let (changes, said) = rest
            .split_once("---\n")
            .expect("changes, a line ---, what is said");
        Case { title, changes, said }
    });
    cases.collect()
}

impl Case<'_> {
    fn text(&self) -> String {
        let mut text = SMALL.to_owned();
        let mut lines = self.changes.lines().peekable();
        while lines.peek().is_some() {
            let mut piece = |sign: char| {
                let mut piece = Vec::new();
                while let Some(line) = lines.next_if(|line| line.starts_with(sign)) {
                    piece.push(line[1..].strip_prefix(' ').unwrap_or(&line[1..]));
                }
                piece.join("\n")
            };
            let (old, new) = (piece('-'), piece('+'));
            assert!(
                !old.is_empty() && text.contains(&old),
                "{}: {old:?} is in the plan",
                self.title
            );
            text = text.replace(&old, &new);
        }
        text
    }
}

#[test]
fn every_wrong_plan_is_shown_with_its_code_place_and_remedy() {
    let file = fs::read_to_string(FILE).expect("the file of cases");
    let mut written = file.split("\n=== ").next().unwrap_or_default().to_owned();
    let mut different = Vec::new();
    for case in cases(&file) {
        let text = case.text();
        let out = read_in(&text, None).1;
        let shown = render(&out, "lumen.toml", &text, false);
        assert!(!shown.contains("very-secret"), "{shown}");
        let expected = case.title.split(' ').next();
        for one in out.iter() {
            assert_eq!(Some(one.code.code()), expected, "{}: {shown}", case.title);
        }
        if shown.trim_end() != case.said.trim_end() {
            different.push(format!(
                "=== {}\nexpected\n{}\nfound\n{shown}",
                case.title, case.said
            ));
        }
        let _ = write!(
            written,
            "\n=== {}\n{}---\n{}\n",
            case.title,
            case.changes,
            shown.trim_end()
        );
    }
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        fs::write(FILE, written).expect("the file of cases is written");
        return;
    }
    assert!(
        different.is_empty(),
        "INSTA_UPDATE=always accepts this\n{}",
        different.join("\n")
    );
}

#[test]
fn every_code_about_the_plan_has_a_wrong_plan() {
    let file = fs::read_to_string(FILE).expect("the file of cases");
    let shown: BTreeSet<&str> = cases(&file)
        .iter()
        .filter_map(|case| case.title.split(' ').next())
        .collect();
    let elsewhere = [Code::PlanUnreadable, Code::TooMany];
    for code in Code::ALL.iter().filter(|code| code.code().starts_with('P')) {
        let shown = shown.contains(code.code()) || elsewhere.contains(code);
        assert!(shown, "{}", code.code());
    }
}

#[test]
fn a_plan_that_is_not_text_is_refused() {
    let mut out = Diagnostics::default();
    out.push(text_of(b"[migration]\nname = \"caf\xe9\"\n").expect_err("not UTF-8"));
    assert_eq!(
        render(&out, "lumen.toml", "", false),
        "error[P001]: the plan is not UTF-8 text: the first wrong byte is on line 2\n \
         |\n = help: Save it as UTF-8 in your editor\n\n1 error\n"
    );
}

#[test]
fn too_many_entries_are_refused_and_the_first_too_many_is_shown() {
    let mut text = SMALL.to_owned();
    for number in 0..1_000 {
        let _ = write!(
            text,
            "\n[checkpoints.c{number}]\nsay = \"Look\"\nbefore = \"verify\"\n"
        );
    }
    assert_eq!(codes(&text), []);
    text.push_str("\n[checkpoints.one-more]\nsay = \"Look\"\nbefore = \"verify\"\n");
    let out = read_in(&text, None).1;
    assert_eq!(
        render(&out, "lumen.toml", &text, false),
        r"error[P022]: the plan has 1,001 checkpoints; at most 1,000 are read
    --> lumen.toml:4045:14
     |
4045 | [checkpoints.one-more]
     |              ^^^^^^^^ the first one over the limit
     |
     = help: Split the plan into several migrations

1 error
"
    );
}
