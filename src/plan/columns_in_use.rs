//! A source of the plan in, the columns that are read from its files out, each once.

use crate::model::EventColumns;

use super::{ColumnUse, LoginRule, Pattern, Release, RuleEffect, Source, Test, TextSpan};

/// One column that is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnInUse {
    /// Its possible names, best first.
    pub names: Vec<String>,
    /// Where the plan names it; `None` if only the profile does.
    pub span: Option<TextSpan>,
    /// Whether a file without it is an error.
    pub required: bool,
}

/// The columns of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventColumnsInUse {
    /// The event's own number.
    pub id: Option<usize>,
    /// The order's number.
    pub order: Option<usize>,
    /// The day or moment.
    pub date: usize,
    /// The amount.
    pub amount: usize,
    /// The currency.
    pub currency: Option<usize>,
    /// What happened.
    pub kind: usize,
    /// How it ended.
    pub status: usize,
}

/// The columns that the plan uses of a source, by number: the cells of a [`crate::model::Row`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnsInUse {
    /// The e-mail address.
    pub email: Option<usize>,
    /// The first name.
    pub first_name: Option<usize>,
    /// The last name.
    pub last_name: Option<usize>,
    /// The whole name.
    pub full_name: Option<usize>,
    /// The source's own key of a person.
    pub person_key: Option<usize>,
    /// Consent.
    pub consent: Option<usize>,
    /// The columns of an event, where rows are events.
    pub event: Option<EventColumnsInUse>,
    /// One for each of `Source::maps`.
    pub maps: Vec<usize>,
    /// The last day of what a row grants.
    pub ends: Option<usize>,
    /// The day on which a person registered.
    pub registered: Option<usize>,
    /// How a new user logs in.
    pub login: Option<usize>,
    /// For each of `Source::maps`, the columns on which the effect of its rules depends beside the value:
    /// those of their conditions, releases and ends, each once.
    pub map_conditions: Vec<Vec<usize>>,
    /// The columns on which the effect of `Source::each_row` depends, each once.
    pub each_row_conditions: Vec<usize>,
    /// One for each of `Source::fields`.
    pub fields: Vec<usize>,
    /// Those that are read as dates, sorted.
    pub dates: Vec<usize>,
    /// The columns, by slot.
    pub columns: Vec<ColumnInUse>,
}

impl ColumnsInUse {
    /// The columns that the plan uses of a source. A column used twice is one slot.
    pub fn of(source: &Source) -> Self {
        let mut slots = Self::default();
        let profile = &source.profile;
        slots.email = slots.known(source.email.as_ref(), &profile.columns.email, true);
        slots.first_name = slots.known(source.first_name.as_ref(), &profile.columns.first_name, false);
        slots.last_name = slots.known(source.last_name.as_ref(), &profile.columns.last_name, false);
        slots.full_name = slots.known(source.full_name.as_ref(), &profile.columns.full_name, false);
        slots.event = profile.event.as_ref().and_then(|event| slots.event(event));
        slots.person_key = source.person_key.as_ref().map(|column| slots.used(column));
        slots.consent = source.consent.as_ref().map(|consent| slots.used(&consent.column));
        slots.ends = source.ends.as_ref().map(|ends| slots.used(&ends.column));
        slots.registered = source.registered.as_ref().map(|column| slots.used(column));
        slots.login = match &source.login {
            Some(LoginRule::Column(column)) => Some(slots.used(column)),
            _ => None,
        };
        for map in &source.maps {
            let slot = slots.used(&map.column);
            slots.maps.push(slot);
            let conditions = slots.conditions(map.rules.iter().map(|rule| &rule.effect));
            slots.map_conditions.push(conditions);
        }
        slots.each_row_conditions = slots.conditions(source.each_row.iter());
        for field in &source.fields {
            let slot = slots.used(&field.column);
            slots.fields.push(slot);
        }
        slots.dates.extend(slots.ends);
        slots.dates.extend(slots.registered);
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
            kind: self.known(None, &event.kind, true)?,
            status: self.known(None, &event.status, true)?,
        })
    }

    /// The slot of a column that the plan names.
    pub fn slot(&self, column: &ColumnUse) -> Option<usize> {
        let wanted = Pattern::fold(&column.name);
        self.columns
            .iter()
            .position(|slot| matches!(slot.names.as_slice(), [name] if Pattern::fold(name) == wanted))
    }

    /// The slot of a column by any name under which it may appear in a file.
    pub fn named(&self, column: &str) -> Option<usize> {
        let wanted = Pattern::fold(column);
        let is = |name: &String| Pattern::fold(name) == wanted;
        self.columns.iter().position(|slot| slot.names.iter().any(is))
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
