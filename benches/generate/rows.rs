//! Rows with what is known of them in; the bytes of a CSV file and the line of every row out.

use std::fs;
use std::path::Path;

use crate::Result;

/// What a row was made to become.
#[derive(Clone)]
pub(crate) enum Truth {
    /// A record of a member.
    Member(Holding),
    /// A record that is rejected, with the code of the finding.
    Rejected(&'static str),
    /// A row without a single value.
    NoRecord,
}

/// What a record says about a member.
#[derive(Clone, Default)]
pub(crate) struct Holding {
    /// The normalised address.
    pub(crate) email: String,
    /// Offerings granted, a bit each.
    pub(crate) grants: u8,
    /// Offerings revoked, a bit each.
    pub(crate) revokes: u8,
    /// Tags, a bit each.
    pub(crate) tags: u8,
    /// Whether the record says that the person wants no email.
    pub(crate) opted_out: bool,
}

/// A planted case: what it is called, what must come of it.
#[derive(Clone)]
pub(crate) struct Label {
    pub(crate) case: &'static str,
    pub(crate) expect: &'static str,
    pub(crate) detail: &'static str,
}

/// One row.
#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) cells: Vec<String>,
    pub(crate) truth: Truth,
    pub(crate) labels: Vec<Label>,
}

/// One file, written.
pub(crate) struct Table {
    /// The path below the plan's folder.
    pub(crate) path: &'static str,
    /// The rows.
    pub(crate) rows: Vec<Row>,
    /// The line on which each row starts, counted from 1 with the header.
    pub(crate) lines: Vec<u64>,
}

impl Table {
    /// Writes the file and reads it again to see that every row is where it is said to appear.
    pub(crate) fn write(
        dir: &Path,
        path: &'static str,
        bom: bool,
        header: &[&str],
        rows: Vec<Row>,
    ) -> Result<Self> {
        let mut bytes = if bom { b"\xef\xbb\xbf".to_vec() } else { Vec::new() };
        push(&mut bytes, header.iter().copied())?;
        let mut lines = Vec::with_capacity(rows.len());
        let (mut line, mut counted) = (1, 0);
        for row in &rows {
            line += line_ends(bytes.get(counted..).unwrap_or_default());
            counted = bytes.len();
            lines.push(line);
            push(&mut bytes, row.cells.iter().map(String::as_str))?;
        }
        let file = dir.join(path);
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&file, &bytes)?;
        let table = Self { path, rows, lines };
        table.check(&file)?;
        Ok(table)
    }

    fn check(&self, file: &Path) -> Result<()> {
        let bytes = fs::read(file)?;
        let mut reader = csv::ReaderBuilder::new()
            .flexible(true)
            .from_reader(bytes.as_slice());
        let read = reader.records().collect::<std::result::Result<Vec<_>, _>>()?;
        if read.len() != self.rows.len() {
            return Err(format!(
                "{}: {} rows written, {} read",
                self.path,
                self.rows.len(),
                read.len()
            )
            .into());
        }
        for ((row, line), record) in self.rows.iter().zip(&self.lines).zip(read) {
            let before = record
                .position()
                .and_then(|at| bytes.get(..usize::try_from(at.byte()).ok()?));
            let there = before.is_some_and(|before| line_ends(before) + 1 == *line);
            if !there || !record.iter().eq(row.cells.iter().map(String::as_str)) {
                return Err(format!(
                    "{}, line {line}: another row is there than was written",
                    self.path
                )
                .into());
            }
        }
        Ok(())
    }
}

fn push<'a>(bytes: &mut Vec<u8>, cells: impl Iterator<Item = &'a str>) -> Result<()> {
    let mut writer = csv::Writer::from_writer(bytes);
    writer.write_record(cells)?;
    writer.flush()?;
    Ok(())
}

/// Line ends as a text editor counts them: LF, CRLF, and a CR alone.
fn line_ends(bytes: &[u8]) -> u64 {
    let ends = |pair: &&[u8]| matches!(pair, [b'\n' | b'\r', ..]) && *pair != b"\r\n";
    let last = u64::from(matches!(bytes.last(), Some(b'\n' | b'\r')));
    bytes.windows(2).filter(ends).count() as u64 + last
}
