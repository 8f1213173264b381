//! Consent and conditions as they were read in; their values with counts and what they mean, out.

use serde_json::{Value, json};

use crate::{
    plan::{Plan, Source, Statuses, Test},
    text::{Table, amount, revealed},
    wanted::{AskedCondition, ConsentSays, StatusColumn, Wanted},
};

/// How many values a table shows.
const MAX_VALUES: usize = 40;

fn says(says: ConsentSays) -> &'static str {
    match says {
        ConsentSays::OptedOut => "opted out",
        ConsentSays::OptedIn => "not opted out",
        ConsentSays::Nothing => "nothing",
        ConsentSays::Blank => "opted out, unless another record says otherwise",
        ConsentSays::Unclear => "opted out, since neither list has it",
    }
}

fn value_shown(value: &str) -> String {
    if value.is_empty() {
        "(blank)".to_owned()
    } else {
        revealed(value)
    }
}

/// A table for each consent column and each condition. `only` is the index of one source.
pub fn words_text(plan: &Plan, wanted: &Wanted, only: Option<usize>) -> String {
    let mut text = String::new();
    for (index, (source, column)) in plan.sources.iter().zip(&wanted.problems.consent).enumerate() {
        let Some(consent) = source
            .person
            .consent
            .as_ref()
            .filter(|_| only.is_none_or(|only| only == index))
        else {
            continue;
        };
        let mut table = Table::new(2, &["value", "means", "cells"]);
        let mut values: Vec<_> = column.values.iter().collect();
        values.sort_by_key(|value| std::cmp::Reverse(value.count));
        for value in values.iter().take(MAX_VALUES) {
            table.row([
                value_shown(&value.value),
                says(value.says).to_owned(),
                amount(value.count),
            ]);
        }
        let more = values
            .iter()
            .skip(MAX_VALUES)
            .map(|value| value.count)
            .sum::<u64>()
            + column.more;
        if more > 0 {
            table.row(["(other values)".to_owned(), String::new(), amount(more)]);
        }
        for (words, held, means) in [
            (&consent.opted_out, &column.held_out, ConsentSays::OptedOut),
            (&consent.opted_in, &column.held_in, ConsentSays::OptedIn),
        ] {
            for (word, _) in words.texts().zip(held).filter(|(_, held)| !**held) {
                table.row([value_shown(word), says(means).to_owned(), amount(0)]);
            }
        }
        text.push_str(&format!(
            "[sources.{}.consent] \"{}\"\n",
            source.key,
            revealed(&consent.column.name)
        ));
        text.push_str(&table.text("  "));
    }
    text.push_str(&statuses_text(plan, wanted, only));
    for asked in chosen(wanted, only) {
        let key = plan
            .sources
            .get(usize::from(asked.source))
            .map_or("", |source| source.key.as_str());
        text.push_str(&format!(
            "[sources.{key}] when \"{}\" is {}\n",
            revealed(&asked.column().name),
            asked.condition.asks()
        ));
        let mut table = Table::new(2, &["value", "met", "cells"]);
        let mut values: Vec<_> = asked.values.iter().collect();
        values.sort_by_key(|value| std::cmp::Reverse(value.count));
        let is_text = is_of_values(asked);
        for value in values.iter().take(MAX_VALUES) {
            let mut shown = value_shown(&value.value);
            if !is_text && !value.value.is_empty() && value.count > 1 {
                shown.push_str(" and others");
            }
            table.row([
                shown,
                if value.met { "yes" } else { "no" }.to_owned(),
                amount(value.count),
            ]);
        }
        let more = values
            .iter()
            .skip(MAX_VALUES)
            .map(|value| value.count)
            .sum::<u64>()
            + asked.more;
        if more > 0 {
            table.row(["(other values)".to_owned(), String::new(), amount(more)]);
        }
        text.push_str(&table.text("  "));
    }
    text
}

fn is_of_values(asked: &AskedCondition) -> bool {
    matches!(
        asked.condition.test,
        Test::AnyOf(_) | Test::NoneOf(_) | Test::Blank(_)
    )
}

fn chosen(wanted: &Wanted, only: Option<usize>) -> impl Iterator<Item = &AskedCondition> {
    let is_chosen = move |asked: &&AskedCondition| only.is_none_or(|only| only == usize::from(asked.source));
    wanted.problems.asked.iter().filter(is_chosen)
}

/// The values of the status columns that the plan looks at, with what they mean.
fn statuses_text(plan: &Plan, wanted: &Wanted, only: Option<usize>) -> String {
    let mut text = String::new();
    for (index, source, statuses, column) in statuses_of(plan, wanted) {
        if only.is_some_and(|only| only != index) {
            continue;
        }
        let mut table = Table::new(2, &["value", "means", "cells"]);
        for value in &column.values {
            table.row([
                value_shown(&value.value),
                value.says.text().to_owned(),
                amount(value.count),
            ]);
        }
        if column.more > 0 {
            table.row(["(other values)".to_owned(), String::new(), amount(column.more)]);
        }
        text.push_str(&format!(
            "[sources.{}.statuses] \"{}\"\n",
            source.key,
            revealed(&statuses.column.name)
        ));
        text.push_str(&table.text("  "));
    }
    text
}

/// The sources whose status the plan looks at.
fn statuses_of<'a>(
    plan: &'a Plan,
    wanted: &'a Wanted,
) -> impl Iterator<Item = (usize, &'a Source, &'a Statuses, &'a StatusColumn)> {
    let all = plan.sources.iter().zip(&wanted.problems.statuses).enumerate();
    all.filter_map(|(index, (source, column))| Some((index, source, source.gives.statuses.as_ref()?, column)))
}

/// The status columns that the plan looks at, each value with its count and what it means.
pub fn statuses_json(plan: &Plan, wanted: &Wanted) -> Value {
    let columns = statuses_of(plan, wanted).map(|(_, source, statuses, column)| {
        let values: Vec<Value> = column
            .values
            .iter()
            .map(|value| json!({ "value": value.value, "count": value.count, "means": value.says.text() }))
            .collect();
        json!({ "source": source.key, "column": statuses.column.name, "values": values, "more": column.more })
    });
    Value::Array(columns.collect())
}

/// The same as JSON: `consent` and `conditions`.
pub fn words_json(plan: &Plan, wanted: &Wanted) -> (Value, Value) {
    let consent: Vec<Value> = plan
        .sources
        .iter()
        .zip(&wanted.problems.consent)
        .filter_map(|(source, column)| {
            let consent = source.person.consent.as_ref()?;
            let values: Vec<Value> = column
                .values
                .iter()
                .map(|value| json!({ "value": value.value, "count": value.count, "means": says(value.says) }))
                .collect();
            Some(json!({
                "source": source.key, "column": consent.column.name, "values": values, "more": column.more,
            }))
        })
        .collect();
    let conditions: Vec<Value> = wanted
        .problems
        .asked
        .iter()
        .map(|asked| {
            let values: Vec<Value> = asked
                .values
                .iter()
                .map(|value| json!({ "value": value.value, "count": value.count, "met": value.met }))
                .collect();
            json!({
                "source": plan.sources.get(usize::from(asked.source)).map(|source| &source.key),
                "column": asked.column().name,
                "asks": asked.condition.asks(),
                "missing": asked.missing_words(),
                "values": values,
                "more": asked.more,
            })
        })
        .collect();
    (Value::Array(consent), Value::Array(conditions))
}
