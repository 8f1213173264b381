//! Text in, its tree out, or where it is not TOML.

use toml::de::DeTable;

use super::tree::{self, Table};
use crate::diagnostics::{Code, Diagnostic, Diagnostics};

/// More syntax errors than this are counted, not shown.
pub(super) const MAX_SYNTAX_ERRORS: usize = 50;

pub(super) fn parse(text: &str, out: &mut Diagnostics) -> Option<Table> {
    let (root, errors) = DeTable::parse_recoverable(text);
    let root = tree::convert(root.into_inner(), out);
    let only_doubles = errors.iter().all(|error| error.message() == "duplicate key");
    for error in errors.iter().take(MAX_SYNTAX_ERRORS) {
        out.push(syntax_error(error));
    }
    if let Some(more) = errors
        .len()
        .checked_sub(MAX_SYNTAX_ERRORS)
        .filter(|more| *more > 0)
    {
        out.push(Diagnostic::error(
            Code::Syntax,
            format!("{more} more TOML errors are not shown"),
        ));
    }
    // What a broken text leaves behind would only give misleading errors; doubled keys leave all behind.
    only_doubles.then_some(root)
}

fn syntax_error(error: &toml::de::Error) -> Diagnostic {
    let span = error.span().unwrap_or(0..0);
    if error.message() == "duplicate key" {
        return Diagnostic::error(Code::Syntax, "the same key is given twice")
            .at(span, "the second one")
            .remedy("Keep one of the two");
    }
    Diagnostic::error(Code::Syntax, format!("this is not TOML: {}", error.message()))
        .at(span, "here")
        .remedy(
            "Put text in quotes, tables in [brackets] on a line of their own, and lists in [ … ] with commas",
        )
}
