//! Conditions and the cells that they are asked of in; those whose values no cell has held out.

use crate::{
    model::{RecordRef, Row},
    plan::{ColumnUse, Condition, Test},
};

/// A condition that asks for values, of which no record has held one of which it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmet {
    /// Index of the source.
    pub source: u16,
    /// The column, where the plan first asks.
    pub column: ColumnUse,
    /// The values, folded.
    pub values: Vec<String>,
    /// They are those that it leaves out.
    pub not: bool,
    /// The first record that it was asked of.
    pub first: RecordRef,
    /// What its cell holds.
    pub example: String,
}

/// Remembers of each condition whether some cell has held one of its values. The same condition of several lines is one.
#[derive(Debug, Default)]
pub(super) struct Asked {
    all: Vec<(Unmet, bool)>,
}

impl Asked {
    /// Takes note of an answer.
    pub(super) fn note(&mut self, condition: &Condition, row: &Row<'_>, cell: &str, met: bool) {
        let (values, not) = match &condition.test {
            Test::AnyOf(values) => (values, false),
            Test::NoneOf(values) => (values, true),
            Test::Day { .. } | Test::Number { .. } => return,
        };
        let held = met != not;
        let source = row.record.source;
        let known = self.all.iter_mut().find(|(one, _)| {
            let same = one.source == source && one.not == not && one.values == *values;
            same && one.column.name == condition.column.name
        });
        if let Some((_, was_held)) = known {
            *was_held |= held;
            return;
        }
        let unmet = Unmet {
            source,
            column: condition.column.clone(),
            values: values.clone(),
            not,
            first: row.record,
            example: cell.trim().to_owned(),
        };
        self.all.push((unmet, held));
    }

    /// Those of whose values nothing has held one.
    pub(super) fn finish(self) -> Vec<Unmet> {
        let unmet = self.all.into_iter().filter(|(_, held)| !held);
        unmet.map(|(unmet, _)| unmet).collect()
    }
}
