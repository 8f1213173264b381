//! The bytes of one file in, its header and its rows out, one at a time.

use std::io::Read;

use super::{
    decode::TextReader,
    problem::Trouble,
    quotes::{Quotes, quotes},
    record::{Lines, Now, Record, count_lines},
};
use crate::{
    people,
    plan::{Encoding, SourceFiles},
};

/// The longest line before the header.
const MAX_LINE_BYTES: usize = 16 * 1024 * 1024;

/// One row; its cells are asked of the [`Table`].
#[derive(Debug, Clone, Copy)]
pub(super) struct TableRow {
    /// The line on which it starts, from 1.
    pub(super) line: u32,
    /// The line on which it ends, as far as its quotes go.
    pub(super) last_line: u32,
    /// How many cells it has.
    pub(super) cells: usize,
    /// The file ends within a quote of this row.
    pub(super) unclosed: bool,
    /// What its quotes do. Of a row whose quotes are broken only the first line was taken, cut at every delimiter.
    pub(super) quotes: Quotes,
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
    /// Line ends before `at`.
    lines: Lines,
    record: Record,
    /// The row in `record`, where it should be read again.
    unread: Option<TableRow>,
    nul_seen: bool,
    headers: Vec<String>,
    header_line: u32,
    /// The text of the header's line.
    header_text: String,
    /// Its quotes do not open and close whole cells.
    header_broken: bool,
    blank_rows: u64,
}

