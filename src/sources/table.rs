//! The bytes of one file in, its header and its rows out, one at a time.

use std::io::Read;

use super::{
    decode::TextReader,
    record::{Cell, count_lines, rebuild, scan},
    trouble::Trouble,
};
use crate::{
    people,
    plan::{Encoding, Source},
};

/// The longest row: what is longer is a quote that is never closed.
const MAX_ROW_BYTES: usize = 16 * 1024 * 1024;

/// One row; its cells are asked of the [`Table`].
#[derive(Debug, Clone, Copy)]
pub(super) struct TableRow {
    /// The line on which it starts, from 1.
    pub(super) line: u32,
    /// How many cells it has.
    pub(super) cells: usize,
    /// The file ends within a quote of this row.
    pub(super) unclosed: bool,
    /// It holds NUL bytes.
    pub(super) nul: bool,
}

/// One file, read as a table.
pub(super) struct Table<R> {
    reader: TextReader<R>,
    text: String,
    at: usize,
    more: bool,
    delimiter: u8,
    line: u32,
    cells: Vec<Cell>,
    nul_seen: bool,
    row_nul: bool,
    headers: Vec<String>,
    header_line: u32,
    blank_rows: u64,
}

impl<R: Read> Table<R> {
    /// Reads up to the first row after the header.
    pub(super) fn open(from: R, source: &Source) -> Result<Self, Trouble> {
        let mut table = Self {
            reader: TextReader::start(from, source.encoding)?,
            text: String::new(),
            at: 0,
            more: true,
            delimiter: source.delimiter.unwrap_or(b','),
            line: 1,
            cells: Vec::new(),
            nul_seen: false,
            row_nul: false,
            headers: Vec::new(),
            header_line: 1,
            blank_rows: 0,
        };
        table.skip(source)?;
        table.read_header(source.header)?;
        Ok(table)
    }

    /// The names of the columns, as written; numbers from 1 where the file has no header.
    pub(super) fn headers(&self) -> &[String] {
        &self.headers
    }

    /// The line of the header.
    pub(super) fn header_line(&self) -> u32 {
        self.header_line
    }

    /// Rows without any text that were passed over.
    pub(super) fn blank_rows(&self) -> u64 {
        self.blank_rows
    }

    /// The separator of columns in use.
    pub(super) fn delimiter(&self) -> u8 {
        self.delimiter
    }

    /// The encoding in use.
    pub(super) fn encoding(&self) -> Encoding {
        self.reader.encoding()
    }

    /// Bytes read so far.
    pub(super) fn bytes(&self) -> u64 {
        self.reader.bytes()
    }

    /// The fingerprint of the bytes read so far.
    pub(super) fn fingerprint(&self) -> String {
        self.reader.fingerprint()
    }

    /// The next row that holds any text.
    pub(super) fn next_row(&mut self) -> Result<Option<TableRow>, Trouble> {
        loop {
            if self.at >= self.text.len() && !self.more && self.reader.bad().is_none() {
                return Ok(None);
            }
            let last = !self.more && self.reader.bad().is_none();
            let found = scan(&self.text, self.at, self.delimiter, last, &mut self.cells);
            let Some(end) = found else {
                self.refill()?;
                continue;
            };
            let (start, line) = (self.at, self.line);
            self.at = end.next;
            self.line = self.line.saturating_add(end.lines);
            if self.is_blank_row() {
                self.blank_rows += 1;
                continue;
            }
            self.row_nul = self.nul_seen
                && self
                    .text
                    .as_bytes()
                    .get(start..end.next)
                    .is_some_and(|row| row.contains(&0));
            return Ok(Some(TableRow {
                line,
                cells: self.cells.len(),
                unclosed: end.unclosed,
                nul: self.row_nul,
            }));
        }
    }

    /// A cell of the row that was read last; rebuilt in `scratch` where it must be. A cell that is not
    /// there gives the empty text.
    pub(super) fn cell<'a>(&'a self, index: usize, scratch: &'a mut String) -> &'a str {
        let Some(cell) = self.cells.get(index) else {
            return "";
        };
        let text = self.text.get(cell.at.clone()).unwrap_or_default();
        if !cell.raw && !self.row_nul {
            return text;
        }
        scratch.clear();
        if cell.raw {
            rebuild(text, scratch);
        } else {
            scratch.push_str(text);
        }
        if self.row_nul {
            scratch.retain(|c| c != '\0');
        }
        scratch
    }

