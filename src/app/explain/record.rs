//! The cells of one member's records in; what each value meets in the plan, and where names come from, out.

use std::path::Path;

use jiff::civil::Date;

use crate::{
    app::PlanFile,
    model::{Attribute, Row},
    people::name,
    plan::{ColumnMap, ColumnsInUse, Otherwise, Release, Rule, RuleEffect, Source, TagGift, Test, TextSpan},
    report::{ConditionStory, ConsentSaid, OriginStory, OtherValue, ValueStory},
    text::counted,
    wanted::{
        CellCut, ConsentSays, Held, Piece, RuleIndex, Wanted, consent_says, cut, field_value, meets,
        open_modules,
    },
};

/// Takes the records of one member, in source order.
#[derive(Debug)]
pub(crate) struct RowReader<'a> {
    file: &'a PlanFile,
    wanted: &'a Wanted,
    plan_name: String,
    origins: Vec<OriginStory>,
    consent: Vec<ConsentSaid>,
}

const FIRST: &str = "first name";
const LAST: &str = "last name";

impl<'a> RowReader<'a> {
    pub(crate) fn new(file: &'a PlanFile, wanted: &'a Wanted) -> Self {
        let name = Path::new(&file.path).file_name();
        Self {
            file,
            wanted,
            plan_name: name.map_or_else(|| file.path.clone(), |name| name.to_string_lossy().into_owned()),
            origins: Vec::new(),
            consent: Vec::new(),
        }
    }

    /// Names and fields with where they come from, and what was said of consent.
    pub(crate) fn finish(self) -> (Vec<OriginStory>, Vec<ConsentSaid>) {
        (self.origins, self.consent)
    }

    /// What the mapped values of a record meet. Names, fields and consent are remembered.
    pub(crate) fn take(
        &mut self,
        source: &Source,
        slots: &ColumnsInUse,
        row: &Row<'_>,
        place: &str,
    ) -> Vec<ValueStory> {
        let mut values = Vec::new();
        for (map, slot) in source.maps.iter().zip(&slots.maps) {
            let cell = row.cell(*slot);
            let (CellCut::Values(pieces) | CellCut::Ambiguous(pieces, _)) = cut(cell, &RuleIndex::of(map));
            for Piece { value, rule, .. } in pieces.into_iter().filter(|piece| !piece.blank) {
                let rule = rule.and_then(|rule| map.rules.get(rule));
                let conditions = rule.map_or_else(Vec::new, |rule| self.conditions(&rule.effect, slots, row));
                let effect = rule.map_or_else(
                    || "no entry in the plan".to_owned(),
                    |rule| {
                        let cell = (value.as_str(), rule.pattern.rest(&value));
                        self.effect(&rule.effect, &conditions, cell, slots, row)
                    },
                );
                values.push(ValueStory {
                    column: Some(map.column.name.clone()),
                    value,
                    line: rule.map(|rule| rule.text.clone()),
                    at: rule.map(|rule| self.at_rule(map, rule)),
                    effect,
                    conditions,
                });
            }
        }
        if let Some(effect) = &source.each_row {
            let conditions = self.conditions(effect, slots, row);
            let table = source.span.start;
            let key = self.file.text.get(table..).and_then(|text| text.find("each_row"));
            let start = table + key.unwrap_or_default();
            values.push(ValueStory {
                column: None,
                value: String::new(),
                line: Some("each_row".to_owned()),
                at: Some(self.at(&(start..start))),
                effect: self.effect(effect, &conditions, ("", ""), slots, row),
                conditions,
            });
        }
        self.names(slots, row, place);
        for (field, slot) in source.fields.iter().zip(&slots.fields) {
            let (value, _) = field_value(row.cell(*slot), &field.kind, self.wanted.as_of);
            self.origin(&format!("field {}", field.field), &value, place, false);
        }
        self.registered(slots, row, place);
        self.said(source, slots, row, place);
        values
    }

