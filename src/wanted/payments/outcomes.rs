//! The events of all members in; who is a member, what they get and what became of each record, out.

use foldhash::fast::FixedState;
use hashbrown::HashSet;

use super::{
    fold::{Event, What, fold},
    rows::EventRows,
};
use crate::{
    model::{Finding, FindingCode, Findings, RecordRef},
    wanted::{EntitlementId, Entitlements, PaymentOutcome, SourceCount, TrailEntry, gather::people::People},
};

/// What became of each record of an export of payments.
#[derive(Debug, Default)]
pub struct PaymentOutcomes {
    /// In order of record.
    list: Vec<(RecordRef, PaymentOutcome)>,
}

impl PaymentOutcomes {
    /// What became of a record; `None` if it is not an event.
    pub fn get(&self, record: RecordRef) -> Option<PaymentOutcome> {
        let at = self
            .list
            .binary_search_by_key(&record, |(record, _)| *record)
            .ok()?;
        Some(self.list[at].1)
    }
}

/// What events change.
#[derive(Debug)]
pub(crate) struct Folding<'a> {
    pub(crate) people: &'a mut People,
    pub(crate) entitlements: &'a mut Entitlements,
    pub(crate) trail: &'a mut Vec<TrailEntry>,
    pub(crate) counts: &'a mut [SourceCount],
    pub(crate) findings: &'a mut Findings,
}

impl Folding<'_> {
    /// Folds the events into their members, and takes those out whom nothing makes a member. Gives the
    /// new places of members, where any went.
    pub(crate) fn fold(&mut self, mut rows: EventRows) -> (PaymentOutcomes, Option<Vec<u32>>) {
        if rows.events.is_empty() {
            return (PaymentOutcomes::default(), None);
        }
        let fates = fold(&mut rows.events);
        for (event, fate) in rows.events.iter().zip(&fates) {
            self.event(event, *fate, &mut rows.unsure);
            self.note(event, *fate);
        }
        let mut list: Vec<(RecordRef, PaymentOutcome)> =
            rows.events.iter().map(|event| event.record).zip(fates).collect();
        list.sort_unstable_by_key(|(record, _)| *record);
        let places = (!rows.unsure.is_empty()).then(|| {
            let places = self.people.remove(|person| rows.unsure.contains(&person));
            self.trail.retain(|entry| !rows.unsure.contains(&entry.person));
            for entry in &mut *self.trail {
                entry.person = places[entry.person as usize];
            }
            places
        });
        self.trail
            .sort_unstable_by_key(|entry| (entry.person, entry.record));
        (PaymentOutcomes { list }, places)
    }

    /// Adds what an event gives to its member.
    fn event(&mut self, event: &Event, fate: PaymentOutcome, unsure: &mut HashSet<u32, FixedState>) {
        let gives = if fate.stands() {
            event.gives
        } else if fate.is_void() {
            self.entitlements.taken_back(event.gives)
        } else {
            EntitlementId::default()
        };
        let person = event.person;
        let known = &mut self.people.list[person as usize];
        if !known.merged {
            known.merged = true;
            if !unsure.contains(&person) {
                self.trail.push(TrailEntry {
                    person,
                    record: known.first_record,
                    gives: known.entitlement,
                });
            }
        }
        let record = event.record;
        self.trail.push(TrailEntry {
            person,
            record,
            gives,
        });
        let here = usize::from(record.source);
        if fate.is_ignored() {
            self.counts[here].ignored += 1;
        } else if unsure.remove(&person) {
            self.counts[here].members += 1;
            (known.first_record, known.entitlement) = (record, gives);
        } else {
            known.entitlement = self.entitlements.fold(known.entitlement, gives);
            let later = known.first_record.max(record);
            if record < known.first_record {
                self.counts[usize::from(later.source)].members -= 1;
                self.counts[here].members += 1;
                known.first_record = record;
            }
            self.counts[usize::from(later.source)].merged += 1;
        }
    }

    fn note(&mut self, event: &Event, fate: PaymentOutcome) {
        let (code, other) = match fate {
            PaymentOutcome::PartlyRefunded { by } => (FindingCode::PartialRefund, Some(by)),
            PaymentOutcome::ChargedBack { by } => (FindingCode::ChargedBack, Some(by)),
            PaymentOutcome::NoCharge => (FindingCode::RefundWithoutCharge, None),
            PaymentOutcome::Repeats { first } => (FindingCode::RepeatedEvent, Some(first)),
            PaymentOutcome::Takes { from } if event.what == What::Refund && !event.has_amount => {
                (FindingCode::RefundWithoutAmount, Some(from))
            }
            _ => return,
        };
        let detail = if event.has_amount {
            event.amount.to_string()
        } else {
            String::new()
        };
        self.findings.push(Finding {
            code,
            record: event.record,
            other,
            detail,
        });
    }
}
