//! The raw text of a row in; whether its quotes open and close whole cells, and whether it spans other rows, out.
//!
//! A spreadsheet joins the text after a closing quote to the cell, and reads on across lines until a quote closes.
//! So one quote too many moves cells into other columns, or takes the rows after it into a note. `csv-core` reads in
//! the same way; here is what it does not say about it.

/// What the quotes of a row do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    /// Each opens or closes a whole cell, or is doubled.
    Clean,
    /// Some are part of a cell that is not quoted, or blanks follow a closing one. Every spreadsheet reads such a
    /// row alike.
    Loose,
    /// Text follows a closing quote, blanks come before an opening one, a backslash stands before a closing one, or
    /// one is never closed: where the cells end is a guess.
    Broken,
}

/// What the quotes of one row do.
pub(super) fn quotes(row: &str, delimiter: u8) -> Quotes {
    let mut rest = row.trim_end_matches(['\n', '\r']).as_bytes();
    let mut found = Quotes::Clean;
    loop {
        let blanks = blanks(rest, delimiter);
        let end = if rest.get(blanks) == Some(&b'"') {
            if blanks > 0 {
                return Quotes::Broken;
            }
            let Some(close) = closing(rest) else {
                return Quotes::Broken;
            };
            let after = rest.get(close + 1..).unwrap_or_default();
            let end = memchr::memchr(delimiter, after).unwrap_or(after.len());
            match after.get(..end) {
                Some([]) => {}
                Some(tail) if tail.iter().all(|byte| is_blank(*byte)) => found = Quotes::Loose,
                _ => return Quotes::Broken,
            }
            close + 1 + end
        } else {
            let end = memchr::memchr(delimiter, rest).unwrap_or(rest.len());
            if memchr::memchr(b'"', rest.get(..end).unwrap_or_default()).is_some() {
                found = Quotes::Loose;
            }
            end
        };
        match rest.get(end + 1..) {
            Some(more) => rest = more,
            None => return found,
        }
    }
}

/// Where the quoted cell at the start of a text is closed. `None` where it is not, or where a backslash stands before
/// that quote: whoever wrote it meant a quote that is part of the cell.
fn closing(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        let close = at + memchr::memchr(b'"', text.get(at..)?)?;
        if text.get(close + 1) == Some(&b'"') {
            at = close + 2;
            continue;
        }
        return (!ends_escaped(text.get(1..close)?)).then_some(close);
    }
}

/// True where a text ends with a backslash that is not itself escaped by one.
pub(super) fn ends_escaped(text: &[u8]) -> bool {
    text.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

fn blanks(text: &[u8], delimiter: u8) -> usize {
    text.iter()
        .take_while(|byte| is_blank(**byte) && **byte != delimiter)
        .count()
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// The cells of one line, cut at every delimiter, without the quotes around them: all that can be said of a row whose
/// quotes are broken.
pub(super) fn bare_cells(line: &str, delimiter: u8) -> impl Iterator<Item = &str> {
    line.split(char::from(delimiter)).map(|cell| {
        let trimmed = cell.trim_matches([' ', '\t']);
        let open = trimmed.strip_prefix('"').unwrap_or(trimmed);
        open.strip_suffix('"').unwrap_or(open)
    })
}

/// True of a row that spans several lines, of which more than one looks like a row with an address of its own: a quote
/// was opened by mistake, and the next one by mistake closed it. `email` is the column of the address.
pub(super) fn spans_rows(row: &str, delimiter: u8, width: usize, email: usize) -> bool {
    let is_row = |line: &&str| {
        let cells = || bare_cells(line, delimiter);
        cells().count() >= width && cells().nth(email).is_some_and(is_address)
    };
    row.split(['\n', '\r']).filter(is_row).nth(1).is_some()
}

/// True of what nobody writes by accident where an address is expected.
fn is_address(cell: &str) -> bool {
    cell.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && domain.contains('.')
            && !domain.contains('@')
            && !cell.contains(|c: char| c.is_whitespace() || c == '"')
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quotes_around_whole_cells_are_clean() {
        for row in [
            "a,b,c\n",
            "\"a\",\"b\"\r\n",
            "\"a \"\"b\"\" c\",d",
            "\"\",\"\"\"\"",
            "\"a,\nb\",c\n",
            "\"C:\\\\\",x",
        ] {
            assert_eq!(quotes(row, b','), Quotes::Clean, "{row}");
        }
    }

    #[test]
    fn a_quote_within_a_bare_cell_and_blanks_after_a_quoted_one_are_loose() {
        for row in ["5\" board,x", "O\"Brien", "\"a\" ,b", "\"a\"\t,b", "x,\"a\"  \n"] {
            assert_eq!(quotes(row, b','), Quotes::Loose, "{row}");
        }
    }

    #[test]
    fn quotes_that_leave_open_where_a_cell_ends_are_broken() {
        for row in [
            "\"Mary \"Molly\" Ann\",Brown\n",
            "\"a\"b,c",
            "a, \"b\",c",
            "a,\t\"b\"",
            "\"a \\\"b\\\" c\",d",
            "\"6\\\", tall\",d",
            "a,\"b\nc,d\n",
            "\"prefers 6\nBo,x\n\"quiet\",y\n",
        ] {
            assert_eq!(quotes(row, b','), Quotes::Broken, "{row}");
        }
        assert_eq!(quotes("a\t\"b\"\tc", b'\t'), Quotes::Clean);
        assert_eq!(quotes("\"a\";\"b\"", b';'), Quotes::Clean);
    }

    #[test]
    fn a_note_over_several_lines_spans_no_rows_and_a_stray_quote_does() {
        let spans = |row: &str| spans_rows(row, b',', 4, 2);
        assert!(!spans(
            "Mary,Brown,mary@example.com,\"one,\ntwo, three\nbo@example.com\"\n"
        ));
        assert!(spans(
            "Mary,Brown,mary@example.com,\"prefers 6\nBo,Lind,bo@example.com,size 6\"\n"
        ));
        assert!(!spans_rows(
            "ann@example.com,\"ann@work.example\nann@home.example\",Ann\n",
            b',',
            3,
            0
        ));
    }

    proptest! {
        /// The plain second reading: cells that are written as the standard says are clean, and one quote more or
        /// one backslash before a quote makes them something else, wherever it stands.
        #[test]
        fn rows_as_the_standard_has_them_are_clean_and_one_more_quote_never_passes_as_clean(
            cells in proptest::collection::vec("[ab \\n\"']{0,5}", 1..5),
            at in any::<proptest::sample::Index>(),
        ) {
            let written: Vec<String> = cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
            let row = written.join(",");
            prop_assert_eq!(quotes(&row, b','), Quotes::Clean);
            let mut more = row.clone();
            more.insert(at.index(row.len() + 1), '"');
            prop_assert_ne!(quotes(&more, b','), Quotes::Clean);
        }
    }
}
