//! Text in, the cells of its rows out: where they stand, nothing copied.
//!
//! A quote opens a cell only at its start; a doubled quote within is a quote; what follows a closing
//! quote is part of the cell. Rows end with LF, CRLF or CR. So reads the `csv` crate too, which a test
//! takes as its measure; this reader also knows the line of every row and a quote that is never closed.

use std::ops::Range;

/// One cell: where its text stands, and whether it must be rebuilt.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    /// The text, without the quotes around it.
    pub(super) at: Range<usize>,
    /// True where the text holds doubled quotes, or more after the closing quote.
    pub(super) raw: bool,
}

/// Where a row ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RowEnd {
    /// Where the next row starts.
    pub(super) next: usize,
    /// Line ends within the row, its own among them.
    pub(super) lines: u32,
    /// The text ended within a quote.
    pub(super) unclosed: bool,
}

/// Finds the cells of the row that starts at `start`. `None` when the text ends before the row does
/// and more text may come (`last` is false).
pub(super) fn scan(
    text: &str,
    start: usize,
    delimiter: u8,
    last: bool,
    cells: &mut Vec<Cell>,
) -> Option<RowEnd> {
    let bytes = text.as_bytes();
    cells.clear();
    let mut lines = 1;
    let mut at = start;
    loop {
        let mut unclosed = false;
        let end = if bytes.get(at) == Some(&b'"') {
            let inner = at + 1;
            let (close, doubled) = closing_quote(bytes, inner, last)?;
            unclosed = close.is_none();
            let close = close.unwrap_or(bytes.len());
            let end = cell_end(bytes, (close + 1).min(bytes.len()), delimiter);
            let tail = end > close + 1;
            let quoted = bytes.get(inner..close).unwrap_or_default();
            if find(quoted, 0, [b'\n', b'\r', b'\n']) < quoted.len() {
                lines = count_lines(quoted).saturating_add(lines);
            }
            cells.push(Cell {
                at: inner..if tail { end } else { close },
                raw: doubled || tail,
            });
            end
        } else {
            let end = cell_end(bytes, at, delimiter);
            cells.push(Cell {
                at: at..end,
                raw: false,
            });
            end
        };
        let next = match bytes.get(end) {
            None if last => end,
            None => return None,
            Some(b'\n') => end + 1,
            Some(b'\r') => match bytes.get(end + 1) {
                Some(b'\n') => end + 2,
                None if !last => return None,
                _ => end + 1,
            },
            Some(_) => {
                at = end + 1;
                continue;
            }
        };
        return Some(RowEnd {
            next,
            lines,
            unclosed,
        });
    }
}

/// The closing quote, `None` where the text ends before it; and whether a doubled one stands before it.
fn closing_quote(bytes: &[u8], from: usize, last: bool) -> Option<(Option<usize>, bool)> {
    let mut doubled = false;
    let mut at = from;
    loop {
        let quote = find(bytes, at, [b'"'; 3]);
        if quote == bytes.len() {
            return last.then_some((None, doubled));
        }
        match bytes.get(quote + 1) {
            Some(b'"') => {
                doubled = true;
                at = quote + 2;
            }
            None if !last => return None,
            _ => return Some((Some(quote), doubled)),
        }
    }
}

/// Where an unquoted cell ends: at the delimiter, at a line end, or with the text.
fn cell_end(bytes: &[u8], from: usize, delimiter: u8) -> usize {
    find(bytes, from, [delimiter, b'\n', b'\r'])
}

/// Where the first of three bytes stands from `from` on, or the length: eight bytes at a time.
fn find(bytes: &[u8], from: usize, wanted: [u8; 3]) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let (words, tail) = rest.as_chunks::<8>();
    let [first, second, third] = wanted.map(|byte| u64::from_ne_bytes([byte; 8]));
    for (number, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let found = zero_bytes(word ^ first) | zero_bytes(word ^ second) | zero_bytes(word ^ third);
        if found != 0 {
            return from + number * 8 + (found.trailing_zeros() / 8) as usize;
        }
    }
    let end = tail
        .iter()
        .position(|byte| wanted.contains(byte))
        .unwrap_or(tail.len());
    bytes.len() - tail.len() + end
}

