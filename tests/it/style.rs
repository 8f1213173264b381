//! What Rehome prints keeps to docs/style.md: titles, messages, remedies, help, and the words that it does not use.

mod templates;

use std::{fs, path::Path};

use rehome::{
    diagnostics::{Code, terms},
    model::{FindingCode, Reason},
    wanted::LeftOut,
};

use self::templates::{Template, Use, templates};
use crate::{env::binary, layers::source_paths};

/// Words and phrases that a consultant stops at, with what to write. Each stands alone, not within another word.
const INSTEAD: &[(&str, &str)] = &[
    ("e-mail", "email"),
    ("mend", "fix"),
    ("shall", "should"),
    ("parted by", "separated by"),
    ("by and by", "gradually"),
    ("not there yet", "does not exist yet"),
    ("as wanted", "up to date"),
    ("turned away", "rejected"),
    ("held back", "blocked"),
    ("taken back", "undone, or refunded"),
    ("carried out", "applied"),
    ("small letters", "lowercase"),
    ("whoever", "anyone who"),
    ("everybody", "all members"),
    ("nobody", "no member"),
    ("somebody", "a member"),
    ("strangers", "not in any source"),
    ("on hold", "blocked"),
    ("take back", "undo, or refund"),
    ("took back", "undid, or refunded"),
    ("takes back", "undoes, or refunds"),
    ("carry out", "apply"),
    ("carries out", "applies"),
    ("holds", "contains, or has"),
    ("writing requests", "write requests"),
    ("what you sign", "summary for sign-off"),
    ("how sure", "confidence"),
    ("the world moved", "the site has changed since the plan was made"),
    ("is needed", "is required"),
    ("(s)", "the right plural"),
];

/// After "is no" and "are no": what is said of a missing thing ("there is no file") or of time ("is no longer").
const NO_LONGER: [&str; 3] = ["longer", "more", "one"];

/// What is wrong with a text, for people.
fn wrong_words(text: &str) -> Vec<String> {
    // What clap prints, and a header as many exports write it.
    let text = text
        .replace("subcommand(s)", "")
        .replace("E-mail", "")
        .replace("E-Mail", "");
    let lower = text.to_lowercase();
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let stands_alone = |at: usize, word: &str| {
        let before = lower[..at].chars().next_back();
        let after = lower[at + word.len()..].chars().next();
        !letter(before) && before != Some('-') && !letter(after) && after != Some('@')
    };
    let found = |(word, instead): &(&str, &str)| {
        let mut places = lower.match_indices(word);
        let place = places.find(|(at, word)| word.starts_with('(') || stands_alone(*at, word))?;
        let line = lower[..place.0].lines().count();
        Some(format!("line {line}: \"{word}\"; write \"{instead}\""))
    };
    let words = lower.split_whitespace();
    let words: Vec<&str> = words
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .collect();
    let is_no = words.windows(4).find(|words| {
        let is = matches!(words[1], "is" | "are") && words[2] == "no";
        is && words[0] != "there" && !NO_LONGER.contains(&words[3])
    });
    let is_no = is_no.map(|words| format!("\"{}\"; write \"is not a\"", words.join(" ")));
    INSTEAD.iter().filter_map(found).chain(is_no).collect()
}

/// What is wrong with a template, for people.
fn wrong_in(template: &Template) -> Vec<String> {
    let mut wrong = wrong_words(&template.text);
    // `\'` is an escape that a string does not need, or prints a backslash.
    if template.source.contains("\\'") {
        wrong.push("an apostrophe is escaped".to_owned());
    }
    let text = template.text.trim();
    if template.of != Use::Other && text.ends_with('.') && !text.ends_with("..") {
        wrong.push("a full stop at the end".to_owned());
    }
    let word = text.split([' ', ',']).next().unwrap_or_default();
    let name = word.chars().filter(|c| c.is_uppercase()).count() > 1 || word == "Rehome";
    let capital = word.starts_with(char::is_uppercase) && !name;
    match template.of {
        Use::Remedy if word.starts_with(char::is_lowercase) => {
            wrong.push("a remedy without a capital".to_owned());
        }
        Use::Message | Use::Note if capital => wrong.push("a capital at the start".to_owned()),
        _ => {}
    }
    wrong
}

fn title_is_right(title: &str) -> bool {
    let first = title.chars().next();
    first.is_some_and(char::is_uppercase) && !title.ends_with('.') && wrong_words(title).is_empty()
}

