//! The files of a source in; what its date columns show about the order of day and month out.

use std::path::PathBuf;

use super::read;
use crate::{
    diagnostics::Diagnostics,
    people::evidence::DateEvidence,
    plan::{ColumnInUse, ColumnsInUse, Source},
};

/// What one date column shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnEvidence {
    /// The column, by slot.
    pub slot: usize,
    /// What its cells show.
    pub evidence: DateEvidence,
}

/// Reads the date columns for which neither plan nor profile declares a format. Where there are none,
/// nothing is read. What is wrong with a file is said when it is read for its people.
pub fn evidence(source: &Source, files: &[PathBuf]) -> Vec<ColumnEvidence> {
    let slots = &source.in_use;
    let unknown: Vec<usize> = slots
        .dates
        .iter()
        .copied()
        .filter(|slot| {
            let name = slots.columns.get(*slot).and_then(|column| column.names.first());
            name.is_some_and(|name| !source.formats.dates.declared(name))
        })
        .collect();
    if unknown.is_empty() {
        return Vec::new();
    }
    let column = |slot: &usize| ColumnInUse {
        required: false,
        ..slots.columns[*slot].clone()
    };
    let only_dates = ColumnsInUse {
        columns: unknown.iter().map(column).collect(),
        ..ColumnsInUse::default()
    };
    let mut all = vec![DateEvidence::default(); unknown.len()];
    read(
        0,
        source,
        &only_dates,
        files,
        &mut Diagnostics::default(),
        &|_| {},
        &mut |batch| {
            for row in batch.rows() {
                for (at, evidence) in all.iter_mut().enumerate() {
                    evidence.add(row.cell(at), u64::from(row.record.line));
                }
            }
            Some(batch)
        },
    );
    unknown
        .into_iter()
        .zip(all)
        .map(|(slot, evidence)| ColumnEvidence { slot, evidence })
        .collect()
}
