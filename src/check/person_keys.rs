//! The keys of the sources as they were read in; a diagnostic for each column that is not a unique key, out.

use super::Gathered;
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    model::{Finding, FindingCode},
    plan::Plan,
    text::{counted, quoted},
};

/// Fewer records than these in doubt are slips of a good column, each a finding.
const SOME: usize = 10;

/// More than one record in so many is not a slip.
const IN: u64 = 10;

/// A column whose values many people share would give the account of one who leaves to another who comes.
pub(super) fn diagnose(plan: &Plan, gathered: &Gathered) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    let counts = &gathered.wanted.accounting.sources;
    for (number, (source, count)) in (0u16..).zip(plan.sources.iter().zip(counts)) {
        let Some(column) = &source.person.key else {
            continue;
        };
        let named = count.members + count.merged;
        let is_shared = |finding: &&Finding| {
            finding.code == FindingCode::KeyOfTwoAddresses && finding.record.source == number
        };
        let shared: Vec<&Finding> = gathered.wanted.findings.iter().filter(is_shared).collect();
        let Some(first) = shared.first() else { continue };
        if shared.len() < SOME || shared.len() as u64 * IN <= named {
            continue;
        }
        let message = format!(
            "\"{}\" in [sources.{}] is not a unique key: {} of {} have a key that also appears with another address",
            column.name,
            source.key,
            shared.len(),
            counted(named, "record")
        );
        let value = format!("first seen here: \"{}\"", quoted(&first.detail));
        let mut diagnostic = Diagnostic::error(Code::NotAKey, message)
            .at(column.span.clone(), "read as the source's key of each member")
            .in_file(gathered.path(first.record), first.record.line, value);
        if let Some(other) = first.other.filter(|other| other.source == number) {
            diagnostic = diagnostic.in_file(gathered.path(other), other.line, "the other address");
        }
        diagnostics.push(diagnostic.remedy(
            "Name the column with a unique ID for each person, or remove `key`; without it, a new address is a new member",
        ));
    }
    diagnostics
}
