//! The lines of offerings in; the table that a person signs, why its numbers differ, and their JSON out.

use std::{collections::BTreeMap, fmt::Write};

use serde_json::{Value, json};

use crate::{
    diff::{KeptAccess, NotWanted, OfferingLine},
    model::Reason,
    text::{Table, amount},
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
    let sums = if lines.iter().all(OfferingLine::adds_up) {
        "each line adds up"
    } else {
        "A LINE DOES NOT ADD UP: please report this"
    };
    let _ = writeln!(
        text,
        "  wanted = have + gain + held; today = have + lose + others; after = today + gain - lose: {sums}"
    );
    text.push_str(&explanation(lines, explained));
    text
}

fn table(lines: &[OfferingLine]) -> Table {
    let mut table = Table::new(
        1,
        &[
            "offering",
            "at source",
            "wanted",
            "have",
            "gain",
            "held",
            "today",
            "lose",
            "others",
            "after",
        ],
    );
    for line in lines {
        let numbers = [
            line.source,
            line.wanted,
            line.already,
            line.gain,
            line.held_back,
            line.today,
            line.lose,
            line.others,
            line.after(),
        ];
        let cells = std::iter::once(line.offering.to_string()).chain(numbers.into_iter().map(amount));
        table.row(cells);
    }
    table
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
    let held = parts(
        line.held_back,
        &line.held_back_by_reason,
        |reason: Reason| (reason.code(), reason.sentence()),
        meanings,
    );
    let others = parts(
        line.others,
        &line.others_by_reason,
        |reason: KeptAccess| (reason.code(), reason.sentence()),
        meanings,
    );
    let all = explained == Explained::Completely;
    let mut sums = Vec::new();
    if all || line.not_wanted() > 0 {
        sums.push(format!(
            "at source {} = {} wanted + {} not wanted{not_wanted}",
            amount(line.source),
            amount(line.wanted),
            amount(line.not_wanted())
        ));
    }
    if all || line.held_back > 0 {
        sums.push(format!(
            "wanted {} = {} have + {} gain + {} held{held}",
            amount(line.wanted),
            amount(line.already),
            amount(line.gain),
            amount(line.held_back)
        ));
    }
    if all || line.others > 0 {
        sums.push(format!(
            "today {} = {} have + {} lose + {} others{others}",
            amount(line.today),
            amount(line.already),
            amount(line.lose),
            amount(line.others)
        ));
    }
    if all {
        sums.push(format!(
            "after {} = {} wanted - {} held + {} others",
            amount(line.after()),
            amount(line.wanted),
            amount(line.held_back),
            amount(line.others)
        ));
    }
    sums
}

/// ` (12 in-no-source, 3 not-ours)`; what no reason stands behind is said, too.
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
        parts.push(format!("{} for no known reason", amount(total - known)));
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
            source: 415,
            wanted: 412,
            already: 380,
            gain: 30,
            held_back: 2,
            today: 400,
            lose: 5,
            others: 15,
            not_wanted_by_reason: BTreeMap::from([
                (NotWanted::LeftOut(LeftOut::NothingGranted), 1),
                (NotWanted::ContactOnly, 2),
            ]),
            held_back_by_reason: BTreeMap::from([(Reason::SeveralContacts, 1), (Reason::Privileged, 1)]),
            others_by_reason: BTreeMap::from([
                (KeptAccess::InNoSource, 12),
                (KeptAccess::Because(Reason::NotOurs), 3),
            ]),
            ..OfferingLine::new(OfferingKey::new("club"))
        }
    }

    #[test]
    fn each_difference_is_told_in_parts_that_add_up() {
        let text = reconciliation_text(&[line()], Explained::WhereNotTrivial);
        assert!(text.contains("each line adds up"), "{text}");
        let told = text.split_once("  Where the numbers differ\n").expect("told").1;
        assert_eq!(
            told,
            "    club  at source 415 = 412 wanted + 3 not wanted (1 nothing-granted, 2 contact-only)
          wanted 412 = 380 have + 30 gain + 2 held (1 privileged, 1 several-contacts)
          today 400 = 380 have + 5 lose + 15 others (12 in-no-source, 3 not-ours)
    contact-only: they become a contact only, and access is a user's
    in-no-source: no source names them
    not-ours: Rehome did not grant it, or somebody changed it since: left alone
    nothing-granted: no record grants them anything
    privileged: the user may do more than a subscriber: never touched
    several-contacts: several contacts have this address
"
        );
        let all = reconciliation_text(&[line()], Explained::Completely);
        assert!(
            all.contains("after 425 = 412 wanted - 2 held + 15 others\n"),
            "{all}"
        );
    }

    #[test]
    fn where_nothing_differs_nothing_is_told() {
        let line = OfferingLine {
            source: 3,
            wanted: 3,
            already: 1,
            gain: 2,
            today: 1,
            ..OfferingLine::new(OfferingKey::new("club"))
        };
        let text = reconciliation_text(std::slice::from_ref(&line), Explained::WhereNotTrivial);
        assert!(!text.contains("Where the numbers differ"), "{text}");
        let text = reconciliation_text(&[line], Explained::Completely);
        assert!(
            text.contains("club  at source 3 = 3 wanted + 0 not wanted\n"),
            "{text}"
        );
    }

    #[test]
    fn what_no_reason_stands_behind_is_said() {
        let mut line = line();
        line.held_back_by_reason.clear();
        let text = reconciliation_text(&[line], Explained::WhereNotTrivial);
        assert!(text.contains("2 held (2 for no known reason)"), "{text}");
    }
}
