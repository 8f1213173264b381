//! The source text in; every use of a layer that the design does not allow out.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Each layer and those that it may use, as the design lists them.
const LAYERS: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("model", &["text"]),
    ("diagnostics", &["model"]),
    ("letter", &["model"]),
    ("people", &["model", "diagnostics"]),
    // `people` because addresses in a plan are read as the cells of exports are; `letter` because merge fields are
    // checked when the plan is read.
    ("plan", &["model", "diagnostics", "people", "letter", "text"]),
    ("sources", &["model", "diagnostics", "plan", "people", "text"]),
    ("wanted", &["model", "diagnostics", "plan", "people"]),
    (
        "check",
        &[
            "model",
            "diagnostics",
            "plan",
            "people",
            "sources",
            "wanted",
            "text",
        ],
    ),
    (
        "diff",
        &["model", "diagnostics", "plan", "people", "wanted", "text"],
    ),
    ("changeset", &["model", "diagnostics", "diff"]),
    ("graph", &["model", "diagnostics", "plan", "diff", "changeset"]),
    ("systems", &["model", "diagnostics"]),
    ("journal", &["model", "diagnostics"]),
    (
        "run",
        &["model", "diagnostics", "graph", "changeset", "journal", "systems"],
    ),
    // `plan` and `wanted` because coverage and accounting are shown, and their types are there.
    (
        "report",
        &[
            "model",
            "diagnostics",
            "diff",
            "changeset",
            "graph",
            "plan",
            "wanted",
            "text",
        ],
    ),
    (
        "app",
        &[
            "model",
            "diagnostics",
            "plan",
            "people",
            "sources",
            "wanted",
            "check",
            "diff",
            "changeset",
            "graph",
            "systems",
            "journal",
            "run",
            "report",
            "letter",
            "text",
        ],
    ),
    (
        "cli",
        &[
            "model",
            "diagnostics",
            "plan",
            "people",
            "sources",
            "wanted",
            "check",
            "diff",
            "changeset",
            "graph",
            "systems",
            "journal",
            "run",
            "report",
            "letter",
            "app",
            "text",
        ],
    ),
];

fn allowed(from: &str, to: &str) -> bool {
    let layer = LAYERS.iter().find(|(name, _)| *name == from);
    from == to || layer.is_some_and(|(_, uses)| uses.contains(&to))
}

/// A layer that is used, and the line.
#[derive(Debug, PartialEq, Eq)]
struct Use {
    layer: String,
    line: usize,
}

/// A word or a sign of the code; comments are gone, and a string is one sign.
#[derive(Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Sign(char),
}

fn tokens(text: &str) -> Vec<(Token, usize)> {
    let chars: Vec<char> = text.chars().collect();
    let at = |index: usize| chars.get(index).copied().unwrap_or('\0');
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    let (mut index, mut line) = (0, 1);
    while index < chars.len() {
        let (start, c) = (index, at(index));
        if c == '/' && at(index + 1) == '/' {
            while index < chars.len() && at(index) != '\n' {
                index += 1;
            }
        } else if c == '/' && at(index + 1) == '*' {
            let mut depth = 0;
            while index < chars.len() {
                match (at(index), at(index + 1)) {
                    ('/', '*') => (depth, index) = (depth + 1, index + 2),
                    ('*', '/') => (depth, index) = (depth - 1, index + 2),
                    _ => index += 1,
                }
                if depth == 0 {
                    break;
                }
            }
        } else if let Some(end) = string_end(&chars, index) {
            index = end;
            found.push((Token::Sign('"'), line));
        } else if c == '\'' {
            // A character, or else a lifetime.
            index += match (at(index + 1), at(index + 2)) {
                ('\\', _) => (2..12).find(|ahead| at(index + ahead + 1) == '\'').unwrap_or(0) + 2,
                (_, '\'') => 3,
                _ => 1,
            };
        } else if word(c) {
            while word(at(index)) {
                index += 1;
            }
            found.push((Token::Word(chars[start..index].iter().collect()), line));
        } else {
            index += 1;
            if !c.is_whitespace() {
                found.push((Token::Sign(c), line));
            }
        }
        line += chars[start..index.min(chars.len())]
            .iter()
            .filter(|c| **c == '\n')
            .count();
    }
    found
}

/// Where the string that begins here ends.
fn string_end(chars: &[char], start: usize) -> Option<usize> {
    let at = |index: usize| chars.get(index).copied().unwrap_or('\0');
    let mut index = start;
    while index < start + 2 && matches!(at(index), 'b' | 'c' | 'r') {
        index += 1;
    }
    let raw = index > start && at(index - 1) == 'r';
    let mut hashes = 0;
    while raw && at(index) == '#' {
        (hashes, index) = (hashes + 1, index + 1);
    }
    if at(index) != '"' {
        return None;
    }
    index += 1;
    while index < chars.len() {
        if at(index) == '\\' && !raw {
            index += 2;
        } else if at(index) == '"' && (1..=hashes).all(|ahead| at(index + ahead) == '#') {
            return Some(index + 1 + hashes);
        } else {
            index += 1;
        }
    }
    Some(index)
}

