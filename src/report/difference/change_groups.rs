//! The shapes of a difference in, the groups that a person reads out: people who are made alike are one
//! group, whether or not the source knows their phone.

use std::{collections::BTreeMap, fmt::Write};

use super::member_lines::{kind_phrase, shown};
use crate::{
    diff::{ChangeKind, Difference, Names, SAMPLES, Sample, What, sample_rank},
    model::{Action, Reason, Side},
    text::{amount, counted},
};

/// Shapes that differ only in the names, fields, consent and login of new members.
#[derive(Debug, Clone, Default)]
pub(super) struct Group<'a> {
    pub(super) members: u64,
    /// For a name, field or consent of new members: the members who have it.
    with: BTreeMap<What, u64>,
    /// Members who get another login than was asked for.
    other_login: u64,
    pub(super) samples: Vec<(&'a Sample, &'a [ChangeKind])>,
}

/// True for a name, a field or the consent of a new member.
pub(super) fn personal(kind: ChangeKind) -> bool {
    kind.action == Action::Create
        && matches!(
            kind.what,
            What::FirstName
                | What::LastName
                | What::Registered
                | What::OptedOut
                | What::Field(_)
                | What::Key(_)
        )
}

/// True if a user is made with another login than was asked for.
fn other_login(kind: ChangeKind) -> bool {
    matches!(kind.reason, Reason::LoginCleaned | Reason::LoginTaken)
}

/// The groups, those that need a person or take something away first, then by number of members.
pub(super) fn groups(difference: &Difference) -> Vec<(Vec<ChangeKind>, Group<'_>)> {
    let mut groups: BTreeMap<Vec<ChangeKind>, Group<'_>> = BTreeMap::new();
    for count in &difference.changes.by_shape {
        let kinds = difference.changes.shapes.get(count.shape);
        let core: Vec<ChangeKind> = kinds
            .iter()
            .copied()
            .filter(|kind| !personal(*kind))
            .map(|kind| ChangeKind {
                reason: if other_login(kind) {
                    Reason::NotThereYet
                } else {
                    kind.reason
                },
                ..kind
            })
            .collect();
        let group = groups.entry(core).or_default();
        group.members += count.count;
        if kinds.iter().copied().any(other_login) {
            group.other_login += count.count;
        }
        let mut whats: Vec<What> = kinds
            .iter()
            .filter(|kind| personal(**kind))
            .map(|kind| kind.what)
            .collect();
        // With a contact system a name is made on both sides, for one member.
        whats.sort_unstable();
        whats.dedup();
        for what in whats {
            *group.with.entry(what).or_default() += count.count;
        }
        group
            .samples
            .extend(count.samples.iter().map(|sample| (sample, kinds)));
    }
    let mut groups: Vec<(Vec<ChangeKind>, Group<'_>)> = groups.into_iter().collect();
    for (_, group) in &mut groups {
        // Each shape keeps its smallest; the smallest of all are among them.
        group
            .samples
            .sort_by_key(|(sample, _)| sample_rank(&sample.email));
        group.samples.truncate(SAMPLES);
        group.samples.sort_by(|(a, _), (b, _)| a.email.cmp(&b.email));
    }
    groups.sort_by(|(a_kinds, a), (b_kinds, b)| {
        (risk(a_kinds), b.members, a_kinds).cmp(&(risk(b_kinds), a.members, b_kinds))
    });
    groups
}

/// The order in which groups are shown: what needs a person or takes away first, then by number.
pub(super) fn risk(kinds: &[ChangeKind]) -> u8 {
    let any = |test: fn(&ChangeKind) -> bool| kinds.iter().any(test);
    if any(|kind| kind.action == Action::Conflict) {
        0
    } else if any(|kind| kind.action == Action::Hold) {
        1
    } else if any(|kind| kind.action == Action::RemoveTag || kind.reason == Reason::Revoked) {
        2
    } else if any(|kind| matches!(kind.action, Action::Update | Action::Relink | Action::Rename)) {
        3
    } else if any(|kind| kind.action.is_work()) {
        4
    } else {
        5
    }
}

/// The groups, each with what is done and, where wanted, some of its members.
pub(crate) fn groups_text(difference: &Difference, samples: bool) -> String {
    let groups = groups(difference);
    let mut text = String::new();
    if groups.is_empty() {
        return text;
    }
    let members: u64 = groups.iter().map(|(_, group)| group.members).sum();
    let _ = writeln!(
        text,
        "{} in {}",
        counted(members, "member"),
        counted(groups.len() as u64, "group")
    );
    for (kinds, group) in groups {
        let _ = writeln!(text, "\n  {}", counted(group.members, "member"));
        for kind in &kinds {
            let _ = writeln!(text, "    {}", kind_phrase(*kind, &difference.changes.names));
        }
        with_text(&mut text, &group, &difference.changes.names);
        if group.other_login > 0 {
            let _ = writeln!(
                text,
                "    + with a login other than the requested one: {} of {}",
                amount(group.other_login),
                amount(group.members)
            );
        }
        if !samples {
            continue;
        }
        for (sample, kinds) in &group.samples {
            sample_line(&mut text, sample, kinds, &difference.changes.names);
        }
        let rest = group.members.saturating_sub(group.samples.len() as u64);
        if rest > 0 {
            let _ = writeln!(text, "      … and {} more", amount(rest));
        }
    }
    text.push('\n');
    text
}

fn with_text(text: &mut String, group: &Group<'_>, names: &Names) {
    if group.with.is_empty() {
        return;
    }
    let parts: Vec<String> = group
        .with
        .iter()
        .map(|(what, count)| {
            let name = names.attribute(*what);
            if *count == group.members {
                format!("{name} (all)")
            } else {
                format!("{name} ({} of {})", amount(*count), amount(group.members))
            }
        })
        .collect();
    let _ = writeln!(
        text,
        "    + with names and fields, if known: {}",
        parts.join(", ")
    );
}

fn sample_line(text: &mut String, sample: &Sample, kinds: &[ChangeKind], names: &Names) {
    let both_sides = |kind: &ChangeKind| {
        kind.side == Side::Contacts
            && kinds.iter().any(|other| {
                other.side == Side::Site && other.what == kind.what && other.action == kind.action
            })
    };
    let own = kinds.iter().zip(&sample.values).filter(|(kind, _)| {
        // A key that is only kept tells a person nothing.
        let kept = matches!(kind.what, What::Key(_)) && kind.action.is_work();
        let plain = matches!(
            kind.what,
            What::Tag(_) | What::Contact | What::User | What::ContactLink
        );
        !both_sides(kind) && !kept && (other_login(**kind) || !plain)
    });
    let values: Vec<String> = own
        .map(|(kind, (before, after))| {
            let name = match kind.what {
                What::User => "login".to_owned(),
                what => names.attribute(what).to_string(),
            };
            match before {
                None => format!("{name} {}", shown(after.as_deref())),
                before => format!(
                    "{name} {} -> {}",
                    shown(before.as_deref()),
                    shown(after.as_deref())
                ),
            }
        })
        .collect();
    let colon = if values.is_empty() { "" } else { ": " };
    let _ = writeln!(text, "      {}{colon}{}", sample.email, values.join(", "));
}
