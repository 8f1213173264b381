//! `ends`: the last day of what the rows of a source grant, as a column says it or counted from one.

use super::columns::column;
use super::offerings::Offerings;
use super::release::period;
use super::shape;
use super::table_reader::TableReader;
use super::tree::{Entry, Value};
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::plan::{ColumnMap, Ends, RuleEffect};

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
    let granted: Vec<u16> = of_maps
        .chain(each_row)
        .filter_map(|effect| effect.grant)
        .collect();
    // Where something was wrong above, a grant may be there and not be known.
    if granted.is_empty() && !out.has_errors() {
        out.push(
            Diagnostic::error(
                Code::DoesNothing,
                format!("`ends` ends nothing: {} grants nothing", source.what()),
            )
            .at(entry.span(), "no grant to end")
            .at(source.span(), "no `grant` in its maps or its each_row")
            .remedy("Grant what ends on that day, or take `ends` out; tags do not end"),
        );
    }
    let revoking = "when the day is past, what an earlier run granted is revoked";
    offerings.check_revoke(granted, (entry.span(), revoking), "`ends`", out);
    last_day(entry, source.what(), out)
}

/// A column, or `{ from = "Activated At", after = "1 year" }`.
fn last_day(entry: &Entry, source: &str, out: &mut Diagnostics) -> Option<Ends> {
    if !matches!(entry.node.value, Value::Table(_)) {
        return column(entry, out).map(|column| Ends { column, after: None });
    }
    let what = format!("ends of {source}");
    let example = "ends = { from = \"Activated At\", after = \"1 year\" }";
    let reader = TableReader::open_entry(entry, shape::ENDS, what, out)?;
    let from = reader.required("from", example, out);
    let after = reader.required("after", example, out);
    let column = from.and_then(|entry| column(entry, out));
    let after = after.and_then(|entry| period(entry, out));
    Some(Ends {
        column: column?,
        after: Some(after?),
    })
}
