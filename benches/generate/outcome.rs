//! Tables with labelled rows in; `cases.csv` out.

use std::{fs, path::Path};

use crate::{
    Result,
    rows::{Table, Truth},
};

/// Writes every label with the line on which its row starts, and what was done by hand.
pub(crate) fn write_cases(path: &Path, tables: &[Table], by_hand: &[(&str, String, &str)]) -> Result<usize> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["case", "file", "line", "email", "expect", "detail"])?;
    let mut count = 0;
    for table in tables {
        for (row, line) in table.rows.iter().zip(&table.lines) {
            let email = match &row.truth {
                Truth::Member(holding) => holding.email.as_str(),
                Truth::Rejected(_) | Truth::NoRecord => "",
            };
            for label in &row.labels {
                let line = line.to_string();
                writer.write_record([label.case, table.path, &line, email, label.expect, label.detail])?;
                count += 1;
            }
        }
    }
    for (case, email, detail) in by_hand {
        writer.write_record([*case, "by-hand.sql", "", email.as_str(), "note", *detail])?;
        count += 1;
    }
    fs::write(path, writer.into_inner()?)?;
    Ok(count)
}
