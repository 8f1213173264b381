//! The text of a small table kept in a spreadsheet in, its rows with their lines out.

use csv_core::ReadRecordResult;

use super::given::Load;
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics, Place},
    plan::{Pattern, TextSpan},
    text::nearest::{did_you_mean, list, show},
};

/// More rows than a person keeps in a spreadsheet.
const MAX_ROWS: usize = 50_000;

/// More wrong lines of one file than these are not shown.
const MAX_WRONG: usize = 50;

/// What a file that the plan names must look like.
#[derive(Debug)]
pub(super) struct SheetShape {
    /// Such as `a mapping file`.
    pub(super) what: &'static str,
    /// Its columns.
    pub(super) columns: &'static [&'static str],
    /// Those that must be there.
    pub(super) needed: &'static [&'static str],
}

/// A file, and where the plan names it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named<'a> {
    pub(super) path: &'a str,
    pub(super) span: &'a TextSpan,
}

/// A table with a header.
#[derive(Debug)]
pub(super) struct Sheet {
    shape: &'static SheetShape,
    /// For each column of the shape, its place in the file.
    places: Vec<Option<usize>>,
    rows: Vec<(u32, Vec<String>)>,
}

/// One row.
#[derive(Debug, Clone, Copy)]
pub(super) struct SheetRow<'s> {
    /// The line on which it starts, from 1.
    pub(super) line: u32,
    sheet: &'s Sheet,
    cells: &'s [String],
}

impl<'s> SheetRow<'s> {
    /// The cell of a column of the shape, trimmed; blank if the file has no such column.
    pub(super) fn cell(&self, column: &str) -> &'s str {
        let at = self.sheet.shape.columns.iter().position(|known| *known == column);
        let place = at.and_then(|at| self.sheet.places.get(at).copied().flatten());
        let cell = place.and_then(|place| self.cells.get(place));
        cell.map_or("", |cell| Pattern::trim(cell))
    }
}

impl Sheet {
    /// Reads a file. What is wrong with it as a table is said in `out`.
    pub(super) fn load(
        file: Named<'_>,
        shape: &'static SheetShape,
        load: &Load<'_>,
        out: &mut Diagnostics,
    ) -> Option<Self> {
        let wrong = |message: String, line: u32, note: &str, remedy: String| {
            let mut diagnostic =
                Diagnostic::error(Code::SheetUnreadable, message).at(file.span.clone(), "named here");
            if line > 0 {
                diagnostic = diagnostic.in_file(file.path, line, note);
            }
            diagnostic.remedy(remedy)
        };
        let text = match load(file.path) {
            Ok(text) => text,
            Err(problem) => {
                out.push(wrong(
                    format!("the file {} cannot be read: {problem}", show(file.path)),
                    0,
                    "",
                    "Paths are relative to the plan; save it from the spreadsheet as \"CSV UTF-8\""
                        .to_owned(),
                ));
                return None;
            }
        };
        match Self::of(&text, shape) {
            Ok(sheet) => Some(sheet),
            Err(NoSheet {
                line,
                message,
                remedy,
            }) => {
                let message = format!("{} is not {}: {message}", show(file.path), shape.what);
                let remedy = remedy.unwrap_or_else(|| {
                    format!(
                        "Its first row must name the columns ({}), separated by commas, semicolons or tabs",
                        list(shape.columns)
                    )
                });
                out.push(wrong(message, line, "here", remedy));
                None
            }
        }
    }

    /// Reads a text.
    fn of(text: &str, shape: &'static SheetShape) -> Result<Self, NoSheet> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.contains('\0') {
            return Err(NoSheet::new(0, "it contains NUL bytes".to_owned()));
        }
        let delimiter = delimiter(text, shape);
        let mut rows = rows(text, delimiter)?.into_iter();
        let Some((line, header)) = rows.next() else {
            return Err(NoSheet::new(0, "it is empty".to_owned()));
        };
        let rows: Vec<(u32, Vec<String>)> = rows.collect();
        let mut places = vec![None; shape.columns.len()];
        for (at, name) in header.iter().enumerate() {
            let folded = fold_name(name);
            if folded.is_empty() {
                let filled = rows.iter().find(|(_, cells)| !is_blank(cells.get(at)));
                if let Some((line, _)) = filled {
                    return Err(NoSheet::new(
                        *line,
                        "a cell has a value, but its column has no name".to_owned(),
                    ));
                }
                continue;
            }
            let Some(column) = shape.columns.iter().position(|known| *known == folded) else {
                let message = format!("it cannot have a column {}", show(name));
                let near = did_you_mean(&folded, shape.columns.iter().copied());
                return Err(NoSheet {
                    line,
                    message,
                    remedy: near,
                });
            };
            match places.get_mut(column) {
                Some(place @ None) => *place = Some(at),
                _ => {
                    return Err(NoSheet::new(
                        line,
                        format!("two columns are called {}", show(name)),
                    ));
                }
            }
        }
        for needed in shape.needed {
            let at = shape.columns.iter().position(|known| known == needed);
            if at.and_then(|at| places.get(at).copied().flatten()).is_none() {
                return Err(NoSheet::new(line, format!("it has no column {}", show(needed))));
            }
        }
        let wide = rows
            .iter()
            .find(|(_, cells)| (header.len()..cells.len()).any(|at| !is_blank(cells.get(at))));
        if let Some((line, _)) = wide {
            return Err(NoSheet {
                line: *line,
                message: "a row has more cells than the header".to_owned(),
                remedy: Some(
                    "Put a cell that contains the separator in double quotes, as spreadsheets do".to_owned(),
                ),
            });
        }
        Ok(Self { shape, places, rows })
    }

    /// The rows with something in them, in their order.
    pub(super) fn rows(&self) -> impl Iterator<Item = SheetRow<'_>> {
        self.rows.iter().map(|(line, cells)| SheetRow {
            line: *line,
            sheet: self,
            cells,
        })
    }
}

