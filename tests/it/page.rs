//! A plan in; the page to sign, what became of each value, and the fingerprint that `apply --signed` asks for, out.

use std::fs;

use crate::env::TestEnv;

/// Elements that have no end.
const VOID: [&str; 4] = ["meta", "br", "link", "img"];

/// The page with what must hold of every page checked: elements nest, headings are in order, nothing comes from outside
/// and nothing runs.
fn checked(page: &str) -> &str {
    assert!(page.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"), "{page}");
    let lower = page.to_lowercase();
    for never in [
        "<script", "http:", "https:", "src=", "href=", "@import", "url(", "onclick",
    ] {
        assert!(!lower.contains(never), "the page has {never}");
    }
    let mut open: Vec<&str> = Vec::new();
    let mut level = 0;
    for piece in page.split('<').skip(1) {
        let tag = piece.split('>').next().unwrap();
        let name = tag.trim_start_matches('/').split_whitespace().next().unwrap();
        if tag.starts_with('!') || VOID.contains(&name) {
            continue;
        }
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "{tag} closes another element");
            continue;
        }
        if let Some(next) = name.strip_prefix('h').and_then(|level| level.parse::<u32>().ok()) {
            assert!(
                next <= level + 1,
                "a heading of level {next} below one of level {level}"
            );
            level = next;
        }
        if name == "th" {
            assert!(tag.contains("scope="), "a head without a scope: {tag}");
        }
        if tag.contains("role=\"region\"") {
            assert!(tag.contains("aria-label=\""), "a region without a label: {tag}");
        }
        open.push(name);
    }
    assert_eq!(open, Vec::<&str>::new(), "elements that are not closed");
    assert_eq!(page.matches("<h1").count(), 1);
    assert_eq!(page.matches("<table").count(), page.matches("<caption").count());
    page
}

fn fingerprint(page: &str) -> String {
    let (_, rest) = page.split_once("<code class=\"print\">").expect("a fingerprint");
    rest.split('<').next().unwrap().to_owned()
}

#[test]
fn the_page_to_sign_is_one_sound_file_with_the_numbers_that_the_text_has() {
    let env = TestEnv::lumen();
    let page = env.verb("plan", &["--format", "html"]).exits(0).stdout;
    let page = checked(&page);
    for has in [
        "What will change: lumen",
        "Photography 101",
        "Who has access, before and after",
        "No one loses access to anything.",
        "<dt>emails sent</dt><dd>0</dd>",
        "<dt>passwords changed</dt><dd>0</dd>",
        "<dt>members created</dt><dd>1,664</dd>",
        "course progress",
        "rehome undo",
    ] {
        assert!(page.contains(has), "the page lacks {has}");
    }
    assert!(page.len() < 200_000, "{} bytes", page.len());
}

#[test]
fn every_value_of_the_old_platform_adds_up_and_leads_to_its_people() {
    let env = TestEnv::lumen();
    let document = env
        .verb("plan", &["--values", "--lists", "lists", "--format", "json"])
        .exits(0)
        .json();
    let values = document["values"].as_array().unwrap();
    assert!(values.len() > 10, "{values:?}");
    let mut listed = 0;
    for row in values {
        let number = |key: &str| row[key].as_u64().unwrap();
        let outcomes: u64 = row["outcomes"]
            .as_object()
            .unwrap()
            .values()
            .map(|one| one.as_u64().unwrap())
            .sum();
        assert_eq!(number("people"), outcomes, "{row}");
        assert!(
            number("records") >= number("people") + number("rejected"),
            "{row}"
        );
        listed += number("people");
    }
    let photo = values
        .iter()
        .find(|row| row["value"] == "Photography 101")
        .unwrap();
    assert_eq!(photo["outcomes"]["gains"], photo["people"]);
    let club = values.iter().find(|row| row["value"] == "Studio Club").unwrap();
    assert_eq!(club["outcomes"]["ignored"], club["people"]);
    let list = fs::read_to_string(env.path("lists/values.csv")).unwrap();
    assert_eq!(list.lines().count() as u64, listed + 1);
    let text = env.verb("plan", &["--values"]).exits(0).stdout;
    assert!(text.contains("each row adds up"), "{text}");
}

#[test]
fn only_what_was_signed_is_applied() {
    let env = TestEnv::lumen();
    let signed = fingerprint(&env.verb("plan", &["--format", "html", "--mask"]).exits(0).stdout);
    let again = fingerprint(
        &env.verb("plan", &["--format", "html", "--out", "lumen.changes"])
            .exits(0)
            .stdout,
    );
    assert_eq!(signed, again, "the same difference has the same fingerprint");
    let refused = env
        .verb("apply", &["--yes", "--signed", "0000-0000-0000-0000"])
        .exits(5);
    assert!(refused.stderr.contains(&signed), "{}", refused.stderr);
    assert!(!env.path("site.sqlite").exists(), "nothing was written");
    env.verb("apply", &["--yes", "--signed", &signed]).exits(0);
    // What is there now is another difference.
    env.the_later_exports_arrive();
    env.verb("apply", &["--yes", "--signed", &signed]).exits(5);
}

#[test]
fn hostile_text_stays_text_and_masked_addresses_name_no_one() {
    let env = TestEnv::lumen();
    let plan = fs::read_to_string(env.path("lumen.toml")).unwrap();
    let plan = plan.replacen(
        "name = \"Photography 101\"",
        "name = \"<b onload=x>\u{202e}101\"",
        1,
    );
    fs::write(env.path("lumen.toml"), plan).unwrap();
    let page = env.verb("plan", &["--format", "html", "--mask"]).exits(0).stdout;
    checked(&page);
    assert!(
        !page.contains("<b onload") && !page.contains('\u{202e}'),
        "{page}"
    );
    assert!(
        !page.contains("@north.example") || page.contains("…@"),
        "an address is not masked"
    );
}
