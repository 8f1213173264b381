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
    let systems: Vec<_> = DECLARATIONS.listed().collect();
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

/// The default of a key, with its systems where they differ.
fn defaults(key: &ContactKey) -> String {
    let mut all: Vec<(&str, Vec<String>)> = Vec::new();
    for system in DECLARATIONS.listed() {
        let own = system.keys.iter().find(|own| own.name == key.name);
        let Some(default) = own.and_then(|own| own.default) else {
            continue;
        };
        let keyword = format!("`{}`", system.keyword);
        match all.iter_mut().find(|(known, _)| *known == default) {
            Some((_, systems)) => systems.push(keyword),
            None => all.push((default, vec![keyword])),
        }
    }
    if let [(default, _)] = &all[..] {
        return format!("`{default}`");
    }
    let all = all
        .iter()
        .map(|(default, systems)| format!("`{default}` ({})", systems.join(", ")));
    all.collect::<Vec<_>>().join(", ")
}

fn row(key: &ContactKey) -> String {
    let value = match key.kind {
        ContactKeyKind::Secret => "`{ env = \"NAME\" }` or `{ file = \"path\" }`".to_owned(),
        ContactKeyKind::Text => "text".to_owned(),
        ContactKeyKind::Choice(words) => {
            let words: Vec<String> = words.iter().map(|word| format!("`\"{word}\"`")).collect();
            words.join(", ")
        }
        ContactKeyKind::Number { min, max } => format!("a whole number from {min} to {max}"),
        ContactKeyKind::Table(_) => {
            let keys = DECLARATIONS.keys_of_table(key.name).into_iter();
            let keys: Vec<String> = keys.map(|own| format!("`{}`", own.name)).collect();
            format!("a table `[contacts.{}]` with {}", key.name, keys.join(", "))
        }
        ContactKeyKind::Names => format!("a table `[contacts.{}]`: your name = its name", key.name),
        ContactKeyKind::Duration { .. } => "a time such as `\"5 minutes\"`".to_owned(),
    };
    let default = match (key.default, key.required, key.excludes) {
        (Some(_), _, _) => defaults(key),
        (None, true, []) => "required".to_owned(),
        (None, true, others) => format!("required, or `{}`", others.join("`, `")),
        (None, false, _) => "none".to_owned(),
    };
    let has_it = DECLARATIONS
        .listed()
        .filter(|system| system.keys.iter().any(|own| own.name == key.name));
    let has_it: Vec<String> = has_it.map(|system| format!("`{}`", system.keyword)).collect();
    let only = if has_it.len() == DECLARATIONS.listed().count() {
        String::new()
    } else {
        format!("; only with {}", has_it.join(", "))
    };
    format!("`{}` | {value} | {default} | {}{only}", key.name, key.meaning)
}

/// Where a contact system may be named besides its own folder: in the lists of those that exist and those to come, and in the
/// command that serves the practice CRM.
const MAY_NAME: [&str; 6] = [
    // A word that people write as a key.
    "plan/read/field_words.rs",
    "systems/mod.rs",
    "systems/contact_systems.rs",
    "app/verbs/simulate.rs",
    "app/error.rs",
    "cli/simulate.rs",
];

/// Keywords that are words for something else in the code, so that a name may contain them: a release may drip.
const ALSO_WORDS: [&str; 1] = ["drip"];

