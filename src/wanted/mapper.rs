//! Cells of mapped columns in, entitlements out; each distinct cell is cut once.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::{
    CellCut, ColumnCoverage, Entitlement, EntitlementId, Entitlements, Grant, Opened, Piece, ValueCount,
    coverage::AmbiguousCell, cut,
};
use crate::{
    model::{RecordRef, Row},
    plan::{ColumnMap, Otherwise, Pattern, RuleEffect, Slots, TagGift, Test},
};

/// What one distinct cell, with the cells of its conditions, gives.
#[derive(Debug)]
struct Known {
    gives: EntitlementId,
    count: u64,
    first: RecordRef,
    cut: CellCut,
}

/// One map of a source, and where its cells stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct MapSlots<'a> {
    pub(super) map: &'a ColumnMap,
    pub(super) slot: usize,
    pub(super) conditions: &'a [usize],
    pub(super) slots: &'a Slots,
}

/// Remembers what the cells of one column become.
#[derive(Debug)]
pub(super) struct Mapper {
    known: HashMap<Box<str>, Known, FixedState>,
    key: String,
}

impl Mapper {
    pub(super) fn new() -> Self {
        Self {
            known: HashMap::with_hasher(FixedState::default()),
            key: String::new(),
        }
    }

    /// What a cell gives; `row` gives the cells of the columns that `when` names.
    pub(super) fn take(
        &mut self,
        map: &MapSlots<'_>,
        row: &Row<'_>,
        entitlements: &mut Entitlements,
    ) -> EntitlementId {
        let cell = row.cell(map.slot);
        self.key.clear();
        self.key.push_str(cell.trim());
        for condition in map.conditions {
            self.key.push('\u{1f}');
            self.key.push_str(row.cell(*condition).trim());
        }
        if let Some(known) = self.known.get_mut(self.key.as_str()) {
            known.count += 1;
            return known.gives;
        }
        let cut = cut(cell, map.map.separator.as_deref(), &map.map.rules);
        let mut entitlement = Entitlement::default();
        if let CellCut::Values(pieces) = &cut {
            for rule in pieces.iter().filter_map(|piece| map.map.rules.get(piece.rule?)) {
                add(&rule.effect, map.slots, row, &mut entitlement);
            }
        }
        let gives = entitlements.intern(entitlement);
        let known = Known {
            gives,
            count: 1,
            first: row.record,
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

/// Adds what one effect gives to a row.
pub(super) fn add(effect: &RuleEffect, slots: &Slots, row: &Row<'_>, to: &mut Entitlement) {
    let met = effect.when.iter().all(|condition| {
        let cell = slots.slot(&condition.column).map_or("", |slot| row.cell(slot));
        match &condition.test {
            Test::AnyOf(values) => values.contains(&Pattern::fold(cell)),
            Test::Day { .. } => false,
        }
    });
    match (met, effect.otherwise, effect.grant) {
        (true, _, grant) => {
            if let Some(offering) = grant {
                let grant = Grant {
                    opened: Opened::Whole,
                    lasting: true,
                };
                to.grant(offering, grant);
            }
            to.tags.extend(effect.tags.iter().filter_map(|gift| match gift {
                TagGift::Tag(tag) => Some(*tag),
                TagGift::Carried(_) => None,
            }));
        }
        (false, Some(Otherwise::Revoke), Some(offering)) => {
            to.revokes.insert(offering);
        }
        (false, _, offering) => to.mentioned.extend(offering),
    }
}
