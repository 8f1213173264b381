//! A difference in; its text in the chosen detail out: by default what fits on a screen or two, whatever the size.

use std::{collections::BTreeMap, fmt::Write};

use super::{
    change_groups::{groups, personal, risk},
    member_lines::brief_phrase,
    reconciliation::brief_reconciliation_text,
    setup::setup_text,
    text::{Detail, head, signed_with, verdict, whole_text},
    view::DifferenceView,
};
use crate::{
    diff::{ChangeKind, Difference},
    text::{Table, amount, counted},
};

/// How many members are named for each action that needs attention.
const NAMED: usize = 5;

/// How many lines say what is created first.
const CREATED: usize = 12;

/// How many kinds of change are shown.
const KINDS: usize = 15;

/// How many groups are shown.
const GROUPS: usize = 10;

/// How many changes of a group are shown.
const PHRASES: usize = 4;

/// The difference as text.
pub fn difference_text(view: &DifferenceView<'_>, detail: Detail) -> String {
    match detail {
        Detail::Brief => brief_text(view),
        Detail::Summary | Detail::Shapes => whole_text(view, detail),
    }
}

/// Sign-off figures, changes by kind, the largest groups, and which options show the rest.
fn brief_text(view: &DifferenceView<'_>) -> String {
    let difference = view.difference;
    let mut text = head(view);
    text.push_str(&signed_with(
        view,
        &brief_reconciliation_text(&difference.offerings),
        NAMED,
    ));
    text.push_str(&capped(&setup_text(view), CREATED));
    text.push_str(&kinds_text(difference));
    text.push_str(&largest_text(difference));
    text.push_str(&verdict(view));
    text
}

/// The first lines, and how many more there are.
fn capped(lines: &str, most: usize) -> String {
    let all: Vec<&str> = lines.trim_end().lines().collect();
    if all.is_empty() {
        return String::new();
    }
    let mut text = String::new();
    for line in all.iter().take(most) {
        let _ = writeln!(text, "{line}");
    }
    if let Some(more) = all.len().checked_sub(most).filter(|more| *more > 0) {
        let _ = writeln!(
            text,
            "  … and {}: see --details",
            counted(more as u64, "more line")
        );
    }
    text.push('\n');
    text
}

/// How many members each kind of change is for: what needs a person first, then what takes something away, then by
/// number.
fn kinds_text(difference: &Difference) -> String {
    let mut members: BTreeMap<String, (u8, u64)> = BTreeMap::new();
    for count in &difference.changes.by_shape {
        let mut kinds: Vec<(String, ChangeKind)> = difference
            .changes
            .shapes
            .get(count.shape)
            .iter()
            .filter(|kind| !personal(**kind))
            .map(|kind| (brief_phrase(*kind, &difference.changes.names), *kind))
            .collect();
        kinds.dedup_by(|(a, _), (b, _)| a == b);
        for (phrase, kind) in kinds {
            let known = members.entry(phrase).or_insert((u8::MAX, 0));
            known.0 = known.0.min(risk(&[kind]));
            known.1 += count.count;
        }
    }
    if members.is_empty() {
        return String::new();
    }
    let mut kinds: Vec<(String, (u8, u64))> = members.into_iter().collect();
    kinds.sort_by(|(a, (a_risk, a_members)), (b, (b_risk, b_members))| {
        (a_risk, b_members, a).cmp(&(b_risk, a_members, b))
    });
    let mut table = Table::new(1, &["changes by kind", "members"]);
    for (phrase, (_, members)) in kinds.iter().take(KINDS) {
        table.row([phrase.clone(), amount(*members)]);
    }
    let mut text = table.text("  ");
    if let Some(more) = kinds.len().checked_sub(KINDS).filter(|more| *more > 0) {
        let _ = writeln!(
            text,
            "  … and {}: see --details",
            counted(more as u64, "more kind")
        );
    }
    text.push('\n');
    text
}

/// The largest groups of members whose changes are the same.
fn largest_text(difference: &Difference) -> String {
    let groups = groups(difference);
    if groups.is_empty() {
        return String::new();
    }
    let members: u64 = groups.iter().map(|(_, group)| group.members).sum();
    let mut text = format!(
        "{} in {}",
        counted(members, "member"),
        counted(groups.len() as u64, "group")
    );
    let of_these = if groups.len() > GROUPS {
        "; the first ten"
    } else {
        ""
    };
    let _ = writeln!(text, "{of_these}");
    for (kinds, group) in groups.iter().take(GROUPS) {
        let some = group
            .samples
            .first()
            .map_or(String::new(), |(sample, _)| format!(", such as {}", sample.email));
        let phrases: Vec<String> = kinds
            .iter()
            .take(PHRASES)
            .map(|kind| brief_phrase(*kind, &difference.changes.names))
            .collect();
        let mut line = phrases.join("; ");
        if let Some(more) = kinds.len().checked_sub(PHRASES).filter(|more| *more > 0) {
            let _ = write!(line, "; and {}", counted(more as u64, "more change"));
        }
        let _ = writeln!(text, "  {}{some}\n    {line}", counted(group.members, "member"));
    }
    let rest = groups.get(GROUPS..).unwrap_or_default();
    if !rest.is_empty() {
        let members: u64 = rest.iter().map(|(_, group)| group.members).sum();
        let _ = writeln!(
            text,
            "  … and {} in {}",
            counted(members, "member"),
            counted(rest.len() as u64, "more group")
        );
    }
    text.push_str(
        "More: --details (every group, with reasons and samples), --full (every change), --member EMAIL\n\n",
    );
    text
}