/// Marks the high bit of the lowest byte that is zero; bytes above that one may be marked wrongly.
fn zero_bytes(word: u64) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([0x01; 8]);
    const HIGHS: u64 = u64::from_ne_bytes([0x80; 8]);
    word.wrapping_sub(ONES) & !word & HIGHS
}

/// Line ends in a text: LF, CRLF and CR count one each.
pub(super) fn count_lines(bytes: &[u8]) -> u32 {
    let mut before = 0;
    let mut lines = 0_u32;
    for byte in bytes {
        if *byte == b'\r' || (*byte == b'\n' && before != b'\r') {
            lines = lines.saturating_add(1);
        }
        before = *byte;
    }
    lines
}

/// Rebuilds a cell that was quoted: doubled quotes become one, the closing quote goes.
pub(super) fn rebuild(raw: &str, out: &mut String) {
    let mut rest = raw;
    while let Some((before, after)) = rest.split_once('"') {
        out.push_str(before);
        let Some(more) = after.strip_prefix('"') else {
            out.push_str(after);
            return;
        };
        out.push('"');
        rest = more;
    }
    out.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn all(text: &str, delimiter: u8) -> Vec<Vec<String>> {
        let (mut rows, mut cells, mut at) = (Vec::new(), Vec::new(), 0);
        while at < text.len() {
            let end = scan(text, at, delimiter, true, &mut cells).expect("the whole text is there");
            assert!(end.next > at);
            at = end.next;
            rows.push(
                cells
                    .iter()
                    .map(|cell| {
                        let mut out = String::new();
                        if cell.raw {
                            rebuild(&text[cell.at.clone()], &mut out);
                        } else {
                            out.push_str(&text[cell.at.clone()]);
                        }
                        out
                    })
                    .collect(),
            );
        }
        rows
    }

    fn by_the_csv_crate(text: &str, delimiter: u8) -> Vec<Vec<String>> {
        csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .from_reader(text.as_bytes())
            .records()
            .map(|row| row.expect("UTF-8").iter().map(str::to_owned).collect())
            .collect()
    }

    #[test]
    fn rows_end_with_lf_crlf_or_cr() {
        assert_eq!(
            all("a,b\nc,d\r\ne,f\rg,h", b','),
            [["a", "b"], ["c", "d"], ["e", "f"], ["g", "h"]]
        );
    }

    #[test]
    fn quoted_cells_hold_delimiters_line_ends_and_quotes() {
        assert_eq!(all("\"a,\r\n\"\"b\"\"\",c\n", b','), [["a,\r\n\"b\"", "c"]]);
        assert_eq!(all("a\"b,\"c\"d\"e\n", b','), [["a\"b", "cd\"e"]]);
    }

    #[test]
    fn a_row_that_is_not_all_there_waits_for_more_text() {
        let mut cells = Vec::new();
        for text in ["a,b", "a,\"b", "a,\"b\"", "a,b\r", "\"a\"\"", ""] {
            assert_eq!(scan(text, 0, b',', false, &mut cells), None, "{text:?}");
        }
    }

    #[test]
    fn a_quote_that_is_never_closed_is_told() {
        let mut cells = Vec::new();
        let end = scan("a,\"b\nc,d\n", 0, b',', true, &mut cells).expect("a row");
        assert!(end.unclosed);
        assert_eq!((end.next, end.lines), (9, 3));
    }

    proptest! {
        #[test]
        fn rows_are_those_of_the_csv_crate(text in "[ab,;\"\r\n\u{e9}]{0,40}", delimiter in prop_oneof![Just(b','), Just(b';')]) {
            // The crate drops empty lines; here they are rows with one empty cell.
            let ours: Vec<_> = all(&text, delimiter).into_iter().filter(|row| *row != [""]).collect();
            let theirs: Vec<_> = by_the_csv_crate(&text, delimiter).into_iter().filter(|row| *row != [""]).collect();
            prop_assert_eq!(ours, theirs);
        }
    }
}
