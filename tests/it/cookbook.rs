//! The cookbook and the pages beside it in; every plan line of them read, and every command, link and code looked up.

use std::{collections::BTreeMap, fs, path::Path};

use rehome::{diagnostics::Diagnostics, plan};

use crate::env::TestEnv;

/// What the lines of the pages belong to. A part is left out where a snippet says it itself.
const SKELETON: &[(&[&str], &str)] = &[
    (&["migration"], "[migration]\nname = \"school\"\n"),
    (&["site"], "[site]\nkind = \"local\"\npath = \"site.sqlite\"\n"),
    (&["contacts"], "[contacts]\nsystem = \"managed\"\n"),
    (
        &["offerings", "photo-101"],
        "[offerings.photo-101]\nname = \"Photography 101\"\n",
    ),
    (
        &["offerings", "light"],
        "[offerings.light]\nname = \"Light, Shadow, Colour\"\n",
    ),
    (
        &["offerings", "drip"],
        "[offerings.drip]\nname = \"Photography in Eight Weeks\"\nmodules = 8\n",
    ),
    (
        &["offerings", "club"],
        "[offerings.club]\nname = \"Studio Club\"\nkind = \"membership\"\n",
    ),
    (&["tags", "vip"], "[tags.vip]\nname = \"VIP\"\n"),
    (
        &["tags", "newsletter"],
        "[tags.newsletter]\nname = \"Newsletter\"\n",
    ),
    (&["tags", "imported"], "[tags.imported]\nname = \"Imported\"\n"),
    (&["tags", "webinar"], "[tags.webinar]\nname = \"Webinar guest\"\n"),
    (&["sources"], "[sources.people]\n"),
];

/// A fenced block.
struct Block {
    /// What is behind the fence: the language, and for plan lines that are refused also with what.
    info: String,
    /// The line of the page on which it begins.
    line: usize,
    text: String,
}

/// A block of plan lines must be refused with this code.
fn refusal(block: &Block) -> Option<&str> {
    block.info.strip_prefix("toml refused ")
}

fn page(name: &str) -> String {
    fs::read_to_string(root().join("docs").join(name)).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut inside = false;
    for (number, line) in page.lines().enumerate() {
        let open = blocks.last_mut().filter(|_| inside);
        match (line.trim_start().strip_prefix("```"), open) {
            (Some(_), Some(_)) => inside = false,
            (Some(info), None) => {
                inside = true;
                blocks.push(Block {
                    info: info.to_owned(),
                    line: number + 1,
                    text: String::new(),
                });
            }
            (None, Some(block)) => block.text += &format!("{}\n", line.trim_start()),
            (None, None) => {}
        }
    }
    assert!(!inside, "the last block is closed");
    blocks
}

/// The lines of a snippet within the skeleton, whatever a source leaves out filled in.
fn whole_plan(snippet: &str) -> String {
    let said: toml::Table = snippet
        .parse()
        .unwrap_or_else(|error| panic!("{error}\n{snippet}"));
    let mut text = String::new();
    for (path, part) in SKELETON {
        let mut found = Some(&said);
        for key in &path[..path.len() - 1] {
            found = found.and_then(|table| table.get(*key)?.as_table());
        }
        if found.is_none_or(|table| !table.contains_key(path[path.len() - 1])) {
            text += part;
        }
    }
    text += snippet;
    let joined: toml::Table = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
    for (key, source) in joined["sources"].as_table().unwrap() {
        let says = |key: &str| source.get(key).is_some();
        let mut head = format!("[sources.{key}]\n");
        if !says("profile") {
            head += "profile = \"table\"\n";
        }
        if !says("profile") && !says("columns") {
            head += "columns = { email = \"E-mail\" }\n";
        }
        if !says("file") && !says("files") {
            head += "file = \"exports/people.csv\"\n";
        }
        let header = format!("[sources.{key}]\n");
        text = if text.contains(&header) {
            text.replacen(&header, &head, 1)
        } else {
            text + &head
        };
        if !says("map") && !says("map_file") && !says("each_row") {
            text += &format!(
                "[sources.{key}.map.Products]\n\"Studio Club\" = {{ grant = \"club\" }}\n\"Photography 101\" = {{ grant = \"photo-101\" }}\n"
            );
        }
    }
    text
}

/// The files that snippets name: mapping files, the bodies of emails and a corrections file.
fn beside(path: &str) -> Result<String, String> {
    match path {
        "fixes.csv" => Ok("email,column,becomes\nana@example.com,Products,Studio Club\n".to_owned()),
        path if path.starts_with("emails/") => Ok("Welcome.\n".to_owned()),
        path if path.starts_with("maps/") => Ok(format!("value,tag\nof {path},vip\n")),
        path => Err(format!("no file {path}")),
    }
}

/// The errors of a plan: their codes, and all of them as text.
fn errors(text: &str) -> (Vec<&'static str>, String) {
    let mut said = Diagnostics::default();
    let plan = plan::read(text, None, rehome::app::known(), &beside, &mut said);
    let wrong: Vec<_> = said
        .iter()
        .filter(|one| one.severity == rehome::diagnostics::Severity::Error)
        .collect();
    assert_eq!(plan.is_none(), !wrong.is_empty());
    let shown = rehome::diagnostics::render(&said, "plan.toml", text, false);
    (wrong.iter().map(|one| one.code.code()).collect(), shown)
}

