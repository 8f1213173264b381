//! The files of a source in, batches of rows cut down to the columns in use out.

use std::{
    fs::{File, Metadata},
    io::Read,
    path::{Path, PathBuf},
};

use super::{
    problem::{Trouble, diagnose},
    table::{Table, TableRow},
};
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    model::{FindingCode, RowBatch, RowTrouble},
    plan::{ColumnsInUse, Encoding, Pattern, Source},
    text::nearest::nearest,
};

/// A batch is sent when it holds this much text,
const BATCH_BYTES: usize = 256 * 1024;
/// or this many rows.
const BATCH_ROWS: usize = 16 * 1024;

/// What was read of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRead {
    /// The path as it was opened.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Rows sent, those with a trouble among them.
    pub rows: u64,
    /// Rows without any text, which are no records.
    pub blank_rows: u64,
    /// The BLAKE3 of its bytes, in hex. Empty where it could not be read to its end.
    pub fingerprint: String,
    /// The encoding in which it was read.
    pub encoding: Encoding,
    /// The names of its columns, as written.
    pub headers: Vec<String>,
    /// What its header holds that a person should know, with the line and the name of the column.
    pub findings: Vec<(FindingCode, u32, String)>,
}

/// Reads the files of a source. Whatever is wrong with a file is said in `out`, and the next one is
/// read. `progress` hears how many bytes of all files are done. `send` takes a full batch and may give
/// an empty one back to be used again. The answer has one entry for each file, in their order.
pub fn read(
    index: u16,
    source: &Source,
    slots: &ColumnsInUse,
    files: &[PathBuf],
    out: &mut Diagnostics,
    progress: &dyn Fn(u64),
    send: &mut dyn FnMut(RowBatch) -> Option<RowBatch>,
) -> Vec<FileRead> {
    let mut done = 0;
    let mut spare = RowBatch::default();
    let mut all = Vec::with_capacity(files.len());
    for (number, path) in files.iter().enumerate() {
        let mut file = FileRead {
            path: path.clone(),
            bytes: 0,
            rows: 0,
            blank_rows: 0,
            fingerprint: String::new(),
            encoding: source.files.encoding.unwrap_or(Encoding::Utf8),
            headers: Vec::new(),
            findings: Vec::new(),
        };
        let mut sender = Sender {
            source: index,
            file: u16::try_from(number).unwrap_or(u16::MAX),
            width: slots.columns.len(),
            batch: std::mem::take(&mut spare),
            send: &mut *send,
        };
        sender.batch.clear(sender.source, sender.file, sender.width);
        let told = |bytes: u64| progress(done + bytes);
        if let Err(trouble) = read_file(source, slots, &mut file, out, &told, &mut sender) {
            out.push(diagnose(&trouble, path, source));
        }
        sender.flush();
        spare = sender.batch;
        done += file.bytes;
        all.push(file);
    }
    all
}

/// Collects rows and hands full batches on.
struct Sender<'a> {
    source: u16,
    file: u16,
    width: usize,
    batch: RowBatch,
    send: &'a mut dyn FnMut(RowBatch) -> Option<RowBatch>,
}

impl Sender<'_> {
    fn flush(&mut self) {
        if !self.batch.is_empty() {
            let full = std::mem::take(&mut self.batch);
            self.batch = (self.send)(full).unwrap_or_default();
            self.batch.clear(self.source, self.file, self.width);
        }
    }
}

fn read_file(
    source: &Source,
    slots: &ColumnsInUse,
    file: &mut FileRead,
    out: &mut Diagnostics,
    progress: &dyn Fn(u64),
    sender: &mut Sender<'_>,
) -> Result<(), Trouble> {
    let opened = File::open(&file.path)?;
    let before = opened.metadata()?;
    let mut table = Table::open(&opened, source)?;
    file.encoding = table.encoding();
    file.headers = table.headers().to_vec();
    file.findings = doubled(table.headers(), table.header_line());
    file.bytes = before.len();
    let Some(columns) = find_columns(source, slots, &table, &file.path, out) else {
        return Ok(());
    };
    let mut told = 0;
    while let Some(row) = table.next_row()? {
        for column in &columns {
            let cell = column.map_or("", |index| table.cell(index));
            sender
                .batch
                .cell(if row.unclosed { first_line(cell) } else { cell });
        }
        let trouble = trouble_of(&table, row);
        if trouble == Some(RowTrouble::UnclosedQuote) {
            out.push(never_closed(source, &file.path, row.line));
        }
        sender.batch.end_row(row.line, trouble);
        file.rows += 1;
        if sender.batch.text_len() >= BATCH_BYTES || sender.batch.len() >= BATCH_ROWS {
            sender.flush();
            if table.bytes() != told {
                told = table.bytes();
                progress(told);
            }
        }
    }
    file.blank_rows = table.blank_rows();
    file.bytes = table.bytes();
    progress(file.bytes);
    if changed(&before, &opened.metadata()?, table.bytes()) {
        return Err(Trouble::Changed);
    }
    file.fingerprint = table.fingerprint();
    Ok(())
}

