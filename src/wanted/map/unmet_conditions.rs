//! Conditions and the cells that they are asked of in; those whose values no cell has held out.

use crate::{
    model::{RecordRef, Row},
    plan::{ColumnUse, Condition, Pattern, Test},
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
pub(crate) struct Asked {
    all: Vec<(Unmet, bool)>,
}

impl Asked {
    /// Takes note of an answer. Of values that are left out each must be held by somebody: a slip in one lets
    /// those in who have it.
    pub(crate) fn note(&mut self, condition: &Condition, row: &Row<'_>, cell: &str, met: bool) {
        match &condition.test {
            Test::AnyOf(values) => self.note_values(condition, values.clone(), false, (row, cell), met),
            Test::NoneOf(values) => {
                let held = condition.list.as_ref().map(|list| list.held(cell));
                for (at, value) in values.iter().enumerate() {
                    let is_held = match &held {
                        Some(held) => held.contains(&at),
                        None => Pattern::fold(cell) == *value,
                    };
                    self.note_values(condition, vec![value.clone()], true, (row, cell), is_held);
                }
            }
            Test::Day { .. } | Test::Number { .. } => {}
        }
    }

    fn note_values(
        &mut self,
        condition: &Condition,
        values: Vec<String>,
        not: bool,
        (row, cell): (&Row<'_>, &str),
        held: bool,
    ) {
        let source = row.record.source;
        let known = self.all.iter_mut().find(|(one, _)| {
            let same = one.source == source && one.not == not && one.values == values;
            same && one.column.name == condition.column.name
        });
        if let Some((_, was_held)) = known {
            *was_held |= held;
            return;
        }
        let unmet = Unmet {
            source,
            column: condition.column.clone(),
            values,
            not,
            first: row.record,
            example: cell.trim().to_owned(),
        };
        self.all.push((unmet, held));
    }

    /// Those of whose values nothing has held one; values that one condition leaves out together.
    pub(crate) fn finish(self) -> Vec<Unmet> {
        let mut all: Vec<Unmet> = Vec::new();
        for (unmet, _) in self.all.into_iter().filter(|(_, held)| !held) {
            match all.last_mut() {
                Some(last) if unmet.not && last.not && last.column == unmet.column => {
                    last.values.extend(unmet.values);
                }
                _ => all.push(unmet),
            }
        }
        all
    }
}
