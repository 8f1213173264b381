//! Rows of exports of payments in; compact events, and what is not understood of them, out.

use std::{collections::BTreeMap, fmt::Write, hash::BuildHasher};

use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};

use super::{
    billing::Paid,
    fold::{Event, What},
};
use crate::{
    model::{DateOrTime, EventFlag, EventKind, EventStatus, Number, RecordRef, Row},
    people::{self, number::read_number},
    plan::{ColumnsInUse, EventColumnsInUse, Pattern, Source},
    wanted::{EntitlementId, map::days::Days},
};

/// A cell of an event that must be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum EventCell {
    /// What happened.
    ChangeKind,
    /// How it ended.
    Status,
    /// When.
    Date,
    /// How much.
    Amount,
}

/// Cells of one column that are not understood, for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventTrouble {
    /// Index of the source.
    pub source: u16,
    /// Which column.
    pub cell: EventCell,
    /// The first such cell.
    pub text: String,
    /// Why; blank for a word that is not known.
    pub why: String,
    /// How many.
    pub count: u64,
    /// Where the first is.
    pub first: RecordRef,
}

/// A cell is not understood: that is counted.
#[derive(Debug, Clone, Copy)]
struct Unclear;

/// What one row says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EventRow {
    what: What,
    when: Option<DateOrTime>,
    amount: Option<Number>,
    currency: u16,
    /// More payments may follow.
    goes_on: bool,
}

impl EventRow {
    /// True for a row that may yield something; another one makes no one a member, whatever else is there.
    pub(crate) fn happened(&self) -> bool {
        !matches!(self.what, What::Failed | What::Pending)
    }

    /// True if money came in.
    pub(crate) fn is_charge(&self) -> bool {
        self.what.is_charge()
    }

    /// The charge, where more of them may follow at the old platform.
    pub(crate) fn paid(&self) -> Option<Paid> {
        let charge = self.goes_on && self.what == What::Charge;
        charge.then_some(Paid {
            day: self.when.map(|when| when.day()),
            amount: self.amount,
            currency: self.currency,
        })
    }
}

/// All events so far.
#[derive(Debug, Default)]
pub(crate) struct EventRows {
    pub(crate) events: Vec<Event>,
    /// Members whom only events name so far: whether they are members is known at the end.
    pub(crate) unsure: HashSet<u32, FixedState>,
    /// The cells of mapped columns as written, and folded: the number of what they name.
    products: HashMap<Box<str>, u32, FixedState>,
    currencies: HashMap<Box<str>, u16, FixedState>,
    troubles: BTreeMap<(u16, EventCell, String), EventTrouble>,
    product: String,
    hasher: FixedState,
}

impl EventRows {
    /// What a row says; `None` where some cell is not understood.
    pub(crate) fn read(&mut self, source: &Source, days: &mut Days, row: &Row<'_>) -> Option<EventRow> {
        let (slots, words) = (source.in_use.event.as_ref()?, source.payments.words.as_ref()?);
        let kind = match slots.kind {
            Some(slot) => self.word(EventCell::ChangeKind, &words.kinds, slot, row),
            None => Some(EventKind::Charge),
        };
        let status = match slots.status {
            Some(slot) => self.word(EventCell::Status, &words.statuses, slot, row),
            None => Some(EventStatus::Succeeded),
        };
        let (mut kind, mut status) = (kind?, status?);
        if !source.in_use.event_flags.is_empty() {
            (kind, status) = self.by_flags(&source.in_use.event_flags, (kind, status), row)?;
        }
        let what = match (status, kind) {
            (EventStatus::Failed, _) => What::Failed,
            (EventStatus::Pending, _) => What::Pending,
            (_, EventKind::Refund) => What::Refund,
            (_, EventKind::Chargeback) => What::Chargeback,
            (EventStatus::Succeeded, _) => What::Charge,
            (EventStatus::Refunded, _) => What::ChargeGivenBack,
        };
        let mut event = EventRow {
            what,
            when: None,
            amount: None,
            currency: self.currency(slots.currency.map_or("", |slot| row.cell(slot))),
            goes_on: kind.goes_on(),
        };
        if event.happened() {
            let when = self.when(days, slots, row);
            event.amount = self.amount(source, what, slots, row).ok()?;
            event.when = Some(when?);
        }
        Some(event)
    }

    /// Keeps an event of a member.
    pub(crate) fn push(
        &mut self,
        row: &Row<'_>,
        slots: &ColumnsInUse,
        read: &EventRow,
        person: u32,
        gives: EntitlementId,
    ) {
        let cell = |slot: Option<usize>| slot.map_or("", |slot| row.cell(slot));
        let (id, order) = slots
            .event
            .map_or(("", ""), |event| (cell(event.id), cell(event.order)));
        let event = Event {
            person,
            product: self.product(slots, row),
            record: row.record,
            at: read.when.map_or(0, |when| when.instant().as_microsecond()),
            id: self.number_hash(id),
            order: self.number_hash(order),
            amount: read.amount.map_or(Number::ZERO, Number::abs),
            has_amount: read.amount.is_some(),
            what: read.what,
            currency: read.currency,
            gives,
        };
        self.events.push(event);
    }

    /// The texts of currencies, by number; the first is blank.
    pub(crate) fn currencies(&self) -> Vec<Box<str>> {
        let mut names = vec!["".into(); self.currencies.len() + 1];
        for (name, number) in &self.currencies {
            if **name == *name.to_uppercase() {
                names[usize::from(*number)] = name.clone();
            }
        }
        names
    }