impl Named<'_> {
    /// Says where in the file and where in the plan.
    pub(super) fn place(&self, diagnostic: Diagnostic, line: u32, note: &str) -> Diagnostic {
        diagnostic
            .at(self.span.clone(), "the file named here")
            .in_file(self.path, line, note)
    }

    /// Hands on what was found of a line, with its places in the file instead of the plan.
    pub(super) fn hand_on(&self, found: &Diagnostics, line: u32, out: &mut Diagnostics) {
        for one in found.iter() {
            let mut diagnostic = one.clone();
            diagnostic.places = Vec::new();
            diagnostic = diagnostic.at(self.span.clone(), "the file named here");
            let mut told = false;
            for place in &one.places {
                diagnostic = match place {
                    Place::Plan(span, note) if span == self.span => {
                        told = true;
                        diagnostic.in_file(self.path, line, note.clone())
                    }
                    Place::Plan(span, note) => diagnostic.at(span.clone(), note.clone()),
                    Place::File { path, line, note } => diagnostic.in_file(path.clone(), *line, note.clone()),
                };
            }
            if !told {
                diagnostic = diagnostic.in_file(self.path, line, "this entry");
            }
            out.push(diagnostic);
        }
    }

    /// True once so many lines of the file are wrong that no person reads on; says so the first time.
    pub(super) fn enough(&self, wrong: usize, line: u32, out: &mut Diagnostics) -> bool {
        if wrong == MAX_WRONG {
            let message = format!("{wrong} rows of {} are wrong", show(self.path));
            out.push(
                self.place(
                    Diagnostic::error(Code::TooMany, message),
                    line,
                    "not checked from here on",
                )
                .remedy("Fix the ones shown first"),
            );
        }
        wrong >= MAX_WRONG
    }
}

/// Why a text is not such a table.
#[derive(Debug)]
struct NoSheet {
    line: u32,
    message: String,
    remedy: Option<String>,
}

impl NoSheet {
    fn new(line: u32, message: String) -> Self {
        Self {
            line,
            message,
            remedy: None,
        }
    }
}

/// The name of a column as columns are compared here: `When_Values` is `when values`.
fn fold_name(name: &str) -> String {
    Pattern::fold(&name.replace('_', " "))
}

fn is_blank(cell: Option<&String>) -> bool {
    cell.is_none_or(|cell| Pattern::trim(cell).is_empty())
}

/// The separator with which the first row names most columns of the shape.
fn delimiter(text: &str, shape: &SheetShape) -> u8 {
    let first = text
        .lines()
        .find(|line| !line.trim().is_empty())
        .unwrap_or_default();
    let known = |delimiter: u8| {
        let cells = rows(first, delimiter).unwrap_or_default();
        let header = cells.first().map_or(&[][..], |(_, cells)| cells);
        header
            .iter()
            .filter(|name| shape.columns.contains(&fold_name(name).as_str()))
            .count()
    };
    // Of equals the last wins: the comma.
    [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|delimiter| known(*delimiter))
        .unwrap_or(b',')
}

