//! Values without a line in; mapping files to be filled in and named in `map_file`, out.

use std::path::{Path, PathBuf};

use super::write::aside;
use crate::{
    app::{AppError, PlanFile},
    check::Gathered,
    plan::Pattern,
    wanted::ValueCount,
};

/// Writes `SOURCE.COLUMN.unmapped.csv` for every mapped column with values that have no line: one row per value,
/// the most frequent first. Returns the paths. An existing file is never overwritten: it may
/// be half filled in.
pub fn write_unmapped(file: &PlanFile, gathered: &Gathered, folder: &Path) -> Result<Vec<PathBuf>, AppError> {
    let failed = |doing, path: &Path, why: String| AppError::File {
        doing,
        path: path.to_owned(),
        why,
    };
    let mut lists = Vec::new();
    for (source, columns) in file.plan.sources.iter().zip(&gathered.wanted.coverage.sources) {
        for (map, column) in source.gives.maps.iter().zip(columns) {
            let mut values: Vec<&ValueCount> = column.unmapped().collect();
            if values.is_empty() {
                continue;
            }
            values.sort_by_key(|value| std::cmp::Reverse(value.count));
            let name = format!("{}.{}.unmapped.csv", source.key, plain(&map.column.name));
            let path = folder.join(name);
            if path.exists() {
                let why = "it already exists and may be partly filled in: name it in `map_file`, or choose another folder";
                return Err(failed("write", &path, why.to_owned()));
            }
            let content = sheet(&values).map_err(|error| failed("write", &path, error.to_string()))?;
            lists.push((path, content));
        }
    }
    if lists.is_empty() {
        return Ok(Vec::new());
    }
    std::fs::create_dir_all(folder)
        .map_err(|error| failed("create the folder", folder, error.to_string()))?;
    for (path, content) in &lists {
        aside(path, content)?;
    }
    Ok(lists.into_iter().map(|(path, _)| path).collect())
}

/// With a byte order mark, by which spreadsheets know the encoding. Values come out as they went in, those
/// that look like a formula too: they are compared when the file is read.
fn sheet(values: &[&ValueCount]) -> csv::Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(["value", "count", "grant", "release", "tag", "ignore"])?;
    for value in values {
        let count = value.count.to_string();
        writer.write_record([Pattern::escape(&value.value).as_str(), &count, "", "", "", ""])?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// The name of a column as a part of the name of a file.
fn plain(column: &str) -> String {
    let keep = |c: char| if c.is_alphanumeric() { c } else { '-' };
    column.chars().take(60).map(keep).collect()
}
