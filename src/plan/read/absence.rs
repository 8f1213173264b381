//! `complete` and `gone` of a source: what it means to be in it no more.

use super::offerings::Offerings;
use super::table_reader::{TableReader, choice, flag};
use super::tree::Entry;
use super::vocabulary::GONE;
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    plan::{Gone, Source, TextSpan},
    text::nearest::show,
};

/// Offerings that a diagnostic names before it says how many more there are.
const NAMED: usize = 5;

/// What a source says about missing members, and where.
#[derive(Debug, Clone)]
pub(super) struct Absence {
    /// What becomes of them.
    pub(super) gone: Gone,
    /// Where the plan says `complete`.
    complete: TextSpan,
    /// Where the plan says what becomes of them.
    span: TextSpan,
}

/// Reads `complete` and `gone`.
pub(super) fn read(reader: &TableReader<'_>, out: &mut Diagnostics) -> Option<Absence> {
    let complete_entry = reader.optional("complete");
    let gone_entry = reader.optional("gone");
    let complete = complete_entry.and_then(|entry| flag(entry, out));
    let gone = gone_entry.and_then(|entry| choice(entry, GONE, out));
    if let (Some(entry), Some(true)) = (complete_entry, complete) {
        return Some(Absence {
            gone: gone.unwrap_or(Gone::Report),
            complete: entry.span(),
            span: gone_entry.map_or_else(|| entry.span(), Entry::span),
        });
    }
    if let (Some(gone), true) = (gone_entry, complete_entry.is_none() || complete.is_some()) {
        out.push(
            Diagnostic::error(
                Code::KeysClash,
                format!(
                    "`gone` sets what happens to members missing from {}, but the source is not complete",
                    reader.what()
                ),
            )
            .at(gone.span(), "no `complete = true` here")
            .remedy("Add `complete = true` if the export lists everyone who has what it grants; otherwise remove `gone`"),
        );
    }
    None
}

/// Checks what the sources say of those who are gone against what they and the others can grant.
/// `absences` has an entry a source, in the order of `sources`.
pub(super) fn check(
    sources: &[Source],
    absences: &[Option<Absence>],
    offerings: &Offerings,
    out: &mut Diagnostics,
) {
    if absences.iter().all(Option::is_none) {
        return;
    }
    // For each offering, the sources that can grant it and are not complete.
    let mut open: Vec<Vec<&Source>> = vec![Vec::new(); offerings.reaches.len()];
    for source in sources.iter().filter(|source| source.gone.is_none()) {
        for offering in source.can_grant(&offerings.reaches) {
            open[usize::from(offering)].push(source);
        }
    }
    for (source, absence) in sources.iter().zip(absences) {
        let Some(absence) = absence else { continue };
        let granted = source.can_grant(&offerings.reaches);
        if granted.is_empty() {
            out.push(
                Diagnostic::error(
                    Code::DoesNothing,
                    format!(
                        "the source {} grants nothing, so no member can be missing from it",
                        show(source.key.as_str())
                    ),
                )
                .at(absence.complete.clone(), "does not apply here")
                .remedy("Remove `complete`, or grant something in a map of this source"),
            );
            continue;
        }
        if absence.gone == Gone::Revoke {
            let revoking = format!(
                "would revoke it from members missing from {}",
                show(source.key.as_str())
            );
            let place = (absence.span.clone(), revoking.as_str());
            offerings.check_revoke(granted.iter().copied(), place, "`gone`", out);
        }
        let both: Vec<u16> = granted
            .into_iter()
            .filter(|offering| !open[usize::from(*offering)].is_empty())
            .collect();
        if !both.is_empty() {
            let mut others: Vec<&Source> = Vec::new();
            for other in both.iter().flat_map(|offering| &open[usize::from(*offering)]) {
                let known = others.iter().any(|known| known.key == other.key);
                if others.len() < NAMED && !known {
                    others.push(*other);
                }
            }
            out.push(says_nothing(source, &others, absence, &both, offerings));
        }
    }
}

fn says_nothing(
    source: &Source,
    others: &[&Source],
    absence: &Absence,
    both: &[u16],
    offerings: &Offerings,
) -> Diagnostic {
    let keys: Vec<String> = both
        .iter()
        .take(NAMED)
        .filter_map(|at| offerings.targets.get(usize::from(*at)))
        .map(|target| show(target.key.as_str()))
        .collect();
    let more = both.len().saturating_sub(keys.len());
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let named: Vec<String> = others.iter().map(|other| show(other.key.as_str())).collect();
    let mut diagnostic = Diagnostic::warning(
        Code::AbsenceSaysNothing,
        format!(
            "members can never be missing from {}{more}, because {} can grant it too and is not complete",
            keys.join(", "),
            named.join(", ")
        ),
    )
    .at(
        absence.complete.clone(),
        format!("{} is complete", show(source.key.as_str())),
    );
    for other in others {
        diagnostic = diagnostic.at(
            other.span.clone(),
            format!("{} does not have `complete = true`", show(other.key.as_str())),
        );
    }
    diagnostic.remedy(format!(
        "Set `complete = true` there too if every export of it lists everyone; otherwise members missing from {} keep it",
        show(source.key.as_str())
    ))
}