impl<R: Read> Table<R> {
    /// Reads up to the first row after the header.
    pub(super) fn open(from: R, layout: &SourceFiles) -> Result<Self, Trouble> {
        let mut table = Self {
            reader: TextReader::start(from, layout.encoding)?,
            text: String::new(),
            at: 0,
            more: true,
            delimiter: layout.delimiter.unwrap_or(b','),
            lines: Lines::default(),
            record: Record::new(b','),
            unread: None,
            nul_seen: false,
            headers: Vec::new(),
            header_line: 1,
            header_text: String::new(),
            header_broken: false,
            blank_rows: 0,
        };
        table.skip(layout)?;
        table.record = Record::new(table.delimiter);
        table.read_header(layout.header)?;
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

    /// The text of the header's first line, as the file has it.
    pub(super) fn header_text(&self) -> &str {
        &self.header_text
    }

    /// True where the header's quotes do not open and close whole cells.
    pub(super) fn header_broken(&self) -> bool {
        self.header_broken
    }

    /// The text of the row that was read last, as the file has it, where its quotes needed a second look.
    pub(super) fn raw(&self) -> Option<&str> {
        self.record.raw()
    }

    /// The line on which the row that was read last ends.
    pub(super) fn last_line(&self) -> u32 {
        let ended = self.text.as_bytes().get(self.at.wrapping_sub(1));
        self.line()
            .saturating_sub(u32::from(matches!(ended, Some(b'\n' | b'\r'))))
    }

    /// All cells of the row that was read last, one after the other.
    pub(super) fn row_text(&self) -> &str {
        self.record.text()
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

    /// The next row that has any text.
    pub(super) fn next_row(&mut self) -> Result<Option<TableRow>, Trouble> {
        if let Some(row) = self.unread.take() {
            return Ok(Some(row));
        }
        while let Some(byte) = self.peek()? {
            if matches!(byte, b'\n' | b'\r') {
                let half = self.pass(1);
                self.blank_rows += u64::from(!half);
                continue;
            }
            let (line, before) = (self.line(), self.lines);
            let unclosed = self.read_record()?;
            let quotes = match self.record.raw() {
                None => Quotes::Clean,
                Some(raw) => quotes(raw, self.delimiter),
            };
            let last_line = if quotes == Quotes::Broken {
                self.keep_first_line(before)
            } else {
                line
            };
            if (0..self.record.len()).all(|index| self.is_blank_cell(index)) {
                self.blank_rows += 1;
                continue;
            }
            let nul = self.nul_seen && self.record.text().contains('\0');
            if nul {
                self.record.take_out('\0');
            }
            return Ok(Some(TableRow {
                line,
                last_line,
                cells: self.record.len(),
                unclosed,
                quotes,
                nul,
            }));
        }
        Ok(None)
    }

    /// A cell of the row that was read last. A cell that is not there gives the empty text.
    pub(super) fn cell(&self, index: usize) -> &str {
        self.record.cell(index)
    }

    /// True if a cell of the row that was read last shows nothing.
    pub(super) fn is_blank_cell(&self, index: usize) -> bool {
        people::trim(self.cell(index)).is_empty()
    }

    /// Of a row whose quotes are broken only its first line belongs to it for certain: takes that, and goes back to
    /// what follows it, so that one quote takes no other row. Gives the line up to which the quotes would have read.
    fn keep_first_line(&mut self, before: Lines) -> u32 {
        let raw = self.record.raw().unwrap_or_default().to_owned();
        let whole = raw.strip_suffix(['\n', '\r']).unwrap_or(&raw);
        let end = raw.find(['\n', '\r']).unwrap_or(raw.len());
        let last_line = self.line().saturating_sub(u32::from(whole.len() < raw.len()));
        let (first, rest) = raw.split_at(raw.len().min(end + 1));
        if !rest.is_empty() {
            self.lines = before;
            self.lines.pass(first.as_bytes());
            if let Some(at) = self.at.checked_sub(rest.len()) {
                self.at = at;
            } else {
                self.text.replace_range(..self.at.min(self.text.len()), rest);
                self.at = 0;
            }
        }
        self.record.keep_line(raw.get(..end).unwrap_or_default());
        last_line
    }

    /// The line of what comes next.
    fn line(&self) -> u32 {
        self.lines.count.saturating_add(1)
    }

    /// Reads a row. True if the text ends within a quote of it.
    fn read_record(&mut self) -> Result<bool, Trouble> {
        let line = self.line();
        self.record.start();
        loop {
            let piece = self.text.get(self.at..).unwrap_or_default();
            let step = self.record.go_on(piece);
            self.pass(step.read);
            match step.now {
                Now::Whole => return Ok(false),
                Now::TooLong => return Err(Trouble::RowTooLong { line }),
                Now::More if self.peek()?.is_none() => return Ok(self.record.end()),
                Now::More => {}
            }
        }
    }

    /// The next byte; reads on where it must.
    fn peek(&mut self) -> Result<Option<u8>, Trouble> {
        loop {
            if let Some(byte) = self.text.as_bytes().get(self.at) {
                return Ok(Some(*byte));
            }
            if !self.more && self.reader.bad().is_none() {
                return Ok(None);
            }
            self.refill()?;
        }
    }

    /// Passes over bytes of the text. True if they are only the second half of a line end.
    fn pass(&mut self, bytes: usize) -> bool {
        let end = self.at.saturating_add(bytes);
        let half = self
            .lines
            .pass(self.text.as_bytes().get(self.at..end).unwrap_or_default());
        self.at = end;
        half
    }

    /// Passes over the lines before the table, and learns the separator from a first line `sep=;`.
    fn skip(&mut self, layout: &SourceFiles) -> Result<(), Trouble> {
        let mut left = layout.skip_lines;
        let first = self.peek_line()?;
        if let Some(delimiter) = self.text.get(..first).and_then(separator_line) {
            self.delimiter = layout.delimiter.unwrap_or(delimiter);
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
            self.pass(end + line_end - self.at);
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
        let text = self.record.raw().unwrap_or_else(|| self.record.text());
        let first = text.split(['\n', '\r']).next().unwrap_or_default();
        self.header_text = first.to_owned();
        self.header_broken = row.quotes == Quotes::Broken;
        if named {
            self.headers = (0..row.cells)
                .map(|index| people::trim(self.cell(index)).to_owned())
                .collect();
        } else {
            self.headers = (1..=row.cells).map(|number| number.to_string()).collect();
            self.unread = Some(row);
        }
        Ok(())
    }

    /// Drops what was read and appends more text.
    fn refill(&mut self) -> Result<(), Trouble> {
        self.text.drain(..self.at.min(self.text.len()));
        self.at = 0;
        if let (false, Some(offset)) = (self.more, self.reader.bad()) {
            return Err(Trouble::BadByte {
                encoding: self.reader.encoding(),
                line: self.line().saturating_add(count_lines(self.text.as_bytes())),
                offset,
                cell: self.reader.bad_cell().to_vec(),
            });
        }
        let before = self.text.len();
        if before > MAX_LINE_BYTES {
            return Err(Trouble::RowTooLong { line: self.line() });
        }
        while self.more && self.text.len() <= before.saturating_mul(2) {
            self.more = self.reader.fill(&mut self.text)?;
        }
        let new = self.text.as_bytes().get(before..).unwrap_or_default();
        self.nul_seen = self.nul_seen || memchr::memchr(0, new).is_some();
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
