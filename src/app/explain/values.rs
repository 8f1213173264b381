//! What the values of a record come to in; the same in words, with the entries of the plan, out.

use std::path::Path;

use jiff::civil::Date;

use crate::{
    app::PlanFile,
    plan::{ColumnMap, Rule, Source, Test, TextSpan, Words},
    report::{ConditionStory, ValueStory},
    text::counted,
    wanted::{
        ConditionTrace, ConsentSays, DripTrace, GrantState, GrantTrace, Opened, PaymentOutcome, RowTrace,
        ValueOutcome, ValueTrace,
    },
};

/// Puts traces of records into words.
#[derive(Debug)]
pub(super) struct ValuePrinter<'a> {
    file: &'a PlanFile,
    plan_name: String,
}

impl<'a> ValuePrinter<'a> {
    pub(super) fn new(file: &'a PlanFile) -> Self {
        let name = Path::new(&file.path).file_name();
        Self {
            file,
            plan_name: name.map_or_else(|| file.path.clone(), |name| name.to_string_lossy().into_owned()),
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
            GrantState::Ended(Some(day)) => format!("granted {offering} until {day}, which is in the past"),
            GrantState::Ended(None) => format!("granted {offering}, and has ended by its status"),
            GrantState::NotYet { until: end } => {
                let first = grant.drip.and_then(|drip| drip.first);
                let first = first.map_or(String::new(), |first| {
                    format!(", starting on {first}: nothing yet")
                });
                format!("{grants} {offering}{first}{}", until(end))
            }
            GrantState::Open { opened, until: end } => {
                format!(
                    "{grants} {offering}{}{}",
                    Self::opened(opened, grant.drip),
                    until(end)
                )
            }
        }
    }

    /// How much of the offering is open: `, 3 modules`.
    fn opened(opened: Opened, drip: Option<DripTrace>) -> String {
        match (opened, drip) {
            (Opened::Whole, _) => String::new(),
            (Opened::All, _) => ", everything at once".to_owned(),
            (Opened::Modules(count), None) => format!(", {}", counted(u64::from(count), "module")),
            (Opened::Modules(count), Some(drip)) => match drip.first {
                Some(first) => format!(
                    ", {} by {} (the first on {first}, one more every {})",
                    counted(u64::from(count), "module"),
                    drip.today,
                    drip.every
                ),
                None => ", the first module only: the first day is unknown".to_owned(),
            },
        }
    }
}

/// What a cell says of consent, in words.
pub(super) fn consent_means(says: ConsentSays) -> &'static str {
    match says {
        ConsentSays::OptedOut => "opted out",
        ConsentSays::OptedIn => "not opted out",
        ConsentSays::Nothing => "nothing",
        ConsentSays::Blank => "nothing; opted out unless another record says otherwise",
        ConsentSays::Unclear => "not a value that the plan lists, so opted out",
    }
}

fn condition_story(trace: &ConditionTrace<'_>) -> ConditionStory {
    let texts = |words: &Words| words.texts().map(str::to_owned).collect();
    let (any_of, none_of) = match &trace.condition.test {
        Test::AnyOf(words) => (texts(words), Vec::new()),
        Test::NoneOf(words) => (Vec::new(), texts(words)),
        Test::Blank(_) | Test::Day { .. } | Test::Number { .. } => (Vec::new(), Vec::new()),
    };
    ConditionStory {
        column: trace.condition.column.name.clone(),
        value: trace.cell.clone(),
        asks: trace.condition.asks(),
        any_of,
        none_of,
        met: trace.met,
    }
}
