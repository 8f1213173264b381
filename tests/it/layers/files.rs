//! The folder `src` in; its files as modules, and which file uses which, out.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use petgraph::{algo::tarjan_scc, graph::DiGraph};

use super::paths::{Named, paths};

/// A file of the library.
pub(super) struct SourceFile {
    /// Below `src`, for people.
    pub(super) path: String,
    /// Its module, from the crate's root.
    pub(super) module: Vec<String>,
    /// The paths that it names.
    pub(super) names: Vec<Named>,
}

impl SourceFile {
    /// Whether it is compiled for tests only, by the names that such files have here.
    pub(super) fn is_for_tests(&self) -> bool {
        let last = self.module.last().map_or("", String::as_str);
        let in_tests = self.module.iter().any(|part| part == "tests");
        in_tests
            || last.ends_with("_tests")
            || matches!(last, "testing" | "contract" | "subject" | "simulation" | "world")
    }

    fn module_text(&self) -> String {
        self.module.join("::")
    }
}

/// All files of the library but its root, in order of path.
pub(super) fn source_files() -> Vec<SourceFile> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    collect(&src, &mut found);
    found.sort();
    let as_file = |path: PathBuf| {
        let relative = path.strip_prefix(&src).unwrap();
        let mut module: Vec<String> = relative
            .with_extension("")
            .iter()
            .map(|part| part.to_str().unwrap().to_owned())
            .collect();
        module.pop_if(|last| last == "mod");
        let text = fs::read_to_string(&path).unwrap();
        SourceFile {
            path: relative.display().to_string(),
            module,
            names: paths(&text),
        }
    };
    let files = found.into_iter().map(as_file);
    files
        .filter(|file| file.path != "main.rs" && file.path != "lib.rs")
        .collect()
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            into.push(path);
        }
    }
}

/// For each module, the modules whose items it names. What a module re-exports counts as the file that has it.
pub(super) fn uses(files: &[SourceFile]) -> BTreeMap<String, BTreeSet<String>> {
    let files: Vec<&SourceFile> = files.iter().filter(|file| !file.is_for_tests()).collect();
    let modules: BTreeSet<String> = files.iter().map(|file| file.module_text()).collect();
    let mut aliases: BTreeMap<String, BTreeMap<&str, Vec<String>>> = BTreeMap::new();
    let absolute = |file: &SourceFile, named: &Named| {
        let relative = || {
            let child = [file.module_text(), named.segments[0].clone()].join("::");
            let path = file.module.iter().chain(&named.segments).cloned().collect();
            modules.contains(&child).then_some(path)
        };
        named.resolve(&file.module).or_else(relative)
    };
    for file in &files {
        let names = file
            .names
            .iter()
            .filter(|named| !named.in_tests && named.depth == 0);
        for (named, alias) in names.filter_map(|named| Some((named, named.alias.as_deref()?))) {
            if let Some(path) = absolute(file, named) {
                aliases.entry(file.module_text()).or_default().insert(alias, path);
            }
        }
    }
    let owner = |path: &[String]| -> Option<String> {
        let mut path = path.to_vec();
        for _ in 0..8 {
            let cut = (1..=path.len())
                .rev()
                .find(|cut| modules.contains(&path[..*cut].join("::")))?;
            let module = path[..cut].join("::");
            let next = path
                .get(cut)
                .and_then(|item| aliases.get(&module)?.get(item.as_str()));
            match next {
                Some(real) => path = real.iter().chain(&path[cut + 1..]).cloned().collect(),
                None => return Some(module),
            }
        }
        None
    };
    let used_by = |file: &SourceFile| {
        let names = file.names.iter().filter(|named| !named.in_tests);
        // A name that is only re-exported is used by the files that import it from here.
        let names =
            names.filter(|named| named.alias.is_none() || file.path.rsplit('/').next() != Some("mod.rs"));
        let used = names.filter_map(|named| owner(&absolute(file, named)?));
        used.filter(|module| *module != file.module_text()).collect()
    };
    files
        .iter()
        .map(|file| (file.module_text(), used_by(file)))
        .collect()
}

/// Groups of modules that use each other, directly or around.
pub(super) fn cycles(uses: &BTreeMap<String, BTreeSet<String>>) -> Vec<Vec<&str>> {
    let mut graph = DiGraph::<&str, ()>::new();
    let nodes: BTreeMap<&str, _> = uses
        .keys()
        .map(|module| (module.as_str(), graph.add_node(module)))
        .collect();
    for (module, others) in uses {
        for other in others {
            graph.add_edge(nodes[module.as_str()], nodes[other.as_str()], ());
        }
    }
    let groups = tarjan_scc(&graph).into_iter().filter(|group| group.len() > 1);
    let mut found: Vec<Vec<&str>> = groups
        .map(|group| group.into_iter().map(|node| graph[node]).collect())
        .collect();
    for group in &mut found {
        group.sort_unstable();
    }
    found.sort();
    found
}
