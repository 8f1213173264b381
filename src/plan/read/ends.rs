//! `ends`: the last day of what the rows of a source grant, as a column says it or counted from one.

use super::columns::column;
use super::offerings::Offerings;
use super::release::period;
use super::table_keys;
use super::table_reader::TableReader;
use super::tree::{Entry, Value};
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    model::Period,
    plan::{ColumnMap, ColumnUse, Ends, RuleEffect, TextSpan},
};

/// Reads `ends`. Something must be granted that can end, and be revoked when it has.
pub(super) fn ends(
    entry: &Entry,
    source: &TableReader<'_>,
    maps: &[ColumnMap],
    each_row: Option<&RuleEffect>,
    offerings: &Offerings,
    out: &mut Diagnostics,
) -> Option<Ends> {
    let of_maps = maps.iter().flat_map(|map| &map.rules).map(|rule| &rule.effect);
    let granting = of_maps.chain(each_row).filter(|effect| effect.grant.is_some());
    let (with_own, without): (Vec<_>, Vec<_>) = granting.partition(|effect| effect.ends.is_some());
    let granted: Vec<u16> = without.into_iter().filter_map(|effect| effect.grant).collect();
    // Where something was wrong above, a grant may be there and not be known.
    if granted.is_empty() && !out.has_errors() {
        let (why, place) = if with_own.is_empty() {
            ("grants nothing", "no `grant` in its maps or its each_row")
        } else {
            (
                "has an end of its own on every grant",
                "every `grant` here has its own `ends`",
            )
        };
        out.push(
            Diagnostic::error(
                Code::DoesNothing,
                format!("`ends` has no effect: {} {why}", source.what()),
            )
            .at(entry.span(), "no grant to end")
            .at(source.span(), place)
            .remedy("Grant what ends on that day, or remove `ends`; tags do not end"),
        );
    }
    offerings.check_revoke(granted, (entry.span(), REVOKING), "`ends`", out);
    last_day(entry, source.what(), out)
}

/// Reads `ends` of the profile, which counts only where the plan grants something that it can end.
pub(super) fn of_profile(
    entry: &Entry,
    source: &TableReader<'_>,
    maps: &[ColumnMap],
    each_row: Option<&RuleEffect>,
    offerings: &Offerings,
    out: &mut Diagnostics,
) -> Option<Ends> {
    let of_maps = maps.iter().flat_map(|map| &map.rules).map(|rule| &rule.effect);
    let mut effects = of_maps.chain(each_row);
    if effects.any(|effect| effect.grant.is_some() && effect.ends.is_none()) {
        ends(entry, source, maps, each_row, offerings, out)
    } else {
        None
    }
}

/// Reads `ends` of one line, or of `each_row`: of what it grants, in place of what the source says.
pub(super) fn of_line(
    entry: &Entry,
    line: &str,
    (has_grant, granted): (bool, Option<u16>),
    offerings: &Offerings,
    out: &mut Diagnostics,
) -> Option<Ends> {
    if has_grant {
        offerings.check_revoke(granted, (entry.span(), REVOKING), "`ends`", out);
    } else {
        out.push(without_grant(entry.key_span.clone()));
    }
    last_day(entry, line, out)
}

/// Why offerings that end need a revoke tag.
pub(super) const REVOKING: &str = "after that day, Rehome revokes what an earlier run granted";

/// An end without anything that ends.
pub(super) fn without_grant(span: TextSpan) -> Diagnostic {
    Diagnostic::error(Code::KeysClash, "`ends` sets when a grant ends")
        .at(span, "no `grant` here")
        .remedy("Add the grant, or remove `ends`; tags do not end")
}

/// Reads the cell of a mapping file: a column, or `1 year from COLUMN`. `None` for what is meant like that and
/// written otherwise. `span` is where the plan names the file.
pub(super) fn of_cell(text: &str, span: &TextSpan) -> Option<Ends> {
    let column = |name: &str| ColumnUse {
        name: name.trim().to_owned(),
        span: span.clone(),
    };
    // ASCII lower case has the same bytes in the same places.
    let lower = text.to_ascii_lowercase();
    let counted = lower.split_once(" from ").map(|(period, _)| period.len());
    let otherwise = [" after ", " since "]
        .into_iter()
        .filter_map(|word| lower.split_once(word))
        .any(|(period, _)| period.parse::<Period>().is_ok());
    let is_number = text.starts_with(|first: char| first.is_ascii_digit());
    match counted.filter(|_| is_number) {
        None if otherwise => None,
        None => Some(Ends {
            column: column(text),
            after: None,
        }),
        Some(at) => Some(Ends {
            column: column(text.get(at + " from ".len()..)?),
            after: Some(text.get(..at)?.parse().ok()?),
        }),
    }
}

/// A column, or `{ from = "Activated At", after = "1 year" }`.
pub(super) fn last_day(entry: &Entry, of: &str, out: &mut Diagnostics) -> Option<Ends> {
    if !matches!(entry.node.value, Value::Table(_)) {
        return column(entry, out).map(|column| Ends { column, after: None });
    }
    let what = format!("`ends` of {of}");
    let example = "ends = { from = \"Activated At\", after = \"1 year\" }";
    let reader = TableReader::open_entry(entry, table_keys::ENDS, what, out)?;
    let from = reader.required("from", example, out);
    let after = reader.required("after", example, out);
    let column = from.and_then(|entry| column(entry, out));
    let after = after.and_then(|entry| period(entry, out));
    Some(Ends {
        column: column?,
        after: Some(after?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_names_a_column_or_counts_from_one() {
        let read = |text: &str| of_cell(text, &(1..2)).map(|ends| (ends.column.name, ends.after));
        let column = |name: &str, after| Some((name.to_owned(), after));
        assert_eq!(read("Expires At"), column("Expires At", None));
        assert_eq!(read("30 Day Trial End"), column("30 Day Trial End", None));
        assert_eq!(read("Away from home"), column("Away from home", None));
        let days = Some(Period::Days(90));
        assert_eq!(read("90 Days FROM Bought at"), column("Bought at", days));
        for wrong in [
            "90 dayz from Bought",
            "0 days from Bought",
            "1 year after Bought",
            "2 weeks since Start",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
