//! All that is wrong with a plan in; the same without the errors that only follow from another one, out.
//!
//! Whoever writes `courses` for `offerings` makes one mistake, and is told of one: not also that offerings are missing.

use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics, Place},
    plan::TextSpan,
};

/// Drops the consequences of misspelt and misplaced keys.
pub(super) fn without(found: &Diagnostics) -> Diagnostics {
    let unknown: Vec<&Diagnostic> = found.iter().filter(|one| one.code == Code::UnknownKey).collect();
    // The keys that were meant, in backticks, as both messages write them.
    let meant: Vec<&str> = unknown.iter().filter_map(|one| meant(one)).collect();
    let offerings = meant.contains(&"`offerings`");
    let bad_key = found.iter().any(|one| one.code == Code::BadKey);
    let follows = |one: &Diagnostic| match one.code {
        Code::UnknownReference => {
            let offering = one.message.starts_with("there is no offering ");
            offering && (offerings || bad_key) || one.message.starts_with("there is no tag ") && bad_key
        }
        Code::MissingKey => meant.iter().any(|key| {
            let name = key.trim_matches('`');
            one.message.ends_with(&format!("needs {key}")) || one.message.ends_with(&format!("has no {name}"))
        }),
        Code::DoesNothing => {
            let whole = span(one);
            unknown.iter().any(|key| within(span(key), whole))
        }
        _ => false,
    };
    let mut kept = Diagnostics::default();
    for one in found.iter().filter(|one| !follows(one)) {
        kept.push(one.clone());
    }
    kept
}

/// The key that a remedy names first.
fn meant(one: &Diagnostic) -> Option<&str> {
    let remedy = one.remedy.as_deref()?;
    let named = remedy
        .strip_prefix("Did you mean ")
        .or_else(|| remedy.contains(" belongs to ").then_some(remedy))?;
    let end = named.get(1..)?.find('`')? + 2;
    named.get(..end)
}

fn span(one: &Diagnostic) -> Option<&TextSpan> {
    match one.places.first() {
        Some(Place::Plan(span, _)) => Some(span),
        _ => None,
    }
}

fn within(inner: Option<&TextSpan>, outer: Option<&TextSpan>) -> bool {
    inner
        .zip(outer)
        .is_some_and(|(inner, outer)| outer.start <= inner.start && inner.end <= outer.end)
}
