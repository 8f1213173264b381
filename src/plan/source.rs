//! `[sources.KEY]`: where people come from and what their rows become.

use super::{Pattern, TextSpan};
use crate::model::{FieldName, Profile, SourceKey};

/// A column the plan names, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnUse {
    /// The header, as written; compares trimmed and caseless. With `header = false`, the column's
    /// number from 1.
    pub name: String,
    /// Where the plan says so.
    pub span: TextSpan,
}

/// The files of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Files {
    /// `file = "..."`.
    One(String),
    /// `files = "...*..."`: all that match, in byte order of their paths.
    Pattern(String),
}

/// Character encodings that a plan may declare. Without a declaration: UTF-8, or UTF-16 with a BOM.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-16, little end first.
    Utf16Le,
    /// UTF-16, big end first.
    Utf16Be,
    /// Windows code page 1252.
    Windows1252,
    /// ISO 8859-1, read as its superset Windows-1252 is not: 0x80 to 0x9F are control characters.
    Latin1,
    /// Mac OS Roman.
    MacRoman,
}

/// `consent = { column, opted_out = [...] }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// The column.
    pub column: ColumnUse,
    /// Values, folded, that say the person opted out.
    pub opted_out: Vec<String>,
    /// Values, folded, that say the person did not, where the plan lists them.
    pub opted_in: Vec<String>,
}

/// One condition of `when`: the column holds one of the values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The column.
    pub column: ColumnUse,
    /// Values, folded.
    pub any_of: Vec<String>,
}

/// What happens to members whom no record grants the offering.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Otherwise {
    /// The offering is revoked.
    Revoke,
}

/// What a value or row becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleEffect {
    /// The offering granted, by index.
    pub grant: Option<u16>,
    /// The tags given, by index into the plan's tags.
    pub tags: Vec<u16>,
    /// Why the value is ignored, where it is.
    pub ignore: Option<String>,
    /// Conditions, all of which must hold.
    pub when: Vec<Condition>,
    /// What applies where `when` does not hold.
    pub otherwise: Option<Otherwise>,
}

/// One line of a map.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// What it matches.
    pub pattern: Pattern,
    /// The pattern as written.
    pub text: String,
    /// What it does.
    pub effect: RuleEffect,
    /// The line in the plan.
    pub span: TextSpan,
}

/// `[sources.KEY.map.COLUMN]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnMap {
    /// The column.
    pub column: ColumnUse,
    /// What separates several values in a cell, where the column holds a list.
    pub separator: Option<String>,
    /// The lines, in the order of the text.
    pub rules: Vec<Rule>,
}

/// One line of `[sources.KEY.fields]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldMap {
    /// The field of the contact.
    pub field: FieldName,
    /// The column.
    pub column: ColumnUse,
}

/// `[sources.KEY]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The key.
    pub key: SourceKey,
    /// Where the table starts in the plan.
    pub span: TextSpan,
    /// How the export is read.
    pub profile: Profile,
    /// The files.
    pub files: Files,
    /// Where the plan names the files.
    pub files_span: TextSpan,
    /// Declared encoding.
    pub encoding: Option<Encoding>,
    /// Declared separator of columns.
    pub delimiter: Option<u8>,
    /// Whether the first row names the columns.
    pub header: bool,
    /// Lines before the header that are no part of the table.
    pub skip_lines: u32,
    /// The e-mail column, where the plan names it; else the profile's.
    pub email: Option<ColumnUse>,
    /// The first-name column, likewise.
    pub first_name: Option<ColumnUse>,
    /// The last-name column, likewise.
    pub last_name: Option<ColumnUse>,
    /// The column with the whole name, likewise.
    pub full_name: Option<ColumnUse>,
    /// The source's own key of a person.
    pub person_key: Option<ColumnUse>,
    /// Consent.
    pub consent: Option<Consent>,
    /// Maps, in the order of the text.
    pub maps: Vec<ColumnMap>,
    /// What every row becomes.
    pub each_row: Option<RuleEffect>,
    /// Fields, in the order of the text.
    pub fields: Vec<FieldMap>,
}
