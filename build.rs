//! The files of `src/sources/profiles/` and of the demo in; the lists of them that `src/sources/profiles.rs` and
//! `src/app/verbs/demo.rs` include out.
//!
//! A file that is not TOML, lacks what every profile states, or has a key that no profile has fails the build. What
//! the keys mean is checked by the plan's own reader, in `tests/it/profiles.rs`.

// This is how a build script talks to Cargo.
#![allow(clippy::print_stdout)]

use std::{env, error::Error, fmt::Write, fs, path::Path};

#[path = "src/plan/read/profile_keys.rs"]
mod profile_keys;

const FOLDER: &str = "src/sources/profiles";

/// The worked plan that `rehome demo` writes, and its folders.
const DEMO: &str = "plans/lumen";
const DEMO_FOLDERS: [&str; 3] = ["emails", "exports", "later"];

/// What every profile states, and an own profile may leave out.
const REQUIRED: [&str; 5] = ["title", "rows", "certainty", "facts", "example"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={FOLDER}");
    println!("cargo::rerun-if-changed=src/plan/read/profile_keys.rs");
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join(FOLDER);
    let mut paths = fs::read_dir(&folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort_by_key(|path| path.file_stem().map(ToOwned::to_owned));
    let mut list = String::from("&[\n");
    for path in paths {
        println!("cargo::rerun-if-changed={}", path.display());
        check(&fs::read_to_string(&path)?).map_err(|problem| format!("{}: {problem}", path.display()))?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        writeln!(
            list,
            "    ({name:?}, include_str!({:?})),",
            path.display().to_string()
        )?;
    }
    list.push_str("]\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("profiles.rs"), list)?;
    demo()
}

/// The list of the demo's files: where each is written, and its bytes.
fn demo() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={DEMO}");
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join(DEMO);
    let mut names = vec!["lumen.toml".to_owned()];
    for folder in DEMO_FOLDERS {
        for entry in fs::read_dir(root.join(folder))? {
            names.push(format!("{folder}/{}", entry?.file_name().to_string_lossy()));
        }
    }
    names.sort();
    let mut list = String::from("&[\n");
    for name in names {
        writeln!(
            list,
            "    ({name:?}, include_bytes!({:?})),",
            root.join(&name).display().to_string()
        )?;
    }
    list.push_str("]\n");
    fs::write(Path::new(&env::var("OUT_DIR")?).join("demo.rs"), list)?;
    Ok(())
}

fn check(text: &str) -> Result<(), String> {
    let table: toml::Table = text.parse().map_err(|error| format!("{error}"))?;
    if let Some(key) = REQUIRED.iter().find(|key| !table.contains_key(**key)) {
        return Err(format!("a profile needs the key `{key}`"));
    }
    let unknown = table
        .keys()
        .find(|key| !profile_keys::KEYS.contains(&key.as_str()));
    unknown.map_or(Ok(()), |key| Err(format!("a profile has no key `{key}`")))
}