    /// The rules of `RecordFold`: the whole name counts only where half of a name is missing, and a missing half only
    /// comes from a record whose other half agrees.
    fn names(&mut self, slots: &ColumnsInUse, row: &Row<'_>, place: &str) {
        let cell = |slot: Option<usize>| name::clean_name(slot.map_or("", |slot| row.cell(slot)));
        let (first, last) = (cell(slots.first_name), cell(slots.last_name));
        let known = |what: &str| {
            let origin = self.origins.iter().find(|origin| origin.what == what);
            origin.map_or_else(String::new, |origin| origin.value.clone())
        };
        let known = (known(FIRST), known(LAST));
        let split = first.is_empty() && last.is_empty();
        let (first, last) = if split {
            name::split(&cell(slots.full_name))
        } else {
            (first.into_owned(), last.into_owned())
        };
        let completes = name::completes((&known.0, &known.1), (&first, &last));
        if split && !completes {
            return;
        }
        for (what, value, there) in [(FIRST, &first, &known.0), (LAST, &last, &known.1)] {
            if completes || !there.is_empty() {
                self.origin(what, value, place, split);
            }
        }
    }

    fn origin(&mut self, what: &str, value: &str, place: &str, split: bool) {
        if value.is_empty() {
            return;
        }
        match self.origins.iter_mut().find(|origin| origin.what == what) {
            Some(origin) if origin.value == value => {}
            Some(origin) => origin.others.push(OtherValue {
                value: value.to_owned(),
                place: place.to_owned(),
            }),
            None => self.origins.push(OriginStory {
                what: what.to_owned(),
                value: value.to_owned(),
                place: place.to_owned(),
                split,
                others: Vec::new(),
            }),
        }
    }

    /// The earliest counts, and of two alike the first.
    fn registered(&mut self, slots: &ColumnsInUse, row: &Row<'_>, place: &str) {
        let source = usize::from(row.record.source);
        let dates = &self.wanted.dates;
        let start = slots
            .registered
            .and_then(|slot| dates.start(source, slot, row.cell(slot)));
        let Some(moment) = start else { return };
        let what = Attribute::Registered.to_string();
        self.origin(&what, &moment.to_string(), place, false);
        let mut origins = self.origins.iter_mut();
        let Some(origin) = origins.find(|origin| origin.what == what) else {
            return;
        };
        if let Some(other) = origin
            .others
            .last_mut()
            .filter(|other| other.value < origin.value)
        {
            std::mem::swap(&mut origin.value, &mut other.value);
            std::mem::swap(&mut origin.place, &mut other.place);
        }
    }

    fn said(&mut self, source: &Source, slots: &ColumnsInUse, row: &Row<'_>, place: &str) {
        let (Some(consent), Some(slot)) = (&source.consent, slots.consent) else {
            return;
        };
        let value = row.cell(slot).trim();
        let means = match consent_says(consent, value) {
            ConsentSays::Nothing => return,
            ConsentSays::OptedOut => "opted out",
            ConsentSays::OptedIn => "not opted out",
            ConsentSays::Blank => "nothing; opted out unless another record says otherwise",
            ConsentSays::Unclear => "not a value that the plan lists, so opted out",
        };
        self.consent.push(ConsentSaid {
            place: place.to_owned(),
            value: value.to_owned(),
            means,
        });
    }

    /// `maps/products.csv:12` for a line of a mapping file.
    fn at_rule(&self, map: &ColumnMap, rule: &Rule) -> String {
        let in_file = rule
            .in_file
            .and_then(|(file, line)| Some((map.files.get(usize::from(file))?, line)));
        in_file.map_or_else(|| self.at(&rule.span), |(file, line)| format!("{file}:{line}"))
    }

    /// `lumen.toml:83`.
    fn at(&self, span: &TextSpan) -> String {
        let before = self.file.text.get(..span.start).unwrap_or_default();
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        format!("{}:{line}", self.plan_name)
    }

    fn conditions(&self, effect: &RuleEffect, slots: &ColumnsInUse, row: &Row<'_>) -> Vec<ConditionStory> {
        let story = effect.when.iter().map(|condition| {
            let slot = slots.slot(&condition.column);
            let cell = slot.map_or("", |slot| row.cell(slot));
            let held = match &condition.test {
                Test::AnyOf(_) | Test::NoneOf(_) | Test::Blank(_) => Held::Text(cell),
                Test::Day { .. } => Held::Day(slot.and_then(|slot| self.day(slot, row))),
                Test::Number { .. } => {
                    Held::Number(self.wanted.dates.number(usize::from(row.record.source), cell))
                }
            };
            ConditionStory {
                column: condition.column.name.clone(),
                value: cell.trim().to_owned(),
                asks: condition.asks(),
                any_of: match &condition.test {
                    Test::AnyOf(words) => words.texts().map(str::to_owned).collect(),
                    _ => Vec::new(),
                },
                none_of: match &condition.test {
                    Test::NoneOf(words) => words.texts().map(str::to_owned).collect(),
                    _ => Vec::new(),
                },
                met: meets(condition, held, self.today(row, slot)),
            }
        });
        story.collect()
    }

