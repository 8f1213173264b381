//! Text in, the cells of its rows out, by the `csv` crate's own machine (`csv-core`).
//!
//! A quote opens a cell only at its start; a doubled quote within is a quote; what follows a closing
//! quote is part of the cell. Rows end with LF, CRLF or CR. Added here: the measure of a row, the
//! knowledge of a quote that is never closed, the raw text of a row whose quotes need a second look, and a short way
//! for the rows of most exports, whose cells can be taken as they stand. Why not `csv::Reader`, and what the short way
//! gains: see `docs/decisions/csv.md`.

use std::ops::Range;

use csv_core::ReadRecordResult;

use super::quotes::bare_cells;

/// The longest row: what is longer is a quote that is never closed.
const MAX_ROW_BYTES: usize = 16 * 1024 * 1024;

/// How far a row has come with a piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    /// Bytes of the piece that belong to it.
    pub(super) read: usize,
    /// What is to be done now.
    pub(super) now: Now,
}

/// What is to be done after a [`Step`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Now {
    /// More text is needed.
    More,
    /// The row is whole.
    Whole,
    /// The row is longer than any row.
    TooLong,
}

/// The row that is being read, or was read last.
pub(super) struct Record {
    core: csv_core::Reader,
    bytes: Vec<u8>,
    written: usize,
    /// Where the first cell starts, which is 0, and where each ends.
    ends: Vec<usize>,
    cells: usize,
    /// Where the cells begin in the text of a row that was taken as it is; empty for any other row.
    plain: Vec<Range<usize>>,
    read: usize,
    text: String,
    /// The text of a row that took the machine, as the file has it, with its line end.
    raw: String,
    delimiter: u8,
}

impl Record {
    pub(super) fn new(delimiter: u8) -> Self {
        let mut core = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
        // It drops a mark of byte order from the first bytes that it is given, which here may be anywhere.
        let _ = core.read_record(b"\n", &mut [0], &mut [0]);
        Self {
            core,
            bytes: vec![0; 1024],
            written: 0,
            ends: vec![0; 64],
            cells: 0,
            plain: Vec::new(),
            read: 0,
            text: String::new(),
            raw: String::new(),
            delimiter,
        }
    }

    /// Starts a row. The text that follows starts with no line end.
    pub(super) fn start(&mut self) {
        self.written = 0;
        self.cells = 0;
        self.plain.clear();
        self.raw.clear();
        self.read = 0;
    }

    /// Goes on with a piece of text that is not empty.
    pub(super) fn go_on(&mut self, piece: &str) -> Step {
        if let Some(read) = self.take_plain(piece) {
            let now = Now::Whole;
            return Step { read, now };
        }
        let mut read = 0;
        let mut now = Now::More;
        while let Some(rest) = piece.as_bytes().get(read..).filter(|rest| !rest.is_empty()) {
            let (result, took) = self.feed(rest);
            read += took;
            self.read += took;
            now = match result {
                ReadRecordResult::Record | ReadRecordResult::End => {
                    self.keep_text();
                    Now::Whole
                }
                _ if self.read > MAX_ROW_BYTES => Now::TooLong,
                _ => continue,
            };
            break;
        }
        self.raw.push_str(piece.get(..read).unwrap_or_default());
        Step { read, now }
    }

    /// Takes the row that starts with the piece, where all of its line is there and every quote in it opens a
    /// cell or closes it, without a backslash before it. Gives the bytes read; `None` where that takes the machine.
    fn take_plain(&mut self, piece: &str) -> Option<usize> {
        if self.read > 0 {
            return None;
        }
        let bytes = piece.as_bytes();
        let first = memchr::memchr3(b'\n', b'\r', b'"', bytes)?;
        let quoted = bytes.get(first) == Some(&b'"');
        let end = if quoted {
            first + memchr::memchr2(b'\n', b'\r', bytes.get(first..)?)?
        } else {
            first
        };
        let row = piece.get(..end).filter(|row| row.len() <= MAX_ROW_BYTES)?;
        if !quoted {
            split(row.as_bytes(), self.delimiter, &mut self.plain);
        } else if cut(row.as_bytes(), self.delimiter, first, &mut self.plain).is_none() {
            self.plain.clear();
            return None;
        }
        self.text.clear();
        self.text.push_str(row);
        Some(end + 1)
    }

    /// Ends the row where the text ends. True if that is within a quote.
    pub(super) fn end(&mut self) -> bool {
        // A line end closes every row but one that is within a quote, of which it becomes a part.
        let unclosed = loop {
            match self.feed(b"\n") {
                (ReadRecordResult::Record | ReadRecordResult::End, _) => break false,
                (ReadRecordResult::InputEmpty, _) => break true,
                (ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull, _) => {}
            }
        };
        if unclosed {
            self.written -= 1;
            self.cells += 1;
            self.ends.truncate(self.cells);
            self.ends.push(self.written);
        }
        self.keep_text();
        unclosed
    }

