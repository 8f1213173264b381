//! Payments and refunds in; what became of each, folded by date per member and product, out.

use std::collections::HashMap;

use crate::{model::RecordRef, people::number::Number, wanted::EntitlementId};

/// What an event is, and how it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum What {
    /// Money came in.
    Charge,
    /// Money came in, and its own row says that all of it was given back since.
    ChargeGivenBack,
    /// Money was given back.
    Refund,
    /// The bank took money back.
    Chargeback,
    /// It did not happen.
    Failed,
    /// It has not happened yet.
    Pending,
}

impl What {
    /// True if money came in.
    pub(crate) fn is_charge(self) -> bool {
        matches!(self, Self::Charge | Self::ChargeGivenBack)
    }
}

/// One row of an export of payments. Sixty-four bytes, since there may be millions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Event {
    /// Whose it is.
    pub(crate) person: u32,
    /// What it is for: the mapped cells of its row.
    pub(crate) product: u32,
    /// Where it is.
    pub(crate) record: RecordRef,
    /// When, in microseconds of Unix time.
    pub(crate) at: i64,
    /// A hash of its number; 0 if it has none.
    pub(crate) id: u64,
    /// A hash of its order's number; 0 if it has none. Compared within one member and product only.
    pub(crate) order: u64,
    /// How much, without a sign; zero where it does not say.
    pub(crate) amount: Number,
    /// False if the amount is blank.
    pub(crate) has_amount: bool,
    /// What it is.
    pub(crate) what: What,
    /// The currency; 0 if it does not say.
    pub(crate) currency: u16,
    /// What its row gives while it counts.
    pub(crate) gives: EntitlementId,
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentOutcome {
    /// A charge that counts: it gives what its row says.
    Stands,
    /// A charge that was partly refunded: it counts.
    PartlyRefunded {
        /// The last refund.
        by: RecordRef,
    },
    /// A charge that was given back as a whole.
    Refunded {
        /// The refund that undid what was left; `None` if the charge's own status says so.
        by: Option<RecordRef>,
    },
    /// A charge that the bank undid.
    ChargedBack {
        /// The chargeback.
        by: RecordRef,
    },
    /// A refund or chargeback that undid all that was left of a charge.
    Takes {
        /// The charge.
        from: RecordRef,
    },
    /// A refund of a part of a charge.
    TakesPart {
        /// The charge.
        from: RecordRef,
    },
    /// A refund or chargeback for which there is no charge.
    NoCharge,
    /// It did not happen.
    Failed,
    /// It has not happened yet.
    Pending,
    /// An earlier record has the same event.
    Repeats {
        /// That record.
        first: RecordRef,
    },
}

impl PaymentOutcome {
    /// True for a record that grants nothing, so that it makes no member.
    pub fn is_ignored(self) -> bool {
        matches!(
            self,
            Self::NoCharge | Self::Failed | Self::Pending | Self::Repeats { .. }
        )
    }

    /// True of what happened; another record says nothing of its member but consent.
    pub fn happened(self) -> bool {
        !matches!(self, Self::Failed | Self::Pending)
    }

    /// True of a charge that gives what its row says.
    pub fn stands(self) -> bool {
        matches!(self, Self::Stands | Self::PartlyRefunded { .. })
    }

    /// True for a charge that was undone.
    pub fn is_void(self) -> bool {
        matches!(self, Self::Refunded { .. } | Self::ChargedBack { .. })
    }
}

/// Sorts the events by member, product and date, and says what became of each, in that order. Of one
/// moment, charges come before refunds, then rows in the order of their files.
pub(crate) fn fold(events: &mut [Event]) -> Vec<PaymentOutcome> {
    events.sort_unstable_by_key(|event| {
        let back = !event.what.is_charge();
        (event.person, event.product, event.at, back, event.record)
    });
    let mut fates = Vec::with_capacity(events.len());
    for product in events.chunk_by(|a, b| (a.person, a.product) == (b.person, b.product)) {
        match product {
            [one] => fates.push(alone(one)),
            some => {
                let mut ledger = Ledger::default();
                for event in some {
                    ledger.take(event);
                }
                fates.append(&mut ledger.fates);
            }
        }
    }
    fates
}

/// The fate of an event of which no other one decides; of a charge, as long as nothing takes it back.
fn alone(event: &Event) -> PaymentOutcome {
    match event.what {
        What::Charge => PaymentOutcome::Stands,
        What::ChargeGivenBack => PaymentOutcome::Refunded { by: None },
        What::Refund | What::Chargeback => PaymentOutcome::NoCharge,
        What::Failed => PaymentOutcome::Failed,
        What::Pending => PaymentOutcome::Pending,
    }
}

/// A charge that a refund may undo.
#[derive(Debug, Clone, Copy)]
struct Charge {
    /// Its place among the events of the product.
    at: usize,
    record: RecordRef,
    order: u64,
    currency: u16,
    left: Number,
    /// Nothing is left to undo.
    closed: bool,
}

