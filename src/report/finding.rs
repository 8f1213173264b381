//! Findings in, a short account by kind with places out.

use std::fmt::Write;

use crate::{
    model::{Finding, FindingCode, Findings, RecordRef},
    text::{counted, counted_as, revealed},
};

/// Says where a record is: `exports/people.csv:12`.
pub type FindingPlace<'a> = &'a dyn Fn(RecordRef) -> String;

/// Says the address of the member that a record is about, where it is known.
pub type FindingPerson<'a> = &'a dyn Fn(RecordRef) -> Option<&'a str>;

/// How many places a kind shows.
const PLACES: usize = 3;

/// How many kinds are counted in brief.
const KINDS: usize = 10;

/// Findings by kind: those that turned records away first, then the rest; a count and some places.
pub fn findings_text(findings: &Findings, who: FindingPerson<'_>, place: FindingPlace<'_>) -> String {
    let mut text = String::new();
    let counts = findings.counts();
    for (title, rejects) in [("Rejected", true), ("Findings", false)] {
        let codes: Vec<FindingCode> = counts
            .keys()
            .copied()
            .filter(|code| code.rejects() == rejects)
            .collect();
        if codes.is_empty() {
            continue;
        }
        let _ = writeln!(text, "{title}");
        for code in codes {
            let count = counts.get(&code).copied().unwrap_or_default() as u64;
            let _ = writeln!(
                text,
                "  {} {}: {}",
                code.code(),
                counted(count, "record"),
                code.sentence()
            );
            for finding in findings
                .iter()
                .filter(|finding| finding.code == code)
                .take(PLACES)
            {
                let _ = writeln!(text, "    {}", finding_line(finding, who(finding.record), place));
            }
            if count > PLACES as u64 {
                let _ = writeln!(
                    text,
                    "    … and {} more: see `rehome audit`",
                    count - PLACES as u64
                );
            }
        }
    }
    text
}

/// Findings that do not reject a record, by kind and number, in one line each; rejected ones are part of the summary.
pub fn finding_counts_text(findings: &Findings) -> String {
    let counts = findings.counts();
    let mut notes: Vec<(FindingCode, usize)> =
        counts.into_iter().filter(|(code, _)| !code.rejects()).collect();
    notes.sort_by_key(|(code, count)| (std::cmp::Reverse(*count), *code));
    if notes.is_empty() {
        return String::new();
    }
    let mut text = "Findings (`rehome audit` lists them)\n".to_owned();
    for (code, count) in notes.iter().take(KINDS) {
        let _ = writeln!(
            text,
            "  {} {}: {}",
            code.code(),
            counted(*count as u64, "record"),
            code.sentence()
        );
    }
    if let Some(more) = notes.len().checked_sub(KINDS).filter(|more| *more > 0) {
        let _ = writeln!(
            text,
            "  … and {}",
            counted_as(more as u64, "more kind", "more kinds")
        );
    }
    text
}

/// The member first, then where the record stands, and the value.
pub(super) fn finding_line(finding: &Finding, who: Option<&str>, place: FindingPlace<'_>) -> String {
    let rejected = finding.rejected_address();
    let mut line = who
        .or(rejected)
        .map_or_else(String::new, |who| format!("{}, ", revealed(who)));
    line.push_str(&place(finding.record));
    if let Some(other) = finding.other {
        let _ = write!(line, " and {}", place(other));
    }
    if !finding.detail.is_empty() && rejected.is_none() {
        let _ = write!(line, ": \"{}\"", revealed(&finding.detail));
    }
    line
}
