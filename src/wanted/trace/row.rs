//! A record that was folded in; what each of its values comes to, and what its cells say of the member, out.

use jiff::civil::Date;

use crate::{
    model::{Period, RecordRef, Row, TagName},
    plan::{ColumnMap, Condition, Pattern, Plan, Rule, RuleEffect, Source, TagGift},
    wanted::{
        CellCut, ConsentSays, GrantState, PaymentOutcome, RuleIndex, Wanted, consent_says, cut,
        map::{
            asked::Asked,
            days::Days,
            effect_meaning::{EffectMeaning, GrantMeaning, SourceEnd},
            field::field_value,
            person_cells::RowNames,
            row_view::{RowView, most_modules, source_end},
        },
    },
};

/// What a record comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowTrace<'p> {
    /// Where the record stands.
    pub record: RecordRef,
    /// The values of the mapped columns, then what every row gives.
    pub values: Vec<ValueTrace<'p>>,
    /// What became of it, where it is a payment or refund. What the values say counts only for a charge that stands.
    pub payment: Option<PaymentOutcome>,
    /// The cell of the consent column, where it says something, and what it says.
    pub consent: Option<(String, ConsentSays)>,
    pub(super) names: RowNames<'static>,
    /// Fields with a value, by index of [`Plan::field_names`].
    pub(super) fields: Vec<(usize, String)>,
    /// The moment since when the member is registered.
    pub(super) registered: Option<String>,
}

/// What a value comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueTrace<'p> {
    /// The map of the value's column; `None` where every row gives it.
    pub map: Option<&'p ColumnMap>,
    /// The value, or the cell where it can be cut in two ways.
    pub value: String,
    /// The entry that it matches.
    pub rule: Option<&'p Rule>,
    /// The conditions of the entry.
    pub conditions: Vec<ConditionTrace<'p>>,
    /// What that gives.
    pub outcome: ValueOutcome<'p>,
}

/// A condition of an entry, and whether it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionTrace<'p> {
    /// The condition.
    pub condition: &'p Condition,
    /// What the record's cell contains.
    pub cell: String,
    /// Whether it meets the condition.
    pub met: bool,
}

/// What a value gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueOutcome<'p> {
    /// Nothing: it has no entry.
    NoEntry,
    /// Nothing: the cell can be cut in two ways that mean different things.
    Ambiguous,
    /// Nothing, and this is why.
    Ignored(&'p str),
    /// Nothing, since a condition does not hold: the offering is mentioned, where the entry has one.
    NotMet(Option<u16>),
    /// A revoke of the offering, unless another record grants it.
    Revokes(u16),
    /// A grant, tags or both.
    Gives {
        /// The grant.
        grant: Option<GrantTrace>,
        /// The tags, as a system spells them.
        tags: Vec<TagName>,
    },
}

/// A grant of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantTrace {
    /// The offering, by index.
    pub offering: u16,
    /// What it is on the day of the plan.
    pub state: GrantState,
    /// The gradual release, where the grant is one.
    pub drip: Option<DripTrace>,
}

/// A gradual release of one value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DripTrace {
    /// The first day; `None` where the record does not say it.
    pub first: Option<Date>,
    /// The time between two modules.
    pub every: Period,
    /// The day on which the modules are counted: the day of the plan, in the zone of the column.
    pub today: Date,
}

/// Reads records again.
#[derive(Debug)]
pub struct RowTracer<'p> {
    plan: &'p Plan,
    wanted: &'p Wanted,
    /// By source, one for each of its maps.
    rules: Vec<Vec<RuleIndex<'p>>>,
    modules: Vec<u16>,
    days: Days,
    asked: Asked,
}

impl<'p> RowTracer<'p> {
    /// For the records that gave this wanted state.
    pub fn new(plan: &'p Plan, wanted: &'p Wanted) -> Self {
        let rules = |source: &'p Source| source.gives.maps.iter().map(RuleIndex::of).collect();
        Self {
            plan,
            wanted,
            rules: plan.sources.iter().map(rules).collect(),
            modules: most_modules(plan),
            days: Days::from_columns(wanted.dates.clone()),
            asked: Asked::default(),
        }
    }

