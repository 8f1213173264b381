//! The sources as they were read in; a diagnostic for each that should name everybody and names nobody, out.

use super::Gathered;
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    plan::Plan,
};

/// A source that names everybody and holds no record that names anybody would make everybody look gone.
pub(super) fn diagnose(plan: &Plan, gathered: &Gathered) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    let counts = &gathered.wanted.accounting.sources;
    for (source, count) in plan.sources.iter().zip(counts) {
        if source.gone.is_none() || count.members + count.merged > 0 {
            continue;
        }
        let message = format!(
            "the source {} has `complete = true`, but no record of it names a member",
            source.key
        );
        diagnostics.push(
            Diagnostic::error(Code::FileEmpty, message)
                .at(source.files.span.clone(), "every member would be missing")
                .remedy(
                    "Export again; if the old platform has no members left, remove the source or its `complete`",
                ),
        );
    }
    diagnostics
}