    /// How many cells the row has.
    pub(super) fn len(&self) -> usize {
        self.cells.max(self.plain.len())
    }

    /// A cell; the empty text where there is none.
    pub(super) fn cell(&self, index: usize) -> &str {
        self.range(index)
            .and_then(|range| self.text.get(range))
            .unwrap_or_default()
    }

    /// All cells, one after the other, with or without what is between them.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The text of the row as the file has it, where it took the machine: its quotes need a second look.
    pub(super) fn raw(&self) -> Option<&str> {
        self.plain.is_empty().then_some(self.raw.as_str())
    }

    /// Takes the cells of one line in place of those of the row.
    pub(super) fn keep_line(&mut self, line: &str) {
        let (mut text, mut ends) = (String::with_capacity(line.len()), vec![0]);
        for cell in bare_cells(line, self.delimiter) {
            text.push_str(cell);
            ends.push(text.len());
        }
        (self.cells, self.text, self.ends) = (ends.len() - 1, text, ends);
        self.plain.clear();
    }

    /// Takes a character out of all cells.
    pub(super) fn take_out(&mut self, unwanted: char) {
        let (mut text, mut ends) = (String::with_capacity(self.text.len()), vec![0]);
        for index in 0..self.len() {
            text.extend(self.cell(index).chars().filter(|c| *c != unwanted));
            ends.push(text.len());
        }
        (self.cells, self.text, self.ends) = (self.len(), text, ends);
        self.plain.clear();
    }

    fn range(&self, index: usize) -> Option<Range<usize>> {
        if !self.plain.is_empty() {
            return self.plain.get(index).cloned();
        }
        let [start, end] = *self.ends.get(..=self.cells)?.get(index..)?.first_chunk()?;
        Some(start..end)
    }

    fn feed(&mut self, piece: &[u8]) -> (ReadRecordResult, usize) {
        let (bytes, ends) = (
            self.bytes.get_mut(self.written..).unwrap_or_default(),
            self.ends.get_mut(self.cells + 1..).unwrap_or_default(),
        );
        let (result, read, written, ended) = self.core.read_record(piece, bytes, ends);
        self.written += written;
        self.cells += ended;
        match result {
            ReadRecordResult::OutputFull => self.bytes.resize(self.bytes.len().max(512) * 2, 0),
            ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len().max(32) * 2, 0),
            _ => {}
        }
        (result, read)
    }

    fn keep_text(&mut self) {
        self.text.clear();
        let bytes = self.bytes.get(..self.written).unwrap_or_default();
        // Text without some of its ASCII characters is text.
        self.text.push_str(std::str::from_utf8(bytes).unwrap_or_default());
    }
}

/// Where the cells of a row without quotes stand, without its line end.
fn split(row: &[u8], delimiter: u8, cells: &mut Vec<Range<usize>>) {
    let mut start = 0;
    for end in memchr::memchr_iter(delimiter, row) {
        cells.push(start..end);
        start = end + 1;
    }
    cells.push(start..row.len());
}

/// Where the cells of a row stand, without its line end. `None` where a cell that is opened by a quote is closed
/// by none, by one that is not its end or by one after a backslash, and where a quote stands within a bare cell.
/// `quote` is where the first quote stands.
fn cut(row: &[u8], delimiter: u8, mut quote: usize, cells: &mut Vec<Range<usize>>) -> Option<()> {
    let mut at = 0;
    loop {
        let rest = row.get(at..)?;
        let (cell, end) = if at == quote {
            let close = at + 1 + memchr::memchr(b'"', rest.get(1..)?)?;
            if row.get(close - 1) == Some(&b'\\') {
                return None;
            }
            let after = row.get(close + 1..)?;
            quote = memchr::memchr(b'"', after).map_or(usize::MAX, |len| close + 1 + len);
            (at + 1..close, close + 1)
        } else {
            let end = memchr::memchr(delimiter, rest).map_or(row.len(), |len| at + len);
            if quote < end {
                return None;
            }
            (at..end, end)
        };
        cells.push(cell);
        match row.get(end) {
            None => return Some(()),
            Some(next) if *next == delimiter => at = end + 1,
            Some(_) => return None,
        }
    }
}

/// Counts line ends, piece by piece: LF, CRLF and CR count one each.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Lines {
    /// Line ends so far.
    pub(super) count: u32,
    after_cr: bool,
}

impl Lines {
    /// Counts on. True if the piece is only the second half of a line end.
    pub(super) fn pass(&mut self, bytes: &[u8]) -> bool {
        let before = *self;
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            let after_cr = match at.checked_sub(1) {
                None => self.after_cr,
                Some(before) => bytes.get(before) == Some(&b'\r'),
            };
            if !(after_cr && bytes.get(at) == Some(&b'\n')) {
                self.count = self.count.saturating_add(1);
            }
        }
        self.after_cr = bytes.last().map_or(self.after_cr, |last| *last == b'\r');
        before.after_cr && bytes == b"\n"
    }
}

