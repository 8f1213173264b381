//! What contact systems declare reaches the plan language page, and nothing else in the code names a system.

use std::{fs, path::Path};

use rehome::{
    model::{ContactKey, ContactKeyKind},
    systems::DECLARATIONS,
};

const BEGIN: &str = "<!-- contacts: written by `REHOME_WRITE_DOCS=1 cargo test --test it contact_systems` from what the \
                     systems declare -->\n";
const END: &str = "<!-- end -->\n";

#[test]
fn the_plan_language_page_has_the_keys_that_the_systems_declare() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/plan-language.md");
    let page = fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the mark before the table");
    let (written, after) = rest.split_once(END).expect("the mark after the table");
    let table = table();
    if std::env::var_os("REHOME_WRITE_DOCS").is_some() {
        fs::write(&path, [before, BEGIN, &table, END, after].concat()).unwrap();
        return;
    }
    assert_eq!(
        written, table,
        "REHOME_WRITE_DOCS=1 cargo test --test it contact_systems writes it anew"
    );
}

/// The table of the keys of `[contacts]`.
fn table() -> String {
    let systems = DECLARATIONS.contact_systems;
    let words = systems.iter().map(|system| format!(", `\"{}\"`", system.keyword));
    let titles = systems.iter().map(|system| format!(", or {}", system.title));
    let needs_url = systems.iter().filter(|system| system.default_url.is_none());
    let needs_url: Vec<String> = needs_url.map(|system| format!("`{}`", system.keyword)).collect();
    let mut rows = vec![
        "key | value | default | meaning".to_owned(),
        "---|---|---|---".to_owned(),
        format!(
            "`system` | `\"managed\"`{} | required | the site itself{}",
            words.collect::<String>(),
            titles.collect::<String>()
        ),
        format!(
            "`url` | `http://…` or `https://…`, without a user name or password | required with {} | the address of the \
             contact system",
            needs_url.join(", ")
        ),
    ];
    rows.extend(DECLARATIONS.contact_keys().into_iter().map(row));
    rows.push(
        "`share` | a number above 0, at most 1 | `1` | the share of the published rate limit that Rehome may use; the \
         live shop uses the same account"
            .to_owned(),
    );
    rows.push(
        "`opted_out` | `\"create\"`, `\"skip\"` | `\"create\"` if the system supports it | people who opted out and are \
         not contacts yet: create them and mark them as opted out, or leave them out and list them"
            .to_owned(),
    );
    let mut table = String::new();
    for row in rows {
        table.push_str(&if row.starts_with("---") {
            "|---|---|---|---|\n".to_owned()
        } else {
            format!("| {row} |\n")
        });
    }
    table
}

fn row(key: &ContactKey) -> String {
    let value = match key.kind {
        ContactKeyKind::Secret => "`{ env = \"NAME\" }` or `{ file = \"path\" }`".to_owned(),
        ContactKeyKind::Text => "text".to_owned(),
        ContactKeyKind::Number { min, max } => format!("a whole number from {min} to {max}"),
    };
    let default = if key.required { "required" } else { "none" };
    format!("`{}` | {value} | {default} | {}", key.name, key.meaning)
}

/// Where the word of a contact system may occur in a string: its own folder, the list of those to come, and the
/// command that serves the practice CRM.
const MAY_NAME: [&str; 3] = ["systems/simulated/", "systems/contact_systems.rs", "people/"];

#[test]
fn no_system_is_named_outside_its_folder() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&src, &mut files);
    let later = DECLARATIONS.later_contact_systems.iter().copied();
    let words: Vec<&str> = DECLARATIONS
        .contact_systems
        .iter()
        .map(|system| system.keyword)
        .chain(later)
        .collect();
    let mut wrong = Vec::new();
    for file in files {
        let path = file.strip_prefix(&src).unwrap().display().to_string();
        let for_tests = path.contains("tests") || path.ends_with("contract.rs");
        if for_tests || MAY_NAME.iter().any(|place| path.starts_with(place)) {
            continue;
        }
        wrong
            .extend(named(&fs::read_to_string(&file).unwrap(), &words).map(|word| format!("{path}: {word}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_planted_name_is_found() {
    let found: Vec<&str> = named("fn f() { if system == \"drip\" {} }", &["keap", "drip"]).collect();
    assert_eq!(found, ["drip"]);
    assert_eq!(named("// \"drip\" is a word\nfn drip() {}", &["drip"]).count(), 0);
}

/// The words that are a whole string of the code.
fn named<'w>(text: &str, words: &'w [&str]) -> impl Iterator<Item = &'w str> {
    let code: proc_macro2::TokenStream = text.parse().expect("the file is Rust");
    let mut strings = Vec::new();
    strings_of(code, &mut strings);
    words
        .iter()
        .copied()
        .filter(move |word| strings.contains(&format!("\"{word}\"")))
}

fn strings_of(code: proc_macro2::TokenStream, into: &mut Vec<String>) {
    for token in code {
        match token {
            proc_macro2::TokenTree::Group(group) => strings_of(group.stream(), into),
            proc_macro2::TokenTree::Literal(literal) => into.push(literal.to_string()),
            _ => {}
        }
    }
}

fn collect(folder: &Path, into: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            into.push(path);
        }
    }
}
