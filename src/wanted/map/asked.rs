//! Conditions and the cells of which they are asked in; their values with counts, and the words that no cell has held, out.

use hashbrown::HashMap;

use foldhash::fast::FixedState;

use crate::{
    model::{RecordRef, Row},
    plan::{ColumnUse, Condition, Test},
};

/// More distinct values of a column than these are counted together.
const MAX_VALUES: usize = 1_000;

/// A value of a column of which a condition was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedValue {
    /// As first written, trimmed; of days and numbers the first of those with the same answer.
    pub value: String,
    /// How many records it was asked of.
    pub count: u64,
    /// Whether it meets the condition.
    pub met: bool,
    /// The first of these records.
    pub first: RecordRef,
}

/// A condition, and of what it was asked. The same condition of several lines is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedCondition {
    /// Index of the source.
    pub source: u16,
    /// The condition, where the plan first asks.
    pub condition: Condition,
    /// The values, in the order in which they were seen.
    pub values: Vec<AskedValue>,
    /// Records beyond those.
    pub more: u64,
    /// For each word of the condition whether some record contains it.
    pub held: Vec<bool>,
}

impl AskedCondition {
    /// Words that no record contains, with their texts.
    pub fn missing_words(&self) -> Vec<&str> {
        let (Test::AnyOf(words) | Test::NoneOf(words)) = &self.condition.test else {
            return Vec::new();
        };
        let all = words.texts().zip(&self.held);
        all.filter(|(_, held)| !**held).map(|(text, _)| text).collect()
    }

    /// The column.
    pub fn column(&self) -> &ColumnUse {
        &self.condition.column
    }
}

/// An answer: which condition, and which of its values.
pub(crate) type Answer = (u32, u32);

#[derive(Debug)]
struct Known {
    asked: AskedCondition,
    index: HashMap<Box<str>, u32, FixedState>,
}

/// Remembers of each condition of which values it was asked.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    all: Vec<Known>,
    /// The answers since it was last emptied.
    log: Vec<Answer>,
}

impl Asked {
    /// Takes note of an answer.
    pub(crate) fn note(&mut self, condition: &Condition, row: &Row<'_>, cell: &str, met: bool) {
        let at = self.condition(condition, row.record.source);
        let Some(known) = self.all.get_mut(at) else { return };
        let cell = cell.trim();
        let key: &str = match &condition.test {
            Test::AnyOf(words) | Test::NoneOf(words) => {
                match &condition.list {
                    Some(list) => {
                        for place in list.held(cell) {
                            if let Some(held) = known.asked.held.get_mut(place) {
                                *held = true;
                            }
                        }
                    }
                    None => {
                        if let Some(held) = words.find(cell).and_then(|place| known.asked.held.get_mut(place))
                        {
                            *held = true;
                        }
                    }
                }
                cell
            }
            _ if crate::people::is_blank(cell) => "",
            _ if met => "met",
            _ => "not met",
        };
        let value = if let Some(value) = known.index.get(key) {
            *value
        } else if known.asked.values.len() < MAX_VALUES {
            let value = u32::try_from(known.asked.values.len()).unwrap_or(u32::MAX);
            known.index.insert(key.into(), value);
            known.asked.values.push(AskedValue {
                value: cell.to_owned(),
                count: 0,
                met,
                first: row.record,
            });
            value
        } else {
            u32::MAX
        };
        let answer = (u32::try_from(at).unwrap_or(u32::MAX), value);
        self.count(answer, 1);
        self.log.push(answer);
    }

    fn condition(&mut self, condition: &Condition, source: u16) -> usize {
        let same = |known: &Known| {
            let one = &known.asked;
            one.source == source
                && one.condition.column.name == condition.column.name
                && one.condition.test == condition.test
        };
        self.all.iter().position(same).unwrap_or_else(|| {
            let words = match &condition.test {
                Test::AnyOf(words) | Test::NoneOf(words) => words.len(),
                _ => 0,
            };
            self.all.push(Known {
                asked: AskedCondition {
                    source,
                    condition: condition.clone(),
                    values: Vec::new(),
                    more: 0,
                    held: vec![false; words],
                },
                index: HashMap::with_hasher(FixedState::default()),
            });
            self.all.len() - 1
        })
    }

    /// Counts records with the same answer.
    pub(crate) fn count(&mut self, (condition, value): Answer, records: u64) {
        let Some(known) = self.all.get_mut(condition as usize) else {
            return;
        };
        match known.asked.values.get_mut(value as usize) {
            Some(value) => value.count += records,
            None => known.asked.more += records,
        }
    }

    /// The answers since this was last asked.
    pub(crate) fn answers(&mut self) -> std::vec::Drain<'_, Answer> {
        self.log.drain(..)
    }

    /// All conditions, in the order in which they were first asked.
    pub(crate) fn finish(self) -> Vec<AskedCondition> {
        self.all.into_iter().map(|known| known.asked).collect()
    }
}
