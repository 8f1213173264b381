//! The command line that is being typed in; the environments, sources, offerings, checkpoints and codes that fit, out.
//!
//! Reads the plan as plain TOML: a plan with errors completes as well, and a plan that cannot be read completes to
//! nothing. Nothing is ever printed here.

use std::{ffi::OsStr, path::Path};

use clap_complete::{
    CompletionCandidate,
    engine::{PathCompleter, ValueCompleter as _},
};

use crate::{diagnostics::Code, sources::profiles};

/// The keys of `[environments]`.
pub(super) fn environments(typed: &OsStr) -> Vec<CompletionCandidate> {
    keys("environments", typed)
}

/// The keys of `[sources]`.
pub(super) fn sources(typed: &OsStr) -> Vec<CompletionCandidate> {
    keys("sources", typed)
}

/// The keys of `[checkpoints]`, and those that exist without being in the plan.
pub(super) fn checkpoints(typed: &OsStr) -> Vec<CompletionCandidate> {
    let built_in = ["automations", "maintenance-mode", "production-site-url"];
    let mut all = keys("checkpoints", typed);
    all.extend(starting(typed, built_in.map(str::to_owned)));
    all
}

/// Plans in the current folder, and every code that `explain` knows.
pub(super) fn plans_and_codes(typed: &OsStr) -> Vec<CompletionCandidate> {
    let plans = PathCompleter::file().filter(|path| path.extension().is_some_and(|end| end == "toml"));
    let mut all = plans.complete(typed);
    let codes = Code::ALL.iter().flat_map(|code| [code.code(), code.slug()]);
    all.extend(starting(typed, codes.map(str::to_owned)));
    all
}

/// The names of the profiles.
pub(super) fn profile_names(typed: &OsStr) -> Vec<CompletionCandidate> {
    starting(typed, profiles().iter().map(|profile| profile.name.clone()))
}

/// The keys of a table of the plan that is on the command line.
fn keys(table: &str, typed: &OsStr) -> Vec<CompletionCandidate> {
    let plan = std::env::args_os().find(|word| {
        let path = Path::new(word);
        path.extension().is_some_and(|end| end == "toml") && path.is_file()
    });
    let text = plan
        .and_then(|path| std::fs::read_to_string(path).ok())
        .unwrap_or_default();
    let plan: toml::Table = text.parse().unwrap_or_default();
    let found = plan.get(table).and_then(toml::Value::as_table);
    starting(typed, found.into_iter().flat_map(|table| table.keys().cloned()))
}

fn starting(typed: &OsStr, all: impl IntoIterator<Item = String>) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let fits = all.into_iter().filter(|value| value.starts_with(&*typed));
    fits.map(CompletionCandidate::new).collect()
}
