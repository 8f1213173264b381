//! The path of a consultant's own profile in; the validated profile out.

use std::path::Path;

use super::plan_file::read_named;
use crate::{
    app::AppError,
    diagnostics::{Code, Diagnostic, Diagnostics},
    plan::{Profile, read_profile},
};

/// Reads a profile from a file.
pub fn profile_from_file(path: &str) -> Result<Profile, AppError> {
    let mut diagnostics = Diagnostics::default();
    let text = read_named(Path::new(path)).unwrap_or_else(|error| {
        diagnostics.push(
            Diagnostic::error(
                Code::UnknownReference,
                format!("the profile cannot be read: {error}"),
            )
            .in_file(path, 0, "this file")
            .remedy(
                "Give the path of a profile, such as profiles/podia.toml, or the name of a built-in profile",
            ),
        );
        String::new()
    });
    let profile = if diagnostics.has_errors() {
        None
    } else {
        read_profile(path, path, &text, &mut diagnostics)
    };
    profile.ok_or(AppError::Diagnosed {
        path: path.to_owned(),
        text,
        diagnostics,
    })
}
