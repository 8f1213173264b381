//! An effect of the plan and the cells of a row in; what the effect means for the row out.

use jiff::civil::Date;

use super::{
    asked::Asked,
    condition::{CellContent, meets},
    days::Days,
    effect_meaning::{DayEnd, DripMeaning, EffectMeaning, GrantMeaning, SourceEnd, StatusEnd},
    entry_end::EntryEnd,
};
use crate::{
    model::{Period, Row},
    plan::{ColumnsInUse, Condition, Otherwise, Plan, Release, RuleEffect, Source, StatusSays, Test},
    wanted::Opened,
};

/// One row with all that its cells mean.
#[derive(Debug)]
pub(crate) struct RowView<'a> {
    pub(crate) row: &'a Row<'a>,
    /// The columns of the row's source.
    pub(crate) columns: &'a ColumnsInUse,
    /// For each offering, the most modules of what a grant of it reaches.
    pub(crate) modules: &'a [u16],
    pub(crate) days: &'a mut Days,
    pub(crate) asked: &'a mut Asked,
}

/// For each offering, the most modules of what a grant of it reaches.
pub(crate) fn most_modules(plan: &Plan) -> Vec<u16> {
    let own = |offering: &u16| {
        let target = plan.targets.offerings.get(usize::from(*offering));
        target.map_or(0, |target| target.tags.modules.len())
    };
    plan.reaches
        .iter()
        .map(|reached| reached.iter().map(own).max().unwrap_or(0))
        .map(|most| u16::try_from(most).unwrap_or(u16::MAX))
        .collect()
}

/// How many modules are open on a day: the first on the day `from`, one more each time `every` has passed. `None`
/// before.
pub(crate) fn open_modules(from: Date, every: Period, on: Date) -> Option<u16> {
    let passed = every.passed(from, on)?;
    Some(u16::try_from(passed).unwrap_or(u16::MAX).saturating_add(1))
}

/// What the source says of the end of what a row grants: by `ends` and by what the row's status says, where the source
/// has `statuses`.
pub(crate) fn source_end(
    source: &Source,
    row: &Row<'_>,
    days: &mut Days,
    status: Option<StatusSays>,
) -> SourceEnd {
    let ends = source.gives.ends.as_ref().zip(source.in_use.ends);
    let ends = ends.and_then(|(ends, slot)| {
        let last_day = ends.last_day(days.day(row, slot)?);
        Some(day_end(last_day, row, slot, days))
    });
    let status = match status {
        None | Some(StatusSays::Gives) => StatusEnd::Open,
        // Without a last day it has none, as with `ends`.
        Some(StatusSays::Until) => source.in_use.status_until.map_or(StatusEnd::Over, |slot| {
            let day = days.day(row, slot);
            day.map_or(StatusEnd::Open, |day| {
                StatusEnd::Day(day_end(day, row, slot, days))
            })
        }),
        // A word that no list has stops the plan; until then it grants nothing.
        Some(StatusSays::Ended | StatusSays::Choose | StatusSays::Unknown) => StatusEnd::Over,
    };
    SourceEnd { ends, status }
}

fn day_end(last_day: Date, row: &Row<'_>, slot: usize, days: &Days) -> DayEnd {
    DayEnd {
        last_day,
        is_past: last_day < days.today(row.record.source, slot),
    }
}

impl RowView<'_> {
    /// What an effect means for the row.
    pub(crate) fn meaning(&mut self, effect: &RuleEffect) -> EffectMeaning {
        let met = effect.when.iter().all(|condition| self.holds(condition));
        match (met, effect.otherwise, effect.grant) {
            (true, _, None) => EffectMeaning::Applies(None),
            (true, _, Some(offering)) => EffectMeaning::Applies(self.grant(offering, effect)),
            (false, Some(Otherwise::Revoke), Some(offering)) => EffectMeaning::Revokes(offering),
            (false, _, offering) => EffectMeaning::NotMet(offering),
        }
    }

    fn grant(&mut self, offering: u16, effect: &RuleEffect) -> Option<GrantMeaning> {
        let end = effect.ends.as_ref();
        let end = end.and_then(|ends| EntryEnd::new(ends, self.columns));
        let last_day = end.and_then(|end| end.last_day(self.row, self.days));
        let has_ended = end
            .zip(last_day)
            .is_some_and(|(end, day)| end.is_past(day, self.row, self.days));
        let most = self.modules.get(usize::from(offering)).copied().unwrap_or(0);
        let mut drip = None;
        let opened = match &effect.release {
            None => Some(Opened::Whole),
            Some(Release::All) => Some(Opened::All),
            Some(Release::Modules(count)) => Some(Opened::Modules(most.min(*count))),
            Some(Release::Drip { from, every }) => {
                let slot = self.columns.slot(from)?;
                let first = self.days.day(self.row, slot);
                let today = self.days.today(self.row.record.source, slot);
                drip = Some(DripMeaning {
                    slot,
                    every: *every,
                    first,
                    today,
                });
                // Without a first day the first module is open, and no day of another one is known.
                let open = match first {
                    None => Some(1),
                    Some(first) => open_modules(first, *every, today),
                };
                open.map(|open| Opened::Modules(most.min(open)))
            }
        };
        Some(GrantMeaning {
            offering,
            opened,
            drip,
            end,
            last_day,
            has_ended,
        })
    }

    /// Whether a condition holds for the row.
    pub(crate) fn holds(&mut self, condition: &Condition) -> bool {
        let Some(slot) = self.columns.slot(&condition.column) else {
            return false;
        };
        let content = match condition.test {
            Test::AnyOf(_) | Test::NoneOf(_) | Test::Blank(_) => CellContent::Text(self.row.cell(slot)),
            Test::Day { .. } => CellContent::Day(self.days.day(self.row, slot)),
            Test::Number { .. } => CellContent::Number(self.days.number(self.row, slot)),
        };
        let met = meets(condition, content, self.days.today(self.row.record.source, slot));
        self.asked.note(condition, self.row, self.row.cell(slot), met);
        met
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn the_first_module_opens_on_the_first_day_and_one_more_after_each_span() {
        let open = |day| open_modules(date(2026, 11, 1), Period::Days(7), day);
        assert_eq!(open(date(2026, 10, 31)), None);
        assert_eq!(open(date(2026, 11, 1)), Some(1));
        assert_eq!(open(date(2026, 11, 7)), Some(1));
        assert_eq!(open(date(2026, 11, 8)), Some(2));
        assert_eq!(open(date(2027, 11, 1)), Some(53));
    }
}
