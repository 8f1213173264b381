//! Batches of rows in, members out: normalises, maps and folds, row by row, in source order.

mod details;
mod events;
mod identity;

use super::{
    addresses::{Address, Addresses, SameAddresses, TOGETHER},
    consent::ConsentCells,
    keys::Keys,
    people::{People, Person},
    row_reader::RowReader,
    timeline::Timeline,
};
use crate::{
    model::{DateRule, Finding, FindingCode, Findings, RecordRef, Row, RowBatch, RowTrouble, Span},
    people::suspicion,
    plan::{ColumnsInUse, Plan, PlanDay, Source, alike},
    wanted::{
        Accounting, Corrector, Coverage, EntitlementId, RecordProblems, SourceCount, TrailEntry, Wanted,
        map::{mapper::Mapper, status::StatusCells},
        payments::{
            billing::{Paid, Payments},
            rows::EventRows,
        },
        state::finish::Gathered,
    },
};

/// Where the cells of a source stand among what is known of a member.
#[derive(Debug, Clone)]
struct MemberCells {
    /// For each field of the source, its index among the plan's fields.
    fields: Vec<usize>,
    /// Index among the keys of people, where the source has one.
    key: Option<usize>,
}

/// Takes rows and folds them into members.
#[derive(Debug)]
pub struct RecordFold<'a> {
    plan: &'a Plan,
    /// By source: mends rows before anything else looks at them.
    correctors: Vec<Option<Corrector<'a>>>,
    /// What rows give.
    rows: RowReader<'a>,
    /// By source.
    cells: Vec<MemberCells>,
    same: SameAddresses,
    people: People,
    /// One for each of [`Plan::keyed_sources`].
    keys: Vec<Keys>,
    events: EventRows,
    payments: Payments,
    timeline: Timeline,
    /// By source.
    consents: Vec<ConsentCells>,
    /// Who the row at hand is about, once that is known.
    at_hand: Option<u32>,
    trail: Vec<TrailEntry>,
    counts: Vec<SourceCount>,
    findings: Findings,
    /// The text of the members would pass 4 GiB.
    full: bool,
}

impl<'a> RecordFold<'a> {
    /// Starts with room for `expected` members. `as_of` is the day on which the plan is computed.
    pub fn new(plan: &'a Plan, as_of: impl Into<PlanDay>, expected: usize) -> Self {
        let fields = plan.field_names();
        let index = |name| fields.iter().position(|field| *field == name).unwrap_or_default();
        let cells = plan
            .sources
            .iter()
            .enumerate()
            .map(|(number, source)| MemberCells {
                fields: source.fields.iter().map(|field| index(&field.field)).collect(),
                key: plan.keyed_sources().position(|keyed| keyed == number),
            });
        let keyed = plan.keyed_sources().count();
        Self {
            correctors: plan.sources.iter().map(Corrector::from_source).collect(),
            rows: RowReader::new(plan, &as_of.into()),
            cells: cells.collect(),
            same: SameAddresses::new(&plan.same),
            people: People::new(expected, fields.len() + keyed),
            keys: (0..keyed)
                .map(|key| Keys::new(fields.len() + key, expected))
                .collect(),
            events: EventRows::default(),
            payments: Payments::default(),
            timeline: Timeline::default(),
            consents: plan
                .sources
                .iter()
                .map(|source| ConsentCells::new(source.person.consent.as_ref()))
                .collect(),
            at_hand: None,
            trail: Vec::new(),
            counts: vec![SourceCount::default(); plan.sources.len()],
            findings: Findings::default(),
            full: false,
            plan,
        }
    }

    /// How the dates of a column are written, where neither plan nor profile says so and its cells
    /// prove it.
    pub fn set_dates(&mut self, source: usize, slot: usize, rule: DateRule) {
        self.rows.set_dates(source, slot, rule);
    }

    /// The columns that rows of a source are to be cut down to.
    pub fn slots(&self, source: usize) -> &ColumnsInUse {
        &self.plan.sources[source].in_use
    }

