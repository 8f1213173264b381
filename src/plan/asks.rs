//! A condition in; what it asks, in words, out.

use super::{Condition, DayBound, Test, Words};
use crate::text::counted;

impl Condition {
    /// What it asks of a cell, in words: "one of active, trial".
    pub fn asks(&self) -> String {
        let is_list = self.list.is_some();
        match &self.test {
            Test::AnyOf(words) if is_list => format!("a list with one of {}", shown(words)),
            Test::AnyOf(words) => format!("one of {}", shown(words)),
            Test::NoneOf(words) if is_list => format!("without {}", shown(words)),
            Test::NoneOf(words) => format!("other than {}", shown(words)),
            Test::Blank(true) => "blank".to_owned(),
            Test::Blank(false) => "not blank".to_owned(),
            Test::Day { before, after } => both(
                after.map(|bound| format!("after {}", day(bound))),
                before.map(|bound| format!("before {}", day(bound))),
            ),
            Test::Number { at_least, at_most } => both(
                at_least.map(|bound| format!("at least {bound}")),
                at_most.map(|bound| format!("at most {bound}")),
            ),
        }
    }
}

fn both(one: Option<String>, other: Option<String>) -> String {
    one.into_iter().chain(other).collect::<Vec<_>>().join(" and ")
}

/// Values as a sentence names them.
fn shown(words: &Words) -> String {
    let shown = words
        .texts()
        .map(|value| if value.trim().is_empty() { "(blank)" } else { value });
    shown.collect::<Vec<_>>().join(", ")
}

fn day(bound: DayBound) -> String {
    match bound {
        DayBound::Day(day) => day.to_string(),
        DayBound::AsOf(0) => "the day of the plan".to_owned(),
        DayBound::AsOf(days) => {
            let count = counted(u64::from(days.unsigned_abs()), "day");
            let side = if days < 0 { "before" } else { "after" };
            format!("{count} {side} the day of the plan")
        }
    }
}
