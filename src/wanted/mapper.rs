//! Cells of mapped columns in, entitlements out; each distinct cell is cut once.

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use super::{
    CarriedFrom, CellCut, ColumnCoverage, Entitlement, EntitlementId, Entitlements, Piece, RuleIndex,
    ValueCount,
    carried::CarriedTags,
    coverage::{AmbiguousCell, Rivals},
    cut,
    effect::{Dripping, Given, RowView},
    row_key::RowKey,
};
use crate::{
    model::RecordRef,
    plan::{ColumnMap, Pattern, Rule, TagGift},
};

/// What one distinct cell, with the cells on which its effect depends, gives.
#[derive(Debug)]
struct Known {
    gives: EntitlementId,
    dripping: Vec<Dripping>,
    count: u64,
    first: RecordRef,
    cut: CellCut,
    /// Tags that cannot be carried over, by number.
    troubles: Vec<u32>,
}

/// Remembers what the cells of one column become.
#[derive(Debug)]
pub(super) struct Mapper<'a> {
    map: &'a ColumnMap,
    rules: RuleIndex<'a>,
    known: HashMap<Box<str>, Known, FixedState>,
    row_key: RowKey,
    key: String,
}

impl<'a> Mapper<'a> {
    pub(super) fn new(map: &'a ColumnMap, row_key: RowKey) -> Self {
        Self {
            map,
            rules: RuleIndex::of(map),
            known: HashMap::with_hasher(FixedState::default()),
            row_key,
            key: String::new(),
        }
    }

    /// The lines of the map.
    pub(super) fn lines(&self) -> &RuleIndex<'a> {
        &self.rules
    }

    /// What the cell in a slot gives. Releases by and by that it starts are added to `dripping`.
    pub(super) fn take(
        &mut self,
        slot: usize,
        view: &mut RowView<'_>,
        entitlements: &mut Entitlements,
        dripping: &mut Vec<Dripping>,
        carried: &mut Carrier<'_>,
    ) -> EntitlementId {
        let cell = view.row.cell(slot);
        self.row_key.write(cell, view.row, view.days, &mut self.key);
        if let Some(known) = self.known.get_mut(self.key.as_str()) {
            known.count += 1;
            dripping.extend_from_slice(&known.dripping);
            return known.gives;
        }
        let cut = cut(cell, &self.rules);
        let mut all = Given::default();
        let mut troubles = Vec::new();
        if let CellCut::Values(pieces) = &cut {
            for piece in pieces {
                let Some((at, rule)) = piece.rule.and_then(|at| Some((at, self.map.rules.get(at)?))) else {
                    continue;
                };
                if view.add(&rule.effect, &mut all) {
                    let (to, record) = (&mut all.entitlement, view.row.record);
                    carried.carry(at, rule, &piece.value, record, to, &mut troubles);
                }
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
            troubles,
        };
        self.known.insert(self.key.as_str().into(), known);
        gives
    }

    /// What was seen, value by value.
    pub(super) fn coverage(self, carried: &mut CarriedTags) -> ColumnCoverage {
        let mut coverage = ColumnCoverage::default();
        let mut known: Vec<(Box<str>, Known)> = self.known.into_iter().collect();
        known.sort_by_key(|(_, known)| known.first);
        for (
            _,
            Known {
                count,
                first,
                cut,
                troubles,
                ..
            },
        ) in known
        {
            for trouble in troubles {
                carried.count(trouble, count);
            }
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
        for value in coverage.values.values() {
            let rival = value
                .rule
                .and_then(|at| Some((at, self.rules.rival(&value.value, at)?)));
            coverage.rivals.extend(rival.map(|lines| Rivals {
                value: value.value.clone(),
                lines,
                count: value.count,
                first: value.first,
            }));
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

/// Gives the tags that take their names from the values of one map.
#[derive(Debug)]
pub(super) struct Carrier<'t> {
    pub(super) source: usize,
    pub(super) map: usize,
    pub(super) tags: &'t mut CarriedTags,
}

impl Carrier<'_> {
    fn carry(
        &mut self,
        at: usize,
        rule: &Rule,
        value: &str,
        record: RecordRef,
        to: &mut Entitlement,
        troubles: &mut Vec<u32>,
    ) {
        let from = CarriedFrom {
            source: self.source,
            map: self.map,
            rule: at,
        };
        for gift in &rule.effect.tags {
            let TagGift::Carried(template) = gift else {
                continue;
            };
            let value = Pattern::trim(value);
            let name = template.name(value, rule.pattern.rest(value));
            match self.tags.give(&name, value, from, record) {
                Ok(tag) => {
                    to.tags.insert(tag);
                }
                Err(trouble) if troubles.contains(&trouble) => {}
                Err(trouble) => troubles.push(trouble),
            }
        }
    }
}