/// The rows that are not blank, each with its line.
fn rows(text: &str, delimiter: u8) -> Result<Vec<(u32, Vec<String>)>, NoSheet> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut lines = LineCount::default();
    let mut rows = Vec::new();
    let mut record = csv::StringRecord::new();
    loop {
        let from = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
        match reader.read_record(&mut record) {
            Ok(false) => return Ok(rows),
            Err(error) => return Err(NoSheet::new(0, error.to_string())),
            Ok(true) => {}
        }
        // The reader passes over blank lines before a row.
        let ends = text
            .get(from..)
            .map_or(0, |rest| rest.len() - rest.trim_start_matches(['\r', '\n']).len());
        let line = lines.at(text, from + ends);
        if reader.position().byte() >= text.len() as u64
            && never_closed(text.get(from + ends..).unwrap_or_default(), delimiter)
        {
            return Err(NoSheet {
                line,
                message: "a quote is never closed".to_owned(),
                remedy: Some("Close the quote (\") in this row, or remove it".to_owned()),
            });
        }
        if record.iter().all(|cell| Pattern::trim(cell).is_empty()) {
            continue;
        }
        if rows.len() > MAX_ROWS {
            return Err(NoSheet::new(line, format!("it has more than {MAX_ROWS} rows")));
        }
        rows.push((line, record.iter().map(str::to_owned).collect()));
    }
}

/// True if the last row of a text ends within a quote.
fn never_closed(row: &str, delimiter: u8) -> bool {
    let mut core = csv_core::ReaderBuilder::new().delimiter(delimiter).build();
    let (mut bytes, mut ends) = (vec![0; row.len() + 1], vec![0; row.len() + 2]);
    let (result, read, ..) = core.read_record(row.as_bytes(), &mut bytes, &mut ends);
    if result == ReadRecordResult::Record || read < row.len() {
        return false;
    }
    let (result, ..) = core.read_record(b"\n", &mut bytes, &mut ends);
    result == ReadRecordResult::InputEmpty
}

/// Counts the lines before a place; places are asked in their order.
#[derive(Debug, Default)]
struct LineCount {
    at: usize,
    ends: u32,
}

impl LineCount {
    fn at(&mut self, text: &str, to: usize) -> u32 {
        let bytes = text.as_bytes();
        for at in self.at..to.min(bytes.len()) {
            let ends = match bytes.get(at) {
                Some(b'\n') => true,
                Some(b'\r') => bytes.get(at + 1) != Some(&b'\n'),
                _ => false,
            };
            self.ends += u32::from(ends);
        }
        self.at = self.at.max(to);
        self.ends + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: &SheetShape = &SheetShape {
        what: "a list",
        columns: &["value", "tag", "when values"],
        needed: &["value"],
    };

    fn read(text: &str) -> Vec<(u32, String, String)> {
        let sheet = Sheet::of(text, SHAPE).expect("a sheet");
        sheet
            .rows()
            .map(|row| (row.line, row.cell("value").to_owned(), row.cell("tag").to_owned()))
            .collect()
    }

    fn refused(text: &str) -> (u32, String) {
        let wrong = Sheet::of(text, SHAPE).expect_err("no sheet");
        (wrong.line, wrong.message)
    }

    #[test]
    fn commas_semicolons_and_tabs_are_found_out() {
        let expected = [(2, "Oils; fast, two".to_owned(), "vip".to_owned())];
        assert_eq!(read("\u{feff}value,tag\r\n\"Oils; fast, two\",vip\r\n"), expected);
        assert_eq!(read("Tag;Value\nvip;\"Oils; fast, two\"\n"), expected);
        assert_eq!(
            read("value\ttag\twhen_values\n\"Oils; fast, two\"\t vip \t\n"),
            expected
        );
    }

    #[test]
    fn a_row_has_the_line_on_which_it_starts() {
        let text = "\n\nvalue,tag\n\na,\"x\ny\"\n,\nb,z\r\nc,w\rd,v";
        let lines: Vec<u32> = read(text).into_iter().map(|(line, ..)| line).collect();
        assert_eq!(lines, [5, 8, 9, 10]);
    }

    #[test]
    fn what_is_no_table_is_refused_with_its_line() {
        assert_eq!(refused("").0, 0);
        assert_eq!(refused("tag\nvip\n"), (1, "it has no column `value`".to_owned()));
        assert_eq!(
            refused("value,tga\n"),
            (1, "it cannot have a column `tga`".to_owned())
        );
        assert_eq!(
            refused("value,Value\n"),
            (1, "two columns are called `Value`".to_owned())
        );
        assert_eq!(
            refused("value\na\nb,c\n"),
            (3, "a row has more cells than the header".to_owned())
        );
        assert_eq!(refused("value,\na,\nb,c\n").0, 3);
        assert_eq!(
            refused("value\na\n\"b\nc\n"),
            (3, "a quote is never closed".to_owned())
        );
        assert_eq!(refused("value\n\0").0, 0);
    }

    #[test]
    fn a_closed_quote_at_the_end_of_the_text_is_closed() {
        assert_eq!(read("value\n\"a\"").len(), 1);
        assert_eq!(read("value\n\"a\"\n\n").len(), 1);
    }
}
