//! A source's table of a plan, or a profile in; what both can say about an export out.

use super::{
    columns::{column, consent},
    dates::{dates, numbers},
    fields::fields,
    list_cells::ListColumns,
    logins,
    table_reader::{TableReader, bad_value, flag, number, text},
    tree::Entry,
    vocabulary::ENCODING,
};
use crate::{
    diagnostics::Diagnostics,
    model::NumberRule,
    plan::{ColumnUse, Consent, DateRules, Encoding, FieldMap, LoginRule},
    text::nearest::show,
};

/// What a profile and a plan can say alike.
pub(super) struct Described {
    pub(super) encoding: Option<Encoding>,
    pub(super) delimiter: Option<u8>,
    pub(super) header: bool,
    pub(super) skip_lines: u32,
    pub(super) registered: Option<ColumnUse>,
    pub(super) person_key: Option<ColumnUse>,
    pub(super) consent: Option<Consent>,
    pub(super) login: Option<LoginRule>,
    pub(super) dates: DateRules,
    pub(super) numbers: NumberRule,
    pub(super) lists: ListColumns,
    pub(super) fields: Vec<FieldMap>,
}

impl Described {
    pub(super) fn read(reader: &TableReader<'_>, out: &mut Diagnostics) -> Self {
        let mut used = |key| reader.optional(key).and_then(|entry| column(entry, out));
        let (registered, person_key) = (used("registered"), used("key"));
        let consent = reader
            .optional("consent")
            .and_then(|entry| consent(entry, reader.what(), out));
        let dates = dates(reader, out);
        let numbers = numbers(reader, out);
        let lists = ListColumns::read(reader, out);
        let fields = fields(reader, &dates, numbers, out);
        Self {
            encoding: reader.optional("encoding").and_then(|entry| encoding(entry, out)),
            delimiter: reader
                .optional("delimiter")
                .and_then(|entry| delimiter(entry, out)),
            header: reader
                .optional("header")
                .and_then(|entry| flag(entry, out))
                .unwrap_or(true),
            skip_lines: reader
                .optional("skip_lines")
                .and_then(|entry| number(entry, 0, 100_000, out))
                .and_then(|lines| u32::try_from(lines).ok())
                .unwrap_or(0),
            registered,
            person_key,
            consent,
            login: logins::of_source(reader, out),
            dates,
            numbers,
            lists,
            fields,
        }
    }
}

/// An encoding by its name. Of one that is not known no other is offered: it would read other letters.
fn encoding(entry: &Entry, out: &mut Diagnostics) -> Option<Encoding> {
    let given = text(entry, out)?;
    let name = given.trim().to_ascii_lowercase();
    let found = ENCODING.words.iter().find(|(word, _)| *word == name);
    if found.is_none() {
        let words: Vec<&str> = ENCODING.words.iter().map(|(word, _)| *word).collect();
        bad_value(
            entry.node.span.clone(),
            format!("`encoding` cannot be {}", show(given)),
            format!(
                "Save the file as UTF-8 and remove `encoding`; the names are {}",
                words.join(", ")
            ),
            out,
        );
    }
    found.map(|(_, encoding)| *encoding)
}

fn delimiter(entry: &Entry, out: &mut Diagnostics) -> Option<u8> {
    let given = text(entry, out)?;
    let byte = match given.as_bytes() {
        b"tab" => Some(b'\t'),
        [byte] if *byte == b'\t' || (byte.is_ascii_punctuation() && *byte != b'"') || *byte == b' ' => {
            Some(*byte)
        }
        _ => None,
    };
    if byte.is_none() {
        bad_value(
            entry.node.span.clone(),
            format!("`delimiter` cannot be {}", show(given)),
            "Give one sign, such as \";\", or \"tab\"",
            out,
        );
    }
    byte
}
