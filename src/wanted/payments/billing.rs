//! Rows of sources whose payments continue on the old platform in; the members who pay there, and for what, out.

use std::fmt::Write;

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use jiff::civil::Date;

use crate::{
    model::{Arena, Number, RecordRef, Row, Span},
    plan::{ColumnMap, ColumnsInUse},
    wanted::{Entitlement, RuleIndex, cut, map::mapper::Mapper},
};

/// One payment, where rows say so.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Paid {
    pub(crate) day: Option<Date>,
    pub(crate) amount: Option<Number>,
    pub(crate) currency: u16,
}

/// A row that grants an offering that is paid for.
#[derive(Debug, Clone, Copy)]
struct Payment {
    person: u32,
    offering: u16,
    product: u32,
    record: RecordRef,
    paid: Paid,
    /// What the other columns of payments say, joined by [`BETWEEN`].
    details: Span,
}

/// Stands between the details of a payment.
const BETWEEN: char = '\u{1f}';

/// All such rows.
#[derive(Debug)]
pub(crate) struct Payments {
    list: Vec<Payment>,
    /// What the cells of a map name: offerings, each with the number of its value.
    cells: HashMap<Box<str>, Vec<(u16, u32)>, FixedState>,
    /// Values, by number; the first is blank.
    products: Vec<Box<str>>,
    details: Arena,
    key: String,
}

/// A row of a source with `billing = "old"`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PaidRow<'a, 'p> {
    pub(crate) maps: &'a [ColumnMap],
    /// One for each of the maps.
    pub(crate) mappers: &'a [Mapper<'p>],
    pub(crate) slots: &'a ColumnsInUse,
    pub(crate) row: &'a Row<'a>,
    /// What the row gives.
    pub(crate) gives: &'a Entitlement,
    pub(crate) paid: Paid,
}

impl Default for Payments {
    fn default() -> Self {
        Self {
            list: Vec::new(),
            cells: HashMap::with_hasher(FixedState::default()),
            products: vec!["".into()],
            details: Arena::default(),
            key: String::new(),
        }
    }
}

impl Payments {
    /// Keeps what a row of a member grants.
    pub(crate) fn add(&mut self, person: u32, one: &PaidRow<'_, '_>) {
        let mut named: Vec<(u16, u32)> = Vec::new();
        let maps = one.maps.iter().zip(one.mappers).zip(&one.slots.maps);
        for (at, ((map, mapper), slot)) in maps.enumerate() {
            let cell = one.row.cell(*slot);
            named.extend(self.values((one.row.record.source, at), map, mapper.lines(), cell));
        }
        if one.gives.grants.is_empty() {
            return;
        }
        let details = self.details(one);
        for offering in one.gives.grants.keys() {
            let payment = |product| Payment {
                person,
                offering: *offering,
                product,
                record: one.row.record,
                paid: one.paid,
                details,
            };
            let before = self.list.len();
            let of_offering = named.iter().filter(|(grants, _)| grants == offering);
            self.list
                .extend(of_offering.map(|(_, product)| payment(*product)));
            if self.list.len() == before {
                self.list.push(payment(0));
            }
        }
    }

    /// What the columns of payments say of a row.
    fn details(&mut self, one: &PaidRow<'_, '_>) -> Span {
        self.key.clear();
        for (at, slot) in one.slots.billing.iter().enumerate() {
            if at > 0 {
                self.key.push(BETWEEN);
            }
            let cell = slot.map_or("", |slot| one.row.cell(slot)).trim();
            self.key.extend(cell.chars().filter(|char| *char != BETWEEN));
        }
        self.details.push(&self.key).unwrap_or_default()
    }

