//! The values of the status columns in; an error for each word that no list of the plan has, out.

use super::Gathered;
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    plan::{Plan, StatusSays, Statuses},
    text::{counted, nearest::nearest, quoted},
    wanted::StatusValue,
};

/// More values of one column than these have one cause.
const MAX_VALUES: usize = 40;

/// A word that is in no list would give access, or take it, without anybody having said so.
pub(super) fn diagnose(plan: &Plan, gathered: &Gathered) -> Diagnostics {
    let mut diagnostics = Diagnostics::default();
    for (source, column) in plan.sources.iter().zip(&gathered.wanted.problems.statuses) {
        let Some(statuses) = &source.gives.statuses else {
            continue;
        };
        let unlisted = column.values.iter();
        for value in unlisted
            .filter(|value| value.says == StatusSays::Unknown)
            .take(MAX_VALUES)
        {
            diagnostics.push(one(gathered, statuses, source.key.as_str(), value));
        }
    }
    diagnostics
}

fn one(gathered: &Gathered, statuses: &Statuses, key: &str, value: &StatusValue) -> Diagnostic {
    let shown = match value.value.as_str() {
        "" => "a blank cell".to_owned(),
        text => format!("\"{}\"", quoted(text)),
    };
    let message = format!(
        "{shown} in \"{}\" is not listed in [sources.{key}.statuses] ({})",
        quoted(&statuses.column.name),
        counted(value.count, "record")
    );
    let listed = statuses.lists().flat_map(|(words, _)| words.texts());
    let near = nearest(&value.value, listed).map(|word| format!("It looks like \"{}\": add", quoted(word)));
    Diagnostic::error(Code::UnlistedStatus, message)
        .at(statuses.span.clone(), "no list has it")
        .in_file(gathered.path(value.first), value.first.line, "first seen here")
        .remedy(format!(
            "{} \"{}\" to `gives`, to the words of `until`, or to `ended`",
            near.unwrap_or_else(|| "Add".to_owned()),
            quoted(&value.value)
        ))
}
