//! Rows in; a list as CSV, for a spreadsheet, out.

use std::path::PathBuf;

use crate::{app::AppError, report::list_csv};

/// A list; empty if it has no rows.
pub(crate) fn csv(
    name: &str,
    header: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
) -> Result<Vec<u8>, AppError> {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return Ok(Vec::new());
    }
    listed(name, header, rows)
}

pub(crate) fn listed(
    name: &str,
    header: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
) -> Result<Vec<u8>, AppError> {
    let mut content = Vec::new();
    list_csv(header, rows, &mut content).map_err(|error| AppError::File {
        doing: "write",
        path: PathBuf::from(name),
        why: error.to_string(),
    })?;
    Ok(content)
}
