//! The files of a source in, batches of rows cut down to the columns in use out.

use std::{
    fs::{File, Metadata},
    io::Read,
    path::{Path, PathBuf},
};

use super::{
    cell_rules::{self, RowIs, RowRules},
    header::{doubled, find_columns, quoted_lines},
    problem::{Trouble, diagnose},
    quotes::{Quotes, ends_escaped, spans_rows},
    table::{Table, TableRow},
};
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    model::{FindingCode, RowBatch, RowTrouble},
    plan::{ColumnsInUse, Encoding, Source},
    text::counted,
};

/// A batch is sent when it has this much text,
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
    /// The BLAKE3 of its bytes, in hex. Empty if it could not be read to its end.
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
    let mut table = Table::open(&opened, &source.files)?;
    file.encoding = table.encoding();
    file.headers = table.headers().to_vec();
    file.bytes = before.len();
    let Some(columns) = find_columns(source, slots, &mut table, &file.path, out)? else {
        file.findings = doubled(&file.headers, table.header_line(), None);
        return Ok(());
    };
    file.findings = doubled(&file.headers, table.header_line(), Some(&columns));
    let email = slots
        .person
        .email
        .and_then(|slot| columns.get(slot).copied().flatten());
    let secret = cell_rules::secret_columns(source, &file.headers, table.header_line());
    file.findings.extend(secret);
    let rules = RowRules::new(source, slots, &file.headers, &columns);
    let mut told = 0;
    let (mut across, mut quoted) = (Vec::new(), 0);
    while let Some(row) = table.next_row()? {
        let mut trouble = None;
        if let Some(rules) = &rules {
            let is = rules.row_is(&table, row);
            match &is {
                RowIs::Footer => {
                    let text = table.cell(0).to_owned();
                    file.findings.push((FindingCode::FooterRow, row.line, text));
                    continue;
                }
                RowIs::Deleted => trouble = Some(RowTrouble::Deleted),
                RowIs::Gift(to) => file.findings.push((FindingCode::Gift, row.line, to.clone())),
                RowIs::Record => {}
            }
            for (slot, column) in columns.iter().enumerate() {
                let cell = column.map_or("", |index| table.cell(index));
                sender.batch.cell(&rules.cell(&is, slot, cell));
            }
        } else {
            for column in &columns {
                let cell = column.map_or("", |index| table.cell(index));
                sender.batch.cell(cell);
            }
        }
        let trouble = trouble.or_else(|| trouble_of(&table, row, email));
        match trouble {
            Some(RowTrouble::UnclosedQuote) => out.push(never_closed(source, &file.path, row.line)),
            Some(RowTrouble::BrokenQuotes) if row.last_line > row.line => {
                across.push((row.line, row.last_line, false));
            }
            Some(RowTrouble::SwallowsRows) => across.push((row.line, table.last_line(), true)),
            Some(RowTrouble::QuotedLine) => quoted += 1,
            _ => {}
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
    if !across.is_empty() {
        out.push(quotes_across(source, &file.path, &across));
    }
    if quoted > 0 && quoted == file.rows {
        let shown = file.path.display().to_string();
        out.push(quoted_lines(
            source,
            &shown,
            table.header_line() + 1,
            "the first of them",
        ));
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

/// True when a file is not what it was when it was opened, or gave another number of bytes.
fn changed(before: &Metadata, after: &Metadata, bytes: u64) -> bool {
    let regular = before.is_file();
    regular
        && (before.len() != bytes || after.len() != bytes || before.modified().ok() != after.modified().ok())
}

fn trouble_of<R: Read>(table: &Table<R>, row: TableRow, email: Option<usize>) -> Option<RowTrouble> {
    let width = table.headers().len();
    if row.unclosed {
        Some(RowTrouble::UnclosedQuote)
    } else if row.quotes == Quotes::Broken {
        Some(RowTrouble::BrokenQuotes)
    } else if let (Some(raw), Some(email)) = (table.raw(), email)
        && spans_rows(raw, table.delimiter(), width, email)
    {
        Some(RowTrouble::SwallowsRows)
    } else if row.cells != width {
        of_other_width(table, row, width)
    } else if row.nul {
        Some(RowTrouble::NulBytes)
    } else if row.quotes == Quotes::Loose {
        Some(RowTrouble::LooseQuote)
    } else {
        None
    }
}

/// What is wrong with a row that has more or fewer cells than the header. Where a quote or a backslash is the likely
/// reason, its cells may stand in wrong columns.
fn of_other_width<R: Read>(table: &Table<R>, row: TableRow, width: usize) -> Option<RowTrouble> {
    let delimiter = table.delimiter();
    let inside = |cell: &str| cell.bytes().filter(|byte| *byte == delimiter).count();
    let mut cells = (0..row.cells).map(|index| table.cell(index));
    if row.cells == 1 && cells.clone().any(|cell| inside(cell) + 1 >= width) {
        Some(RowTrouble::QuotedLine)
    } else if row.quotes == Quotes::Loose
        || cells.clone().any(|cell| ends_escaped(cell.as_bytes()))
        || cells.any(|cell| row.cells < width && row.cells + inside(cell) >= width)
    {
        Some(RowTrouble::BrokenQuotes)
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
        format!("\"{shown}\": a quote is never closed"),
    )
    .in_file(
        shown,
        line,
        "the record with the quote starts here and is rejected",
    )
    .at(source.files.span.clone(), "named here")
    .remedy(
        "Close the quote (\") on this line or remove it; the lines after it are read as records of their own",
    )
}

/// How many rows the warning shows.
const MAX_ACROSS: usize = 5;

/// Rows that a quote joins with others: first line, last line, and whether the quote is closed as it should be.
fn quotes_across(source: &Source, path: &Path, rows: &[(u32, u32, bool)]) -> Diagnostic {
    let shown = path.display().to_string();
    let count = counted(rows.len() as u64, "record");
    let mut diagnostic = Diagnostic::warning(
        Code::BrokenQuotes,
        format!("\"{shown}\": a quote runs across lines that look like records of their own ({count})"),
    );
    for (line, last, swallowed) in rows.iter().take(MAX_ACROSS) {
        let what = if *swallowed {
            format!(
                "its quote is closed on line {last}; everything up to there is one record and is rejected"
            )
        } else {
            format!(
                "its quote runs to line {last}; this line is rejected, and those after it are read as records of their own"
            )
        };
        diagnostic = diagnostic.in_file(shown.clone(), *line, what);
    }
    diagnostic
        .at(source.files.span.clone(), "named here")
        .remedy("Remove the quote (\") on this line, or close it on the same line; until then, no one is revoked for missing from this source")
}
