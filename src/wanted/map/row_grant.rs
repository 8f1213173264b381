//! What a line of the plan says and the cells of a row in; what the row is given out.

use jiff::{ToSpan, civil::Date};

use super::{asked::Asked, days::Days};
use crate::{
    model::{Number, Period, Row},
    people::is_blank,
    plan::{
        ColumnsInUse, Condition, DayBound, Ends, Otherwise, Plan, Release, RuleEffect, TagGift, Test, Words,
    },
    wanted::{Entitlement, EntitlementId, Entitlements, Grant, Opened},
};

/// One row with all that its cells mean.
#[derive(Debug)]
pub(crate) struct RowView<'a> {
    pub(crate) row: &'a Row<'a>,
    pub(crate) slots: &'a ColumnsInUse,
    /// For each offering, the most modules of what a grant of it reaches.
    pub(crate) modules: &'a [u16],
    pub(crate) days: &'a mut Days,
    pub(crate) asked: &'a mut Asked,
}

/// A release by and by that a row started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ReleaseStart {
    pub(crate) offering: u16,
    /// The column with the first day.
    pub(crate) slot: usize,
    /// The time between two modules.
    pub(crate) every: Period,
    /// The end of its own that the grant has.
    pub(crate) ends: Option<EntryEnd>,
}

/// The end that a line of the plan gives what it grants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct EntryEnd {
    /// The column with a day.
    slot: usize,
    /// How long after it the last day is.
    after: Option<Period>,
}

/// Where the last day of a grant lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LastDay {
    /// There is none.
    Never,
    /// On the day on which the plan is computed, or later.
    Ahead,
    /// Before it.
    Past,
}

impl EntryEnd {
    pub(crate) fn of(ends: &Ends, slots: &ColumnsInUse) -> Option<Self> {
        Some(Self {
            slot: slots.slot(&ends.column)?,
            after: ends.after,
        })
    }

    /// The last day that a row says.
    pub(crate) fn last_day(self, row: &Row<'_>, days: &mut Days) -> Option<Date> {
        let day = days.day(row, self.slot)?;
        Some(Ends::counted(day, self.after))
    }

    /// Where that day lies.
    pub(crate) fn lies(self, row: &Row<'_>, days: &mut Days) -> LastDay {
        match self.last_day(row, days) {
            None => LastDay::Never,
            Some(day) if day < days.today(row.record.source, self.slot) => LastDay::Past,
            Some(_) => LastDay::Ahead,
        }
    }
}

/// A grant with an end of its own that a row started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GrantEnd {
    pub(crate) end: EntryEnd,
    /// What ends.
    pub(crate) gives: EntitlementId,
    /// The last day is before the day on which the plan is computed.
    pub(crate) past: bool,
}

/// What a row is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Given {
    /// What ends as the source says.
    pub(crate) entitlement: Entitlement,
    /// What lines with an end of their own give.
    own: Entitlement,
    dripping: Vec<ReleaseStart>,
    ending: Vec<(EntryEnd, u16, bool)>,
}

/// What a row is given, with numbers for what it holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Gives {
    /// What ends as the source says.
    pub(crate) entitlement: EntitlementId,
    /// What lines with an end of their own give.
    pub(crate) own: EntitlementId,
    pub(crate) dripping: Vec<ReleaseStart>,
    pub(crate) ending: Vec<GrantEnd>,
}

impl Gives {
    /// Nothing; the memory is kept.
    pub(crate) fn clear(&mut self) {
        self.entitlement = EntitlementId::default();
        self.own = EntitlementId::default();
        self.dripping.clear();
        self.ending.clear();
    }
}

impl Given {
    /// The same, each thing stored on first sight.
    pub(crate) fn intern(self, entitlements: &mut Entitlements) -> Gives {
        let ending = self.ending.into_iter().map(|(end, offering, past)| {
            let mut ends = Entitlement::default();
            ends.grant(offering, ENDS);
            GrantEnd {
                end,
                gives: entitlements.intern(ends),
                past,
            }
        });
        let ending = ending.collect();
        Gives {
            entitlement: entitlements.intern(self.entitlement),
            own: entitlements.intern(self.own),
            dripping: self.dripping,
            ending,
        }
    }
}

/// A grant of which only counts that it ends.
const ENDS: Grant = Grant {
    opened: Opened::Whole,
    lasting: false,
};

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
pub fn open_modules(from: Date, every: Period, on: Date) -> Option<u16> {
    let passed = every.passed(from, on)?;
    Some(u16::try_from(passed).unwrap_or(u16::MAX).saturating_add(1))
}

