//! What the values of a record come to in; the same in words, with the entries of the plan, out.

use std::path::Path;

use jiff::civil::Date;

use crate::{
    app::PlanFile,
    model::Period,
    plan::{ColumnMap, Condition, DayBound, Rule, Source, Test, TextSpan},
    report::{ConditionStory, ValueStory},
    text::counted,
    wanted::{
        ConditionTrace, ConsentMeaning, GrantState, GrantTrace, Opened, PaymentOutcome, RowTrace,
        ValueOutcome, ValueTrace,
    },
};

/// Puts traces of records into words.
#[derive(Debug)]
pub(super) struct ValuePrinter<'a> {
    file: &'a PlanFile,
    plan_name: String,
    as_of: Date,
}

impl<'a> ValuePrinter<'a> {
    pub(super) fn new(file: &'a PlanFile, as_of: Date) -> Self {
        let name = Path::new(&file.path).file_name();
        Self {
            file,
            plan_name: name.map_or_else(|| file.path.clone(), |name| name.to_string_lossy().into_owned()),
            as_of,
        }
    }

    /// The values of a record, each with its entry and what it gives.
    pub(super) fn values(&self, source: &Source, trace: &RowTrace<'_>) -> Vec<ValueStory> {
        let value = |value: &ValueTrace<'_>| {
            let (line, at) = match (value.map, value.rule) {
                (Some(map), Some(rule)) => (Some(rule.text.clone()), Some(self.at_rule(map, rule))),
                (Some(_), None) => (None, None),
                (None, _) => (Some("each_row".to_owned()), Some(self.at_each_row(source))),
            };
            ValueStory {
                column: value.map.map(|map| map.column.name.clone()),
                value: value.value.clone(),
                line,
                at,
                conditions: value.conditions.iter().map(condition_story).collect(),
                effect: self.outcome(&value.outcome, trace.payment),
            }
        };
        trace.values.iter().map(value).collect()
    }

    fn at_each_row(&self, source: &Source) -> String {
        let table = source.span.start;
        let key = self.file.text.get(table..).and_then(|text| text.find("each_row"));
        let start = table + key.unwrap_or_default();
        self.at(&(start..start))
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

    /// What a value gives. What a payment or refund says counts only for a charge that stands.
    fn outcome(&self, outcome: &ValueOutcome<'_>, payment: Option<PaymentOutcome>) -> String {
        let unless = payment
            .filter(|payment| !payment.stands())
            .map(|payment| match payment {
                PaymentOutcome::Takes { .. }
                | PaymentOutcome::TakesPart { .. }
                | PaymentOutcome::NoCharge => " if it were a charge",
                _ => " if the payment counted",
            });
        let verb = |plain: &str, conditional: &str| match unless {
            None => plain.to_owned(),
            Some(_) => format!("would {conditional}"),
        };
        let text = match outcome {
            ValueOutcome::NoEntry => return "no entry in the plan".to_owned(),
            ValueOutcome::Ambiguous => {
                return "nothing, because the cell can be split in two ways that mean different things"
                    .to_owned();
            }
            ValueOutcome::Ignored(why) => return format!("ignored: {why}"),
            ValueOutcome::NotMet(_) => return "nothing, because its condition is not met".to_owned(),
            ValueOutcome::Revokes(offering) => format!(
                "{} {}, unless another record grants it",
                verb("revokes", "revoke"),
                self.key(*offering)
            ),
            ValueOutcome::Gives { grant, tags } => {
                let grants = verb("grants", "grant");
                let grant = grant.iter().map(|grant| self.grant(grant, &grants));
                let gives = verb("gives", "give");
                let tags = tags.iter().map(|tag| format!("{gives} the tag \"{tag}\""));
                let parts: Vec<String> = grant.chain(tags).collect();
                parts.join(", ")
            }
        };
        format!("{text}{}", unless.unwrap_or_default())
    }

    fn key(&self, offering: u16) -> &str {
        let offering = self.file.plan.targets.offerings.get(usize::from(offering));
        offering.map_or("", |offering| offering.key.as_str())
    }

    fn grant(&self, grant: &GrantTrace, grants: &str) -> String {
        let offering = self.key(grant.offering);
        let until = |until: Option<Date>| until.map_or(String::new(), |day| format!(", until {day}"));
        match grant.state {
            GrantState::Ended(day) => format!("granted {offering} until {day}, which is in the past"),
            GrantState::NotYet { until: end } => {
                let first = grant.drip.and_then(|(first, _)| first);
                let first = first.map_or(String::new(), |first| {
                    format!(", starting on {first}: nothing yet")
                });
                format!("{grants} {offering}{first}{}", until(end))
            }
            GrantState::Open { opened, until: end } => {
                format!(
                    "{grants} {offering}{}{}",
                    self.opened(opened, grant.drip),
                    until(end)
                )
            }
        }
    }

    /// How much of the offering is open: `, 3 modules`.
    fn opened(&self, opened: Opened, drip: Option<(Option<Date>, Period)>) -> String {
        match (opened, drip) {
            (Opened::Whole, _) => String::new(),
            (Opened::All, _) => ", everything at once".to_owned(),
            (Opened::Modules(count), None) => format!(", {}", counted(u64::from(count), "module")),
            (Opened::Modules(count), Some((Some(first), every))) => format!(
                ", {} by {} (the first on {first}, one more every {every})",
                counted(u64::from(count), "module"),
                self.as_of
            ),
            (Opened::Modules(_), Some((None, _))) => {
                ", the first module only: the first day is unknown".to_owned()
            }
        }
    }
}

