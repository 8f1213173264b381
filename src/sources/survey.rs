//! A file that no plan describes in; its columns, what they are and how full they are, out. No cell is kept.

use std::{collections::BTreeSet, fs::File, hash::BuildHasher, path::Path};

use foldhash::fast::FixedState;

use super::{
    column_type::{ColumnType, TypeCount},
    problem::Trouble,
    table::Table,
};
use crate::{
    people,
    plan::{Encoding, Files, Pattern, SourceFiles},
};

/// So many hashes are kept of a column's values; beyond that, their number is estimated.
const MAX_HASHES: usize = 512;

/// A name of a column is not longer than this.
const MAX_NAME_CHARS: usize = 100;

/// Separators that are tried where a header has only one column.
const SEPARATORS: [u8; 3] = [b';', b'\t', b'|'];

/// What a file contains, without any cell of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// The columns, in their order.
    pub columns: Vec<ColumnSurvey>,
    /// Rows below the header, or all where the first row looks like data.
    pub rows: u64,
    /// Whether the first row names the columns. Where it looks like data, columns have numbers for names.
    pub named: bool,
    /// The encoding in which the file was read.
    pub encoding: Encoding,
    /// What separates the columns.
    pub delimiter: u8,
}

/// One column of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnSurvey {
    /// Its name as the file has it, or its number from 1.
    pub name: String,
    /// What its cells are.
    pub kind: ColumnType,
    /// Cells that contain something.
    pub filled: u64,
    /// How many different values it has: exact up to 512, an estimate beyond.
    pub distinct: u64,
}

/// Reads a whole file and keeps no cell of it.
pub fn survey(path: &Path) -> Result<Survey, Trouble> {
    let mut layout = SourceFiles {
        names: Files::One(path.display().to_string()),
        span: 0..0,
        encoding: None,
        delimiter: None,
        header: true,
        skip_lines: 0,
    };
    layout.delimiter = match separator(path, &layout) {
        Err(Trouble::Utf16 { looks_like }) => {
            layout.encoding = Some(looks_like);
            separator(path, &layout)?
        }
        Err(Trouble::BadByte { .. }) => {
            layout.encoding = Some(Encoding::Windows1252);
            separator(path, &layout)?
        }
        found => found?,
    };
    match columns(path, &layout) {
        Err(Trouble::BadByte { .. }) if layout.encoding.is_none() => {
            layout.encoding = Some(Encoding::Windows1252);
            columns(path, &layout)
        }
        surveyed => surveyed,
    }
}

/// The separator by which the header has several columns; `None` where the comma, or the file's own first line, does.
fn separator(path: &Path, layout: &SourceFiles) -> Result<Option<u8>, Trouble> {
    let table = Table::open(File::open(path)?, layout)?;
    let text = table.header_text();
    let count = |byte: u8| text.bytes().filter(|found| *found == byte).count();
    let most = SEPARATORS.into_iter().max_by_key(|byte| count(*byte));
    Ok(most.filter(|byte| table.headers().len() == 1 && count(*byte) > 0))
}

fn columns(path: &Path, layout: &SourceFiles) -> Result<Survey, Trouble> {
    let mut table = Table::open(File::open(path)?, layout)?;
    let headers = table.headers().to_vec();
    let mut all: Vec<Column> = headers.iter().map(|header| Column::new(header)).collect();
    let mut rows = 0_u64;
    while let Some(row) = table.next_row()? {
        let repeats = headers
            .iter()
            .enumerate()
            .all(|(at, header)| people::trim(table.cell(at)) == header);
        if repeats {
            continue;
        }
        rows += 1;
        while all.len() < row.cells {
            all.push(Column::new(""));
        }
        for (at, column) in all.iter_mut().enumerate() {
            column.add(table.cell(at));
        }
    }
    let data = all.iter().any(Column::header_is_data);
    if data {
        rows += 1;
        for column in &mut all {
            let header = std::mem::take(&mut column.header);
            column.add(&header);
        }
    }
    let columns = all
        .into_iter()
        .enumerate()
        .map(|(at, column)| ColumnSurvey {
            kind: column.types.verdict(),
            filled: column.types.filled(),
            distinct: column.distinct().min(column.types.filled()),
            name: if data || column.header.is_empty() {
                (at + 1).to_string()
            } else {
                column.header
            },
        })
        .collect();
    Ok(Survey {
        columns,
        rows,
        named: !data,
        encoding: table.encoding(),
        delimiter: table.delimiter(),
    })
}

/// What is known of one column while the file is read.
struct Column {
    header: String,
    /// The header, as values are compared; and whether a cell below says the same.
    folded: String,
    repeated: bool,
    types: TypeCount,
    hasher: FixedState,
    /// Hashes of its values: of those below `limit`, all.
    hashes: BTreeSet<u64>,
    limit: u64,
}

