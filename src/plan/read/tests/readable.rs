//! A value in; its pretty `Debug` text, short enough to review, out.

use std::fmt::Debug;

const WIDTH: usize = 110;

/// What fits on one line is on one line; fields that are `None` or empty are left out.
pub(super) fn readable(value: &impl Debug) -> String {
    let text = format!("{value:#?}");
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::new();
    for line in block(&lines) {
        out.push_str(&line);
        out.push('\n');
    }
    out
}

/// The lines of one level, each nested block on one line where that fits.
fn block(lines: &[&str]) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = lines;
    while let Some((first, after)) = rest.split_first() {
        if !first.ends_with(['{', '(', '[']) {
            if !is_empty_field(first) {
                out.push((*first).to_owned());
            }
            rest = after;
            continue;
        }
        let indent = |line: &str| line.len() - line.trim_start().len();
        let end = after
            .iter()
            .position(|line| indent(line) == indent(first))
            .expect("a block that ends");
        let inner = block(&after[..end]);
        let last = after[end].trim_start();
        let joined = inner
            .iter()
            .map(|line| line.trim_start())
            .collect::<Vec<_>>()
            .join(" ");
        let space = if first.ends_with('{') && !inner.is_empty() {
            " "
        } else {
            ""
        };
        let line = format!("{first}{space}{}{space}{last}", joined.trim_end_matches(','));
        if line.len() <= WIDTH {
            out.push(line);
        } else {
            out.push((*first).to_owned());
            out.extend(inner);
            out.push(after[end].to_owned());
        }
        rest = &after[end + 1..];
    }
    out
}

fn is_empty_field(line: &str) -> bool {
    line.trim_start().split_once(": ").is_some_and(|(name, value)| {
        matches!(value, "None," | "[]," | "{},")
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
    })
}

#[test]
fn short_blocks_are_one_line_and_empty_fields_are_left_out() {
    #[derive(Debug)]
    #[expect(dead_code, reason = "only shown")]
    struct Shown {
        name: &'static str,
        none: Option<u8>,
        some: Option<u8>,
        list: Vec<&'static str>,
    }
    let shown = |list| Shown {
        name: "a",
        none: None,
        some: Some(1),
        list,
    };
    assert_eq!(
        readable(&shown(vec!["b", "c"])),
        "Shown { name: \"a\", some: Some(1), list: [\"b\", \"c\"] }\n"
    );
    let long = "x".repeat(WIDTH);
    assert_eq!(
        readable(&shown(vec![long.leak()])).lines().count(),
        7,
        "a long value keeps its block open"
    );
}
