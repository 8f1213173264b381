//! Conditions and the values that they were asked of in; a warning for the words that no record contains, out.

use super::Gathered;
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    plan::{Plan, Test},
    text::{nearest::nearest, quoted},
    wanted::AskedCondition,
};

/// More than these are not shown: they have one cause.
const MAX_SHOWN: usize = 20;

/// A slip in a word of `when` takes the grant from everybody, or lets everybody have it, and nothing else would say so.
pub(super) fn diagnose(plan: &Plan, gathered: &Gathered) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    let all = gathered.wanted.problems.asked.iter();
    for (asked, words) in all
        .map(|asked| (asked, asked.missing_words()))
        .filter(|(_, words)| !words.is_empty())
        .take(MAX_SHOWN)
    {
        diagnostics.push(one(plan, gathered, asked, &words));
    }
    diagnostics
}

fn one(plan: &Plan, gathered: &Gathered, asked: &AskedCondition, words: &[&str]) -> Diagnostic {
    let source = plan.sources.get(usize::from(asked.source));
    let key = source.map_or("", |source| source.key.as_str());
    let column = quoted(&asked.column().name);
    let shown: Vec<String> = words.iter().map(|word| format!("\"{}\"", quoted(word))).collect();
    let none = format!(
        "no record of [sources.{key}] to which it applies contains {}",
        shown.join(" or ")
    );
    let (of_all, not) = match &asked.condition.test {
        Test::AnyOf(all) => (all.len() == words.len(), false),
        _ => (false, true),
    };
    let message = if not {
        format!("the condition on \"{column}\" excludes values that do not occur: {none}")
    } else if of_all {
        format!("the condition on \"{column}\" never matches: {none}")
    } else {
        format!("the condition on \"{column}\" has values that do not occur: {none}")
    };
    let seen = || asked.values.iter().map(|value| value.value.as_str());
    let near: Vec<String> = words
        .iter()
        .filter_map(|word| {
            Some(format!(
                "\"{}\" for \"{}\"",
                quoted(nearest(word, seen())?),
                quoted(word)
            ))
        })
        .collect();
    let remedy = if near.is_empty() {
        "Compare the values with the cells of the export; if no one has them now, leave the condition as it is".to_owned()
    } else {
        format!(
            "Did you mean {}? If no one has the value now, leave the condition as it is",
            near.join(", ")
        )
    };
    let mut diagnostic =
        Diagnostic::warning(Code::NeverMet, message).at(asked.column().span.clone(), "the condition");
    if let Some(first) = asked.values.first() {
        let example = match first.value.as_str() {
            "" => "first seen here: a blank cell".to_owned(),
            value => format!("first seen here: \"{}\"", quoted(value)),
        };
        diagnostic = diagnostic.in_file(gathered.path(first.first), first.first.line, example);
    }
    diagnostic.remedy(remedy)
}
