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
    text::{nearest::nearest_few, printable},
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
            return Err(Self::diagnosed(
                shown.clone(),
                String::new(),
                unreadable(path, &shown, &error),
            ));
        }
        if let Some(diagnostic) = not_a_plan(path, &shown) {
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

    /// The name of the file in its folder.
    pub(crate) fn name(&self) -> String {
        let name = Path::new(&self.path).file_name();
        name.map_or(String::new(), |name| name.to_string_lossy().into_owned())
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

/// Endings of the files that are given in place of a plan.
const EXPORTS: [&str; 5] = ["csv", "tsv", "xlsx", "xls", "ods"];

fn not_a_plan(path: &Path, shown: &str) -> Option<Diagnostic> {
    let ending = path.extension()?.to_string_lossy().to_lowercase();
    EXPORTS.contains(&ending.as_str()).then(|| {
        Diagnostic::error(Code::PlanUnreadable, "this is an export, not a plan")
            .in_file(shown, 0, "this file")
            .remedy(
                "Give the plan, a text file such as plan.toml, that names this file below [sources.people]",
            )
    })
}

/// Why there is no plan at a path, with the plans that are near.
fn unreadable(path: &Path, shown: &str, error: &std::io::Error) -> Diagnostic {
    let (message, folder) = if path.is_dir() {
        ("this is a folder, not a plan".to_owned(), Some(path))
    } else {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        (
            format!("cannot read the plan: {error}"),
            Some(parent.unwrap_or(Path::new("."))),
        )
    };
    let plans = folder.map(plans_in).unwrap_or_default();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let names: Vec<&str> = plans.iter().map(String::as_str).collect();
    let folder = folder.filter(|folder| *folder != Path::new("."));
    let near = nearest_few(&name, names, 1)
        .into_iter()
        .next()
        .map(|near| folder.map_or(near.to_owned(), |folder| folder.join(near).display().to_string()));
    let missing = folder.filter(|folder| !folder.exists());
    Diagnostic::error(Code::PlanUnreadable, message)
        .in_file(shown, 0, "this path")
        .remedy(match (near, missing) {
            (Some(near), _) => format!("Did you mean `{}`?", printable(&near)),
            (None, Some(folder)) => format!(
                "There is no folder `{}` below the current one; change to the folder of the plan, or give its whole path",
                printable(&folder.display().to_string())
            ),
            (None, None) => "Give the path of a plan; `rehome demo` writes one to try".to_owned(),
        })
}

/// The names of the TOML files of a folder, at most a hundred.
fn plans_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| Path::new(name).extension().is_some_and(|end| end == "toml"))
        .take(100)
        .collect();
    names.sort();
    names
}
