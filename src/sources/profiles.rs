//! The files of `profiles/` in, as the build script lists them; the built-in profiles out.

use std::sync::LazyLock;

use crate::{
    diagnostics::{Diagnostics, render},
    plan::{Profile, read_profile},
};

/// The names and texts of the files, in order of their names.
const TEXTS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/profiles.rs"));

/// All built-in profiles, in order of their names.
///
/// # Panics
///
/// Where a file is not a valid profile. The build checks its outline, and a test reads every file, so no release
/// contains one.
pub fn profiles() -> &'static [Profile] {
    static PROFILES: LazyLock<Vec<Profile>> =
        LazyLock::new(|| TEXTS.iter().map(|(name, text)| built_in(name, text)).collect());
    &PROFILES
}

fn built_in(name: &str, text: &str) -> Profile {
    let mut problems = Diagnostics::default();
    read_profile(name, &format!("{name}.toml"), text, &mut problems)
        .unwrap_or_else(|| panic!("{}", render(&problems, name, text, false)))
}
