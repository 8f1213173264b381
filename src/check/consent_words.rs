//! The values of the consent columns in; a warning for each word of the plan that no record contains, out.

use super::Gathered;
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    plan::{Consent, Plan},
    text::{counted, nearest::nearest, quoted},
    wanted::{ConsentColumn, ConsentSays, ConsentValue},
};

/// How many values a warning shows.
const MAX_VALUES: usize = 10;

/// A slip in a word that means no would subscribe whoever opted out.
pub(super) fn diagnose(plan: &Plan, gathered: &Gathered) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    for (source, column) in plan.sources.iter().zip(&gathered.wanted.problems.consent) {
        let Some(consent) = source
            .person
            .consent
            .as_ref()
            .filter(|_| !column.values.is_empty())
        else {
            continue;
        };
        for (words, held, means) in [
            (&consent.opted_out, &column.held_out, "opted out"),
            (&consent.opted_in, &column.held_in, "not opted out"),
        ] {
            let missing: Vec<&str> = words
                .texts()
                .zip(held)
                .filter(|(_, held)| !**held)
                .map(|(word, _)| word)
                .collect();
            let unlisted = column.values.iter().any(|value| is_unlisted(consent, value));
            if !missing.is_empty() && (unlisted || column.more > 0) {
                diagnostics.push(one(
                    gathered,
                    consent,
                    source.key.as_str(),
                    column,
                    &missing,
                    means,
                ));
            }
        }
    }
    diagnostics
}

/// True of a value that is in neither list: it may be the one that was meant.
fn is_unlisted(consent: &Consent, value: &ConsentValue) -> bool {
    match value.says {
        ConsentSays::Unclear => true,
        ConsentSays::OptedIn => consent.opted_in.find(&value.value).is_none(),
        ConsentSays::OptedOut | ConsentSays::Nothing | ConsentSays::Blank => false,
    }
}

fn one(
    gathered: &Gathered,
    consent: &Consent,
    key: &str,
    column: &ConsentColumn,
    missing: &[&str],
    means: &str,
) -> Diagnostic {
    let shown: Vec<String> = missing
        .iter()
        .map(|word| format!("\"{}\"", quoted(word)))
        .collect();
    let message = format!(
        "no record of [sources.{key}] contains {} in \"{}\", which means {means}",
        shown.join(" or "),
        quoted(&consent.column.name)
    );
    let mut unlisted: Vec<_> = column
        .values
        .iter()
        .filter(|value| is_unlisted(consent, value))
        .collect();
    unlisted.sort_by_key(|value| std::cmp::Reverse(value.count));
    let mut diagnostic =
        Diagnostic::warning(Code::ConsentWord, message).at(consent.column.span.clone(), "the consent column");
    for value in unlisted.iter().take(MAX_VALUES) {
        let says = match value.says {
            ConsentSays::OptedIn => "not opted out",
            _ => "opted out",
        };
        let note = format!(
            "\"{}\" is in neither list and counts as {says} ({})",
            quoted(&value.value),
            counted(value.count, "record")
        );
        diagnostic = diagnostic.in_file(gathered.path(value.first), value.first.line, note);
    }
    let seen = || unlisted.iter().map(|value| value.value.as_str());
    let near: Vec<String> = missing
        .iter()
        .filter_map(|word| Some(format!("\"{}\"", quoted(nearest(word, seen())?))))
        .collect();
    let remedy = if near.is_empty() {
        "Compare the words with the cells of the export; \"*\" means any value that is not blank".to_owned()
    } else {
        format!(
            "Did you mean {}? If no one has the value now, leave the word as it is",
            near.join(", ")
        )
    };
    diagnostic.remedy(remedy)
}
