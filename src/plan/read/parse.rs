//! Text in, its tree out, or where it is not TOML.

use std::collections::HashSet;

use toml::de::DeTable;

use super::tree::{self, Table};
use crate::diagnostics::{Code, Diagnostic, Diagnostics};

/// More syntax errors than this are counted, not shown.
pub(super) const MAX_SYNTAX_ERRORS: usize = 50;

pub(super) fn parse(text: &str, out: &mut Diagnostics) -> Option<Table> {
    let (root, errors) = DeTable::parse_recoverable(text);
    let root = tree::convert(root.into_inner(), out);
    let only_doubles = errors.iter().all(|error| error.message() == "duplicate key");
    // One mistake is one error: what follows on the same line is its consequence.
    let (mut lines, mut line, mut counted) = (HashSet::new(), 0, 0);
    let mut more = 0;
    for error in &errors {
        let start = error.span().map_or(0, |span| span.start);
        if let Some(between) = text.get(counted..start) {
            line += between.matches('\n').count();
            counted = start;
        }
        if !lines.insert(line) {
            continue;
        }
        if lines.len() > MAX_SYNTAX_ERRORS {
            more += 1;
        } else {
            out.push(syntax_error(error, text));
        }
    }
    if more > 0 {
        out.push(Diagnostic::error(
            Code::Syntax,
            format!("{more} more lines with TOML errors are not shown"),
        ));
    }
    // What a broken text leaves behind would only give misleading errors; doubled keys leave all behind.
    only_doubles.then_some(root)
}

fn syntax_error(error: &toml::de::Error, text: &str) -> Diagnostic {
    let span = error.span().unwrap_or(0..0);
    if error.message() == "duplicate key" {
        return Diagnostic::error(Code::Syntax, "the same key is given twice")
            .at(span, "the second one")
            .remedy("Keep one of the two");
    }
    let remedy = remedy(
        error.message(),
        text.get(span.clone()).unwrap_or_default(),
        line(text, span.start),
    );
    Diagnostic::error(Code::Syntax, format!("this is not TOML: {}", error.message()))
        .at(span, "here")
        .remedy(remedy)
}

/// The line of the text around a place.
fn line(text: &str, at: usize) -> &str {
    let start = text
        .get(..at)
        .and_then(|before| before.rfind('\n'))
        .map_or(0, |end| end + 1);
    let line = text.get(start..).unwrap_or_default();
    line.lines().next().unwrap_or_default()
}

/// What to type instead: the mistakes of those who do not write TOML every day are few.
fn remedy(message: &str, found: &str, line: &str) -> String {
    let curly =
        |c: char| matches!(c, '\u{201c}'..='\u{201f}' | '\u{2018}'..='\u{201b}' | '\u{ab}' | '\u{bb}');
    let slashed = |word: &str| {
        let mut parts = word.split(['/', '.']);
        parts.clone().count() == 3
            && parts.all(|part| {
                !part.is_empty() && part.len() <= 4 && part.bytes().all(|byte| byte.is_ascii_digit())
            })
    };
    let key = line.split(['=', ':']).next().unwrap_or_default().trim();
    let bare = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | ' ' | '.' | '/' | '@');
    if line.contains(curly) {
        return "Replace the curly quotes by straight ones, \"…\"; write the plan in an editor for plain text".to_owned();
    }
    let value = line.split_once('=').map_or(found, |(_, value)| value).trim();
    if message.contains("escaped value") || message.contains("unicode") {
        return "Write a path with `/`, such as \"exports/people.csv\", or in single quotes, where `\\` is a letter \
                like any other"
            .to_owned();
    }
    if slashed(found.trim()) || slashed(value) {
        return "Write the date as year, month and day, without quotes, for example: 2026-11-30".to_owned();
    }
    if line.trim_start().starts_with('{') {
        return "Write TOML, not JSON: the name of a table in [brackets], and below it lines such as key = \"value\"".to_owned();
    }
    if ["True", "TRUE", "False", "FALSE"].contains(&value) {
        return format!("Write it in lowercase: {key} = {}", value.to_lowercase());
    }
    if value.ends_with('%') && !value.contains('"') {
        return format!("Put the text in quotes: {key} = \"{value}\"");
    }
    if message.starts_with("unexpected key or value") && line.contains("//") {
        return "Start a comment with `#`".to_owned();
    }
    if message.contains("missing comma") {
        return "Put a comma between the two".to_owned();
    }
    if message.contains("unclosed inline table") {
        return "Close it with `}`".to_owned();
    }
    if message.contains("invalid basic string") || message.contains("invalid literal string") {
        return "Close the text with a quote like the one at its start, on the same line".to_owned();
    }
    let colon = line
        .find(':')
        .filter(|at| line.find('=').is_none_or(|equals| *at < equals));
    if colon.is_some() && !line.trim_start().starts_with('[') {
        return "Write `=` in place of `:`".to_owned();
    }
    if message.contains("must be quoted")
        && !found.is_empty()
        && found.chars().all(bare)
        && key.chars().all(bare)
    {
        return format!("Put the text in quotes: {key} = \"{}\"", found.trim());
    }
    if message.contains("unclosed table") {
        return "Close the name of the table with `]`, at the end of the line".to_owned();
    }
    "Put text in quotes, tables in [brackets] on a line of their own, and lists in [ … ] with commas"
        .to_owned()
}
