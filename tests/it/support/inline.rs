//! A text and the literal in a test that it should be; whether it is, or the literal written anew.

use std::{fs, panic::Location, sync::Mutex};

/// Two tests must not write to one file at once.
static WRITING: Mutex<()> = Mutex::new(());

/// The text is this literal, without its indentation and without spaces at the ends of lines. With
/// `INSTA_UPDATE=always` the literal is written anew, as golden
/// files are.
#[track_caller]
pub(crate) fn is_inline(text: &str, literal: &str) {
    let text: Vec<&str> = text.trim_end().lines().map(str::trim_end).collect();
    let text = text.join("\n");
    if text == unindented(literal) {
        return;
    }
    let at = Location::caller();
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        let _writing = WRITING.lock().unwrap();
        let file = fs::read_to_string(at.file()).unwrap();
        fs::write(at.file(), rewritten(&file, at.line(), literal, &text)).unwrap();
        return;
    }
    panic!(
        "not what {at} says (INSTA_UPDATE=always accepts it)\nexpected\n{}\nfound\n{text}",
        unindented(literal)
    );
}

/// The literal without the line break at its start, the indentation of all its lines, and spaces at its end.
fn unindented(literal: &str) -> String {
    let literal = literal.strip_prefix('\n').unwrap_or(literal).trim_end();
    let lines = || literal.lines().filter(|line| !line.trim().is_empty());
    let indentation = lines().map(|line| line.len() - line.trim_start().len());
    let indentation = indentation.min().unwrap_or_default();
    let kept: Vec<&str> = literal
        .lines()
        .map(|line| line.get(indentation..).unwrap_or_default())
        .collect();
    kept.join("\n")
}

/// The file with the literal nearest below the line replaced by the text.
fn rewritten(file: &str, line: u32, literal: &str, text: &str) -> String {
    let from: usize = file
        .split_inclusive('\n')
        .take(line as usize - 1)
        .map(str::len)
        .sum();
    let all = file.match_indices(literal).map(|(at, _)| at);
    let at = all
        .min_by_key(|at| at.abs_diff(from))
        .expect("the literal in its file");
    // The delimiters are written anew too: a raw string has as many hashes as its text requires, and no more.
    let before = file[..at].trim_end_matches('"').trim_end_matches('#');
    let before = before.strip_suffix('r').expect("a raw string");
    let after = file[at + literal.len()..].trim_start_matches('"');
    let after = after.trim_start_matches('#');
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let head = &before[start..];
    let indentation = " ".repeat(head.len() - head.trim_start().len());
    let mut hashes = String::new();
    while text.contains(&format!("\"{hashes}")) {
        hashes.push('#');
    }
    let mut written = String::new();
    for line in text.trim_end().lines() {
        if !line.is_empty() {
            written.push_str(&indentation);
            written.push_str(line);
        }
        written.push('\n');
    }
    format!("{before}r{hashes}\"\n{written}{indentation}\"{hashes}{after}")
}

#[test]
fn a_literal_is_compared_without_its_indentation() {
    is_inline("a\n  b\n\nc\n", "\n    a\n      b\n\n    c\n    ");
}

#[test]
fn a_literal_is_written_anew_where_it_stands() {
    let file = "is(r\"\n    a\n    \");\n    is(r\"\n    a\n    \");\n";
    let again = rewritten(file, 4, "\n    a\n    ", "\"b\"\n\n  c\n");
    assert_eq!(
        again,
        "is(r\"\n    a\n    \");\n    is(r#\"\n    \"b\"\n\n      c\n    \"#);\n"
    );
}