    /// True where a cell of the row that was read last shows nothing.
    pub(super) fn is_blank_cell(&self, index: usize) -> bool {
        self.cells.get(index).is_none_or(|cell| self.shows_nothing(cell))
    }

    fn shows_nothing(&self, cell: &Cell) -> bool {
        people::trim(self.text.get(cell.at.clone()).unwrap_or_default()).is_empty()
    }

    fn is_blank_row(&self) -> bool {
        self.cells.iter().all(|cell| self.shows_nothing(cell))
    }

    /// Passes over the lines before the table, and learns the separator from a first line `sep=;`.
    fn skip(&mut self, source: &Source) -> Result<(), Trouble> {
        let mut left = source.skip_lines;
        let first = self.peek_line()?;
        if let Some(delimiter) = self.text.get(..first).and_then(separator_line) {
            self.delimiter = source.delimiter.unwrap_or(delimiter);
            left = left.max(1);
        }
        for _ in 0..left {
            let end = self.peek_line()?;
            let rest = self.text.as_bytes().get(end..).unwrap_or_default();
            let line_end = match rest {
                [b'\r', b'\n', ..] => 2,
                [_, ..] => 1,
                [] => 0,
            };
            self.at = end + line_end;
            self.line = self.line.saturating_add(1);
        }
        Ok(())
    }

    /// Where the line that starts at `self.at` ends; reads on until that and one byte more are there.
    fn peek_line(&mut self) -> Result<usize, Trouble> {
        loop {
            let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
            let found = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            match found {
                Some(found) if !self.more || found + 1 < rest.len() => return Ok(self.at + found),
                _ if !self.more && self.reader.bad().is_none() => {
                    return Ok(self.at + found.unwrap_or(rest.len()));
                }
                _ => self.refill()?,
            }
        }
    }

    fn read_header(&mut self, named: bool) -> Result<(), Trouble> {
        let row = self.next_row()?.ok_or(Trouble::Empty)?;
        self.header_line = row.line;
        if named {
            let mut scratch = String::new();
            self.headers = (0..row.cells)
                .map(|index| people::trim(self.cell(index, &mut scratch)).to_owned())
                .collect();
        } else {
            self.headers = (1..=row.cells).map(|number| number.to_string()).collect();
            self.unread(row);
        }
        Ok(())
    }

    /// Goes back to the start of the row that was read last.
    fn unread(&mut self, row: TableRow) {
        self.line = row.line;
        self.at = self.cells.first().map_or(0, |cell| cell.at.start);
        if self.at > 0 && self.text.as_bytes().get(self.at - 1) == Some(&b'"') {
            self.at -= 1;
        }
    }

    /// Drops what was read and appends more text.
    fn refill(&mut self) -> Result<(), Trouble> {
        self.text.drain(..self.at.min(self.text.len()));
        self.at = 0;
        if let (false, Some(offset)) = (self.more, self.reader.bad()) {
            return Err(Trouble::BadByte {
                encoding: self.reader.encoding(),
                line: self.line.saturating_add(count_lines(self.text.as_bytes())),
                offset,
            });
        }
        let before = self.text.len();
        if before > MAX_ROW_BYTES {
            return Err(Trouble::RowTooLong { line: self.line });
        }
        while self.more && self.text.len() <= before.saturating_mul(2) {
            self.more = self.reader.fill(&mut self.text)?;
        }
        let new = self.text.as_bytes().get(before..).unwrap_or_default();
        self.nul_seen = self.nul_seen || new.contains(&0);
        Ok(())
    }
}

/// The separator that a first line `sep=;` names.
fn separator_line(line: &str) -> Option<u8> {
    let line = line.trim_matches(['"', ' ']);
    let (word, rest) = line.split_at_checked(4)?;
    match rest.as_bytes() {
        [only @ (b'\t' | b';' | b',' | b'|' | b':')] if word.eq_ignore_ascii_case("sep=") => Some(*only),
        _ => None,
    }
}