/// The events of one member and product so far.
#[derive(Debug, Default)]
struct Ledger {
    fates: Vec<PaymentOutcome>,
    charges: Vec<Charge>,
    /// Places of charges, in order of date; those that are closed go as they are met.
    all: Vec<usize>,
    /// The same, by order; 0 for those without a number.
    by_order: HashMap<u64, Vec<usize>>,
    /// The first event of each number, by whether it is a charge, a refund or a chargeback: its place, and
    /// its record.
    numbers: HashMap<(u64, What), (usize, RecordRef)>,
}

impl Ledger {
    /// Takes the next event, in order of date.
    fn take(&mut self, event: &Event) {
        let fate = match alone(event) {
            fate @ (PaymentOutcome::Failed | PaymentOutcome::Pending) => fate,
            fate => match self.first_of(event) {
                Some((at, first)) => self.repeated(event, at, first),
                None if event.what.is_charge() => {
                    self.charge(event);
                    fate
                }
                None => self.take_back(event),
            },
        };
        self.fates.push(fate);
    }

    /// The earlier event with the same number, where there is one.
    fn first_of(&mut self, event: &Event) -> Option<(usize, RecordRef)> {
        if event.id == 0 {
            return None;
        }
        let what = match event.what {
            What::ChargeGivenBack => What::Charge,
            what => what,
        };
        let (at, record) = (self.fates.len(), event.record);
        let (first, there) = *self.numbers.entry((event.id, what)).or_insert((at, record));
        (there != record).then_some((first, there))
    }

    /// A later export may know that the charge was undone since.
    fn repeated(&mut self, event: &Event, at: usize, first: RecordRef) -> PaymentOutcome {
        if event.what != What::ChargeGivenBack || !self.fates[at].stands() {
            return PaymentOutcome::Repeats { first };
        }
        self.fates[at] = PaymentOutcome::Refunded {
            by: Some(event.record),
        };
        PaymentOutcome::Takes { from: first }
    }

    fn charge(&mut self, event: &Event) {
        let place = self.charges.len();
        self.charges.push(Charge {
            at: self.fates.len(),
            record: event.record,
            order: event.order,
            currency: event.currency,
            left: event.amount,
            closed: false,
        });
        self.all.push(place);
        self.by_order.entry(event.order).or_default().push(place);
    }

    /// The charge that a refund or chargeback is of: the latest of its order, otherwise the latest of which
    /// something is left. Of another order, or in another currency, it is none.
    fn find(&mut self, event: &Event, most: Option<Number>) -> Option<usize> {
        let charges = &self.charges;
        let fits = |charge: &Charge| {
            let same_order = event.order != 0 && charge.order == event.order;
            let currency = charge.currency == event.currency || charge.currency == 0 || event.currency == 0;
            let amount = same_order || event.amount == Number::ZERO || charge.left > Number::ZERO;
            let small = most.is_none_or(|most| charge.left > Number::ZERO && charge.left <= most);
            !charge.closed && currency && amount && small
        };
        let latest = |stack: Option<&mut Vec<usize>>| -> Option<usize> {
            let stack = stack?;
            while stack.last().is_some_and(|place| charges[*place].closed) {
                stack.pop();
            }
            stack.iter().rev().copied().find(|place| fits(&charges[*place]))
        };
        if event.order == 0 {
            return latest(Some(&mut self.all));
        }
        latest(self.by_order.get_mut(&event.order)).or_else(|| latest(self.by_order.get_mut(&0)))
    }

    fn take_back(&mut self, event: &Event) -> PaymentOutcome {
        let Some(place) = self.find(event, None) else {
            return PaymentOutcome::NoCharge;
        };
        let Charge { record, left, .. } = self.charges[place];
        let whole = event.what == What::Chargeback || !event.has_amount;
        if !whole && event.amount < left {
            self.charges[place].left = left.less(event.amount);
            let at = self.charges[place].at;
            if self.fates[at].stands() {
                self.fates[at] = PaymentOutcome::PartlyRefunded { by: event.record };
            }
            return PaymentOutcome::TakesPart { from: record };
        }
        self.close(place, event);
        // One refund may give several payments back; what covers no whole one is fees and taxes.
        let mut rest = if whole {
            Number::ZERO
        } else {
            event.amount.less(left)
        };
        while rest > Number::ZERO {
            let Some(next) = self.find(event, Some(rest)) else {
                break;
            };
            rest = rest.less(self.charges[next].left);
            self.close(next, event);
        }
        PaymentOutcome::Takes { from: record }
    }

    fn close(&mut self, place: usize, event: &Event) {
        let charge = &mut self.charges[place];
        charge.closed = true;
        self.fates[charge.at] = if event.what == What::Chargeback {
            PaymentOutcome::ChargedBack { by: event.record }
        } else {
            PaymentOutcome::Refunded {
                by: Some(event.record),
            }
        };
    }
}

#[cfg(test)]
mod tests;
