//! Batches of rows in, members out: normalises, maps and folds, row by row, in source order.

mod details;
mod events;
mod identity;

use super::{
    addresses::{Address, Addresses, Same, TOGETHER},
    consent::ConsentCells,
    keys::Keys,
    people::{People, Person},
};
use crate::{
    model::{DateRule, Finding, FindingCode, Findings, RecordRef, Row, RowBatch, RowTrouble, Span},
    people::{is_blank, name, suspicion},
    plan::{ColumnsInUse, LoginRule, Plan, PlanDay, Source, alike},
    wanted::{
        Accounting, Corrector, Coverage, End, EntitlementId, Entitlements, SourceCount, TrailEntry, Wanted,
        entitlements::schedule::{AccessEnd, Schedule},
        map::{
            asked::Asked,
            carried_tags::CarriedTags,
            days::Days,
            mapper::{Carrier, Mapper},
            row_grant::{Given, Gives, GrantEnd, ReleaseStart, RowView, most_modules},
            row_key::RowKey,
        },
        payments::{
            billing::{Paid, Payments},
            rows::EventRows,
        },
    },
};

/// A source of the plan with the columns that its rows are cut down to.
#[derive(Debug, Clone)]
pub struct SourceInput {
    /// Which cell of a row is what.
    pub slots: ColumnsInUse,
    /// For each field of the source, its index among the plan's fields.
    fields: Vec<usize>,
    /// Index among the keys of people, where the source has one.
    key: Option<usize>,
    /// What every row gives, where that depends on no cell.
    each_row: Option<EntitlementId>,
}

/// Takes rows and folds them into members.
#[derive(Debug)]
pub struct RecordFold<'a> {
    plan: &'a Plan,
    inputs: Vec<SourceInput>,
    mappers: Vec<Vec<Mapper<'a>>>,
    carried: CarriedTags,
    correctors: Vec<Option<Corrector<'a>>>,
    /// One for each of [`Plan::keyed_sources`].
    keys: Vec<Keys>,
    /// The lines of `[same]`, sorted by old address.
    same: Vec<Same>,
    /// Records that each of them moved.
    moved: Vec<u64>,
    people: People,
    entitlements: Entitlements,
    events: EventRows,
    payments: Payments,
    modules: Vec<u16>,
    days: Days,
    /// Of the row at hand.
    gives: Gives,
    schedules: Vec<Schedule>,
    untils: Vec<AccessEnd>,
    trail: Vec<TrailEntry>,
    asked: Asked,
    /// By source.
    consents: Vec<ConsentCells>,
    /// Who the row at hand is about, once that is known.
    at_hand: Option<u32>,
    counts: Vec<SourceCount>,
    findings: Findings,
    full: bool,
}

impl<'a> RecordFold<'a> {
    /// Starts with room for `expected` members. `as_of` is the day on which the plan is computed.
    pub fn new(plan: &'a Plan, as_of: impl Into<PlanDay>, expected: usize) -> Self {
        let as_of: PlanDay = as_of.into();
        let mut entitlements = Entitlements::default();
        let fields = plan.field_names();
        let slots: Vec<ColumnsInUse> = plan.sources.iter().map(ColumnsInUse::of).collect();
        let modules = most_modules(plan);
        let mut days = Days::new(plan, slots.iter(), as_of);
        let sources = (0u16..).zip(&plan.sources);
        let mappers = sources.zip(&slots).map(|((number, source), slots)| {
            let today = |slot| days.today(number, slot);
            let mapper = |map| Mapper::new(map, RowKey::of(map, slots, &modules, &today));
            source.maps.iter().map(mapper).collect()
        });
        let mappers: Vec<Vec<Mapper<'a>>> = mappers.collect();
        let inputs = plan
            .sources
            .iter()
            .zip(slots)
            .enumerate()
            .map(|(number, (source, slots))| {
                let each_row = source
                    .each_row
                    .as_ref()
                    .filter(|_| slots.each_row_conditions.is_empty())
                    .map(|effect| {
                        let mut given = Given::default();
                        let mut view = RowView {
                            row: &Row::default(),
                            slots: &slots,
                            modules: &modules,
                            days: &mut days,
                            asked: &mut Asked::default(),
                        };
                        view.add(effect, &mut given);
                        entitlements.intern(given.entitlement)
                    });
                let index = |name| fields.iter().position(|field| *field == name).unwrap_or_default();
                SourceInput {
                    slots,
                    fields: source.fields.iter().map(|field| index(&field.field)).collect(),
                    key: plan.keyed_sources().position(|keyed| keyed == number),
                    each_row,
                }
            });
        let inputs: Vec<SourceInput> = inputs.collect();
        let count = plan.sources.len();
        let keyed = plan.keyed_sources().count();
        Self {
            mappers,
            carried: CarriedTags::new(&plan.targets),
            correctors: plan
                .sources
                .iter()
                .zip(&inputs)
                .map(|(source, input)| Corrector::of(source, &input.slots))
                .collect(),
            keys: (0..keyed)
                .map(|key| Keys::new(fields.len() + key, expected))
                .collect(),
            moved: vec![0; plan.same.len()],
            same: plan
                .same
                .iter()
                .map(|(old, new)| (old.clone(), new.clone()))
                .collect(),
            people: People::new(expected, fields.len() + keyed),
            plan,
            inputs,
            entitlements,
            events: EventRows::default(),
            payments: Payments::default(),
            modules,
            days,
            gives: Gives::default(),
            schedules: Vec::new(),
            untils: Vec::new(),
            trail: Vec::new(),
            asked: Asked::default(),
            consents: plan
                .sources
                .iter()
                .map(|source| ConsentCells::new(source.consent.as_ref()))
                .collect(),
            at_hand: None,
            counts: vec![SourceCount::default(); count],
            findings: Findings::default(),
            full: false,
        }
    }