fn sentence_is_right(sentence: &str) -> bool {
    let word = sentence.split(' ').next().unwrap_or_default();
    let name = word.chars().filter(|c| c.is_uppercase()).count() > 1 || word == "Rehome";
    let start = name || sentence.starts_with(|c: char| c.is_lowercase());
    start && !sentence.ends_with('.') && wrong_words(sentence).is_empty()
}

#[test]
fn titles_and_sentences_keep_to_the_style() {
    for code in Code::ALL {
        let text = rehome::diagnostics::explain(code.code()).unwrap();
        let title = text
            .lines()
            .next()
            .unwrap()
            .split_once(": ")
            .map_or("", |(_, title)| title);
        assert!(title_is_right(title), "{}: {title:?}", code.code());
    }
    let findings = FindingCode::ALL.iter().map(|finding| finding.sentence());
    let reasons = Reason::OWN.iter().map(|reason| reason.sentence());
    let left_out = LeftOut::OWN.iter().map(|reason| reason.sentence());
    for sentence in findings.chain(reasons).chain(left_out) {
        assert!(sentence_is_right(sentence), "{sentence:?}");
    }
}

#[test]
fn pages_help_and_golden_files_use_no_word_that_a_reader_stops_at() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts: Vec<(String, String)> = vec![(
        "docs/codes.md".to_owned(),
        fs::read_to_string(root.join("docs/codes.md")).unwrap(),
    )];
    for (term, meaning) in terms() {
        texts.push((format!("glossary: {term}"), meaning.to_owned()));
    }
    let help = std::process::Command::new(binary()).arg("help").output().unwrap();
    texts.push(("rehome help".to_owned(), String::from_utf8(help.stdout).unwrap()));
    for entry in fs::read_dir(root.join("snapshots")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // A plan as the code has it, with the words of its keys.
        if name != "full-plan.snap" {
            texts.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
    let wrong: Vec<String> = texts
        .iter()
        .flat_map(|(name, text)| {
            wrong_words(text)
                .into_iter()
                .map(move |wrong| format!("{name}: {wrong}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn bad_texts_are_found() {
    assert!(!title_is_right("a value that no line matches"));
    assert!(!title_is_right("Unmapped value."));
    assert!(title_is_right("Unmapped value"));
    assert!(!sentence_is_right("The record is turned away"));
    assert!(!sentence_is_right("the record has no email address."));
    assert!(sentence_is_right("the record has no email address"));
    assert!(sentence_is_right("NUL bytes were dropped"));
    assert_eq!(wrong_words("Mend the cell").len(), 1);
    assert_eq!(wrong_words("we recommend 2 member(s)").len(), 1);
    assert!(wrong_words("recommended, marshalled, amended").is_empty());
}

#[test]
fn every_template_in_the_code_keeps_to_the_style() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let mut seen = 0;
    for path in source_paths() {
        let file = fs::read_to_string(src.join(&path)).unwrap();
        for template in templates(&file) {
            seen += usize::from(template.of == Use::Remedy);
            for one in wrong_in(&template) {
                wrong.push(format!("{path}:{}: {one}: {:?}", template.line, template.text));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 120, "{seen} remedies: are they still found?");
}

#[test]
fn bad_templates_are_found() {
    for (planted, count) in [
        ("x.remedy(\"add it to the plan\")", 1),
        ("x.remedy(format!(\"Add {} to the plan.\", y))", 1),
        ("x.remedy(\"Mend the cell(s) of the row\")", 2),
        ("x.at(span, \"The other one\")", 1),
        ("Diagnostic::error(Code::A, \"The value is no number\")", 2),
        (
            "Diagnostic::warning(Code::A, format!(\"the value of O\\\\'Brien {x}.\"))",
            2,
        ),
        ("printer.say(\"Everything was carried out.\")", 1),
        ("#[error(\"somebody is there\")] struct S;", 1),
    ] {
        let wrong: Vec<String> = templates(planted).iter().flat_map(wrong_in).collect();
        assert_eq!(wrong.len(), count, "{planted}: {wrong:?}");
    }
    for good in [
        "x.remedy(\"Add it, or write `a = 1`\")",
        "x.at(span, \"CSV files only\")",
        "printer.say(\"There is no file. It is no longer there.\")",
    ] {
        let wrong: Vec<String> = templates(good).iter().flat_map(wrong_in).collect();
        assert!(wrong.is_empty(), "{good}: {wrong:?}");
    }
}