    /// What a record of a member comes to. Its cells are those of [`Source::in_use`], with corrections made.
    /// `None` where the plan has no such source.
    pub fn trace(&mut self, row: &Row<'_>) -> Option<RowTrace<'p>> {
        let plan = self.plan;
        let index = usize::from(row.record.source);
        let source = plan.sources.get(index)?;
        let payment = self.wanted.payments.outcomes.get(row.record);
        let mut trace = RowTrace {
            record: row.record,
            values: self.values(source, index, row),
            payment,
            consent: None,
            names: RowNames::Whole("".into()),
            fields: Vec::new(),
            registered: None,
        };
        if let (Some(consent), Some(slot)) = (&source.person.consent, source.in_use.person.consent) {
            let cell = row.cell(slot).trim();
            let says = consent_says(consent, cell);
            trace.consent = (says != ConsentSays::Nothing).then(|| (cell.to_owned(), says));
        }
        // What did not happen says nothing else of a member.
        if payment.is_none_or(PaymentOutcome::happened) {
            trace.names = RowNames::from_row(&source.in_use, row).into_owned();
            trace.fields = self.fields(source, row);
            trace.registered = source.in_use.person.registered.and_then(|slot| {
                let day = self.days.registered(row, slot)?;
                Some(self.days.start(index, slot, day)?.to_string())
            });
        }
        Some(trace)
    }

    fn fields(&self, source: &Source, row: &Row<'_>) -> Vec<(usize, String)> {
        let names = self.plan.field_names();
        let fields = source.fields.iter().zip(&source.in_use.fields);
        fields
            .filter_map(|(field, slot)| {
                let (value, _) = field_value(row.cell(*slot), &field.kind, self.wanted.as_of);
                let place = names.iter().position(|name| **name == field.field)?;
                (!value.is_empty()).then(|| (place, value.into_owned()))
            })
            .collect()
    }

    fn values(&mut self, source: &'p Source, index: usize, row: &Row<'_>) -> Vec<ValueTrace<'p>> {
        let status = source.gives.statuses.as_ref().zip(source.in_use.status);
        let status = status.map(|(statuses, slot)| statuses.says(row.cell(slot).trim()));
        let source_end = source_end(source, row, &mut self.days, status);
        let mut values = Vec::new();
        for (at, (map, slot)) in source.gives.maps.iter().zip(&source.in_use.maps).enumerate() {
            let cell = row.cell(*slot);
            let Some(rules) = self.rules.get(index).and_then(|rules| rules.get(at)) else {
                continue;
            };
            let cut = cut(cell, rules);
            if let CellCut::Ambiguous(..) = cut {
                values.push(ValueTrace {
                    map: Some(map),
                    value: cell.trim().to_owned(),
                    rule: None,
                    conditions: Vec::new(),
                    outcome: ValueOutcome::Ambiguous,
                });
            }
            for piece in cut.counted().iter().filter(|piece| !piece.blank) {
                let rule = piece.rule.and_then(|rule| map.rules.get(rule));
                let (outcome, conditions) = match rule {
                    None => (ValueOutcome::NoEntry, Vec::new()),
                    Some(rule) => {
                        let carried = rule.carried_names(&piece.value).collect();
                        self.effect(&rule.effect, carried, source, row, source_end)
                    }
                };
                values.push(ValueTrace {
                    map: Some(map),
                    value: piece.value.clone(),
                    rule,
                    conditions,
                    outcome,
                });
            }
        }
        if let Some(effect) = &source.gives.each_row {
            let (outcome, conditions) = self.effect(effect, Vec::new(), source, row, source_end);
            values.push(ValueTrace {
                map: None,
                value: String::new(),
                rule: None,
                conditions,
                outcome,
            });
        }
        values
    }

    /// What an effect gives a row, and its conditions. `carried` are the names of the tags that the value carries.
    fn effect(
        &mut self,
        effect: &'p RuleEffect,
        carried: Vec<String>,
        source: &Source,
        row: &Row<'_>,
        source_end: SourceEnd,
    ) -> (ValueOutcome<'p>, Vec<ConditionTrace<'p>>) {
        let mut view = RowView {
            row,
            columns: &source.in_use,
            modules: &self.modules,
            days: &mut self.days,
            asked: &mut self.asked,
        };
        let conditions = effect.when.iter().map(|condition| {
            let slot = view.columns.slot(&condition.column);
            ConditionTrace {
                condition,
                cell: slot.map_or("", |slot| row.cell(slot)).trim().to_owned(),
                met: view.holds(condition),
            }
        });
        let conditions = conditions.collect();
        let meaning = view.meaning(effect);
        let outcome = match (&effect.ignore, meaning) {
            (Some(why), _) => ValueOutcome::Ignored(why),
            (None, EffectMeaning::NotMet(offering)) => ValueOutcome::NotMet(offering),
            (None, EffectMeaning::Revokes(offering)) => ValueOutcome::Revokes(offering),
            (None, EffectMeaning::Applies(grant)) => {
                let carried = carried.into_iter().filter_map(|name| self.carried_tag(&name));
                ValueOutcome::Gives {
                    grant: grant.map(|grant| Self::grant(&grant, source_end)),
                    tags: self.plan_tags(effect).chain(carried).collect(),
                }
            }
        };
        (outcome, conditions)
    }

    fn grant(grant: &GrantMeaning, source_end: SourceEnd) -> GrantTrace {
        GrantTrace {
            offering: grant.offering,
            state: grant.state(source_end),
            drip: grant.drip.map(|drip| DripTrace {
                first: drip.first,
                every: drip.every,
                today: drip.today,
            }),
        }
    }

    fn plan_tags(&self, effect: &'p RuleEffect) -> impl Iterator<Item = TagName> {
        effect.tags.iter().filter_map(|gift| match gift {
            TagGift::Tag(tag) => self.wanted.tags.given(*tag).cloned(),
            TagGift::Carried(_) => None,
        })
    }

    /// The tag that carries a name over, as a system spells it; `None` where the name cannot be carried over.
    fn carried_tag(&self, name: &str) -> Option<TagName> {
        let folded = Pattern::fold(name);
        let tags = (0u16..).map_while(|tag| self.wanted.tags.given(tag));
        let mut same = tags.filter(|tag| Pattern::fold(tag.as_str()) == folded);
        same.next().cloned()
    }
}