    /// The offerings that the values of a cell grant, each with the number of its value.
    fn values(
        &mut self,
        (source, at): (u16, usize),
        map: &ColumnMap,
        lines: &RuleIndex<'_>,
        cell: &str,
    ) -> &[(u16, u32)] {
        self.key.clear();
        let _ = write!(self.key, "{source}\u{1f}{at}\u{1f}{cell}");
        if !self.cells.contains_key(self.key.as_str()) {
            let mut values = Vec::new();
            for piece in cut(cell, lines).counted() {
                let rule = piece.rule.and_then(|rule| map.rules.get(rule));
                if let Some(offering) = rule.and_then(|rule| rule.effect.grant) {
                    values.push((offering, self.product(&piece.value)));
                }
            }
            self.cells.insert(self.key.as_str().into(), values);
        }
        self.cells.get(self.key.as_str()).map_or(&[], Vec::as_slice)
    }

    fn product(&mut self, value: &str) -> u32 {
        let known = self.products.iter().position(|known| **known == *value);
        let at = known.unwrap_or_else(|| {
            self.products.push(value.into());
            self.products.len() - 1
        });
        u32::try_from(at).unwrap_or_default()
    }

    /// Who pays, without the rows that `counts` does not know.
    pub(crate) fn finish(self, counts: impl Fn(RecordRef) -> bool, currencies: Vec<Box<str>>) -> Billing {
        let mut list = self.list;
        list.retain(|payment| counts(payment.record));
        Billing {
            list,
            products: self.products,
            details: self.details,
            currencies,
        }
    }
}

fn text_of(texts: &[Box<str>], at: usize) -> &str {
    texts.get(at).map_or("", |text| text)
}

/// Who pays at the old platform, and for what.
#[derive(Debug, Default)]
pub struct Billing {
    list: Vec<Payment>,
    products: Vec<Box<str>>,
    details: Arena,
    /// By number; the first is blank.
    currencies: Vec<Box<str>>,
}

/// One member and product.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BillingLine<'a> {
    /// The member's place by email address.
    pub member: usize,
    /// The offering granted.
    pub offering: u16,
    /// The value of the source that grants it; blank if every row of the source does.
    pub product: &'a str,
    /// The last record that says so.
    pub record: RecordRef,
    /// The day of the last payment, where rows are payments.
    pub day: Option<Date>,
    /// Its amount, where it says so.
    pub amount: Option<Number>,
    /// Its currency; blank if it does not say.
    pub currency: &'a str,
    details: &'a str,
}

impl<'a> BillingLine<'a> {
    /// What a column of payments says, as the export writes it: `at` is its place in [`crate::plan::BillingColumns::KEYS`]. Blank if the
    /// export does not have it.
    pub fn detail(&self, at: usize) -> &'a str {
        self.details.split(BETWEEN).nth(at).unwrap_or_default()
    }
}

impl Billing {
    /// Gives the members new places.
    pub(crate) fn renumber(&mut self, places: &[u32]) {
        for payment in &mut self.list {
            payment.person = places[payment.person as usize];
        }
    }

    /// Keeps the last payment of each member and product, in order of member.
    pub(crate) fn sort(&mut self) {
        let what = |payment: &Payment| (payment.person, payment.offering, payment.product);
        self.list
            .sort_unstable_by_key(|payment| (what(payment), payment.paid.day, payment.record));
        self.list.dedup_by(|later, earlier| {
            let same = what(later) == what(earlier);
            if same {
                *earlier = *later;
            }
            same
        });
    }

    /// The members and products, by email address.
    pub fn lines(&self) -> impl Iterator<Item = BillingLine<'_>> {
        self.list.iter().map(|payment| BillingLine {
            member: payment.person as usize,
            offering: payment.offering,
            product: text_of(&self.products, payment.product as usize),
            record: payment.record,
            day: payment.paid.day,
            amount: payment.paid.amount,
            currency: text_of(&self.currencies, usize::from(payment.paid.currency)),
            details: self.details.get(payment.details),
        })
    }

    /// How many members pay.
    pub fn members(&self) -> u64 {
        self.list.chunk_by(|a, b| a.person == b.person).count() as u64
    }
}
