//! Why a file cannot be read as a table, and how that is said.

use std::{io, path::Path};

use super::encodings::readings;
use crate::{
    diagnostics::{Code, Diagnostic},
    plan::{Encoding, Source},
    text::revealed,
};

/// Why a file, or the rest of it, cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The system says no.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    /// Its first bytes are those of another kind of file.
    #[error("it is {what}, not a CSV file")]
    NotATable {
        /// What it is, with its article.
        what: &'static str,
    },
    /// It looks like UTF-16 without a mark at its start.
    #[error("it looks like {name} text without a byte order mark", name = encoding_name(*.looks_like))]
    Utf16 {
        /// Which.
        looks_like: Encoding,
    },
    /// Bytes that the encoding does not know.
    #[error("byte {offset} (line {line}) is not {name}", name = encoding_name(*.encoding))]
    BadByte {
        /// The encoding in which it was read.
        encoding: Encoding,
        /// The line, from 1.
        line: u32,
        /// The byte, from 1.
        offset: u64,
        /// The bytes of the cell with it.
        cell: Vec<u8>,
    },
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// A row passes what a row may hold.
    #[error("the row that starts on line {line} is longer than 16 MiB")]
    RowTooLong {
        /// The line, from 1.
        line: u32,
    },
    /// It is not what it was.
    #[error("it changed while it was read")]
    Changed,
}

/// The name of an encoding as the plan writes it.
pub(crate) fn encoding_name(encoding: Encoding) -> &'static str {
    match encoding {
        Encoding::Utf8 => "utf-8",
        Encoding::Utf16Le => "utf-16le",
        Encoding::Utf16Be => "utf-16be",
        Encoding::Windows1252 => "windows-1252",
        Encoding::Latin1 => "latin1",
        Encoding::MacRoman => "mac-roman",
        Encoding::Page(name) => name,
    }
}

/// Says to save the file as UTF-8, and shows how the cell with the byte reads in encodings in which it makes sense:
/// only a person can tell which of them is right.
fn save_as_utf8(key: &str, cell: &[u8]) -> String {
    if cell.is_empty() {
        return "The text before this byte is UTF-8, so the file mixes two encodings: write this cell again, or export the file again as UTF-8".to_owned();
    }
    let readings: Vec<String> = readings(cell)
        .into_iter()
        .map(|(encoding, text)| format!("\"{}\" in \"{}\"", revealed(text.trim()), encoding_name(encoding)))
        .collect();
    let save = "Save the file as UTF-8 (in a spreadsheet program: \"CSV UTF-8\")";
    match readings.as_slice() {
        [] => save.to_owned(),
        all => format!(
            "{save}; or, if one of these is how the cell should read, set that `encoding` in [sources.{key}]: {}",
            all.join(", ")
        ),
    }
}

/// The diagnostic of a trouble.
pub(crate) fn diagnose(trouble: &Trouble, path: &Path, source: &Source) -> Diagnostic {
    let shown = path.display().to_string();
    let key = source.key.as_str();
    let (code, line, note, remedy) = match trouble {
        Trouble::Io(_) => (
            Code::FileUnreadable,
            0,
            "this file",
            "Make sure that the file exists, that you can read it and that no other program has it open".to_owned(),
        ),
        Trouble::NotATable { .. } => (
            Code::NotATable,
            0,
            "this file",
            "Export it as CSV, or open it in a spreadsheet program and save it as \"CSV UTF-8 (comma delimited)\"; unpack a ZIP first"
                .to_owned(),
        ),
        Trouble::Utf16 { looks_like } => (
            Code::BadEncoding,
            0,
            "this file",
            format!("Write `encoding = \"{}\"` in [sources.{key}]", encoding_name(*looks_like)),
        ),
        Trouble::BadByte {
            encoding: Encoding::Utf8,
            line,
            cell,
            ..
        } => (
            Code::BadEncoding,
            *line,
            "the first such byte",
            save_as_utf8(key, cell),
        ),
        Trouble::BadByte { line, .. } => (
            Code::BadEncoding,
            *line,
            "the first such byte",
            format!("Correct `encoding` in [sources.{key}], or save the file as UTF-8 and remove `encoding`"),
        ),
        Trouble::Empty => (
            Code::FileEmpty,
            0,
            "this file",
            "Export it again; if you use `skip_lines`, check its value".to_owned(),
        ),
        Trouble::RowTooLong { line } => (
            Code::RowTooLong,
            *line,
            "starts here",
            "Look for a quote (\") on this line that is never closed, and close or remove it".to_owned(),
        ),
        Trouble::Changed => (
            Code::FileChanged,
            0,
            "this file",
            "Wait until the export is complete, then try again".to_owned(),
        ),
    };
    Diagnostic::error(code, format!("\"{shown}\": {trouble}"))
        .in_file(shown, line, note)
        .at(source.files.span.clone(), "named here")
        .remedy(remedy)
}
