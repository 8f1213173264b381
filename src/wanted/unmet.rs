//! Conditions and the cells that they are asked of in; those that no cell has met out.

use crate::{
    model::{RecordRef, Row},
    plan::{ColumnUse, Condition, Test},
};

/// A condition that asks for values, and that no record has met of which it was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmet {
    /// Index of the source.
    pub source: u16,
    /// The column, where the plan first asks.
    pub column: ColumnUse,
    /// The values, folded.
    pub values: Vec<String>,
    /// The first record that does not meet it.
    pub first: RecordRef,
    /// What its cell holds.
    pub example: String,
}

/// Remembers of each condition whether some cell has met it. The same condition of several lines is one.
#[derive(Debug, Default)]
pub(super) struct Asked {
    all: Vec<(Unmet, bool)>,
}

impl Asked {
    /// Takes note of an answer.
    pub(super) fn note(&mut self, condition: &Condition, row: &Row<'_>, cell: &str, met: bool) {
        let Test::AnyOf(values) = &condition.test else {
            return;
        };
        let source = row.record.source;
        let known = self.all.iter_mut().find(|(one, _)| {
            one.source == source && one.values == *values && one.column.name == condition.column.name
        });
        if let Some((_, is_met)) = known {
            *is_met |= met;
            return;
        }
        let unmet = Unmet {
            source,
            column: condition.column.clone(),
            values: values.clone(),
            first: row.record,
            example: cell.trim().to_owned(),
        };
        self.all.push((unmet, met));
    }

    /// Those that nothing has met.
    pub(super) fn finish(self) -> Vec<Unmet> {
        let unmet = self.all.into_iter().filter(|(_, met)| !met);
        unmet.map(|(unmet, _)| unmet).collect()
    }
}
