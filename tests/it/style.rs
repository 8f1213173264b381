//! What Rehome prints keeps to docs/style.md: titles, sentences and help, and the words that it does not use.

use std::{fs, path::Path};

use rehome::{
    diagnostics::{Code, terms},
    model::{FindingCode, Reason},
    wanted::LeftOut,
};

use crate::env::binary;

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
    ("is no day", "is not a date"),
    ("is no number", "is not a number"),
    ("(s)", "the right plural"),
];

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
        !letter(before) && !letter(after)
    };
    let found = |(word, instead): &(&str, &str)| {
        let mut places = lower.match_indices(word);
        let place = places.find(|(at, word)| word.starts_with('(') || stands_alone(*at, word))?;
        let line = lower[..place.0].lines().count();
        Some(format!("line {line}: \"{word}\"; write \"{instead}\""))
    };
    INSTEAD.iter().filter_map(found).collect()
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
