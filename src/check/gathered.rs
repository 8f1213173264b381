//! What the sources of a plan gave: the wanted state, and the files that it came from.

use std::path::{Path, PathBuf};

use crate::{
    diagnostics::Diagnostics,
    model::RecordRef,
    sources::{ColumnEvidence, FileRead},
    wanted::Wanted,
};

/// What the sources give.
#[derive(Debug)]
pub struct Gathered {
    /// The wanted state.
    pub wanted: Wanted,
    /// The files read, by source.
    pub files: Vec<Vec<FileRead>>,
    /// What date columns without a declared format show, by source.
    pub evidence: Vec<Vec<ColumnEvidence>>,
    /// What is doubtful about them, and stops nothing.
    pub warnings: Diagnostics,
    /// The plan's folder, to which paths are shown relative.
    pub folder: PathBuf,
    /// The plan's path as given, for the commands that remedies name.
    pub plan_path: String,
}

impl Gathered {
    /// The file and line of a record, as a person finds them: `exports/people.csv:12`.
    pub fn place(&self, record: RecordRef) -> String {
        format!("{}:{}", self.path(record), record.line)
    }

    /// The file of a record, relative to the plan's folder.
    pub fn path(&self, record: RecordRef) -> String {
        let file = self
            .files
            .get(usize::from(record.source))
            .and_then(|files| files.get(usize::from(record.file)));
        file.map_or_else(String::new, |file| self.shown(&file.path))
    }

    /// A path, relative to the plan's folder where it is below it.
    pub fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.folder)
            .unwrap_or(path)
            .display()
            .to_string()
    }
}