    /// How the dates of a column are written, where neither plan nor profile says so and its cells
    /// prove it.
    pub fn set_dates(&mut self, source: usize, slot: usize, rule: DateRule) {
        self.days.set_rule(source, slot, rule);
    }

    /// The columns that rows of a source are to be cut down to.
    pub fn slots(&self, source: usize) -> &ColumnsInUse {
        &self.inputs[source].slots
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
            addresses.of(cells, &self.same, &self.people);
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
        let input = self.inputs.get(usize::from(row.record.source));
        input
            .and_then(|input| input.slots.email)
            .map_or("", |slot| row.cell(slot))
    }

    fn note(&mut self, code: FindingCode, record: RecordRef, detail: impl Into<String>) {
        self.findings.push(Finding::new(code, record, detail));
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
            Some(RowTrouble::NulBytes) => self.note(FindingCode::NulBytes, record, ""),
            None => {}
        }
        match address.normal {
            Err(_) if self.is_header(source_index, raw) => {
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
        if let Some(moved) = address.same.and_then(|line| self.moved.get_mut(line)) {
            *moved += 1;
        }
        if self.inputs[source_index].slots.event.is_some() {
            return self.event_row(source, row, address);
        }
        self.gives(source, row);
        let (gives, ends) = self.until_its_end(source_index, row);
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
        self.later(person, ends, row);
        self.names(source_index, person, row);
        self.consent(source, person, row);
        self.fields(source_index, person, row);
        self.key(source_index, person, row);
        self.registered(source_index, person, row);
        if let Some(rule) = &source.login {
            self.login(rule, person, row);
        }
    }

    /// True of a cell of the address column that repeats its header.
    fn is_header(&self, source: usize, cell: &str) -> bool {
        let slots = &self.inputs[source].slots;
        let column = slots.email.and_then(|slot| slots.columns.get(slot));
        let cell = alike(cell);
        column.is_some_and(|column| column.names.iter().any(|name| alike(name) == cell))
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
        known.entitlement = self.entitlements.fold(known.entitlement, gives);
    }

    /// Finds what a row gives, its maps and `each_row` folded.
    fn gives(&mut self, source: &Source, row: &Row<'_>) {
        let index = usize::from(row.record.source);
        let input = &self.inputs[index];
        let gives = &mut self.gives;
        gives.clear();
        let mut view = RowView {
            row,
            slots: &input.slots,
            modules: &self.modules,
            days: &mut self.days,
            asked: &mut self.asked,
        };
        match (input.each_row, &source.each_row) {
            (Some(known), _) => gives.entitlement = known,
            (None, Some(effect)) => {
                let mut found = Given::default();
                view.add(effect, &mut found);
                *gives = found.intern(&mut self.entitlements);
            }
            (None, None) => {}
        }
        let slots = &input.slots.maps;
        for (at, (slot, mapper)) in slots.iter().zip(&mut self.mappers[index]).enumerate() {
            let mut carrier = Carrier {
                source: index,
                map: at,
                tags: &mut self.carried,
            };
            mapper.take(*slot, &mut view, &mut self.entitlements, gives, &mut carrier);
        }
    }

    /// The last day of what a row grants.
    fn ends(&mut self, source: usize, row: &Row<'_>) -> Option<jiff::civil::Date> {
        let slot = self.inputs[source].slots.ends?;
        let day = self.days.day(row, slot)?;
        let ends = self.plan.sources.get(source)?.ends.as_ref()?;
        Some(ends.last_day(day))
    }

    /// What a row gives up to its end, and that end, which is not that of lines with one of their own.
    fn until_its_end(&mut self, source: usize, row: &Row<'_>) -> (EntitlementId, Option<jiff::civil::Date>) {
        let ends = self.ends(source, row);
        let mut gives = self.gives.entitlement;
        match ends {
            None => {}
            Some(day) if self.is_past(source, day) => {
                let before = gives;
                gives = self.entitlements.with_end(before, End::Past);
                for dripping in self.gives.dripping.iter().filter(|one| one.ends.is_none()) {
                    // What ends before it begins has ended.
                    gives = self.entitlements.with_ended(gives, dripping.offering);
                }
                if self.entitlements.get(gives).ended != self.entitlements.get(before).ended {
                    self.note(FindingCode::Ended, row.record, day.to_string());
                }
                self.gives.dripping.retain(|dripping| dripping.ends.is_some());
            }
            Some(_) => gives = self.entitlements.with_end(gives, End::Ahead),
        }
        self.gives.entitlement = gives;
        let all = self.entitlements.fold(gives, self.gives.own);
        self.ended_lines(row, all);
        (all, ends)
    }

    /// True of a last day that is over where the source is.
    fn is_past(&self, source: usize, day: jiff::civil::Date) -> bool {
        let slot = self.inputs[source].slots.ends.unwrap_or_default();
        day < self.days.today(u16::try_from(source).unwrap_or_default(), slot)
    }

    /// Names what lines with an end of their own gave until a day that is past, once each; not what another line
    /// of the row still gives.
    fn ended_lines(&mut self, row: &Row<'_>, all: EntitlementId) {
        let mut told = Vec::new();
        for at in 0..self.gives.ending.len() {
            let GrantEnd { end, gives, past } = self.gives.ending[at];
            let Some(day) = end.last_day(row, &mut self.days).filter(|_| past) else {
                continue;
            };
            let ended = self.entitlements.get(gives).grants.keys().next().copied();
            let granted = |offering: &u16| self.entitlements.get(all).grants.contains_key(offering);
            let Some(offering) = ended.filter(|offering| !granted(offering)) else {
                continue;
            };
            if !told.contains(&(offering, day)) {
                told.push((offering, day));
                let key = self.plan.targets.offerings.get(usize::from(offering));
                let key = key.map_or("", |offering| offering.key.as_str());
                self.note(FindingCode::Ended, row.record, format!("{key} until {day}"));
            }
        }
    }

    /// Keeps what ends or opens later.
    fn later(&mut self, person: u32, ends: Option<jiff::civil::Date>, row: &Row<'_>) {
        if let Some(day) = ends {
            self.until(person, day, row.record, self.gives.entitlement);
        }
        for at in 0..self.gives.ending.len() {
            let GrantEnd { end, gives, past } = self.gives.ending[at];
            if let Some(day) = end.last_day(row, &mut self.days).filter(|_| !past) {
                self.until(person, day, row.record, gives);
            }
        }
        for at in 0..self.gives.dripping.len() {
            self.schedule(person, ends, row, self.gives.dripping[at]);
        }
    }

    fn until(&mut self, person: u32, day: jiff::civil::Date, record: RecordRef, gives: EntitlementId) {
        if !self.entitlements.get(gives).grants.is_empty() {
            self.untils.push(AccessEnd {
                person,
                day,
                record,
                gives,
            });
        }
    }

    /// Keeps when the modules of a release by and by open; `ends` is the end that the source gives the row.
    fn schedule(
        &mut self,
        person: u32,
        ends: Option<jiff::civil::Date>,
        row: &Row<'_>,
        dripping: ReleaseStart,
    ) {
        let Some(from) = self.days.day(row, dripping.slot) else {
            return self.note(FindingCode::NoFirstDay, row.record, "");
        };
        let ends = match dripping.ends {
            Some(end) => end.last_day(row, &mut self.days),
            None => ends,
        };
        self.schedules.push(Schedule {
            person,
            offering: dripping.offering,
            from,
            every: dripping.every,
            ends,
            record: row.record,
        });
    }

    /// The wanted state, by email address. `None` when the people's text passes 4 GiB.
    pub fn finish(mut self) -> Option<Wanted> {
        if self.full {
            return None;
        }
        let event_troubles = self.events.troubles();
        let (fates, billing) = self.fold_events();
        let mut carried = self.carried;
        let mut asked = self.asked;
        let coverage = Coverage {
            sources: self
                .mappers
                .into_iter()
                .map(|maps| {
                    let coverage = |map: Mapper<'_>| map.coverage(&mut carried, &mut asked);
                    maps.into_iter().map(coverage).collect()
                })
                .collect(),
        };
        for (code, record, value, count) in coverage.oddities() {
            let cells = if *count == 1 { "cell" } else { "cells" };
            let detail = format!("{value} ({count} {cells})");
            self.findings.push(Finding::new(*code, *record, detail));
        }
        let accounting = Accounting {
            sources: self.counts,
            ..Accounting::default()
        };
        let as_of = self.days.as_of();
        let (troubles, dates) = self.days.finish();
        let (carried, spellings, carried_troubles) = carried.finish();
        self.findings.append(spellings);
        let corrected = self.correctors.into_iter();
        let gathered = crate::wanted::state::finish::Gathered {
            carried,
            carried_troubles,
            corrected: corrected
                .map(|corrector| corrector.map(Corrector::finish).unwrap_or_default())
                .collect(),
            people: self.people,
            entitlements: self.entitlements,
            trail: self.trail,
            billing,
            fates,
            event_troubles,
            schedules: self.schedules,
            untils: self.untils,
            as_of,
            troubles,
            dates,
            accounting,
            coverage,
            findings: self.findings,
            asked: asked.finish(),
            consent: self.consents.into_iter().map(ConsentCells::finish).collect(),
            keys: self.keys,
            moved: self
                .same
                .into_iter()
                .map(|(old, _)| old)
                .zip(self.moved)
                .collect(),
        };
        Some(Wanted::of(self.plan, gathered))
    }
}
