//! Conditions that no record meets in; a warning for each out.

use super::Gathered;
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    plan::Plan,
};

/// More than these are not shown: they have one cause.
const MAX_SHOWN: usize = 20;

/// Warnings of conditions that no record meets, or with `not` every one: a slip in a word of `when` takes the
/// grant from everybody, or lets everybody have it, and nothing else would say so.
pub fn unmet_conditions(plan: &Plan, gathered: &Gathered) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    for unmet in gathered.wanted.problems.unmet.iter().take(MAX_SHOWN) {
        let Some(source) = plan.sources.get(usize::from(unmet.source)) else {
            continue;
        };
        let column = &unmet.column.name;
        let values: Vec<String> = unmet
            .values
            .iter()
            .map(|value| format!("\"{}\"", value.escape_debug()))
            .collect();
        let none = format!(
            "no record of [sources.{}] to which it applies contains {}",
            source.key,
            values.join(" or ")
        );
        let message = if unmet.not {
            format!("the condition on \"{column}\" excludes values that do not occur: {none}")
        } else {
            format!("the condition on \"{column}\" never matches: {none}")
        };
        let example = match unmet.example.as_str() {
            "" => "a blank cell, the first".to_owned(),
            example => format!("\"{}\", the first", example.escape_debug()),
        };
        diagnostics.push(
            Diagnostic::warning(Code::NeverMet, message)
                .at(unmet.column.span.clone(), "the condition")
                .in_file(gathered.path(unmet.first), unmet.first.line, example)
                .remedy("Compare the values with the cells of the export; if no one has them now, leave the condition as it is"),
        );
    }
    diagnostics
}