    /// What is not understood, by source and column.
    pub(crate) fn troubles(&self) -> Vec<EventTrouble> {
        self.troubles.values().cloned().collect()
    }

    /// What flags make of what happened and how it ended.
    fn by_flags(
        &mut self,
        flags: &[(EventFlag, usize)],
        (mut kind, mut status): (EventKind, EventStatus),
        row: &Row<'_>,
    ) -> Option<(EventKind, EventStatus)> {
        let (mut charged_back, mut won) = (false, false);
        for (flag, slot) in flags {
            let cell = people::trim(row.cell(*slot));
            let is_set = match cell.to_ascii_lowercase().as_str() {
                "1" | "true" | "yes" => true,
                "" | "0" | "false" | "no" => false,
                other => {
                    self.trouble(EventCell::Status, other.to_owned(), cell, "", row.record);
                    return None;
                }
            };
            if is_set {
                match flag {
                    EventFlag::Subscription => kind = EventKind::Subscription,
                    EventFlag::Pending => status = EventStatus::Pending,
                    EventFlag::Refunded | EventFlag::Revoked => status = EventStatus::Refunded,
                    EventFlag::ChargedBack => charged_back = true,
                    EventFlag::Won => won = true,
                }
            }
        }
        if charged_back && !won && status == EventStatus::Succeeded {
            status = EventStatus::Refunded;
        }
        Some((kind, status))
    }

    fn word<T: Copy>(
        &mut self,
        cell: EventCell,
        words: &BTreeMap<String, T>,
        slot: usize,
        row: &Row<'_>,
    ) -> Option<T> {
        let text = row.cell(slot);
        if let Some(known) = words.get(text) {
            return Some(*known);
        }
        let folded = Pattern::fold(text);
        let known = words.get(&folded).copied();
        if known.is_none() {
            self.trouble(cell, folded, text, "", row.record);
        }
        known
    }

    fn when(&mut self, days: &mut Days, slots: &EventColumnsInUse, row: &Row<'_>) -> Option<DateOrTime> {
        let when = days.stamp(row, slots.date).ok()?;
        if when.is_none() {
            self.trouble(EventCell::Date, String::new(), "", "", row.record);
        }
        when
    }

    /// The amount; `None` if the cell is blank.
    fn amount(
        &mut self,
        source: &Source,
        what: What,
        slots: &EventColumnsInUse,
        row: &Row<'_>,
    ) -> Result<Option<Number>, Unclear> {
        let cell = row.cell(slots.amount);
        let why = match read_number(cell, source.formats.numbers) {
            Ok(Some(amount)) if amount < Number::ZERO && what.is_charge() => {
                "a charge cannot be negative".to_owned()
            }
            Ok(amount) => return Ok(amount),
            Err(problem) => problem.to_string(),
        };
        self.trouble(EventCell::Amount, why.clone(), cell, &why, row.record);
        Err(Unclear)
    }

    fn trouble(&mut self, cell: EventCell, key: String, text: &str, why: &str, first: RecordRef) {
        let trouble = self
            .troubles
            .entry((first.source, cell, key))
            .or_insert_with(|| EventTrouble {
                source: first.source,
                cell,
                text: text.trim().to_owned(),
                why: why.to_owned(),
                count: 0,
                first,
            });
        trouble.count += 1;
    }

    /// The number of a currency; 0 if the cell is blank.
    fn currency(&mut self, cell: &str) -> u16 {
        let name = people::trim(cell);
        if people::is_blank(name) {
            return 0;
        }
        if let Some(known) = self.currencies.get(name) {
            return *known;
        }
        let next = u16::try_from(self.currencies.len() + 1).unwrap_or(u16::MAX);
        let upper = name.to_uppercase();
        let number = self.currencies.get(upper.as_str()).copied().unwrap_or(next);
        self.currencies.insert(upper.into(), number);
        self.currencies.insert(name.into(), number);
        number
    }

    /// The number of what a row is for: the source, and the cells of all its maps.
    fn product(&mut self, slots: &ColumnsInUse, row: &Row<'_>) -> u32 {
        self.write_product(slots, row, |cell, product| product.push_str(cell));
        if let Some(known) = self.products.get(self.product.as_str()) {
            return *known;
        }
        let written: Box<str> = self.product.as_str().into();
        self.write_product(slots, row, |cell, product| product.push_str(&Pattern::fold(cell)));
        let next = u32::try_from(self.products.len()).unwrap_or(u32::MAX);
        let folded = self.products.get(self.product.as_str());
        let number = folded.copied().unwrap_or(next);
        self.products.insert(self.product.as_str().into(), number);
        self.products.insert(written, number);
        number
    }

    fn write_product(&mut self, slots: &ColumnsInUse, row: &Row<'_>, write: impl Fn(&str, &mut String)) {
        self.product.clear();
        let _ = write!(self.product, "{}", row.record.source);
        for slot in &slots.maps {
            self.product.push('\u{1f}');
            write(row.cell(*slot), &mut self.product);
        }
    }

    /// A hash of a number of an event or order; 0 if the cell is blank.
    fn number_hash(&self, cell: &str) -> u64 {
        let text = people::trim(cell);
        if people::is_blank(text) {
            return 0;
        }
        self.hasher.hash_one(text).max(1)
    }
}
