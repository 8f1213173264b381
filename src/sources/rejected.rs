//! The rejected rows of a file in; a file that can be fixed and read again, out.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Write},
};

use super::{FileRead, problem::Trouble, table::Table};
use crate::plan::{Encoding, Pattern, Source};

/// The name of the added column.
const REASON: &str = "rehome_reason";

/// Why the rejected rows cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum RejectedError {
    /// The export cannot be read again.
    #[error("\"{path}\": {trouble}")]
    Read {
        /// The file.
        path: String,
        /// Why.
        trouble: Trouble,
    },
    /// The rows cannot be written.
    #[error("the rejected rows cannot be written: {0}")]
    Write(#[from] io::Error),
}

/// Reads a file again and writes its header with one column more, `rehome_reason`, and only the rows
/// whose line is in `rejected`. Gives how many rows that were. The result is UTF-8 with the settings of
/// the source (separator, header, lines to skip), so that the same `[sources.KEY]` reads it again;
/// where the plan declares another encoding, it starts with a mark that overrules it. Extra cells of a
/// ragged row come after the reason.
///
/// Columns that are never kept (password hashes, session tokens, card data) are blank. Other cells come out as they went in, those that start with `=`, `+`, `-`, `@`, tab or CR too: a guard
/// against spreadsheet formulas would damage what is read again.
pub fn write_rejected(
    file: &FileRead,
    source: &Source,
    rejected: &BTreeMap<u32, String>,
    to: &mut dyn Write,
) -> Result<usize, RejectedError> {
    let failed = |trouble: Trouble| RejectedError::Read {
        path: file.path.display().to_string(),
        trouble,
    };
    let opened = File::open(&file.path).map_err(|error| failed(error.into()))?;
    let mut table = Table::open(&opened, &source.files).map_err(failed)?;
    if !matches!(source.files.encoding, None | Some(Encoding::Utf8)) {
        to.write_all("\u{feff}".as_bytes())?;
    }
    for _ in 0..source.files.skip_lines {
        to.write_all(b"\n")?;
    }
    let mut writer = csv::WriterBuilder::new()
        .delimiter(source.files.delimiter.unwrap_or(b','))
        .flexible(true)
        .from_writer(to);
    let width = table.headers().len();
    let kept: Vec<usize> = (0..width)
        .filter(|index| {
            table
                .headers()
                .get(*index)
                .is_some_and(|name| Pattern::fold(name) != REASON)
        })
        .collect();
    let dropped: Vec<bool> = table
        .headers()
        .iter()
        .map(|name| source.profile.rules.drop.matches(name))
        .collect();
    if source.files.header {
        let names = kept
            .iter()
            .filter_map(|index| table.headers().get(*index))
            .map(String::as_str);
        writer.write_record(names.chain([REASON])).map_err(io_error)?;
    }
    let mut written = 0;
    while let Some(row) = table.next_row().map_err(failed)? {
        let Some(reason) = rejected.get(&row.line) else {
            continue;
        };
        for index in &kept {
            let is_dropped = dropped.get(*index).is_some_and(|dropped| *dropped);
            let cell = if is_dropped { "" } else { table.cell(*index) };
            writer.write_field(cell).map_err(io_error)?;
        }
        writer.write_field(reason).map_err(io_error)?;
        for index in width..row.cells {
            writer.write_field(table.cell(index)).map_err(io_error)?;
        }
        writer.write_record(None::<&[u8]>).map_err(io_error)?;
        written += 1;
    }
    writer.flush()?;
    if table.fingerprint() != file.fingerprint {
        return Err(failed(Trouble::Changed));
    }
    Ok(written)
}

fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}
