//! The header of a file in; the column of each slot, or what is wrong with the header and the line to write, out.

use std::{collections::BTreeMap, io::Read, path::Path};

use super::{problem::Trouble, quotes::bare_cells, table::Table};
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    model::FindingCode,
    plan::{ColumnInUse, ColumnsInUse, Pattern, Source, alike},
    text::{nearest::nearest, revealed},
};

/// The header is looked for in so many rows.
const MAX_TITLE_ROWS: usize = 20;

/// Separators of columns, with how a plan writes them.
const DELIMITERS: [(u8, &str); 4] = [(b';', ";"), (b'\t', "tab"), (b'|', "|"), (b',', ",")];

/// The column of each slot; `None` where it is not known, which is said in `out`.
pub(super) fn find_columns<R: Read>(
    source: &Source,
    slots: &ColumnsInUse,
    table: &mut Table<R>,
    path: &Path,
    out: &mut Diagnostics,
) -> Result<Option<Vec<Option<usize>>>, Trouble> {
    let columns = columns_of(&slots.columns, table.headers());
    let missing: Vec<&ColumnInUse> = slots
        .columns
        .iter()
        .zip(&columns)
        .filter(|(column, at)| column.required && at.is_none())
        .map(|(column, _)| column)
        .collect();
    let shown = path.display().to_string();
    let before = out.len();
    if !missing.is_empty() {
        let known =
            quoted_header(source, table, &shown).or_else(|| wrong_delimiter(source, slots, table, &shown));
        let known = match known {
            None => later_header(source, slots, table, &shown)?,
            known => known,
        };
        match known {
            Some(diagnostic) => out.push(diagnostic),
            None if table.header_broken() => out.push(broken(source, table, &shown)),
            None => {
                for column in missing {
                    let span = column.span.clone().unwrap_or_else(|| source.span.clone());
                    out.push(column_missing(&column.names, span, table, &shown));
                }
            }
        }
    } else if table.header_broken() {
        out.push(broken(source, table, &shown));
    } else if source.files.header {
        doubled_in_use(source, slots, &columns, table, &shown, out);
    }
    Ok((out.len() == before).then_some(columns))
}

/// Where each column is, by the first of its names that is there; `None` where none is.
fn columns_of(columns: &[ColumnInUse], headers: &[impl AsRef<str>]) -> Vec<Option<usize>> {
    let folded: Vec<String> = headers.iter().map(|name| Pattern::fold(name.as_ref())).collect();
    let seen: Vec<String> = headers.iter().map(|name| alike(name.as_ref())).collect();
    let find = |name: &String| {
        let (as_written, as_seen) = (Pattern::fold(name), alike(name));
        let exact = folded.iter().position(|header| *header == as_written);
        exact.or_else(|| seen.iter().position(|header| *header == as_seen))
    };
    columns
        .iter()
        .map(|column| column.names.iter().find_map(find))
        .collect()
}

/// True where all required columns are among these names.
fn holds_all(slots: &ColumnsInUse, headers: &[impl AsRef<str>]) -> bool {
    let columns = columns_of(&slots.columns, headers);
    slots
        .columns
        .iter()
        .zip(columns)
        .all(|(column, at)| at.is_some() || !column.required)
}

/// The names that two columns have and that the plan does not use, with the line of the header.
pub(super) fn doubled(
    headers: &[String],
    line: u32,
    columns: Option<&[Option<usize>]>,
) -> Vec<(FindingCode, u32, String)> {
    let mut seen: BTreeMap<String, bool> = BTreeMap::new();
    let used = |at: usize| columns.is_some_and(|columns| columns.contains(&Some(at)));
    for (at, name) in headers.iter().enumerate() {
        *seen.entry(alike(name)).or_default() |= used(at);
    }
    let mut first = std::collections::BTreeSet::new();
    headers
        .iter()
        .map(|name| (name, alike(name)))
        .filter(|(_, name)| !name.is_empty() && !first.insert(name.clone()) && seen.get(name) == Some(&false))
        .map(|(name, _)| (FindingCode::DuplicateHeader, line, name.clone()))
        .collect()
}

