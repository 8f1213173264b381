//! `[sources.KEY.fields]`: fields of the contact, their types, and what happens to values that are there.

use std::mem::discriminant;

use super::columns::column;
use super::dates::formats;
use super::table_keys;
use super::table_reader::{TableReader, bad_value, check_key, choice, table, text};
use super::tree::{Entry, Value};
use super::vocabulary::{EXISTING_FIELDS, FIELD_TYPE, FieldTypeWord, YEARS};
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    model::{CountryCode, FieldName, FieldType, NumberRule, YearsLie},
    plan::{ColumnUse, DateRules, FieldMap, Source},
    text::nearest::show,
};

/// Names that are not free fields: they have columns of their own.
const NO_FIELDS: [&str; 4] = ["email", "first_name", "last_name", "name"];

/// The fields of a source whose columns write dates and numbers in these ways.
pub(super) fn fields(
    source: &TableReader<'_>,
    dates: &DateRules,
    numbers: NumberRule,
    out: &mut Diagnostics,
) -> Vec<FieldMap> {
    let entries = source.optional("fields").and_then(|entry| table(entry, out));
    let mut fields = Vec::new();
    for entry in entries.map_or(&[][..], |table| &table.entries) {
        check_key(entry, out);
        if NO_FIELDS.contains(&entry.key.as_str()) {
            out.push(
                Diagnostic::error(Code::BadKey, format!("{} is not a field", show(&entry.key)))
                    .at(entry.key_span.clone(), "is set elsewhere")
                    .remedy("Name its column in `columns`"),
            );
        }
        let field = FieldName::new(&entry.key);
        if let Value::Table(inner) = &entry.node.value {
            let what = format!("the field {}", show(&entry.key));
            let reader = TableReader::open(inner, table_keys::FIELD, what, entry.key_span.clone(), out);
            let column = reader
                .required("column", "{ column = \"Phone\" }", out)
                .and_then(|entry| column(entry, out));
            let kind = kind(&reader, column.as_ref(), dates, numbers, out);
            let existing = reader
                .optional("existing")
                .and_then(|entry| choice(entry, EXISTING_FIELDS, out));
            fields.extend(column.map(|column| FieldMap {
                field,
                column,
                kind,
                existing,
                span: entry.span(),
            }));
        } else {
            fields.extend(column(entry, out).map(|column| FieldMap {
                field,
                column,
                kind: FieldType::Text,
                existing: None,
                span: entry.span(),
            }));
        }
    }
    fields
}

/// The type of a field, and how its column writes it.
fn kind(
    reader: &TableReader<'_>,
    column: Option<&ColumnUse>,
    dates: &DateRules,
    numbers: NumberRule,
    out: &mut Diagnostics,
) -> FieldType {
    let word = match reader.optional("type") {
        None => FieldTypeWord::Text,
        // A type that could not be read says nothing about the keys next to it.
        Some(entry) => match choice(entry, FIELD_TYPE, out) {
            Some(word) => word,
            None => return FieldType::Text,
        },
    };
    for (key, of, example) in [
        ("format", FieldTypeWord::Date, "type = \"date\""),
        ("years", FieldTypeWord::Date, "type = \"date\""),
        ("country", FieldTypeWord::Phone, "type = \"phone\""),
    ] {
        if let Some(entry) = reader.optional(key).filter(|_| word != of) {
            out.push(
                Diagnostic::error(
                    Code::KeysClash,
                    format!("{} has no meaning in {}", show(key), reader.what()),
                )
                .at(entry.key_span.clone(), "does not apply to this type")
                .at(
                    reader.optional("type").map_or(reader.span(), Entry::span),
                    if reader.optional("type").is_some() {
                        "the type"
                    } else {
                        "text, the default type"
                    },
                )
                .remedy(format!("Remove it, or write {example}")),
            );
        }
    }
    match word {
        FieldTypeWord::Text => FieldType::Text,
        FieldTypeWord::Number => FieldType::Number(numbers),
        FieldTypeWord::Country => FieldType::Country,
        FieldTypeWord::YesNo => FieldType::YesNo,
        FieldTypeWord::Date => {
            let name = column.map_or("", |column| column.name.as_str());
            let mut rule = dates.for_column(name).clone();
            if let Some(entry) = reader.optional("format") {
                rule.formats = formats(entry, out);
            }
            let years = reader
                .optional("years")
                .and_then(|entry| choice(entry, YEARS, out));
            let is_birthday = || is_birthday(name) || is_birthday(reader.what());
            rule.years = years.or_else(|| is_birthday().then_some(YearsLie::Past));
            FieldType::Date(rule)
        }
        FieldTypeWord::Phone => FieldType::Phone {
            country: reader.optional("country").and_then(|entry| country(entry, out)),
        },
    }
}

/// True of a name that says "birthday" in one of some languages.
fn is_birthday(name: &str) -> bool {
    let name = name.to_lowercase();
    let words = [
        "birth",
        "dob",
        "geburt",
        "naissance",
        "nacimiento",
        "nascita",
        "nascimento",
    ];
    words.iter().any(|word| name.contains(word))
}

fn country(entry: &Entry, out: &mut Diagnostics) -> Option<CountryCode> {
    match CountryCode::parse(text(entry, out)?) {
        Ok(code) => Some(code),
        Err(problem) => {
            bad_value(
                entry.node.span.clone(),
                problem,
                "Set the country for numbers without a country code, such as country = \"ES\"",
                out,
            );
            None
        }
    }
}

/// A field that several sources know has one type, and one rule for values that are there.
pub(super) fn check_agreement(sources: &[Source], out: &mut Diagnostics) {
    let mut seen: Vec<&FieldMap> = Vec::new();
    for field in sources.iter().flat_map(|source| &source.fields) {
        for known in seen.iter().filter(|known| known.field == field.field) {
            let about = match (known.existing, field.existing) {
                _ if discriminant(&known.kind) != discriminant(&field.kind) => "its type",
                (Some(one), Some(other)) if one != other => "what happens to an existing value",
                _ => continue,
            };
            out.push(
                Diagnostic::error(
                    Code::FieldsDisagree,
                    format!(
                        "two sources disagree about the field {}: {about}",
                        show(field.field.as_str())
                    ),
                )
                .at(field.span.clone(), "this one")
                .at(known.span.clone(), "the other")
                .remedy("Set the same in both; a field without a type is text"),
            );
            break;
        }
        seen.push(field);
    }
}
