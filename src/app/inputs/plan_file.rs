//! A path in, a validated plan with all that belongs to it out.

use std::{
    cell::RefCell,
    collections::BTreeMap,
    io::Read,
    path::{Path, PathBuf},
};

use super::known::known;
use crate::{
    app::AppError,
    diagnostics::{Code, Diagnostic, Diagnostics},
    plan::{self, MAX_PLAN_BYTES, Plan},
};

/// The longest file that a plan names and that is read with it, in bytes.
const MAX_NAMED_BYTES: u64 = 16 * 1024 * 1024;

/// A file that the plan names: text in UTF-8.
pub(super) fn read_named(path: &Path) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?
        .take(MAX_NAMED_BYTES + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_NAMED_BYTES {
        let message = format!("it is longer than {MAX_NAMED_BYTES} bytes");
        return Err(std::io::Error::other(message));
    }
    String::from_utf8(bytes).map_err(|_| std::io::Error::other("it is not UTF-8 text"))
}

/// A plan that was read and found right.
#[derive(Debug, Clone)]
pub struct PlanFile {
    /// The path as given.
    pub path: String,
    /// The folder that the plan's paths are relative to.
    pub folder: PathBuf,
    /// The text.
    pub text: String,
    /// The plan.
    pub plan: Plan,
    /// The BLAKE3, in hex, of every file that the plan names beside its sources, by path as written.
    pub named: BTreeMap<String, String>,
    /// Warnings.
    pub warnings: Diagnostics,
}

impl PlanFile {
    /// Reads a plan file under an environment.
    pub fn read(path: &Path, environment: Option<&str>) -> Result<Self, AppError> {
        let shown = path.display().to_string();
        let mut bytes = Vec::new();
        let limit = MAX_PLAN_BYTES as u64 + 1;
        let read = std::fs::File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
        if let Err(error) = read {
            let diagnostic =
                Diagnostic::error(Code::PlanUnreadable, format!("cannot read the plan: {error}"))
                    .in_file(&shown, 0, "this file")
                    .remedy("Give the path of a plan; `rehome demo` writes one to try");
            return Err(Self::diagnosed(shown, String::new(), diagnostic));
        }
        let text = match plan::text_of(&bytes) {
            Ok(text) => text.to_owned(),
            Err(diagnostic) => return Err(Self::diagnosed(shown, String::new(), diagnostic)),
        };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).to_owned();
        let named = RefCell::new(BTreeMap::new());
        let load = |name: &str| {
            let text = read_named(&folder.join(name)).map_err(|error| error.to_string())?;
            let fingerprint = blake3::hash(text.as_bytes()).to_hex().to_string();
            named.borrow_mut().insert(name.to_owned(), fingerprint);
            Ok(text)
        };
        let mut diagnostics = Diagnostics::default();
        match plan::read(&text, environment, known(), &load, &mut diagnostics) {
            Some(plan) if !diagnostics.has_errors() => Ok(Self {
                path: shown,
                named: named.into_inner(),
                folder,
                text,
                plan,
                warnings: diagnostics,
            }),
            _ => Err(AppError::Diagnosed {
                path: shown,
                text,
                diagnostics,
            }),
        }
    }

    fn diagnosed(path: String, text: String, diagnostic: Diagnostic) -> AppError {
        let mut diagnostics = Diagnostics::default();
        diagnostics.push(diagnostic);
        AppError::Diagnosed {
            path,
            text,
            diagnostics,
        }
    }

    /// These diagnostics, as an error that ends the command.
    pub fn error(&self, diagnostics: Diagnostics) -> AppError {
        AppError::Diagnosed {
            path: self.path.clone(),
            text: self.text.clone(),
            diagnostics,
        }
    }
}
