//! Rows of exports of payments in; events that wait for the end, and who pays at the old platform, out.

use super::{Address, EntitlementId, RecordFold, Row};
use crate::{
    model::RecordRef,
    plan::Source,
    wanted::{
        PaymentOutcome, PaymentRecords,
        map::effect_meaning::SourceEnd,
        payments::{
            billing::{Paid, PaidRow},
            outcomes::Folding,
        },
    },
};

impl RecordFold<'_> {
    /// Takes a row that is an event: what it gives is known when all events are there.
    pub(crate) fn event_row(&mut self, source: &Source, row: &Row<'_>, address: Address<'_>) {
        let index = usize::from(row.record.source);
        self.rows.read(source, row);
        let Some(event) = self.events.read(source, &mut self.rows.days, row) else {
            self.counts[index].ignored += 1;
            return;
        };
        let (gives, source_end) = if event.is_charge() {
            self.rows.until_its_end(source, row, &mut self.findings)
        } else {
            (EntitlementId::default(), SourceEnd::default())
        };
        let there = address
            .known
            .or_else(|| self.people.find(address.email, address.hash));
        let Some(person) = there.or_else(|| self.add_unsure(address, row.record)) else {
            self.full = true;
            return;
        };
        self.at_hand = Some(person);
        self.events.push(row, &source.in_use, &event, person, gives);
        if let Some(paid) = event.paid() {
            self.billing(source, person, row, gives, paid);
        }
        if event.is_charge() {
            self.timeline
                .take(person, row, source_end, &mut self.rows, &mut self.findings);
            // Whoever has a charge stays among the members, so that every key is of one of them.
            self.key(source, person, row);
        }
        if event.happened() {
            self.names(source, person, row);
            self.fields(source, person, row);
            self.registered(source, person, row);
            self.login(source, person, row);
        }
        self.consent(source, person, row);
    }

    /// A person without an earlier record. Whether an event makes a member is known at the end.
    fn add_unsure(&mut self, address: Address<'_>, record: RecordRef) -> Option<u32> {
        let person = self.add_person(address, record, EntitlementId::default())?;
        self.events.unsure.insert(person);
        Some(person)
    }

    /// The first record that makes a member of a person with events only. False for all others.
    pub(crate) fn is_made_sure(&mut self, person: u32, record: RecordRef, gives: EntitlementId) -> bool {
        let unsure = &mut self.events.unsure;
        if unsure.is_empty() || !unsure.remove(&person) {
            return false;
        }
        self.counts[usize::from(record.source)].members += 1;
        let known = &mut self.people.list[person as usize];
        (known.first_record, known.entitlement) = (record, gives);
        true
    }

    /// Keeps who pays, where payments continue at the old platform.
    pub(crate) fn billing(
        &mut self,
        source: &Source,
        person: u32,
        row: &Row<'_>,
        gives: EntitlementId,
        paid: Paid,
    ) {
        if !source.payments.billing_stays {
            return;
        }
        let index = usize::from(row.record.source);
        let paid_row = PaidRow {
            maps: &source.gives.maps,
            mappers: &self.rows.mappers[index],
            slots: &source.in_use,
            row,
            gives: self.rows.entitlements.get(gives),
            paid,
        };
        self.payments.add(person, &paid_row);
    }

    /// Folds all events into their members.
    pub(crate) fn fold_events(&mut self) -> PaymentRecords {
        let events = std::mem::take(&mut self.events);
        let currencies = events.currencies();
        let mut folding = Folding {
            people: &mut self.people,
            entitlements: &mut self.rows.entitlements,
            trail: &mut self.trail,
            counts: &mut self.counts,
            findings: &mut self.findings,
        };
        let (outcomes, places) = folding.fold(events);
        let counts = |record| outcomes.get(record).is_none_or(PaymentOutcome::stands);
        let mut billing = std::mem::take(&mut self.payments).finish(counts, currencies);
        self.timeline.retain(counts);
        if let Some(places) = places {
            billing.renumber(&places);
            for keys in &mut self.keys {
                keys.renumber(&places);
            }
            self.timeline.renumber(&places);
        }
        PaymentRecords { billing, outcomes }
    }
}
