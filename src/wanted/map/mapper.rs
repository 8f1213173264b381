//! Cells of mapped columns in, entitlements out; each distinct cell is cut once.

use super::{
    asked::{Answer, Asked},
    carried_tags::CarriedTags,
    effect_meaning::EffectMeaning,
    row_grant::{Given, Gives, GrantEnd, ReleaseStart},
    row_key::RowKey,
    row_view::RowView,
};
use crate::{
    model::{FindingCode, RecordRef},
    people::name,
    plan::{ColumnMap, Pattern, Rule, list_text},
    wanted::{
        CarriedFrom, CellCut, ColumnCoverage, Entitlement, EntitlementId, Entitlements, Piece, RuleIndex,
        ValueCount, cut,
        gather::text_index::{TextHash, TextIndex},
        state::coverage::{AmbiguousCell, Rivals},
    },
};

/// What one distinct cell, with the cells on which its effect depends, gives: read for every row.
#[derive(Debug)]
struct Known {
    key: Box<str>,
    gives: EntitlementId,
    own: EntitlementId,
    /// It has drip releases, or ends of its own.
    has_days: bool,
    count: u64,
}

/// Where it comes from, and what is rarely asked for.
#[derive(Debug)]
struct Origin {
    dripping: Vec<ReleaseStart>,
    ending: Vec<GrantEnd>,
    first: RecordRef,
    cut: CellCut,
    /// Tags that cannot be carried over, by number.
    troubles: Vec<u32>,
    /// What its conditions were answered.
    answers: Box<[Answer]>,
}

/// Remembers what the cells of one column become.
#[derive(Debug)]
pub(crate) struct Mapper<'a> {
    map: &'a ColumnMap,
    rules: RuleIndex<'a>,
    index: TextIndex,
    /// In the order in which rows first have them.
    known: Vec<Known>,
    /// One for each of `known`.
    origins: Vec<Origin>,
    row_key: RowKey,
    key: String,
}

impl<'a> Mapper<'a> {
    pub(crate) fn new(map: &'a ColumnMap, row_key: RowKey) -> Self {
        Self {
            map,
            rules: RuleIndex::of(map),
            index: TextIndex::default(),
            known: Vec::new(),
            origins: Vec::new(),
            row_key,
            key: String::new(),
        }
    }

