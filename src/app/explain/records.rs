//! One member in; each record, what its values come to and what it alone gives, in words, out.

use super::{
    context::MemberContext,
    values::{ValuePrinter, consent_means},
};
use crate::{
    model::RecordRef,
    report::{ConsentSaid, Gives, OriginStory, OtherValue, PersonStory, RecordStory},
    wanted::{EntitlementId, Origin, PaymentOutcome, RowTrace},
};

impl MemberContext<'_> {
    /// The member's records.
    pub(super) fn record_stories(&self) -> Vec<RecordStory> {
        let printer = ValuePrinter::new(self.file);
        let story = |(record, gives): &(RecordRef, EntitlementId)| {
            let source = self.file.plan.sources.get(usize::from(record.source));
            let trace = self.traces.iter().find(|trace| trace.record == *record);
            RecordStory {
                place: self.place(*record),
                source: source.map(|source| source.key.to_string()).unwrap_or_default(),
                values: source
                    .zip(trace)
                    .map(|(source, trace)| printer.values(source, trace))
                    .unwrap_or_default(),
                gives: self.gives(*gives),
                became: self.became(*record),
            }
        };
        self.records.iter().map(story).collect()
    }

    /// Names, fields and consent, and where they come from.
    pub(super) fn person(&self) -> PersonStory {
        let wanted = &self.computed.gathered.wanted;
        let member = self.index.and_then(|index| wanted.get(index));
        let origin = |origin: &Origin| OriginStory {
            what: origin.what.to_string(),
            value: origin.value.clone(),
            place: self.place(origin.record),
            split: origin.split,
            others: origin
                .others
                .iter()
                .map(|(value, record)| OtherValue {
                    value: value.clone(),
                    place: self.place(*record),
                })
                .collect(),
        };
        let said = |trace: &RowTrace<'_>| {
            let (value, meaning) = trace.consent.as_ref()?;
            Some(ConsentSaid {
                place: self.place(trace.record),
                value: value.clone(),
                means: consent_means(*meaning),
            })
        };
        PersonStory {
            origins: self.origins.iter().map(origin).collect(),
            opted_out: member.is_some_and(|member| member.opted_out),
            consent: self.traces.iter().filter_map(said).collect(),
        }
    }

    /// What became of a payment or refund.
    fn became(&self, record: RecordRef) -> Option<String> {
        let place = |record| self.place(record);
        Some(
            match self.computed.gathered.wanted.payments.outcomes.get(record)? {
                PaymentOutcome::Stands => "a charge that counts".to_owned(),
                PaymentOutcome::PartlyRefunded { by } => {
                    format!("a charge that counts, partly refunded by {}", place(by))
                }
                PaymentOutcome::Refunded { by: Some(by) } => format!("a charge refunded by {}", place(by)),
                PaymentOutcome::Refunded { by: None } => {
                    "a charge that was refunded, according to the record itself".to_owned()
                }
                PaymentOutcome::ChargedBack { by } => {
                    format!("a charge that was charged back: {}", place(by))
                }
                PaymentOutcome::Takes { from } => format!("refunds the charge of {}", place(from)),
                PaymentOutcome::TakesPart { from } => {
                    format!("partly refunds the charge of {}", place(from))
                }
                PaymentOutcome::NoCharge => "no charge matches it: ignored".to_owned(),
                PaymentOutcome::Failed => "failed: ignored".to_owned(),
                PaymentOutcome::Pending => "not paid yet: ignored".to_owned(),
                PaymentOutcome::Repeats { first } => format!("the same event as {}: ignored", place(first)),
            },
        )
    }

    fn gives(&self, id: EntitlementId) -> Gives {
        let entitlement = self.computed.gathered.wanted.entitlements().get(id);
        Gives {
            grants: self.keys(entitlement.grants.keys()),
            revokes: self.keys(&entitlement.revokes),
            tags: entitlement
                .tags
                .iter()
                .filter_map(|tag| self.computed.gathered.wanted.tags.given(*tag))
                .map(ToString::to_string)
                .collect(),
        }
    }
}
