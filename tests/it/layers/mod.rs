//! The source text in; every use of a layer that the design does not allow, and every pair of files that use each
//! other, out.

mod files;
mod paths;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

use files::{cycles, source_files, uses};
use paths::paths;

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

/// The layers that a file names. What cannot be followed counts as the layer `?`.
fn layers_named(text: &str, module: &[&str]) -> Vec<String> {
    let module: Vec<String> = module.iter().map(|part| (*part).to_owned()).collect();
    let named = paths(text);
    let layer = |named: &paths::Named| {
        let layer = match named.resolve(&module) {
            Some(path) => path.first().filter(|layer| *layer != "*").cloned(),
            None if named.segments[0] == "rehome" => None,
            None => return None,
        };
        Some(layer.unwrap_or_else(|| "?".to_owned()))
    };
    named.iter().filter_map(layer).collect()
}

/// The files of the library that are not for tests alone, below `src`.
pub(crate) fn source_paths() -> Vec<String> {
    let files = source_files();
    let mut paths: Vec<String> = files
        .iter()
        .filter(|file| !file.is_for_tests())
        .map(|file| file.path.clone())
        .collect();
    paths.extend(["lib.rs", "main.rs"].map(str::to_owned));
    paths.sort();
    paths.dedup();
    paths
}

#[test]
fn no_layer_uses_another_that_the_design_does_not_allow() {
    let mut wrong = Vec::new();
    let mut arrows = 0;
    for file in source_files() {
        let layer = file.module[0].as_str();
        assert!(
            LAYERS.iter().any(|(name, _)| *name == layer),
            "no such layer: {layer}"
        );
        for named in &file.names {
            let Some(path) = named.resolve(&file.module) else {
                continue;
            };
            let used = path.first().map_or("?", String::as_str);
            arrows += 1;
            if !allowed(layer, used) {
                wrong.push(format!(
                    "{}: {layer} uses {}",
                    file.path,
                    named.segments.join("::")
                ));
            }
        }
    }
    assert!(arrows > 1_000, "the scanner sees only {arrows} arrows");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_two_files_use_each_other() {
    let used = uses(&source_files());
    let arrows: usize = used.values().map(BTreeSet::len).sum();
    assert!(arrows > 500, "the scanner sees only {arrows} arrows");
    let cycles = cycles(&used);
    assert!(cycles.is_empty(), "files that use each other: {cycles:#?}");
}

#[test]
fn a_planted_cycle_is_found() {
    let mut used = uses(&source_files());
    used.entry("model::email".to_owned())
        .or_default()
        .insert("cli::plan".to_owned());
    let cycles = cycles(&used);
    assert!(
        cycles
            .iter()
            .any(|group| group.contains(&"model::email") && group.contains(&"cli::plan"))
    );
}

/// The modules and what they use, as docs/modules.md shows them. `REHOME_WRITE_DOCS=1` writes the page.
#[test]
fn the_page_of_modules_is_true() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/modules.md");
    let page = modules_page();
    if std::env::var_os("REHOME_WRITE_DOCS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/modules.md is out of date: REHOME_WRITE_DOCS=1 cargo test --test it layers"
    );
}

/// The layer of a module.
fn layer_of(module: &str) -> &str {
    module.split("::").next().unwrap_or(module)
}

fn modules_page() -> String {
    let files = source_files();
    let mut used: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (module, others) in uses(&files) {
        let layer = LAYERS
            .iter()
            .map(|(name, _)| *name)
            .find(|name| *name == layer_of(&module));
        let others = others.iter().map(|other| layer_of(other).to_owned());
        let others = others.filter(|other| Some(other.as_str()) != layer);
        used.entry(layer.unwrap()).or_default().extend(others);
    }
    let mut page = "# Modules and what they use\n\nWritten by `REHOME_WRITE_DOCS=1 cargo test --test it layers` from the code, and compared with it in \
                    every test run.\nNo two files use each other: a test finds such cycles. Each module uses only modules that come before it in this table.\n\n\
                    | module | uses | its files and folders |\n|---|---|---|\n"
        .to_owned();
    for (layer, _) in LAYERS {
        let names: Vec<String> = used
            .get(layer)
            .into_iter()
            .flatten()
            .map(|name| format!("`{name}`"))
            .collect();
        let parts: BTreeSet<&str> = files
            .iter()
            .filter(|file| file.module[0] == *layer && !file.is_for_tests())
            .filter_map(|file| file.module.get(1).map(String::as_str))
            .collect();
        let parts: Vec<&str> = parts.into_iter().collect();
        writeln!(
            page,
            "| `{layer}` | {} | {} |",
            names.join(", "),
            parts.join(", ")
        )
        .unwrap();
    }
    page.push_str("\n```mermaid\ngraph TD\n");
    for (layer, uses) in &used {
        // Everything may use the nouns: their arrows would only hide the others.
        for other in uses
            .iter()
            .filter(|other| !matches!(other.as_str(), "model" | "text" | "diagnostics"))
        {
            writeln!(page, "  {layer} --> {other}").unwrap();
        }
    }
    page.push_str("```\n");
    page
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
    let layers = |text: &str, depth: usize| -> Vec<String> {
        let module = ["layer", "folder", "file"];
        let mut named = layers_named(text, &module[..depth]);
        named.retain(|layer| layer != "layer");
        named.dedup();
        named
    };
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
    assert_eq!(layers("use crate::*; use rehome::app;", 1), ["?"]);
    assert_eq!(layers("use crate::{self as all};", 1), ["?"]);
    let hidden = "// crate::app\n/* crate::app /* */ crate::cli */ let a = \"crate::app\"; r#\"crate::app\"#; b\"crate::app\"; '\"'; 'a'; '\\''; fn f<'a>() {} pub(crate) fn g() {}";
    assert_eq!(layers(hidden, 1), [""; 0]);
    assert!(!allowed("model", "diagnostics") && allowed("cli", "app") && !allowed("app", "cli"));
}