/// A column that the plan reads and that is there more than once: each of the two may hold what counts.
fn doubled_in_use<R: Read>(
    source: &Source,
    slots: &ColumnsInUse,
    columns: &[Option<usize>],
    table: &Table<R>,
    path: &str,
    out: &mut Diagnostics,
) {
    let seen: Vec<String> = table.headers().iter().map(|name| alike(name)).collect();
    let mut said = std::collections::BTreeSet::new();
    for (column, at) in slots.columns.iter().zip(columns) {
        let Some(name) = at.and_then(|at| seen.get(at)).filter(|name| !name.is_empty()) else {
            continue;
        };
        let places: Vec<String> = (1..)
            .zip(&seen)
            .filter(|(_, other)| *other == name)
            .map(|(number, _): (usize, _)| number.to_string())
            .collect();
        if places.len() < 2 || !said.insert(name) {
            continue;
        }
        let header = at.and_then(|at| table.headers().get(at)).map_or("", |name| name);
        let message = format!(
            "\"{path}\" has {} columns \"{}\" (columns {})",
            places.len(),
            revealed(header),
            places.join(", ")
        );
        let span = column.span.clone().unwrap_or_else(|| source.span.clone());
        out.push(
            Diagnostic::error(Code::DuplicateColumn, message)
                .at(span, "it is unclear which one to read")
                .in_file(path, table.header_line(), "the header")
                .remedy(format!(
                    "Delete or rename all but one of them in the file; or write `header = false` and `skip_lines = {}` in [sources.{}] and name the columns by number",
                    table.header_line(),
                    source.key
                )),
        );
    }
}

/// A header that is one quoted cell with the separator in it.
fn quoted_header<R: Read>(source: &Source, table: &Table<R>, path: &str) -> Option<Diagnostic> {
    let [header] = table.headers() else { return None };
    let is_quoted =
        table.header_text().trim_start().starts_with('"') && header.contains(char::from(table.delimiter()));
    is_quoted.then(|| quoted_lines(source, path, table.header_line(), "the header"))
}

/// Every line is one quoted cell.
pub(super) fn quoted_lines(source: &Source, path: &str, line: u32, what: &str) -> Diagnostic {
    Diagnostic::error(
        Code::QuotedLines,
        format!("\"{path}\": each whole line is in quotes, so it is a single cell"),
    )
    .in_file(path, line, what)
    .at(source.files.span.clone(), "named here")
    .remedy("Remove the quote at the start and at the end of each line, and write one quote where two stand together; or export the file again")
}

/// Another separator, under which the header holds what the plan needs, or of which a header of one cell is full.
fn wrong_delimiter<R: Read>(
    source: &Source,
    slots: &ColumnsInUse,
    table: &Table<R>,
    path: &str,
) -> Option<Diagnostic> {
    let others = || DELIMITERS.iter().filter(|(byte, _)| *byte != table.delimiter());
    let fitting = others().find(|(byte, _)| {
        let names: Vec<&str> = header_cells(table.header_text(), *byte);
        names.len() > 1 && holds_all(slots, &names)
    });
    let (message, written) = if let Some((_, written)) = fitting {
        (
            format!("\"{path}\": the columns are separated by \"{written}\""),
            *written,
        )
    } else {
        let [header] = table.headers() else { return None };
        let (count, written) = others()
            .map(|(byte, written)| (header.bytes().filter(|found| found == byte).count(), *written))
            .max_by_key(|(count, _)| *count)?;
        if count == 0 {
            return None;
        }
        let times = crate::text::counted(count as u64, "time");
        (
            format!("\"{path}\": the header has only one column, but contains \"{written}\" {times}"),
            written,
        )
    };
    Some(
        Diagnostic::error(Code::WrongDelimiter, message)
            .in_file(path, table.header_line(), "the header")
            .at(source.files.span.clone(), "named here")
            .remedy(format!(
                "Write `delimiter = \"{written}\"` in [sources.{}]",
                source.key
            )),
    )
}

