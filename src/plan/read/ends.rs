//! `ends`: the column with the last day of what the rows of a source grant.

use super::columns::column;
use super::offerings::Offerings;
use super::table_reader::TableReader;
use super::tree::Entry;
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::plan::{ColumnMap, ColumnUse, RuleEffect};

/// Reads `ends`. Something must be granted that can end, and be revoked when it has.
pub(super) fn ends(
    entry: &Entry,
    source: &TableReader<'_>,
    maps: &[ColumnMap],
    each_row: Option<&RuleEffect>,
    offerings: &Offerings,
    out: &mut Diagnostics,
) -> Option<ColumnUse> {
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
    column(entry, out)
}
