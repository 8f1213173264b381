//! The sources as they were read in; a diagnostic for each complete source without a member, out.

use super::Gathered;
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    plan::Plan,
};

/// A complete source without a single member would make all members look missing.
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
