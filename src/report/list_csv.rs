//! Rows of a list in; a CSV file that a spreadsheet opens safely out.

use std::io;

/// Writes a list with a header. No cell starts a formula in a spreadsheet.
pub fn list_csv(
    header: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
    to: &mut dyn io::Write,
) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(to);
    csv.write_record(header)?;
    for row in rows {
        csv.write_record(row.into_iter().map(guarded))?;
    }
    csv.flush()
}

/// The cell, with an apostrophe in front of what a spreadsheet would run.
pub fn guarded(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell
    }
}