/// What a cell says of consent, in words.
pub(super) fn consent_means(meaning: ConsentMeaning) -> &'static str {
    match meaning {
        ConsentMeaning::OptedOut => "opted out",
        ConsentMeaning::NotOptedOut => "not opted out",
        ConsentMeaning::Unlisted => "not a value that the plan lists",
    }
}

fn condition_story(trace: &ConditionTrace<'_>) -> ConditionStory {
    let (any_of, none_of) = match &trace.condition.test {
        Test::AnyOf(values) => (values.clone(), Vec::new()),
        Test::NoneOf(values) => (Vec::new(), values.clone()),
        Test::Day { .. } | Test::Number { .. } => (Vec::new(), Vec::new()),
    };
    ConditionStory {
        column: trace.condition.column.name.clone(),
        value: trace.cell.clone(),
        asks: asks(trace.condition),
        any_of,
        none_of,
        met: trace.met,
    }
}

/// Values as a sentence names them.
fn shown(values: &[String]) -> String {
    let shown = values
        .iter()
        .map(|value| if value.is_empty() { "(blank)" } else { value });
    shown.collect::<Vec<_>>().join(", ")
}

/// What a condition asks, in words.
fn asks(condition: &Condition) -> String {
    let day = |bound: &DayBound| match bound {
        DayBound::Day(day) => day.to_string(),
        DayBound::AsOf => "the day of the plan".to_owned(),
    };
    match &condition.test {
        Test::AnyOf(values) if condition.list.is_some() => {
            format!("a list with one of {}", shown(values))
        }
        Test::AnyOf(values) => format!("one of {}", shown(values)),
        Test::NoneOf(values) if condition.list.is_some() => format!("without {}", shown(values)),
        Test::NoneOf(values) => format!("other than {}", shown(values)),
        Test::Day { before, after } => {
            let after = after.as_ref().map(|bound| format!("after {}", day(bound)));
            let before = before.as_ref().map(|bound| format!("before {}", day(bound)));
            let both: Vec<String> = after.into_iter().chain(before).collect();
            both.join(" and ")
        }
        Test::Number { at_least, at_most } => {
            let least = at_least.map(|bound| format!("at least {bound}"));
            let most = at_most.map(|bound| format!("at most {bound}"));
            let both: Vec<String> = least.into_iter().chain(most).collect();
            both.join(" and ")
        }
    }
}