#[test]
fn no_system_is_named_outside_its_folder() {
    let later = DECLARATIONS.later_contact_systems.iter().copied();
    let systems = DECLARATIONS.contact_systems;
    let keywords = systems.iter().map(|system| system.keyword).chain(later);
    let names = Names {
        keywords: keywords.collect(),
        titles: systems.iter().map(|system| system.title).collect(),
    };
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let for_tests = path.contains("tests") || path.starts_with("systems/contract");
        let own = systems
            .iter()
            .any(|system| path.starts_with(&format!("systems/{}/", system.keyword)));
        if for_tests || own || MAY_NAME.contains(&path.as_str()) {
            continue;
        }
        wrong.extend(names.named(&text).map(|name| format!("{path}: {name}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_planted_name_is_found() {
    let names = Names {
        keywords: vec!["keap", "drip"],
        titles: vec!["the practice CRM"],
    };
    let found = |text: &str| names.named(text).collect::<Vec<_>>();
    assert_eq!(found("fn f() { if system == \"drip\" {} }"), ["drip"]);
    assert_eq!(found("use systems::keap::KeapContacts;"), ["keap"]);
    assert_eq!(found("const OPEN_KEAP: u8 = 0; struct Drip;"), ["keap"]);
    assert_eq!(
        found("fn f() { panic!(\"ask the practice CRM\") }"),
        ["the practice CRM"]
    );
    assert_eq!(
        found("/// \"drip\" is a word of the practice CRM.\n// keap\nfn dripping() -> Keapsake {}"),
        [""; 0]
    );
}

#[test]
fn the_model_says_nothing_about_the_screens_of_a_site() {
    let names = Names {
        keywords: Vec::new(),
        titles: vec!["AccessAlly", "Settings,"],
    };
    let model = sources()
        .into_iter()
        .filter(|(path, _)| path.starts_with("model/"));
    let mut files = 0;
    for (path, text) in model {
        files += 1;
        assert_eq!(names.named(&text).collect::<Vec<_>>(), [""; 0], "{path}");
    }
    assert!(files > 20, "only {files} files of the model");
    assert!(!DECLARATIONS.accessally_checkpoints.is_empty());
}

/// Names that are looked for in code: a keyword as a whole string or as a word of an identifier, a title inside a
/// string. Comments do not count.
struct Names {
    keywords: Vec<&'static str>,
    titles: Vec<&'static str>,
}

impl Names {
    fn named(&self, text: &str) -> impl Iterator<Item = &'static str> {
        let code: proc_macro2::TokenStream = text.parse().expect("the file is Rust");
        let (mut strings, mut words) = (Vec::new(), Vec::new());
        collect_names(code, &mut strings, &mut words);
        let keywords = self.keywords.iter().copied().filter(|keyword| {
            let in_a_name = !ALSO_WORDS.contains(keyword) && words.iter().any(|word| word == keyword);
            in_a_name || strings.contains(&format!("\"{keyword}\""))
        });
        let titles = self.titles.iter().copied();
        let titles = titles.filter(|title| strings.iter().any(|string| string.contains(title)));
        keywords.chain(titles).collect::<Vec<_>>().into_iter()
    }
}

/// The literals of code, and the lowercase words of its identifiers.
fn collect_names(code: proc_macro2::TokenStream, strings: &mut Vec<String>, words: &mut Vec<String>) {
    for token in code {
        match token {
            proc_macro2::TokenTree::Group(group) if !is_doc(&group) => {
                collect_names(group.stream(), strings, words);
            }
            proc_macro2::TokenTree::Literal(literal) => strings.push(literal.to_string()),
            proc_macro2::TokenTree::Ident(ident) => words.extend(words_of(&ident.to_string())),
            proc_macro2::TokenTree::Group(_) | proc_macro2::TokenTree::Punct(_) => {}
        }
    }
}

/// The inside of `#[doc = "…"]`, which is what a documentation comment is.
fn is_doc(group: &proc_macro2::Group) -> bool {
    let first = group.stream().into_iter().next();
    group.delimiter() == proc_macro2::Delimiter::Bracket
        && matches!(first, Some(proc_macro2::TokenTree::Ident(ident)) if ident == "doc")
}

/// `KeapGreeting` is `keap` and `greeting`; `OPEN_KEAP` is `open` and `keap`.
fn words_of(ident: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for c in ident.chars() {
        if c == '_' || (c.is_uppercase() && after_lower) {
            words.push(String::new());
        }
        after_lower = c.is_lowercase();
        if let (Some(word), true) = (words.last_mut(), c != '_') {
            word.extend(c.to_lowercase());
        }
    }
    words
}

/// Every file of the program: its path below `src`, and its text.
fn sources() -> Vec<(String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&src, &mut files);
    let read = |file: std::path::PathBuf| {
        let path = file.strip_prefix(&src).unwrap().display().to_string();
        (path, fs::read_to_string(&file).unwrap())
    };
    files.into_iter().map(read).collect()
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
