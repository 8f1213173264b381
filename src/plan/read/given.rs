//! What reading a plan needs besides its text, and how its keyed tables are found.

use super::{
    table_reader::{TableReader, check_key, table},
    tree::{Entry, Value},
};
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    model::Declarations,
    plan::Profile,
    text::amount,
};

/// Reads a file that the plan names by a path relative to itself; the error is a sentence.
pub(crate) type Load<'a> = dyn Fn(&str) -> Result<String, String> + 'a;

/// What exists besides the plan: the profiles of exports, and the systems that a plan can name.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The profiles.
    pub profiles: &'a [Profile],
    /// The systems.
    pub systems: &'a Declarations,
}

/// What reading needs besides the plan's text.
pub(crate) struct Given<'a> {
    pub(crate) environment: Option<&'a str>,
    pub(crate) known: Known<'a>,
    pub(crate) load: &'a Load<'a>,
}

/// True if a table that must have entries is not there, or has none.
pub(crate) fn is_missing(root: &TableReader<'_>, name: &str) -> bool {
    root.optional(name)
        .is_none_or(|entry| matches!(&entry.node.value, Value::Table(table) if table.entries.is_empty()))
}

/// The entries of a table whose keys the author chose: `[offerings.KEY]`. At most `max` of them.
pub(crate) fn keyed<'t>(
    root: &TableReader<'t>,
    name: &str,
    max: usize,
    out: &mut Diagnostics,
) -> &'t [Entry] {
    let entries = keyed_by_text(root, name, max, out);
    for entry in entries {
        check_key(entry, out);
    }
    entries
}

/// The entries of a table whose keys are any text. At most `max` of them.
pub(crate) fn keyed_by_text<'t>(
    root: &TableReader<'t>,
    name: &str,
    max: usize,
    out: &mut Diagnostics,
) -> &'t [Entry] {
    let Some(entry) = root.optional(name) else {
        return &[];
    };
    let Some(table) = table(entry, out) else {
        return &[];
    };
    if let Some(first_too_many) = table.entries.get(max) {
        out.push(
            Diagnostic::error(
                Code::TooMany,
                format!(
                    "the plan has {} {name}; at most {} are read",
                    amount(table.entries.len() as u64),
                    amount(max as u64)
                ),
            )
            .at(first_too_many.key_span.clone(), "the first one over the limit")
            .remedy("Split the plan into several migrations"),
        );
    }
    table.entries.get(..max).unwrap_or(&table.entries)
}