    /// The lines of the map.
    pub(crate) fn lines(&self) -> &RuleIndex<'a> {
        &self.rules
    }

    /// Adds what the cell in a slot gives.
    #[inline]
    pub(crate) fn take(
        &mut self,
        slot: usize,
        view: &mut RowView<'_>,
        entitlements: &mut Entitlements,
        to: &mut Gives,
        carried: &mut Carrier<'_>,
    ) {
        let cell = view.row.cell(slot).trim();
        let key = self.row_key.of_row(cell, view.row, view.days, &mut self.key);
        let hash = self.index.hash(key);
        let known = self
            .index
            .find(hash, |at| *self.known[at as usize].key == *key)
            .map(|at| at as usize);
        if let Some(at) = known {
            let known = &mut self.known[at];
            known.count += 1;
            to.entitlement = entitlements.fold(to.entitlement, known.gives);
            to.own = entitlements.fold(to.own, known.own);
            if known.has_days {
                to.dripping.extend_from_slice(&self.origins[at].dripping);
                to.ending.extend_from_slice(&self.origins[at].ending);
            }
            return;
        }
        let key: Box<str> = key.into();
        self.work_out(cell, (key, hash), view, entitlements, to, carried);
    }

    /// Adds what a cell gives that no row had before, and remembers it under its key.
    #[cold]
    fn work_out(
        &mut self,
        cell: &str,
        (key, hash): (Box<str>, TextHash),
        view: &mut RowView<'_>,
        entitlements: &mut Entitlements,
        to: &mut Gives,
        carried: &mut Carrier<'_>,
    ) {
        view.asked.answers();
        let cut = cut(cell, &self.rules);
        let mut all = Given::default();
        let mut troubles = Vec::new();
        for piece in cut.counted() {
            let Some((at, rule)) = piece.rule.and_then(|at| Some((at, self.map.rules.get(at)?))) else {
                continue;
            };
            let meaning = view.meaning(&rule.effect);
            all.add(&rule.effect, &meaning);
            if let EffectMeaning::Applies(_) = meaning {
                let (to, record) = (&mut all.entitlement, view.row.record);
                carried.carry(at, rule, &piece.value, record, to, &mut troubles);
            }
        }
        let gives = all.intern(entitlements);
        to.entitlement = entitlements.fold(to.entitlement, gives.entitlement);
        to.own = entitlements.fold(to.own, gives.own);
        to.dripping.extend_from_slice(&gives.dripping);
        to.ending.extend_from_slice(&gives.ending);
        if let Ok(number) = u32::try_from(self.known.len()) {
            self.index.add(hash, number);
        }
        self.known.push(Known {
            key,
            gives: gives.entitlement,
            own: gives.own,
            has_days: !gives.dripping.is_empty() || !gives.ending.is_empty(),
            count: 1,
        });
        self.origins.push(Origin {
            dripping: gives.dripping,
            ending: gives.ending,
            first: view.row.record,
            cut,
            troubles,
            answers: view.asked.answers().collect(),
        });
    }

    /// What was seen, value by value.
    pub(crate) fn coverage(self, carried: &mut CarriedTags, asked: &mut Asked) -> ColumnCoverage {
        let mut coverage = ColumnCoverage::default();
        let separator = self.map.separator.as_deref();
        for (Known { count, key, .. }, origin) in self.known.into_iter().zip(self.origins) {
            let Origin {
                first,
                cut,
                troubles,
                answers,
                ..
            } = origin;
            for answer in answers {
                asked.count(answer, count.saturating_sub(1));
            }
            if let Some(separator) = separator {
                let cell = key.split('\u{1f}').next().unwrap_or_default();
                if !self.rules.has_line(cell) && list_text(cell, separator) != cell {
                    coverage
                        .oddities
                        .push((FindingCode::ListSyntax, first, cell.to_owned(), count));
                }
            }
            for trouble in troubles {
                carried.count(trouble, count);
            }
            match cut {
                CellCut::Values(pieces) if pieces.is_empty() => coverage.blank += count,
                CellCut::Values(pieces) => {
                    for Piece { value, rule, blank } in pieces {
                        if blank {
                            *coverage.null_markers.entry(value).or_default() += count;
                            continue;
                        }
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
            let entity = || name::oddities(&value.value).any(|code| code == FindingCode::HtmlEntity);
            let code = if entity() {
                Some(FindingCode::HtmlEntity)
            } else {
                is_wrapped(&value.value, separator).then_some(FindingCode::LooksWrapped)
            };
            let by_pattern = value
                .rule
                .and_then(|at| self.rules.rules.get(at))
                .is_none_or(|rule| rule.pattern.has_star());
            if let Some(code) = code.filter(|_| by_pattern) {
                coverage
                    .oddities
                    .push((code, value.first, value.value.clone(), value.count));
            }
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

/// True of a value that looks like a piece of a list with a syntax of its own.
fn is_wrapped(value: &str, separator: Option<&str>) -> bool {
    let starts = value.starts_with(['"', '[', '{']);
    let ends = value.ends_with(['"', ']', '}']);
    match separator {
        Some(_) => (starts || ends) && !(value.starts_with('[') && value.ends_with(']')),
        None => {
            (starts && ends && value.contains('"'))
                || (value.starts_with('[') && value.ends_with(']') && value.contains(','))
        }
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
pub(crate) struct Carrier<'t> {
    pub(crate) source: usize,
    pub(crate) map: usize,
    pub(crate) tags: &'t mut CarriedTags,
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
        for name in rule.carried_names(value) {
            match self.tags.give(&name, Pattern::trim(value), from, record) {
                Ok(tag) => {
                    to.tags.insert(tag);
                }
                Err(trouble) if troubles.contains(&trouble) => {}
                Err(trouble) => troubles.push(trouble),
            }
        }
    }
}