impl RowView<'_> {
    /// Adds what an effect gives, but for tags carried over. True where its conditions hold.
    pub(crate) fn add(&mut self, effect: &RuleEffect, to: &mut Given) -> bool {
        let met = effect.when.iter().all(|condition| self.holds(condition));
        match (met, effect.otherwise, effect.grant) {
            (true, _, grant) => {
                if let Some(offering) = grant {
                    self.grant(offering, effect, to);
                }
                to.entitlement
                    .tags
                    .extend(effect.tags.iter().filter_map(|gift| match gift {
                        TagGift::Tag(tag) => Some(*tag),
                        TagGift::Carried(_) => None,
                    }));
            }
            (false, Some(Otherwise::Revoke), Some(offering)) => {
                to.entitlement.revokes.insert(offering);
            }
            (false, _, offering) => to.entitlement.mentioned.extend(offering),
        }
        met
    }

    fn grant(&mut self, offering: u16, effect: &RuleEffect, to: &mut Given) {
        let end = effect
            .ends
            .as_ref()
            .and_then(|ends| EntryEnd::of(ends, self.slots));
        let lies = end.map_or(LastDay::Never, |end| end.lies(self.row, self.days));
        let past = lies == LastDay::Past;
        let entitlement = if end.is_some() {
            &mut to.own
        } else {
            &mut to.entitlement
        };
        let most = self.modules.get(usize::from(offering)).copied().unwrap_or(0);
        let opened = match &effect.release {
            None => Opened::Whole,
            Some(Release::All) => Opened::All,
            Some(Release::Modules(count)) => Opened::Modules(most.min(*count)),
            Some(Release::Drip { from, every }) => {
                let Some(slot) = self.slots.slot(from) else { return };
                // Without a first day the first module is open, and no day of another one is known.
                let open = match self.days.day(self.row, slot) {
                    None => Some(1),
                    Some(day) => open_modules(day, *every, self.days.today(self.row.record.source, slot)),
                };
                if !past {
                    to.dripping.push(ReleaseStart {
                        offering,
                        slot,
                        every: *every,
                        ends: end,
                    });
                }
                match open {
                    Some(open) => Opened::Modules(most.min(open)),
                    // What ends before it begins has ended.
                    None if past => Opened::Whole,
                    None => {
                        entitlement.mentioned.insert(offering);
                        entitlement.later = true;
                        return;
                    }
                }
            }
        };
        if let Some(end) = end.filter(|_| lies != LastDay::Never) {
            to.ending.push((end, offering, past));
        }
        if past {
            entitlement.ended.insert(offering);
            return;
        }
        let lasting = lies == LastDay::Never;
        entitlement.grant(offering, Grant { opened, lasting });
    }

    fn holds(&mut self, condition: &Condition) -> bool {
        let Some(slot) = self.slots.slot(&condition.column) else {
            return false;
        };
        let held = match condition.test {
            Test::AnyOf(_) | Test::NoneOf(_) | Test::Blank(_) => Held::Text(self.row.cell(slot)),
            Test::Day { .. } => Held::Day(self.days.day(self.row, slot)),
            Test::Number { .. } => Held::Number(self.days.number(self.row, slot)),
        };
        let met = meets(condition, held, self.days.today(self.row.record.source, slot));
        self.asked.note(condition, self.row, self.row.cell(slot), met);
        met
    }
}

/// What a cell holds, as its condition reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held<'a> {
    /// Text.
    Text(&'a str),
    /// A day, or none.
    Day(Option<Date>),
    /// A number, or none.
    Number(Option<Number>),
}

/// Whether what a cell holds meets a condition.
pub fn meets(condition: &Condition, held: Held<'_>, as_of: Date) -> bool {
    match (&condition.test, held) {
        (Test::AnyOf(words), Held::Text(cell)) => holds_one(condition, words, cell),
        (Test::NoneOf(words), Held::Text(cell)) => !holds_one(condition, words, cell),
        (Test::Blank(blank), Held::Text(cell)) => is_blank(cell) == *blank,
        (Test::Day { before, after }, Held::Day(Some(day))) => {
            before.is_none_or(|bound| day < day_of(bound, as_of))
                && after.is_none_or(|bound| day > day_of(bound, as_of))
        }
        (Test::Number { at_least, at_most }, Held::Number(Some(number))) => {
            at_least.is_none_or(|bound| number >= bound) && at_most.is_none_or(|bound| number <= bound)
        }
        _ => false,
    }
}

fn holds_one(condition: &Condition, words: &Words, cell: &str) -> bool {
    match &condition.list {
        Some(list) => list.holds_one(cell),
        None => words.matches(cell),
    }
}

/// The day that a bound names.
pub(crate) fn day_of(bound: DayBound, as_of: Date) -> Date {
    match bound {
        DayBound::Day(day) => day,
        DayBound::AsOf(days) => as_of.saturating_add(days.days()),
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
