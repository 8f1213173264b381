//! Cells of mapped columns in, entitlements out; each distinct cell is cut once.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::{
    CellCut, ColumnCoverage, EntitlementId, Entitlements, Piece, ValueCount,
    coverage::AmbiguousCell,
    cut,
    effect::{Dripping, Given, RowView},
    row_key::RowKey,
};
use crate::{
    model::RecordRef,
    plan::{ColumnMap, Pattern},
};

/// What one distinct cell, with the cells on which its effect depends, gives.
#[derive(Debug)]
struct Known {
    gives: EntitlementId,
    dripping: Vec<Dripping>,
    count: u64,
    first: RecordRef,
    cut: CellCut,
}

/// Remembers what the cells of one column become.
#[derive(Debug)]
pub(super) struct Mapper {
    known: HashMap<Box<str>, Known, FixedState>,
    row_key: RowKey,
    key: String,
}

impl Mapper {
    pub(super) fn new(row_key: RowKey) -> Self {
        Self {
            known: HashMap::with_hasher(FixedState::default()),
            row_key,
            key: String::new(),
        }
    }

    /// What the cell in a slot gives. Releases by and by that it starts are added to `dripping`.
    pub(super) fn take(
        &mut self,
        map: &ColumnMap,
        slot: usize,
        view: &mut RowView<'_>,
        entitlements: &mut Entitlements,
        dripping: &mut Vec<Dripping>,
    ) -> EntitlementId {
        let cell = view.row.cell(slot);
        self.row_key.write(cell, view.row, view.days, &mut self.key);
        if let Some(known) = self.known.get_mut(self.key.as_str()) {
            known.count += 1;
            dripping.extend_from_slice(&known.dripping);
            return known.gives;
        }
        let cut = cut(cell, map.separator.as_deref(), &map.rules);
        let mut all = Given::default();
        if let CellCut::Values(pieces) = &cut {
            for rule in pieces.iter().filter_map(|piece| map.rules.get(piece.rule?)) {
                view.add(&rule.effect, &mut all);
            }
        }
        dripping.extend_from_slice(&all.dripping);
        let gives = entitlements.intern(all.entitlement);
        let known = Known {
            gives,
            dripping: all.dripping,
            count: 1,
            first: view.row.record,
            cut,
        };
        self.known.insert(self.key.as_str().into(), known);
        gives
    }

    /// What was seen, value by value.
    pub(super) fn coverage(self) -> ColumnCoverage {
        let mut coverage = ColumnCoverage::default();
        let mut known: Vec<(Box<str>, Known)> = self.known.into_iter().collect();
        known.sort_by_key(|(_, known)| known.first);
        for (
            _,
            Known {
                count, first, cut, ..
            },
        ) in known
        {
            match cut {
                CellCut::Values(pieces) if pieces.is_empty() => coverage.blank += count,
                CellCut::Values(pieces) => {
                    for Piece { value, rule } in pieces {
                        coverage
                            .values
                            .entry(Pattern::fold(&value))
                            .or_insert(ValueCount {
                                value,
                                count: 0,
                                rule,
                                first,
                            })
                            .count += count;
                    }
                }
                CellCut::Ambiguous(one, other) => add_ambiguous(&mut coverage, &one, &other, count, first),
            }
        }
        coverage
    }
}

fn add_ambiguous(
    coverage: &mut ColumnCoverage,
    one: &[Piece],
    other: &[Piece],
    count: u64,
    first: RecordRef,
) {
    let values = |pieces: &[Piece]| pieces.iter().map(|piece| piece.value.clone()).collect::<Vec<_>>();
    let (one, other) = (values(one), values(other));
    let known = coverage
        .ambiguous
        .iter_mut()
        .find(|cell| cell.one == one && cell.other == other);
    if let Some(cell) = known {
        cell.count += count;
    } else {
        let cell = one.join(", ");
        coverage.ambiguous.push(AmbiguousCell {
            cell,
            one,
            other,
            count,
            first,
        });
    }
}
