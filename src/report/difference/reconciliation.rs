//! The lines of offerings in; the table that a person signs, why its numbers differ, and their JSON out.

use std::{collections::BTreeMap, fmt::Write};

use serde_json::{Value, json};

use crate::{
    diff::{KeptAccess, NotWanted, OfferingLine},
    model::Reason,
    text::{Table, amount, counted_as},
};

/// Which offerings are explained in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Explained {
    /// Those with a number that the table alone does not explain.
    WhereNotTrivial,
    /// All of them, with every sum.
    Completely,
}

/// Table, sums, and why the numbers differ.
pub(crate) fn reconciliation_text(lines: &[OfferingLine], explained: Explained) -> String {
    let mut text = table(lines).text("  ");
    text.push_str(&sums_line(lines));
    text.push_str(&explanation(lines, explained));
    text
}

/// Which sums hold; those of columns that are hidden are left out.
fn sums_line(lines: &[OfferingLine]) -> String {
    if !lines.iter().all(OfferingLine::adds_up) {
        return "  A ROW DOES NOT RECONCILE. This is a bug in Rehome; please report it.\n".to_owned();
    }
    let any = |number: fn(&OfferingLine) -> u64| lines.iter().any(|line| number(line) > 0);
    let side = |parts: [(&'static str, bool); 3]| {
        let parts = parts
            .into_iter()
            .filter(|(_, shown)| *shown)
            .map(|(part, _)| part);
        parts.collect::<Vec<_>>().join(" + ")
    };
    let (have, blocked) = (any(|line| line.already_have), any(|line| line.blocked));
    let (lose, others, today) = (
        any(|line| line.lose),
        any(|line| line.other_holders),
        any(|line| line.today),
    );
    let mut sums = vec![format!(
        "wanted = {}",
        side([("already have", have), ("gain", true), ("blocked", blocked)])
    )];
    if today {
        sums.push(format!(
            "today = {}",
            side([("already have", have), ("lose", lose), ("other holders", others)])
        ));
    }
    let before = if today { "today + " } else { "" };
    let less = if lose { " - lose" } else { "" };
    sums.push(format!("after = {before}gain{less}"));
    format!("  {}: all rows reconcile\n", sums.join("; "))
}

/// Offerings that the plan does not have, and to which people gain or lose access all the same.
pub(crate) fn other_offerings_text(lines: &[OfferingLine]) -> String {
    let mut text = String::new();
    for line in lines.iter().filter(|line| line.other_gain + line.lose > 0) {
        let _ = writeln!(
            text,
            "  {} is not an offering of this plan: {} gain access and {} LOSE ACCESS by tags that the plan gives",
            line.offering,
            amount(line.other_gain),
            amount(line.lose)
        );
    }
    text
}

/// A column of the table: its head, and its number in a line.
type Column = (&'static str, fn(&OfferingLine) -> u64);

/// The columns of the table.
const COLUMNS: [Column; 9] = [
    ("in export", |line| line.in_export),
    ("wanted", |line| line.wanted),
    ("already have", |line| line.already_have),
    ("gain", |line| line.gain),
    ("blocked", |line| line.blocked),
    ("today", |line| line.today),
    ("lose", |line| line.lose),
    ("other holders", |line| line.other_holders),
    ("after", OfferingLine::after),
];

/// A row per offering. A column that is zero throughout is hidden; what cannot be left out stays.
fn table(lines: &[OfferingLine]) -> Table {
    let kept = |(name, number): &&Column| {
        matches!(*name, "in export" | "wanted" | "gain" | "after")
            || lines.iter().any(|line| number(line) > 0)
    };
    let columns: Vec<_> = COLUMNS.iter().filter(kept).collect();
    let mut header = vec!["offering"];
    header.extend(columns.iter().map(|(name, _)| *name));
    let mut table = Table::new(1, &header);
    for line in lines {
        let mut cells = vec![line.offering.to_string()];
        cells.extend(columns.iter().map(|(_, number)| amount(number(line))));
        table.row(cells);
    }
    table
}

/// How many offerings the brief table has.
const OFFERINGS: usize = 20;

/// How many lines explain, in brief, why numbers differ.
const SUMS: usize = 12;

/// The same, at most a screen: the offerings with most members to gain or lose, and where to find the others.
pub(super) fn brief_reconciliation_text(lines: &[OfferingLine]) -> String {
    let mut shown: Vec<(usize, &OfferingLine)> = lines.iter().enumerate().collect();
    shown.sort_by_key(|(at, line)| {
        (
            std::cmp::Reverse((line.lose, line.gain, line.today.max(line.in_export))),
            *at,
        )
    });
    shown.truncate(OFFERINGS);
    shown.sort_by_key(|(at, _)| *at);
    let shown: Vec<OfferingLine> = shown.into_iter().map(|(_, line)| line.clone()).collect();
    let mut text = table(&shown).text("  ");
    let more = lines.len() - shown.len();
    if more > 0 {
        let _ = writeln!(
            text,
            "  … and {}: see --details",
            counted_as(more as u64, "more offering", "more offerings")
        );
    }
    text.push_str(&sums_line(lines));
    let explained = explanation(&shown, Explained::WhereNotTrivial);
    let lines: Vec<&str> = explained.lines().collect();
    for line in lines.iter().take(SUMS + 1) {
        let _ = writeln!(text, "{line}");
    }
    if let Some(more) = lines.len().checked_sub(SUMS + 1).filter(|more| *more > 0) {
        let _ = writeln!(
            text,
            "    … and {}: see --details",
            counted_as(more as u64, "more line", "more lines")
        );
    }
    text
}

/// What each code that occurs means.
type Meanings = BTreeMap<&'static str, &'static str>;

fn explanation(lines: &[OfferingLine], explained: Explained) -> String {
    let mut text = String::new();
    let mut meanings = Meanings::new();
    let width = lines.iter().map(|line| line.offering.as_str().len()).max();
    for line in lines {
        let mut name = line.offering.as_str();
        for sum in sums(line, explained, &mut meanings) {
            let _ = writeln!(text, "    {name:<width$}  {sum}", width = width.unwrap_or(0));
            name = "";
        }
    }
    if text.is_empty() {
        return text;
    }
    for (code, meaning) in meanings {
        let _ = writeln!(text, "    {code}: {meaning}");
    }
    let title = match explained {
        Explained::WhereNotTrivial => "Where the numbers differ",
        Explained::Completely => "The numbers, part by part",
    };
    format!("  {title}\n{text}")
}

/// The sums of one offering that are worth words.
fn sums(line: &OfferingLine, explained: Explained, meanings: &mut Meanings) -> Vec<String> {
    let not_wanted = parts(
        line.not_wanted(),
        &line.not_wanted_by_reason,
        |reason: NotWanted| (reason.code(), reason.sentence()),
        meanings,
    );
    let blocked = parts(
        line.blocked,
        &line.blocked_by_reason,
        |reason: Reason| (reason.code(), reason.sentence()),
        meanings,
    );
    let others = parts(
        line.other_holders,
        &line.other_holders_by_reason,
        |reason: KeptAccess| (reason.code(), reason.sentence()),
        meanings,
    );
    let all = explained == Explained::Completely;
    let mut sums = Vec::new();
    if all || line.not_wanted() > 0 {
        sums.push(format!(
            "in export {} = {} wanted + {} not wanted{not_wanted}",
            amount(line.in_export),
            amount(line.wanted),
            amount(line.not_wanted())
        ));
    }
    if all || line.blocked > 0 {
        sums.push(format!(
            "wanted {} = {} already have + {} gain + {} blocked{blocked}",
            amount(line.wanted),
            amount(line.already_have),
            amount(line.gain),
            amount(line.blocked)
        ));
    }
    if all || line.other_holders > 0 {
        sums.push(format!(
            "today {} = {} already have + {} lose + {} other holders{others}",
            amount(line.today),
            amount(line.already_have),
            amount(line.lose),
            amount(line.other_holders)
        ));
    }
    if line.other_gain > 0 {
        sums.push(format!(
            "after {} = {} today + {} gain - {} lose + {} gain without a record (offering-opens)",
            amount(line.after()),
            amount(line.today),
            amount(line.gain),
            amount(line.lose),
            amount(line.other_gain)
        ));
        meanings.insert(Reason::OfferingOpens.code(), Reason::OfferingOpens.sentence());
    } else if all {
        sums.push(format!(
            "after {} = {} wanted - {} blocked + {} other holders",
            amount(line.after()),
            amount(line.wanted),
            amount(line.blocked),
            amount(line.other_holders)
        ));
    }
    sums
}

/// ` (12 in-no-source, 3 not-ours)`; what has no reason is reported, too.
fn parts<R: Copy>(
    total: u64,
    by_reason: &BTreeMap<R, u64>,
    words: impl Fn(R) -> (&'static str, &'static str),
    meanings: &mut Meanings,
) -> String {
    let known: u64 = by_reason.values().sum();
    let mut parts = Vec::new();
    for (reason, count) in by_reason {
        let (code, meaning) = words(*reason);
        meanings.insert(code, meaning);
        parts.push(format!("{} {code}", amount(*count)));
    }
    if total > known {
        parts.push(format!("{} without a known reason", amount(total - known)));
    }
    if parts.is_empty() {
        String::new()
    } else {
        format!(" ({})", parts.join(", "))
    }
}

/// The lines with all of their parts.
pub(crate) fn reconciliation_json(lines: &[OfferingLine]) -> Value {
    let lines = lines.iter().map(|line| {
        let mut value = json!(line);
        value["not_wanted"] = json!(line.not_wanted());
        value["after"] = json!(line.after());
        value
    });
    Value::Array(lines.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::OfferingKey, wanted::LeftOut};

    fn line() -> OfferingLine {
        OfferingLine {
            in_export: 415,
            wanted: 412,
            already_have: 380,
            gain: 30,
            blocked: 2,
            today: 400,
            lose: 5,
            other_holders: 15,
            not_wanted_by_reason: BTreeMap::from([
                (NotWanted::LeftOut(LeftOut::NothingGranted), 1),
                (NotWanted::ContactOnly, 2),
            ]),
            blocked_by_reason: BTreeMap::from([(Reason::SeveralContacts, 1), (Reason::Privileged, 1)]),
            other_holders_by_reason: BTreeMap::from([
                (KeptAccess::InNoSource, 12),
                (KeptAccess::Because(Reason::NotOurs), 3),
            ]),
            ..OfferingLine::new(OfferingKey::new("club"))
        }
    }

    #[test]
    fn each_difference_is_told_in_parts_that_add_up() {
        let text = reconciliation_text(&[line()], Explained::WhereNotTrivial);
        assert!(text.contains("all rows reconcile"), "{text}");
        let told = text.split_once("  Where the numbers differ\n").expect("told").1;
        assert_eq!(
            told,
            "    club  in export 415 = 412 wanted + 3 not wanted (1 nothing-granted, 2 contact-only)
          wanted 412 = 380 already have + 30 gain + 2 blocked (1 privileged, 1 several-contacts)
          today 400 = 380 already have + 5 lose + 15 other holders (12 in-no-source, 3 not-ours)
    contact-only: they become a contact only, and only users have access
    in-no-source: not in any source
    not-ours: Rehome did not grant it, or it was changed since; left alone
    nothing-granted: no record grants them anything
    privileged: the user has more than subscriber rights; never modified
    several-contacts: several contacts have this address
"
        );
        let all = reconciliation_text(&[line()], Explained::Completely);
        assert!(
            all.contains("after 425 = 412 wanted - 2 blocked + 15 other holders\n"),
            "{all}"
        );
    }

    #[test]
    fn where_nothing_differs_nothing_is_told() {
        let line = OfferingLine {
            in_export: 3,
            wanted: 3,
            already_have: 1,
            gain: 2,
            today: 1,
            ..OfferingLine::new(OfferingKey::new("club"))
        };
        let text = reconciliation_text(std::slice::from_ref(&line), Explained::WhereNotTrivial);
        assert!(!text.contains("Where the numbers differ"), "{text}");
        let text = reconciliation_text(&[line], Explained::Completely);
        assert!(
            text.contains("club  in export 3 = 3 wanted + 0 not wanted\n"),
            "{text}"
        );
    }

    #[test]
    fn what_no_reason_stands_behind_is_said() {
        let mut line = line();
        line.blocked_by_reason.clear();
        let text = reconciliation_text(&[line], Explained::WhereNotTrivial);
        assert!(text.contains("2 blocked (2 without a known reason)"), "{text}");
    }
}
