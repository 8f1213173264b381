//! A plan and the records of its sources in; what a whole export lets a person overlook, as findings, out.

use crate::{
    model::{Finding, FindingCode, RecordRef},
    plan::{Plan, Source, StatusSays},
    text::{amount, counted, quoted},
    wanted::Wanted,
};

/// Findings about sources, each at the first line of its first file. `files` is the number of files of each source.
pub fn source_findings(plan: &Plan, wanted: &Wanted, files: &[usize]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, source) in plan.sources.iter().enumerate() {
        let mut note = |code, detail: String| {
            let record = RecordRef {
                source: u16::try_from(index).unwrap_or(u16::MAX),
                file: 0,
                line: 1,
            };
            findings.push(Finding::new(code, record, detail));
        };
        if let Some(detail) = status_unread(source, wanted, index) {
            note(FindingCode::StatusUnread, detail);
        }
        if let Some(detail) = export_alone(plan, files, index, source) {
            note(FindingCode::ExportAlone, detail);
        }
    }
    findings
}

/// The statuses that do not give access, where the plan does not look at them.
fn status_unread(source: &Source, wanted: &Wanted, index: usize) -> Option<String> {
    source.in_use.status_unread?;
    let statuses = source.profile.statuses.as_ref()?;
    let column = wanted.problems.statuses.get(index)?;
    let grants = source.gives.maps.iter().flat_map(|map| &map.rules);
    let mut grants = grants.map(|rule| &rule.effect).chain(&source.gives.each_row);
    if !grants.any(|effect| effect.grant.is_some()) {
        return None;
    }
    let mut other: Vec<_> = column
        .values
        .iter()
        .filter(|value| value.says != StatusSays::Gives)
        .collect();
    other.sort_by_key(|value| std::cmp::Reverse(value.count));
    let shown: Vec<String> = other
        .iter()
        .enumerate()
        .map(|(at, value)| {
            let count = match at {
                0 => {
                    let verb = if value.count == 1 { "is" } else { "are" };
                    format!("{} {verb}", counted(value.count, "record"))
                }
                _ => amount(value.count),
            };
            match value.value.as_str() {
                "" => format!("{count} blank"),
                word => format!("{count} \"{}\"", quoted(word)),
            }
        })
        .collect();
    let all = match shown.as_slice() {
        [] => return None,
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    };
    Some(format!(
        "{all}; no line looks at \"{}\". `rehome profiles {}` proposes [statuses]",
        quoted(&statuses.column.name),
        source.profile.name
    ))
}

/// The exports that belong to one, where the plan has none of them.
fn export_alone(plan: &Plan, files: &[usize], index: usize, source: &Source) -> Option<String> {
    let together = &source.profile.rules.together;
    if together.is_empty() {
        return None;
    }
    let others = plan.sources.iter().enumerate().filter(|(at, _)| *at != index);
    let mut names = others.map(|(_, other)| &other.profile.name);
    let own = &source.profile.name;
    let several = together.contains(own) && files.get(index).is_some_and(|files| *files > 1);
    if several || names.any(|name| together.contains(name)) {
        return None;
    }
    let listed: Vec<String> = together
        .iter()
        .map(|name| match name {
            name if name == own => format!("a second file of {name}"),
            name => name.clone(),
        })
        .collect();
    Some(format!(
        "\"{own}\" alone leaves members out; add {}",
        listed.join(" or ")
    ))
}