/// The names in a header line under another separator, which may stand within quotes.
fn header_cells(line: &str, delimiter: u8) -> Vec<&str> {
    let mut cells = Vec::new();
    let (mut start, mut quoted) = (0, false);
    for (at, byte) in line.bytes().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            byte if byte == delimiter && !quoted => {
                cells.push((start, at));
                start = at + 1;
            }
            _ => {}
        }
    }
    cells.push((start, line.len()));
    cells
        .into_iter()
        .map(|(start, end)| line.get(start..end).unwrap_or_default().trim().trim_matches('"'))
        .collect()
}

/// A header that comes after a title or other lines.
fn later_header<R: Read>(
    source: &Source,
    slots: &ColumnsInUse,
    table: &mut Table<R>,
    path: &str,
) -> Result<Option<Diagnostic>, Trouble> {
    if !source.files.header {
        return Ok(None);
    }
    for _ in 0..MAX_TITLE_ROWS {
        let Some(row) = table.next_row()? else {
            return Ok(None);
        };
        let text = table.raw().unwrap_or_else(|| table.row_text()).to_owned();
        let line = text.split(['\n', '\r']).next().unwrap_or_default();
        let cells: Vec<&str> = (0..row.cells).map(|at| table.cell(at)).collect();
        let delimiter = if holds_all(slots, &cells) {
            String::new()
        } else if let Some((_, written)) = DELIMITERS.iter().find(|(byte, _)| {
            let names: Vec<&str> = bare_cells(line, *byte).collect();
            names.len() > 1 && holds_all(slots, &names)
        }) {
            format!(" and `delimiter = \"{written}\"`")
        } else {
            continue;
        };
        return Ok(Some(
            Diagnostic::error(
                Code::HeaderNotFirst,
                format!(
                    "\"{path}\": the header is on line {}, not on line {}",
                    row.line,
                    table.header_line()
                ),
            )
            .in_file(path, row.line, "the header")
            .at(source.files.span.clone(), "named here")
            .remedy(format!(
                "Write `skip_lines = {}`{delimiter} in [sources.{}]",
                row.line.saturating_sub(1),
                source.key
            )),
        ));
    }
    Ok(None)
}

fn broken<R: Read>(source: &Source, table: &Table<R>, path: &str) -> Diagnostic {
    Diagnostic::error(
        Code::BrokenQuotes,
        format!("\"{path}\": a quote in the header neither opens nor closes a whole cell"),
    )
    .in_file(path, table.header_line(), "the header")
    .at(source.files.span.clone(), "named here")
    .remedy("Look for a quote (\") that is not closed, or that has a space before or text after it, and remove it")
}

fn column_missing<R: Read>(
    names: &[String],
    span: std::ops::Range<usize>,
    table: &Table<R>,
    path: &str,
) -> Diagnostic {
    let quoted = |names: &[String]| {
        let all: Vec<String> = names
            .iter()
            .map(|name| format!("\"{}\"", revealed(name)))
            .collect();
        all.join(", ")
    };
    let wanted = names.first().map(String::as_str).unwrap_or_default();
    let headers: Vec<String> = table.headers().iter().map(|header| alike(header)).collect();
    let near = nearest(&alike(wanted), headers.iter().map(String::as_str));
    let near = near.and_then(|near| headers.iter().position(|header| header == near));
    let there = quoted(table.headers());
    let remedy = match near.and_then(|at| table.headers().get(at)) {
        Some(header) => format!("Did you mean \"{}\"? The columns are {there}", revealed(header)),
        None => format!("Use one of these columns: {there}"),
    };
    Diagnostic::error(
        Code::ColumnMissing,
        format!("\"{path}\" has no column {}", quoted(names).replace(", ", " or ")),
    )
    .at(span, "needed here")
    .in_file(path, table.header_line(), "the header")
    .remedy(remedy)
}