impl Column {
    fn new(header: &str) -> Self {
        Self {
            folded: Pattern::fold(header),
            header: header.to_owned(),
            repeated: false,
            types: TypeCount::default(),
            hasher: FixedState::with_seed(15),
            hashes: BTreeSet::new(),
            limit: u64::MAX,
        }
    }

    fn add(&mut self, cell: &str) {
        let cell = people::trim(cell);
        self.types.add(cell);
        if cell.is_empty() {
            return;
        }
        if !self.repeated && cell.len() == self.folded.len() && Pattern::fold(cell) == self.folded {
            self.repeated = true;
        }
        let hash = self.hasher.hash_one(cell);
        if hash > self.limit || !self.hashes.insert(hash) {
            return;
        }
        while self.hashes.len() > MAX_HASHES {
            self.limit /= 2;
            let limit = self.limit;
            self.hashes.retain(|hash| *hash <= limit);
        }
    }

    /// Hashes are spread evenly, so those below the limit stand for all.
    fn distinct(&self) -> u64 {
        let share = (u64::MAX / self.limit.max(1)).max(1);
        self.hashes.len() as u64 * share
    }

    /// A name that no column has: an address, a number, a date, a sentence, or a value that the column has below.
    fn header_is_data(&self) -> bool {
        let kind = ColumnType::of_cell(&self.header);
        self.repeated
            || self.header.contains('@')
            || self.header.chars().count() > MAX_NAME_CHARS
            || matches!(
                kind,
                ColumnType::Email
                    | ColumnType::Number
                    | ColumnType::Date
                    | ColumnType::Time
                    | ColumnType::Phone
                    | ColumnType::Url
            )
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    fn surveyed(bytes: &[u8]) -> Survey {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("export.csv");
        std::fs::write(&path, bytes).expect("written");
        survey(&path).expect("a survey")
    }

    fn shown(survey: &Survey) -> Vec<(&str, &str, u64, u64)> {
        let columns = survey.columns.iter();
        columns
            .map(|column| {
                (
                    column.name.as_str(),
                    column.kind.word(),
                    column.filled,
                    column.distinct,
                )
            })
            .collect()
    }

    #[test]
    fn columns_have_their_type_share_and_number_of_values() {
        let found = surveyed(b"Email;Joined;Tag\nana@example.com;2025-01-05;vip\nbo@example.com;;vip\n");
        assert_eq!((found.rows, found.named, found.delimiter), (2, true, b';'));
        assert_eq!(
            shown(&found),
            [
                ("Email", "email address", 2, 2),
                ("Joined", "date", 1, 1),
                ("Tag", "text", 2, 1)
            ]
        );
    }

    #[test]
    fn a_first_row_of_data_gives_numbers() {
        for text in [
            "Ana,ana@example.com\nBo,bo@example.com\n",
            "Ana,2025-01-05\nBo,2025-01-06\n",
            "Ana,active\nBo,active\n",
            "Ana,+34 600 550 100\nBo,\n",
            "Ana,Write to ana@example.com\nBo,x\n",
        ] {
            let found = surveyed(text.as_bytes());
            assert_eq!((found.named, found.rows), (false, 2), "{text}");
            let names: Vec<&str> = found.columns.iter().map(|column| column.name.as_str()).collect();
            assert_eq!(names, ["1", "2"], "{text}");
        }
    }

    #[test]
    fn a_header_that_is_repeated_below_is_a_header() {
        let found = surveyed(b"Name,Email\nAna,ana@example.com\nName,Email\n");
        assert_eq!((found.named, found.rows), (true, 1));
    }

    #[test]
    fn cells_beyond_the_header_are_columns_with_numbers() {
        let found = surveyed(b"Email\nana@example.com,Ana\n");
        assert_eq!(shown(&found)[1], ("2", "text", 1, 1));
    }

    #[test]
    fn bytes_of_another_encoding_are_read_all_the_same() {
        let found = surveyed(b"Name,Email\nJos\xE9,jose@example.com\n");
        assert_eq!(found.encoding, Encoding::Windows1252);
        assert_eq!(shown(&found)[0], ("Name", "text", 1, 1));
    }

    #[test]
    fn the_number_of_values_is_right_in_its_order_of_magnitude() {
        for values in [3_u64, 500, 5_000, 50_000] {
            let mut text = String::from("Key\n");
            for value in 0..values {
                writeln!(text, "k{value}").expect("a text");
            }
            let distinct = surveyed(text.as_bytes()).columns[0].distinct;
            assert!(
                distinct > values / 2 && distinct < values * 2,
                "{distinct} of {values}"
            );
        }
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let bytes = proptest::collection::vec(proptest::num::u8::ANY, 0..300);
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("export.csv");
        runner
            .run(&bytes, |bytes| {
                std::fs::write(&path, &bytes).expect("written");
                if let Ok(found) = survey(&path) {
                    for column in &found.columns {
                        proptest::prop_assert!(column.filled <= found.rows);
                        proptest::prop_assert!(column.distinct <= column.filled);
                    }
                }
                Ok(())
            })
            .expect("a law");
    }
}