/// Every layer that a file names by a path from the crate's root. `depth` is how many modules deep the
/// file is: 1 for `src/plan/mod.rs`. What cannot be followed counts as the layer `?`.
fn uses(text: &str, depth: usize) -> Vec<Use> {
    let tokens = tokens(text);
    let word = |index: usize| match tokens.get(index) {
        Some((Token::Word(word), _)) => Some(word.as_str()),
        _ => None,
    };
    let sign =
        |index: usize, sign: char| matches!(tokens.get(index), Some((Token::Sign(c), _)) if *c == sign);
    let path = |index: usize| sign(index, ':') && sign(index + 1, ':');
    let mut found = Vec::new();
    let (mut braces, mut modules) = (0usize, Vec::new());
    let mut index = 0;
    while index < tokens.len() {
        let line = tokens[index].1;
        let mut from_root = None;
        match word(index) {
            Some("mod") if sign(index + 2, '{') => modules.push(braces),
            Some("crate") if index > 0 && sign(index - 1, '(') && sign(index + 1, ')') => {}
            Some("crate") if path(index + 1) => from_root = Some(index + 3),
            Some("crate" | "rehome") if path(index + 1) || word(index) == Some("crate") => {
                found.push(Use {
                    layer: "?".to_owned(),
                    line,
                });
            }
            Some("super") if index < 2 || !path(index - 2) || word(index.wrapping_sub(3)) == Some("self") => {
                let mut supers = 1;
                while path(index + 1) && word(index + 3) == Some("super") {
                    (supers, index) = (supers + 1, index + 3);
                }
                if supers >= depth + modules.len() {
                    from_root = Some(index + 3);
                }
            }
            _ if sign(index, '{') => braces += 1,
            _ if sign(index, '}') => {
                braces = braces.saturating_sub(1);
                modules.pop_if(|opened| *opened == braces);
            }
            _ => {}
        }
        if let Some(first) = from_root {
            let mut add = |at: usize| {
                let layer = word(at).filter(|word| *word != "self").unwrap_or("?").to_owned();
                found.push(Use { layer, line });
            };
            if sign(first, '{') {
                let (mut nested, mut at) = (1, first + 1);
                add(at);
                while nested > 0 && at < tokens.len() {
                    match () {
                        () if sign(at, '{') => nested += 1,
                        () if sign(at, '}') => nested -= 1,
                        () if sign(at, ',') && nested == 1 && !sign(at + 1, '}') => add(at + 1),
                        () => {}
                    }
                    at += 1;
                }
                index = at;
                continue;
            }
            add(first);
        }
        index += 1;
    }
    found
}

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, into);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            into.push(path);
        }
    }
}

#[test]
fn no_layer_uses_another_that_the_design_does_not_allow() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&src, &mut all);
    all.sort();
    let mut wrong = Vec::new();
    let mut arrows = 0;
    for path in all {
        let relative = path.strip_prefix(&src).unwrap().with_extension("");
        let mut modules: Vec<&str> = relative.iter().map(|part| part.to_str().unwrap()).collect();
        if matches!(modules.as_slice(), ["main" | "lib"]) {
            continue;
        }
        modules.pop_if(|last| *last == "mod");
        let layer = modules[0];
        assert!(
            LAYERS.iter().any(|(name, _)| *name == layer),
            "no such layer: {layer}"
        );
        let text = fs::read_to_string(&path).unwrap();
        for one in uses(&text, modules.len()) {
            arrows += 1;
            if !allowed(layer, &one.layer) {
                wrong.push(format!(
                    "{}:{}: {layer} uses {}",
                    path.strip_prefix(&src).unwrap().display(),
                    one.line,
                    one.layer
                ));
            }
        }
    }
    assert!(arrows > 100, "the scanner sees only {arrows} arrows");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_layer_of_the_library_is_in_the_table() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let mut there: Vec<&str> = lib
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .collect();
    let mut listed: Vec<&str> = LAYERS.iter().map(|(name, _)| *name).collect();
    there.sort_unstable();
    listed.sort_unstable();
    assert_eq!(there, listed);
    assert_eq!(
        lib.matches("mod ").count(),
        there.len(),
        "a module that is not a layer"
    );
}

#[test]
fn the_scanner_finds_a_planted_arrow_however_it_is_written() {
    let layers =
        |text: &str, depth| -> Vec<String> { uses(text, depth).into_iter().map(|one| one.layer).collect() };
    assert_eq!(layers("use crate::app::AppError;", 1), ["app"]);
    assert_eq!(
        layers(
            "use crate::{\n    model::{Email, Seq},\n    app::{self, x},\n};",
            1
        ),
        ["model", "app"]
    );
    assert_eq!(layers("fn f() -> crate :: run::End { todo!() }", 1), ["run"]);
    assert_eq!(
        layers("fn f() { let x = super::super::cli::main(); }", 2),
        ["cli"]
    );
    assert_eq!(layers("use super::super::{Lease, cli};", 2), ["Lease", "cli"]);
    assert_eq!(layers("use super::super::Lease;", 3), [""; 0]);
    assert_eq!(
        layers(
            "mod tests { use super::*; use super::super::app; } use super::cli;",
            1
        ),
        ["app", "cli"]
    );
    assert_eq!(layers("use self::super::app;", 1), ["app"]);
    assert_eq!(layers("use crate as everything;", 1), ["?"]);
    assert_eq!(layers("use crate::*; use rehome::app;", 1), ["?", "?"]);
    assert_eq!(layers("use crate::{self as all};", 1), ["?"]);
    let hidden = "// crate::app\n/* crate::app /* */ crate::cli */ let a = \"crate::app\"; r#\"crate::app\"#; b\"crate::app\"; '\"'; 'a'; '\\''; fn f<'a>() {} pub(crate) fn g() {}";
    assert_eq!(layers(hidden, 1), [""; 0]);
    assert_eq!(uses("\n\n\"a\n\";\nuse crate::app;", 1)[0].line, 5);
    assert!(!allowed("model", "diagnostics") && allowed("cli", "app") && !allowed("app", "cli"));
}
