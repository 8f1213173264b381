//! Bytes and texts that were never meant to be a plan.

use proptest::prelude::*;

use super::*;

#[test]
fn bytes_that_are_no_text_are_refused_with_the_line() {
    assert_eq!(text_of(b"\xef\xbb\xbfa = 1"), Ok("a = 1"));
    let message = |bytes: &[u8]| text_of(bytes).expect_err("refused").message;
    assert!(message(b"a\nb\n\xff").contains("line 3"));
    assert!(message(b"SQLite format 3\0").contains("NUL"));
    assert!(message(b"\xff\xfea\0").contains("UTF-16"));
    assert!(message(&vec![b' '; MAX_PLAN_BYTES + 1]).contains("at most"));
    assert_eq!(codes(&" ".repeat(MAX_PLAN_BYTES + 1)), [Code::PlanUnreadable]);
}

#[test]
fn deep_nesting_is_an_error_and_no_overflow() {
    let keys = "a.".repeat(70);
    let mut inline = String::new();
    for _ in 0..70 {
        inline.extend(["{ ", &keys, "b = "]);
    }
    let dotted = "a.".repeat(100_000);
    for text in [
        format!("a = {}", "[".repeat(100_000)),
        format!("a = {}{}", "[".repeat(60), "]".repeat(60)),
        format!("a = {}1{}", "{ b = ".repeat(60), " }".repeat(60)),
        format!("[{}z]\n", "a.".repeat(60)),
        format!("[{dotted}z]\nx = 1"),
        format!("{dotted}z = 1"),
        format!("[{keys}b]\nc = {inline}1{}", " }".repeat(70)),
    ] {
        assert!(codes(&text).contains(&Code::Syntax));
    }
}

#[test]
fn a_flood_of_wrong_lines_is_counted() {
    let text = "= \n".repeat(5_000);
    let out = read_in(&text, None).1;
    assert_eq!(out.iter().count(), parse::MAX_SYNTAX_ERRORS + 1);
    let lines: Vec<String> = (0..5_000).map(|number| format!("k{number} = 1\n")).collect();
    let text = lines.concat();
    let shown = render(&read_in(&text, None).1, "plan.toml", &text, false);
    assert!(shown.contains("… and 801 more"), "the rest is counted");
}

#[test]
fn styled_text_says_the_same_as_plain_text() {
    let text = changed("name = \"VIP\"", "name = 7");
    let out = read_in(&text, None).1;
    let styled = render(&out, "plan.toml", &text, true);
    assert!(styled.contains('\u{1b}'));
    assert_eq!(
        anstream::adapter::strip_str(&styled).to_string(),
        render(&out, "plan.toml", &text, false)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        if let Ok(text) = text_of(&bytes) {
            let out = read_in(text, Some("staging")).1;
            render(&out, "plan.toml", text, true);
        }
    }

    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,200}") {
        let out = read_in(&text, None).1;
        render(&out, "plan.toml", &text, false);
    }

    #[test]
    fn a_plan_with_anything_put_in_anywhere_never_panics(
        at in 0..FULL.len(),
        gone in 0..30usize,
        put in "[\\[\\]{}=.\"'*$a-z0-9 \\n\u{e9}\u{1f600}-]{0,12}",
    ) {
        let border = |mut at: usize| { while !FULL.is_char_boundary(at) { at -= 1; } at };
        let (start, end) = (border(at), border((at + gone).min(FULL.len())));
        let text = format!("{}{put}{}", &FULL[..start], &FULL[end.max(start)..]);
        let (plan, out) = read_in(&text, Some("staging"));
        render(&out, "plan.toml", &text, false);
        crate::diagnostics::to_json(&out, "plan.toml", &text);
        if let Some(plan) = plan {
            prop_assert_eq!(plan.reaches.len(), plan.targets.offerings.len());
        }
    }

    #[test]
    fn any_value_in_place_of_any_value_never_panics(
        line in 0..200usize,
        value in prop_oneof![
            Just("1"), Just("-1.5"), Just("true"), Just("[]"), Just("{}"), Just("[[{}]]"), Just("\"\""),
            Just("{ a = 1 }"), Just("2026-01-01"), Just("\"*\""), Just("[1, \"a\"]"), Just("12:00:00"), Just("nan"),
        ],
    ) {
        let mut lines: Vec<String> = FULL.lines().map(ToOwned::to_owned).collect();
        let at = line % lines.len();
        if let Some((key, _)) = lines[at].clone().split_once('=') {
            lines[at] = format!("{key}= {value}");
        }
        let text = lines.join("\n");
        let out = read_in(&text, None).1;
        render(&out, "plan.toml", &text, false);
    }
}
