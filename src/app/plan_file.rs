//! A path in, a validated plan with all that belongs to it out.

use std::{
    io::Read,
    path::{Path, PathBuf},
};

use super::AppError;
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    plan::{self, MAX_PLAN_BYTES, Plan},
    sources,
};

/// A plan that was read and found right.
#[derive(Debug)]
pub struct PlanFile {
    /// The path as given.
    pub path: String,
    /// The folder that the plan's paths are relative to.
    pub folder: PathBuf,
    /// The text.
    pub text: String,
    /// The plan.
    pub plan: Plan,
    /// Warnings.
    pub warnings: Diagnostics,
}

impl PlanFile {
    /// The day on which the plan is computed: its own, else the one given.
    pub fn as_of(&self, otherwise: jiff::civil::Date) -> jiff::civil::Date {
        self.plan.as_of.unwrap_or(otherwise)
    }

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
                    .remedy("give the path of a plan, such as plans/lumen/lumen.toml");
            return Err(Self::diagnosed(shown, String::new(), diagnostic));
        }
        let text = match plan::text_of(&bytes) {
            Ok(text) => text.to_owned(),
            Err(diagnostic) => return Err(Self::diagnosed(shown, String::new(), diagnostic)),
        };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new(".")).to_owned();
        let load = |name: &str| std::fs::read_to_string(folder.join(name)).map_err(|error| error.to_string());
        let mut diagnostics = Diagnostics::default();
        match plan::read(&text, environment, sources::profiles(), &load, &mut diagnostics) {
            Some(plan) if !diagnostics.has_errors() => Ok(Self {
                path: shown,
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