/// The first line of a cell that may hold the rest of a file.
fn first_line(cell: &str) -> &str {
    cell.lines().next().unwrap_or_default()
}

/// True when a file is not what it was when it was opened, or gave another number of bytes.
fn changed(before: &Metadata, after: &Metadata, bytes: u64) -> bool {
    let regular = before.is_file();
    regular
        && (before.len() != bytes || after.len() != bytes || before.modified().ok() != after.modified().ok())
}

fn trouble_of<R: Read>(table: &Table<R>, row: TableRow) -> Option<RowTrouble> {
    let width = table.headers().len();
    if row.unclosed {
        Some(RowTrouble::UnclosedQuote)
    } else if (width..row.cells).any(|index| !table.is_blank_cell(index)) {
        Some(RowTrouble::Ragged)
    } else if row.nul {
        Some(RowTrouble::NulBytes)
    } else if row.cells < width {
        Some(RowTrouble::Short)
    } else {
        None
    }
}

fn never_closed(source: &Source, path: &Path, line: u32) -> Diagnostic {
    let shown = path.display().to_string();
    Diagnostic::warning(
        Code::QuoteNeverClosed,
        format!("\"{shown}\": a quote is never closed, so everything after it is one cell"),
    )
    .in_file(shown, line, "the row with the quote starts here and is rejected")
    .at(source.files.span.clone(), "named here")
    .remedy("Close the quote (\") in this row or remove it; the rows after it are not read until then")
}

/// Names that two columns have.
fn doubled(headers: &[String], line: u32) -> Vec<(FindingCode, u32, String)> {
    let mut seen = std::collections::BTreeSet::new();
    headers
        .iter()
        .filter(|name| !name.is_empty() && !seen.insert(Pattern::fold(name)))
        .map(|name| (FindingCode::DuplicateHeader, line, name.clone()))
        .collect()
}

/// The column of each slot; `None` when a column that must be there is not, which is said in `out`.
fn find_columns<R: Read>(
    source: &Source,
    slots: &ColumnsInUse,
    table: &Table<R>,
    path: &Path,
    out: &mut Diagnostics,
) -> Option<Vec<Option<usize>>> {
    let folded: Vec<String> = table.headers().iter().map(|name| Pattern::fold(name)).collect();
    let find = |name: &String| {
        let wanted = Pattern::fold(name);
        folded.iter().position(|header| *header == wanted)
    };
    let columns: Vec<Option<usize>> = slots
        .columns
        .iter()
        .map(|column| column.names.iter().find_map(find))
        .collect();
    let missing: Vec<usize> = (0..columns.len())
        .filter(|slot| {
            slots.columns.get(*slot).is_some_and(|column| column.required)
                && columns.get(*slot).is_some_and(Option::is_none)
        })
        .collect();
    if missing.is_empty() {
        return Some(columns);
    }
    if let Some(diagnostic) = wrong_delimiter(source, table, path) {
        out.push(diagnostic);
        return None;
    }
    for slot in missing {
        if let Some(column) = slots.columns.get(slot) {
            let span = column.span.clone().unwrap_or_else(|| source.span.clone());
            out.push(column_missing(&column.names, span, table, path));
        }
    }
    None
}

/// A header of one cell that is full of another separator.
fn wrong_delimiter<R: Read>(source: &Source, table: &Table<R>, path: &Path) -> Option<Diagnostic> {
    let [header] = table.headers() else { return None };
    let (count, found) = [(b';', ";"), (b'\t', "\\t"), (b'|', "|"), (b',', ",")]
        .into_iter()
        .filter(|(byte, _)| *byte != table.delimiter())
        .map(|(byte, shown)| (header.bytes().filter(|found| *found == byte).count(), shown))
        .max_by_key(|(count, _)| *count)?;
    let shown = path.display().to_string();
    (count > 0).then(|| {
        Diagnostic::error(
            Code::WrongDelimiter,
            format!("\"{shown}\": the header has only one column, but contains \"{found}\" {count} times"),
        )
        .in_file(shown, table.header_line(), "the header")
        .at(source.files.span.clone(), "named here")
        .remedy(format!(
            "Write `delimiter = \"{found}\"` in [sources.{}]",
            source.key
        ))
    })
}

fn column_missing<R: Read>(
    names: &[String],
    span: std::ops::Range<usize>,
    table: &Table<R>,
    path: &Path,
) -> Diagnostic {
    let quoted = |names: &[String]| {
        let all: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
        all.join(", ")
    };
    let wanted = names.first().map(String::as_str).unwrap_or_default();
    let near = nearest(wanted, table.headers().iter().map(String::as_str));
    let shown = path.display().to_string();
    let there = quoted(table.headers());
    let remedy = match near {
        Some(header) => format!("Did you mean \"{header}\"? The columns are {there}"),
        None => format!("Use one of these columns: {there}"),
    };
    Diagnostic::error(
        Code::ColumnMissing,
        format!(
            "\"{shown}\" has no column {}",
            quoted(names).replace(", ", " or ")
        ),
    )
    .at(span, "needed here")
    .in_file(shown, table.header_line(), "the header")
    .remedy(remedy)
}