    /// Takes rows. Batches of a source come one after the other, sources in the plan's order.
    pub fn take(&mut self, batch: &RowBatch) {
        let source = batch
            .rows()
            .next()
            .map_or(0, |row| usize::from(row.record.source));
        let corrector = self.correctors.get_mut(source).and_then(Option::as_mut);
        let mended = corrector.and_then(|corrector| corrector.correct(batch, &mut self.findings));
        let batch = mended.as_ref().unwrap_or(batch);
        let mut rows = batch.rows();
        let mut addresses = Addresses::default();
        loop {
            let some: Vec<Row<'_>> = rows.by_ref().take(TOGETHER).collect();
            if some.is_empty() {
                return;
            }
            let cells = some.iter().map(|row| self.email_cell(row));
            addresses.of(cells, self.same.list(), &self.people);
            self.fetch_keys(source, &some);
            for (row, address) in some.iter().zip(addresses.iter()) {
                let before = self.findings.len();
                self.at_hand = None;
                self.row(row, address);
                if let Some(person) = self.at_hand.filter(|_| self.findings.len() > before) {
                    self.findings.name(row.record, person);
                }
            }
        }
    }

    /// The cell of a row that names its member.
    fn email_cell<'r>(&self, row: &Row<'r>) -> &'r str {
        let source = self.plan.sources.get(usize::from(row.record.source));
        source
            .and_then(|source| source.in_use.person.email)
            .map_or("", |slot| row.cell(slot))
    }

    fn note(&mut self, code: FindingCode, record: RecordRef, detail: impl Into<String>) {
        self.findings.note(code, record, detail);
    }

    fn reject(&mut self, code: FindingCode, record: RecordRef, detail: impl Into<String>) {
        *self.counts[usize::from(record.source)]
            .rejected
            .entry(code)
            .or_default() += 1;
        self.note(code, record, detail);
    }

    fn row(&mut self, row: &Row<'_>, address: Address<'_>) {
        let record = row.record;
        let source_index = usize::from(record.source);
        let plan = self.plan;
        let Some(source) = plan.sources.get(source_index) else {
            return;
        };
        self.counts[source_index].read += 1;
        let raw = self.email_cell(row);
        match row.trouble {
            Some(RowTrouble::Ragged) => return self.reject(FindingCode::Ragged, record, raw),
            Some(RowTrouble::UnclosedQuote) => return self.reject(FindingCode::UnclosedQuote, record, raw),
            Some(RowTrouble::BrokenQuotes) => return self.reject(FindingCode::BrokenQuotes, record, raw),
            Some(RowTrouble::SwallowsRows) => return self.reject(FindingCode::SwallowsRows, record, raw),
            Some(RowTrouble::QuotedLine) => return self.reject(FindingCode::QuotedLine, record, ""),
            Some(RowTrouble::LooseQuote) => self.note(FindingCode::LooseQuote, record, ""),
            Some(RowTrouble::Short) => self.note(FindingCode::ShortRow, record, ""),
            Some(RowTrouble::Deleted) => {
                self.counts[source_index].ignored += 1;
                return self.note(FindingCode::DeletedPerson, record, "");
            }
            Some(RowTrouble::NulBytes) => self.note(FindingCode::NulBytes, record, ""),
            None => {}
        }
        match address.normal {
            Err(_) if is_header(source, raw) => {
                return self.reject(FindingCode::HeaderAgain, record, raw);
            }
            Err(problem) => return self.reject(problem.into(), record, raw),
            Ok(notes) => {
                if notes.cleaned {
                    self.note(FindingCode::EmailCleaned, record, raw);
                }
                if notes.mixed_scripts {
                    self.note(FindingCode::MixedScripts, record, raw);
                }
                if notes.same_twice {
                    self.note(FindingCode::SameEmailTwice, record, raw);
                }
            }
        }
        if let Some(line) = address.same {
            self.same.count(line);
        }
        if source.in_use.event.is_some() {
            return self.event_row(source, row, address);
        }
        self.rows.read(source, row);
        let (gives, source_end) = self.rows.until_its_end(source, row, &mut self.findings);
        let there = address
            .known
            .or_else(|| self.people.find(address.email, address.hash));
        if let Some(person) = there {
            self.merge(person, record, gives);
        }
        let Some(person) = there.or_else(|| self.add(address, record, gives)) else {
            self.full = true;
            return;
        };
        self.at_hand = Some(person);
        self.billing(source, person, row, gives, Paid::default());
        self.timeline
            .take(person, row, source_end, &mut self.rows, &mut self.findings);
        self.names(source, person, row);
        self.consent(source, person, row);
        self.fields(source, person, row);
        self.key(source, person, row);
        self.registered(source, person, row);
        self.login(source, person, row);
    }

    /// A member whom no record named before.
    fn add(&mut self, address: Address<'_>, record: RecordRef, gives: EntitlementId) -> Option<u32> {
        let person = self.add_person(address, record, gives)?;
        self.counts[usize::from(record.source)].members += 1;
        Some(person)
    }

    fn add_person(&mut self, address: Address<'_>, record: RecordRef, gives: EntitlementId) -> Option<u32> {
        let person = self.people.add(address.email, address.hash, |email| Person {
            email,
            first_name: Span::default(),
            last_name: Span::default(),
            entitlement: gives,
            first_record: record,
            merged: false,
            opted_out: false,
            opted_in: false,
            consent_blank: false,
        })?;
        for code in suspicion::suspicions(address.email) {
            self.note(code, record, address.email);
        }
        Some(person)
    }

    /// One more record of a member.
    fn merge(&mut self, person: u32, record: RecordRef, gives: EntitlementId) {
        if self.is_made_sure(person, record, gives) {
            return;
        }
        self.counts[usize::from(record.source)].merged += 1;
        let known = &mut self.people.list[person as usize];
        let mut trace = |record, gives| {
            self.trail.push(TrailEntry {
                person,
                record,
                gives,
            });
        };
        if !known.merged {
            known.merged = true;
            trace(known.first_record, known.entitlement);
        }
        trace(record, gives);
        known.entitlement = self.rows.entitlements.fold(known.entitlement, gives);
    }

    /// The wanted state, by email address. `None` when the people's text passes 4 GiB.
    pub fn finish(mut self) -> Option<Wanted> {
        if self.full {
            return None;
        }
        let events = self.events.troubles();
        let payments = self.fold_events();
        let RowReader {
            mappers,
            carried: mut carried_tags,
            entitlements,
            days,
            mut asked,
            statuses,
            ..
        } = self.rows;
        let coverage = mappers.into_iter().map(|maps| {
            let coverage = |map: Mapper<'_>| map.coverage(&mut carried_tags, &mut asked);
            maps.into_iter().map(coverage).collect()
        });
        let coverage = Coverage {
            sources: coverage.collect(),
        };
        for (code, record, value, count) in coverage.oddities() {
            let cells = if *count == 1 { "cell" } else { "cells" };
            let detail = format!("{value} ({count} {cells})");
            self.findings.push(Finding::new(*code, *record, detail));
        }
        let as_of = days.as_of();
        let (cells, dates) = days.finish();
        let (carried, spellings, carried_troubles) = carried_tags.finish();
        self.findings.append(spellings);
        let corrected = self.correctors.into_iter();
        let corrected = corrected.map(|corrector| corrector.map(Corrector::finish).unwrap_or_default());
        let gathered = Gathered {
            as_of,
            people: self.people,
            keys: self.keys,
            moved: self.same.finish(),
            trail: self.trail,
            entitlements,
            carried,
            payments,
            timeline: self.timeline,
            dates,
            accounting: Accounting {
                sources: self.counts,
                ..Accounting::default()
            },
            coverage,
            findings: self.findings,
            problems: RecordProblems {
                cells,
                carried: carried_troubles,
                events,
                asked: asked.finish(),
                consent: self.consents.into_iter().map(ConsentCells::finish).collect(),
                corrected: corrected.collect(),
                statuses: statuses
                    .into_iter()
                    .map(|cells| cells.map(StatusCells::finish).unwrap_or_default())
                    .collect(),
            },
        };
        Some(Wanted::new(self.plan, gathered))
    }
}

/// True of a cell of the address column that repeats its header.
fn is_header(source: &Source, cell: &str) -> bool {
    let columns = &source.in_use;
    let column = columns.person.email.and_then(|slot| columns.columns.get(slot));
    let cell = alike(cell);
    column.is_some_and(|column| column.names.iter().any(|name| alike(name) == cell))
}
