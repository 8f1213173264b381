//! A source of the plan in, the columns that are read from its files out, each once.

use super::{
    ColumnInUse, ColumnUse, ColumnsInUse, EventColumnsInUse, LoginRule, Release, RuleEffect, Source, Test,
};
use crate::model::EventColumns;

impl ColumnsInUse {
    /// The columns that the plan uses of a source. A column used twice is one slot. The reader keeps them in
    /// [`Source::in_use`]: nobody else has to work them out.
    pub fn from_source(source: &Source) -> Self {
        let mut slots = Self::default();
        let profile = &source.profile;
        slots.person.email = slots.known(source.person.email.as_ref(), &profile.columns.email, true);
        slots.person.first_name = slots.known(
            source.person.first_name.as_ref(),
            &profile.columns.first_name,
            false,
        );
        slots.person.last_name = slots.known(
            source.person.last_name.as_ref(),
            &profile.columns.last_name,
            false,
        );
        slots.person.full_name = slots.known(
            source.person.full_name.as_ref(),
            &profile.columns.full_name,
            false,
        );
        slots.event = profile.event.as_ref().and_then(|event| slots.event(event));
        if let Some(event) = &profile.event {
            for (flag, names) in event.flags.known() {
                let slot = slots.known(None, names, true);
                slots.event_flags.extend(slot.map(|slot| (flag, slot)));
            }
        }
        slots.person.key = source.person.key.as_ref().map(|column| slots.used(column));
        slots.person.consent = source
            .person
            .consent
            .as_ref()
            .map(|consent| slots.used(&consent.column));
        slots.ends = source.gives.ends.as_ref().map(|ends| slots.used(&ends.column));
        if let Some(statuses) = &source.gives.statuses {
            slots.status = Some(slots.used(&statuses.column));
            slots.status_until = statuses.until.as_ref().map(|until| slots.used(&until.column));
        }
        slots.person.registered = source.person.registered.as_ref().map(|column| slots.used(column));
        slots.person.login = match &source.person.login {
            Some(LoginRule::Column(column)) => Some(slots.used(column)),
            _ => None,
        };
        for map in &source.gives.maps {
            let slot = slots.used(&map.column);
            slots.maps.push(slot);
            let conditions = slots.conditions(map.rules.iter().map(|rule| &rule.effect));
            slots.map_conditions.push(conditions);
        }
        slots.each_row_conditions = slots.conditions(source.gives.each_row.iter());
        for field in &source.fields {
            let slot = slots.used(&field.column);
            slots.fields.push(slot);
        }
        if source.payments.billing_stays {
            let names = &profile.rules.billing.names;
            slots.billing = names.iter().map(|names| slots.seen(names)).collect();
        }
        // The profile's status is read where nothing else of the plan looks at it, so that this is said.
        if let (None, Some(statuses)) = (&source.gives.statuses, &profile.statuses)
            && slots.named(&statuses.column.name).is_none()
        {
            slots.status_unread = slots.known(None, std::slice::from_ref(&statuses.column.name), false);
        }
        slots.dates.extend(slots.ends);
        slots.dates.extend(slots.status_until);
        slots.dates.extend(slots.person.registered);
        slots.dates.extend(slots.event.map(|event| event.date));
        slots.dates.sort_unstable();
        slots.dates.dedup();
        slots
    }

    fn event(&mut self, event: &EventColumns) -> Option<EventColumnsInUse> {
        Some(EventColumnsInUse {
            id: self.known(None, &event.id, false),
            order: self.known(None, &event.order, false),
            date: self.known(None, &event.date, true)?,
            amount: self.known(None, &event.amount, true)?,
            currency: self.known(None, &event.currency, false),
            kind: self.known(None, &event.kind, true),
            status: self.known(None, &event.status, true),
        })
    }

    fn conditions<'a>(&mut self, effects: impl Iterator<Item = &'a RuleEffect>) -> Vec<usize> {
        let mut all = Vec::new();
        for effect in effects {
            let conditions = effect.when.iter().map(|condition| {
                let is_day = matches!(condition.test, Test::Day { .. });
                (&condition.column, is_day)
            });
            let from = match &effect.release {
                Some(Release::Drip { from, .. }) => Some((from, true)),
                _ => None,
            };
            let ends = effect.ends.as_ref().map(|ends| (&ends.column, true));
            for (column, is_day) in conditions.chain(from).chain(ends) {
                let slot = self.used(column);
                if is_day {
                    self.dates.push(slot);
                }
                if !all.contains(&slot) {
                    all.push(slot);
                }
            }
        }
        all
    }

    /// The slot of a column that the plan names; it is required.
    fn used(&mut self, column: &ColumnUse) -> usize {
        let slot = self.slot(column).unwrap_or_else(|| {
            self.columns.push(ColumnInUse {
                names: vec![column.name.clone()],
                span: None,
                required: true,
            });
            self.columns.len() - 1
        });
        if let Some(known) = self.columns.get_mut(slot) {
            known.required = true;
            known.span.get_or_insert_with(|| column.span.clone());
        }
        slot
    }

    /// The slot of a column that is read where the file has it.
    fn seen(&mut self, names: &[String]) -> Option<usize> {
        let known = names.iter().find_map(|name| self.named(name));
        known.or_else(|| self.known(None, names, false))
    }

    /// The slot of a column that the plan may name and the profile may know.
    fn known(&mut self, column: Option<&ColumnUse>, names: &[String], required: bool) -> Option<usize> {
        if let Some(column) = column {
            return Some(self.used(column));
        }
        if names.is_empty() {
            return None;
        }
        self.columns.push(ColumnInUse {
            names: names.to_vec(),
            span: None,
            required,
        });
        Some(self.columns.len() - 1)
    }
}