/// Line ends in a text: LF, CRLF and CR count one each.
pub(super) fn count_lines(bytes: &[u8]) -> u32 {
    let mut lines = Lines::default();
    lines.pass(bytes);
    lines.count
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The rows of a text that comes in pieces, and whether the last one is never closed.
    fn all(pieces: &[&str], delimiter: u8) -> (Vec<Vec<String>>, bool) {
        let (mut rows, mut within, mut unclosed) = (Vec::new(), false, false);
        let mut record = Record::new(delimiter);
        let cells = |record: &Record| {
            (0..record.len())
                .map(|index| record.cell(index).to_owned())
                .collect()
        };
        for piece in pieces {
            let mut rest = *piece;
            while let Some(first) = rest.chars().next() {
                if !within {
                    if matches!(first, '\n' | '\r') {
                        rest = &rest[1..];
                        continue;
                    }
                    record.start();
                }
                let step = record.go_on(rest);
                rest = &rest[step.read..];
                within = step.now == Now::More;
                if step.now == Now::Whole {
                    rows.push(cells(&record));
                }
            }
        }
        if within {
            unclosed = record.end();
            rows.push(cells(&record));
        }
        (rows, unclosed)
    }

    fn rows(text: &str) -> Vec<Vec<String>> {
        all(&[text], b',').0
    }

    #[test]
    fn rows_end_with_lf_crlf_or_cr() {
        assert_eq!(
            rows("a,b\nc,d\r\ne,f\rg,h"),
            [["a", "b"], ["c", "d"], ["e", "f"], ["g", "h"]]
        );
    }

    #[test]
    fn quoted_cells_hold_delimiters_line_ends_and_quotes() {
        assert_eq!(rows("\"a,\r\n\"\"b\"\"\",c\n"), [["a,\r\n\"b\"", "c"]]);
        assert_eq!(rows("a\"b,\"c\"d\"e\n"), [["a\"b", "cd\"e"]]);
    }

    #[test]
    fn a_quote_that_is_never_closed_is_told() {
        for (text, unclosed) in [
            ("a,\"b\nc,d\n", true),
            ("a,\"", true),
            ("\"a\"\"", true),
            ("a\"b,\"c", true),
            ("a,\"b\"", false),
            ("a,\"b\"c", false),
            ("a\"b", false),
            ("a,", false),
        ] {
            assert_eq!(all(&[text], b',').1, unclosed, "{text}");
        }
        assert_eq!(rows("a,\"b\nc,d\n"), [["a", "b\nc,d\n"]]);
    }

    #[test]
    fn a_character_is_taken_out_of_every_cell() {
        // The second row takes the machine: what follows its quote is part of the cell.
        for row in ["\0a,b\0\0,\0,c\n", "\"\0a\",\"b\"\0\0,\0,c\n"] {
            let mut record = Record::new(b',');
            record.start();
            record.go_on(row);
            record.take_out('\0');
            let cells: Vec<&str> = (0..5).map(|index| record.cell(index)).collect();
            assert_eq!(cells, ["a", "b", "", "c", ""]);
        }
    }

    proptest! {
        #[test]
        fn rows_are_those_of_the_csv_crate_wherever_the_text_is_cut(
            text in "[ab,;\"\r\n\u{e9}]{0,40}",
            long in 0_usize..2000,
            cuts in proptest::collection::vec(any::<proptest::sample::Index>(), 0..4),
            delimiter in prop_oneof![Just(b','), Just(b';')],
        ) {
            let text = format!("{text}{}", ",x".repeat(long));
            let theirs: Vec<Vec<String>> = csv::ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                .delimiter(delimiter)
                .from_reader(text.as_bytes())
                .records()
                .map(|row| row.expect("UTF-8").iter().map(str::to_owned).collect())
                .collect();
            let mut at: Vec<usize> = cuts
                .iter()
                .map(|cut| text.floor_char_boundary(cut.index(text.len() + 1)))
                .chain([0, text.len()])
                .collect();
            at.sort_unstable();
            let pieces: Vec<&str> = at.windows(2).map(|cut| &text[cut[0]..cut[1]]).collect();
            prop_assert_eq!(all(&pieces, delimiter).0, theirs);
        }

        #[test]
        fn lines_are_counted_alike_wherever_the_text_is_cut(text in "[a\r\n]{0,12}", cut in any::<proptest::sample::Index>()) {
            let (first, second) = text.split_at(cut.index(text.len() + 1));
            let mut lines = Lines::default();
            lines.pass(first.as_bytes());
            lines.pass(second.as_bytes());
            let expected = text.replace("\r\n", "\n").matches(['\r', '\n']).count();
            prop_assert_eq!(lines.count as usize, expected);
            prop_assert_eq!(count_lines(text.as_bytes()) as usize, expected);
        }
    }
}
