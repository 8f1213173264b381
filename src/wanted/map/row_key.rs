//! The cells on which the effect of a map depends in, a short text that is equal for rows of equal effect out.

use std::{collections::BTreeSet, fmt::Write};

use jiff::civil::Date;

use super::{
    condition::day_of,
    days::Days,
    entry_end::{EntryEnd, LastDay},
    row_view::open_modules,
};
use crate::{
    model::{Number, Period, Row},
    plan::{ColumnMap, ColumnsInUse, Release, Test},
};

/// Stands between the parts of a key.
const BETWEEN: &str = "\u{1f}|";
/// Stands for the first character of it in a cell, so that two cells never read as another two.
const WITHIN: &str = "\u{1f}.";

/// One cell besides the value itself.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// As it is.
    Text(usize),
    /// Before, at or after each of these days, in their order.
    Day(usize, Vec<Date>),
    /// Below, at or above each of these numbers, in their order.
    Number(usize, Vec<Number>),
    /// How many modules are open.
    Drip(usize, Period, u16),
    /// Where the last day lies.
    End(EntryEnd),
}

/// Which cells a key is made of: those that are days count by what they mean, since each row may have
/// another one.
#[derive(Debug, Clone, Default)]
pub(crate) struct RowKey {
    parts: Vec<Part>,
}

impl RowKey {
    pub(crate) fn of(
        map: &ColumnMap,
        slots: &ColumnsInUse,
        modules: &[u16],
        today: &dyn Fn(usize) -> Date,
    ) -> Self {
        let mut parts: Vec<Part> = Vec::new();
        let mut days: Vec<(usize, BTreeSet<Date>)> = Vec::new();
        let mut numbers: Vec<(usize, BTreeSet<Number>)> = Vec::new();
        for effect in map.rules.iter().map(|rule| &rule.effect) {
            for condition in &effect.when {
                let Some(slot) = slots.slot(&condition.column) else {
                    continue;
                };
                match &condition.test {
                    Test::AnyOf(_) | Test::NoneOf(_) | Test::Blank(_) => add(&mut parts, Part::Text(slot)),
                    Test::Day { before, after } => {
                        let bounds = [before, after].into_iter().flatten();
                        bounds_of(&mut days, slot).extend(bounds.map(|bound| day_of(*bound, today(slot))));
                    }
                    Test::Number { at_least, at_most } => {
                        bounds_of(&mut numbers, slot).extend([at_least, at_most].into_iter().flatten());
                    }
                }
            }
            if let Some(end) = effect.ends.as_ref().and_then(|ends| EntryEnd::new(ends, slots)) {
                add(&mut parts, Part::End(end));
            }
            if let (Some(Release::Drip { from, every }), Some(offering)) = (&effect.release, effect.grant)
                && let Some(slot) = slots.slot(from)
            {
                let most = modules.get(usize::from(offering)).copied().unwrap_or(0);
                add(&mut parts, Part::Drip(slot, *every, most));
            }
        }
        let days = days
            .into_iter()
            .map(|(slot, days)| Part::Day(slot, days.into_iter().collect()));
        let numbers = numbers
            .into_iter()
            .map(|(slot, numbers)| Part::Number(slot, numbers.into_iter().collect()));
        parts.extend(days.chain(numbers));
        Self { parts }
    }

    /// The key of a row, for its trimmed cell: the cell itself where no other counts, else written to `key`.
    #[inline]
    pub(crate) fn of_row<'k>(
        &self,
        cell: &'k str,
        row: &Row<'_>,
        days: &mut Days,
        key: &'k mut String,
    ) -> &'k str {
        if self.parts.is_empty() {
            return cell;
        }
        self.write(cell, row, days, key);
        key
    }

    fn write(&self, cell: &str, row: &Row<'_>, days: &mut Days, key: &mut String) {
        key.clear();
        write_text(cell, key);
        for part in &self.parts {
            key.push_str(BETWEEN);
            match part {
                Part::Text(slot) => write_text(row.cell(*slot).trim(), key),
                Part::Day(slot, bounds) => {
                    if let Some(day) = days.day(row, *slot) {
                        write_rank(&day, bounds, key);
                    }
                }
                Part::Number(slot, bounds) => {
                    if let Some(number) = days.number(row, *slot) {
                        write_rank(&number, bounds, key);
                    }
                }
                Part::End(end) => key.push(match end.lies(row, days) {
                    LastDay::Never => 'n',
                    LastDay::Ahead => 'a',
                    LastDay::Past => 'p',
                }),
                Part::Drip(slot, every, most) => {
                    let open = match days.day(row, *slot) {
                        None => Some(1),
                        Some(day) => open_modules(day, *every, days.today(row.record.source, *slot)),
                    };
                    if let Some(open) = open {
                        let _ = write!(key, "{}", open.min(*most));
                    }
                }
            }
        }
    }
}

fn write_text(text: &str, key: &mut String) {
    let mut pieces = text.split('\u{1f}');
    key.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        key.push_str(WITHIN);
        key.push_str(piece);
    }
}

/// Where something lies among bounds: equal for all that lies between the same two.
fn write_rank<T: PartialOrd>(of: &T, bounds: &[T], key: &mut String) {
    let rank: usize = bounds
        .iter()
        .map(|bound| usize::from(of >= bound) + usize::from(of > bound))
        .sum();
    // Writing to a text cannot fail.
    let _ = write!(key, "{rank}");
}

/// The bounds of a slot, begun on first sight.
fn bounds_of<T>(all: &mut Vec<(usize, BTreeSet<T>)>, slot: usize) -> &mut BTreeSet<T> {
    let at = all.iter().position(|(known, _)| *known == slot);
    let at = at.unwrap_or_else(|| {
        all.push((slot, BTreeSet::new()));
        all.len() - 1
    });
    &mut all[at].1
}

fn add(parts: &mut Vec<Part>, part: Part) {
    if !parts.contains(&part) {
        parts.push(part);
    }
}