    fn day(&self, slot: usize, row: &Row<'_>) -> Option<Date> {
        let source = usize::from(row.record.source);
        self.wanted.dates.day(source, slot, row.cell(slot))
    }

    /// The day that it is in the zone of a column.
    fn today(&self, row: &Row<'_>, slot: Option<usize>) -> Date {
        let source = usize::from(row.record.source);
        slot.map_or(self.wanted.as_of, |slot| self.wanted.dates.today(source, slot))
    }

    /// The day that it is in the zone of the column with the end.
    fn end_today(&self, effect: &RuleEffect, slots: &ColumnsInUse, row: &Row<'_>) -> Date {
        let source = self.file.plan.sources.get(usize::from(row.record.source));
        let ends = effect
            .ends
            .as_ref()
            .or(source.and_then(|source| source.ends.as_ref()));
        self.today(row, ends.and_then(|ends| slots.slot(&ends.column)))
    }

    /// The last day of what an effect grants.
    fn last_day(&self, effect: &RuleEffect, slots: &ColumnsInUse, row: &Row<'_>) -> Option<Date> {
        let source = self.file.plan.sources.get(usize::from(row.record.source))?;
        let ends = effect.ends.as_ref().or(source.ends.as_ref())?;
        let day = self.day(slots.slot(&ends.column)?, row)?;
        Some(ends.last_day(day))
    }

    /// How much of the offering is opened: `, 3 modules`.
    fn opened(&self, release: &Release, slots: &ColumnsInUse, row: &Row<'_>) -> String {
        match release {
            Release::All => ", everything at once".to_owned(),
            Release::Modules(count) => format!(", {}", counted(u64::from(*count), "module")),
            Release::Drip { from, every } => {
                let slot = slots.slot(from);
                let day = slot.and_then(|slot| self.day(slot, row));
                let today = self.today(row, slot);
                let open = day.map(|day| open_modules(day, *every, today));
                match (day, open) {
                    (Some(day), Some(Some(open))) => format!(
                        ", {} by {} (the first on {day}, one more every {every})",
                        counted(u64::from(open), "module"),
                        today
                    ),
                    (Some(day), _) => format!(", starting on {day}: nothing yet"),
                    (None, _) => ", the first module only: the first day is unknown".to_owned(),
                }
            }
        }
    }

    /// `cell` is the value, and what the star of its line stands for.
    fn effect(
        &self,
        effect: &RuleEffect,
        conditions: &[ConditionStory],
        cell: (&str, &str),
        slots: &ColumnsInUse,
        row: &Row<'_>,
    ) -> String {
        if let Some(why) = &effect.ignore {
            return format!("ignored: {why}");
        }
        let targets = &self.file.plan.targets;
        let offering = effect
            .grant
            .and_then(|grant| targets.offerings.get(usize::from(grant)))
            .map(|offering| offering.key.as_str());
        if conditions.iter().any(|condition| !condition.met) {
            return match (effect.otherwise, offering) {
                (Some(Otherwise::Revoke), Some(offering)) => {
                    format!("revokes {offering}, unless another record grants it")
                }
                _ => "nothing, because its condition is not met".to_owned(),
            };
        }
        let tags = effect.tags.iter().filter_map(|gift| match gift {
            TagGift::Tag(tag) => {
                let (_, name) = targets.tags.get(usize::from(*tag))?;
                Some(format!("gives the tag \"{name}\""))
            }
            TagGift::Carried(template) => {
                let name = template.name(cell.0, cell.1);
                let spelled = self.wanted.carried_as(&name).unwrap_or(&name);
                Some(format!("gives the tag \"{spelled}\""))
            }
        });
        let opened = effect.release.as_ref();
        let opened = opened.map_or_else(String::new, |release| self.opened(release, slots, row));
        let ends = self.last_day(effect, slots, row);
        let grant = offering.map(|offering| match ends {
            Some(day) if day < self.end_today(effect, slots, row) => {
                format!("granted {offering} until {day}, which is in the past")
            }
            Some(day) => format!("grants {offering}{opened}, until {day}"),
            None => format!("grants {offering}{opened}"),
        });
        let parts: Vec<String> = grant.into_iter().chain(tags).collect();
        parts.join(", ")
    }
}