/// The errors of a profile.
fn profile_errors(text: &str) -> (Vec<&'static str>, String) {
    let mut said = Diagnostics::default();
    plan::read_profile("own", "own.toml", text, &mut said);
    let shown = rehome::diagnostics::render(&said, "own.toml", text, false);
    (said.iter().map(|one| one.code.code()).collect(), shown)
}

#[test]
fn every_plan_line_of_the_pages_is_read_or_refused_as_it_says() {
    let mut wrong = String::new();
    for (name, at_least) in [
        ("cookbook.md", 50),
        ("plan-language.md", 15),
        ("signing-off.md", 1),
        ("going-live.md", 8),
        ("wordpress.md", 2),
    ] {
        let blocks = blocks(&page(name));
        let snippets: Vec<&Block> = blocks
            .iter()
            .filter(|block| block.info.starts_with("toml"))
            .collect();
        assert!(snippets.len() >= at_least, "{name} has only {}", snippets.len());
        for block in snippets {
            let (mut found, shown) = if block.info == "toml profile" {
                profile_errors(&block.text)
            } else {
                errors(&whole_plan(&block.text))
            };
            let expected: Vec<&str> = refusal(block).into_iter().collect();
            found.dedup();
            if found != expected {
                wrong += &format!(
                    "{name}:{}: {found:?} instead of {expected:?}\n{shown}\n",
                    block.line
                );
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_command_of_the_pages_is_one_that_the_help_knows() {
    let env = TestEnv::with_plan("");
    let mut helps: BTreeMap<String, String> = BTreeMap::new();
    for (name, at_least) in [("cookbook.md", 30), ("going-live.md", 20), ("wordpress.md", 3)] {
        let mut commands = 0;
        for block in blocks(&page(name)) {
            assert!(
                block.info.starts_with("toml") || matches!(block.info.as_str(), "sh" | "text"),
                "{name}:{}: {}",
                block.line,
                block.info
            );
            let lines = block.text.lines().filter(|_| block.info == "sh");
            for line in lines.filter_map(|line| line.strip_prefix("rehome ")) {
                commands += 1;
                let mut words = line.split_whitespace();
                let verb = words.next().unwrap().to_owned();
                let words: Vec<&str> = words.collect();
                let help = helps
                    .entry(verb.clone())
                    .or_insert_with(|| env.run(&[&verb, "--help"]).exits(0).stdout);
                for flag in words.iter().filter(|word| word.starts_with("--")) {
                    let known = help
                        .split(|c: char| c.is_whitespace() || c == ',')
                        .any(|word| word == *flag);
                    assert!(known, "{name}: `rehome {line}`: {verb} has no {flag}");
                }
                if let (true, [code]) = (verb == "explain", words.as_slice()) {
                    env.run(&["explain", code]).exits(0);
                }
            }
        }
        assert!(commands >= at_least, "{name} has only {commands} commands");
    }
}

/// Headings become anchors: lowercase letters, what is not a letter, digit, `-` or `_` left out, spaces `-`.
fn anchors(markdown: &str) -> Vec<String> {
    markdown
        .lines()
        .filter_map(|line| line.strip_prefix('#'))
        .map(|line| {
            let heading = line.trim_start_matches('#').trim().to_lowercase();
            heading
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
                .map(|c| if c == ' ' { '-' } else { c })
                .collect()
        })
        .collect()
}

#[test]
fn every_link_between_the_pages_leads_somewhere() {
    let mut links = 0;
    let pages = ["docs", "plans"].iter().flat_map(|folder| {
        let entries = fs::read_dir(root().join(folder)).unwrap();
        entries.map(|entry| entry.unwrap().path())
    });
    let pages = pages.filter(|path| path.extension().is_some_and(|end| end == "md"));
    for page in pages.chain([root().join("README.md")]) {
        let text = fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1) {
            let link = &link[..link.find(')').unwrap()];
            if link.starts_with("http") {
                continue;
            }
            links += 1;
            let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if path.is_empty() {
                page.clone()
            } else {
                page.parent().unwrap().join(path)
            };
            assert!(target.exists(), "{}: {link}", page.display());
            if !anchor.is_empty() {
                let there = anchors(&fs::read_to_string(&target).unwrap());
                assert!(
                    there.iter().any(|one| one == anchor),
                    "{}: {link}",
                    page.display()
                );
            }
        }
    }
    assert!(links >= 30, "only {links} links");
}

#[test]
fn every_code_that_the_cookbook_names_exists() {
    let page = page("cookbook.md");
    let codes = fs::read_to_string(root().join("docs/codes.md")).unwrap();
    let mut named = 0;
    for word in page.split(|c: char| !c.is_ascii_alphanumeric()) {
        let digits = word.strip_prefix(['P', 'S', 'D']);
        if digits.is_some_and(|digits| digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit()))
        {
            named += 1;
            assert!(codes.contains(&format!("## {word} ")), "no code {word}");
        }
    }
    assert!(named >= 10, "only {named} codes");
}

#[test]
fn every_worked_plan_stands_in_the_index() {
    let index = fs::read_to_string(root().join("plans/README.md")).unwrap();
    for entry in fs::read_dir(root().join("plans")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type().unwrap().is_dir() {
            assert!(
                index.contains(&format!("({name}/README.md)")),
                "{name} is not in plans/README.md"
            );
        }
    }
}
