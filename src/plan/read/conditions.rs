//! `when`: lists of values, days and numbers that a cell is compared with.

use super::columns::check_pattern;
use super::table_keys;
use super::table_reader::{TableReader, bad_value, flag, table, texts};
use super::tree::{Entry, Table, Value};
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    model::Number,
    plan::{ColumnUse, Condition, DayBound, Pattern, Test, Words},
    text::nearest::show,
};

/// The conditions of a line, all of which must hold.
pub(super) fn conditions(entry: &Entry, out: &mut Diagnostics) -> Vec<Condition> {
    let Some(table) = table(entry, out) else {
        return Vec::new();
    };
    if table.entries.is_empty() {
        out.push(
            Diagnostic::error(Code::DoesNothing, "`when` names no column")
                .at(entry.span(), "empty")
                .remedy("Write, for example: when = { Status = [\"active\", \"trial\"] }"),
        );
    }
    let mut conditions: Vec<Condition> = Vec::with_capacity(table.entries.len());
    for condition in &table.entries {
        let test = match &condition.node.value {
            Value::Table(inner) => bounds(condition, inner, out),
            _ => values(condition, condition, out).map(Test::AnyOf),
        };
        let folded = Pattern::fold(&condition.key);
        let first = conditions
            .iter()
            .find(|known| Pattern::fold(&known.column.name) == folded);
        if let Some(first) = first {
            out.push(
                Diagnostic::error(
                    Code::SameLine,
                    format!("`when` names the column {} twice", show(&condition.key)),
                )
                .at(condition.key_span.clone(), "the second one")
                .at(first.column.span.clone(), "the first one")
                .remedy("Combine both; column names are not case-sensitive"),
            );
            continue;
        }
        conditions.extend(test.map(|test| Condition {
            column: ColumnUse {
                name: condition.key.clone(),
                span: condition.key_span.clone(),
            },
            test,
            list: None,
        }));
    }
    conditions
}

/// The values of `listed`, which is the condition itself or its `not`.
fn values(condition: &Entry, listed: &Entry, out: &mut Diagnostics) -> Option<Words> {
    if let Value::Date(_) | Value::Integer(_) | Value::Float(_) = listed.node.value {
        out.push(
            Diagnostic::error(
                Code::WrongType,
                format!(
                    "{} in `when` must be a list of values or bounds",
                    show(&condition.key)
                ),
            )
            .at(
                listed.node.span.clone(),
                format!("this is {}", listed.node.value.kind()),
            )
            .remedy("Write { after = 2025-01-01 }, { at_least = 80 }, or values in quotes: [\"active\"]"),
        );
        return None;
    }
    let values = texts(listed, out);
    if matches!(&listed.node.value, Value::List(list) if list.is_empty()) {
        let diagnostic = if condition.key == listed.key {
            never(condition, "it has no values").remedy("List the values that meet the condition")
        } else {
            let always = format!(
                "{} in `when` is always met: it has no values",
                show(&condition.key)
            );
            Diagnostic::error(Code::DoesNothing, always)
                .remedy("List the values that do not meet the condition, or remove the condition")
        };
        out.push(diagnostic.at(listed.span(), "an empty list"));
    }
    for (value, span) in &values {
        check_pattern(value, span, out);
    }
    let mut seen = std::collections::BTreeSet::new();
    let values: Vec<&str> = values
        .iter()
        .map(|(value, _)| *value)
        .filter(|value| seen.insert(Pattern::fold(value)))
        .collect();
    (!values.is_empty()).then(|| Words::new(values))
}

/// `{ not }`, `{ before, after }` or `{ at_least, at_most }`.
fn bounds(condition: &Entry, inner: &Table, out: &mut Diagnostics) -> Option<Test> {
    let what = format!("the condition of {}", show(&condition.key));
    let reader = TableReader::open(
        inner,
        table_keys::CONDITION,
        what,
        condition.key_span.clone(),
        out,
    );
    let [before, after, at_least, at_most] =
        ["before", "after", "at_least", "at_most"].map(|key| reader.optional(key));
    let not = reader.optional("not");
    if let Some(blank) = reader.optional("blank") {
        let wanted = flag(blank, out)?;
        if let Some(other) = [not, before, after, at_least, at_most]
            .into_iter()
            .flatten()
            .next()
        {
            out.push(
                Diagnostic::error(
                    Code::KeysClash,
                    format!(
                        "{} is asked whether it is blank and for more",
                        show(&condition.key)
                    ),
                )
                .at(blank.span(), "blank or not")
                .at(other.span(), "more")
                .remedy(
                    "Keep one of the two; a blank cell meets no bound, and \"\" among values means blank",
                ),
            );
            return None;
        }
        return Some(Test::Blank(wanted));
    }
    let bound = [before, after, at_least, at_most].into_iter().flatten().next();
    if let (Some(not), Some(bound)) = (not, bound) {
        out.push(
            Diagnostic::error(
                Code::KeysClash,
                format!("{} is compared with values and with bounds", show(&condition.key)),
            )
            .at(bound.span(), "a bound")
            .at(not.span(), "values")
            .remedy("Keep one of the two; a column can appear in `when` only once"),
        );
        return None;
    }
    if let Some(not) = not {
        return values(condition, not, out).map(Test::NoneOf);
    }
    match (before.or(after), at_least.or(at_most)) {
        (Some(day), Some(number)) => {
            out.push(
                Diagnostic::error(
                    Code::KeysClash,
                    format!(
                        "{} is compared with a date and with a number",
                        show(&condition.key)
                    ),
                )
                .at(number.span(), "a number")
                .at(day.span(), "a date")
                .remedy("A column contains dates or numbers, not both; keep one of the two"),
            );
            None
        }
        (Some(_), None) => days(condition, before, after, out),
        (None, Some(_)) => numbers(condition, at_least, at_most, out),
        (None, None) if inner.entries.is_empty() => {
            out.push(
                Diagnostic::error(Code::DoesNothing, format!("{} has no bounds", reader.what()))
                    .at(condition.span(), "empty")
                    .remedy("Write { after = \"as-of\" }, { before = 2025-01-01 }, { at_least = 80 }, { blank = true } or { not = [\"canceled\"] }"),
            );
            None
        }
        (None, None) => None,
    }
}

fn days(
    condition: &Entry,
    before: Option<&Entry>,
    after: Option<&Entry>,
    out: &mut Diagnostics,
) -> Option<Test> {
    let mut bound = |entry: Option<&Entry>| match entry {
        None => Ok(None),
        Some(entry) => day(entry, out).map(Some).ok_or(()),
    };
    let (before_day, after_day) = (bound(before), bound(after));
    let (before_day, after_day) = (before_day.ok()?, after_day.ok()?);
    let none_between = match (before_day, after_day) {
        (Some(DayBound::AsOf(before)), Some(DayBound::AsOf(after))) => before <= after.saturating_add(1),
        (Some(DayBound::Day(before)), Some(DayBound::Day(after))) => {
            after.tomorrow().is_ok_and(|next| next >= before)
        }
        _ => false,
    };
    if none_between {
        out.push(nothing_between(
            condition,
            before,
            after,
            "the range is empty, because the first date is not before the second",
        ));
        return None;
    }
    Some(Test::Day {
        before: before_day,
        after: after_day,
    })
}

fn day(entry: &Entry, out: &mut Diagnostics) -> Option<DayBound> {
    match &entry.node.value {
        Value::Date(Some(day)) => Some(DayBound::Day(*day)),
        Value::Text(text) => {
            let days = as_of_days(text);
            if days.is_none() {
                bad_value(
                    entry.node.span.clone(),
                    format!("{} cannot be {}", show(&entry.key), show(text)),
                    "Write a date without quotes, such as 2025-01-01, or \"as-of\" for the day of the plan, or \"as-of - 30 days\"",
                    out,
                );
            }
            days.map(DayBound::AsOf)
        }
        other => {
            out.push(
                Diagnostic::error(
                    Code::WrongType,
                    format!("{} must be a date or \"as-of\"", show(&entry.key)),
                )
                .at(entry.node.span.clone(), format!("this is {}", other.kind()))
                .remedy(format!(
                    "Write the date without quotes and without a time, for example: {} = 2025-01-01",
                    entry.key
                )),
            );
            None
        }
    }
}

/// `as-of`, `as-of + 14 days`, `as-of - 1 day`: how many days after the day of the plan.
fn as_of_days(text: &str) -> Option<i32> {
    const MAX_DAYS: i32 = 36_500;
    let rest = text.trim().strip_prefix("as-of")?.trim();
    if rest.is_empty() {
        return Some(0);
    }
    let sign = match rest.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (number, unit) = rest.get(1..)?.trim().split_once(' ')?;
    let days: i32 = number.parse().ok().filter(|days| (1..=MAX_DAYS).contains(days))?;
    matches!(unit.trim(), "day" | "days").then_some(sign * days)
}

fn numbers(
    condition: &Entry,
    at_least: Option<&Entry>,
    at_most: Option<&Entry>,
    out: &mut Diagnostics,
) -> Option<Test> {
    let mut bound = |entry: Option<&Entry>| match entry {
        None => Ok(None),
        Some(entry) => number(entry, out).map(Some).ok_or(()),
    };
    let (least, most) = (bound(at_least), bound(at_most));
    let (least, most) = (least.ok()?, most.ok()?);
    if let (Some(least), Some(most)) = (least, most)
        && least > most
    {
        let why = format!("no number is at least {least} and at most {most}");
        out.push(nothing_between(condition, at_least, at_most, &why));
        return None;
    }
    Some(Test::Number {
        at_least: least,
        at_most: most,
    })
}

fn number(entry: &Entry, out: &mut Diagnostics) -> Option<Number> {
    let number = match &entry.node.value {
        Value::Integer(number) => number.map(Number::whole),
        Value::Float(text) => Number::parse(text),
        other => {
            out.push(
                Diagnostic::error(Code::WrongType, format!("{} must be a number", show(&entry.key)))
                    .at(entry.node.span.clone(), format!("this is {}", other.kind()))
                    .remedy(format!(
                        "Write it without quotes, for example: {} = 80",
                        entry.key
                    )),
            );
            return None;
        }
    };
    if number.is_none() {
        bad_value(
            entry.node.span.clone(),
            format!(
                "{} is not a number that cells can be compared with",
                show(&entry.key)
            ),
            "Write up to 18 digits on each side of a point, such as 80 or 79.5",
            out,
        );
    }
    number
}

fn nothing_between(condition: &Entry, one: Option<&Entry>, other: Option<&Entry>, why: &str) -> Diagnostic {
    let mut diagnostic = never(condition, why);
    for entry in [one, other].into_iter().flatten() {
        diagnostic = diagnostic.at(entry.span(), "this bound");
    }
    diagnostic.remedy("Swap or widen the bounds; `before` and `after` exclude their dates, `at_least` and `at_most` include their numbers")
}

fn never(condition: &Entry, why: &str) -> Diagnostic {
    Diagnostic::error(
        Code::DoesNothing,
        format!("{} in `when` is never met: {why}", show(&condition.key)),
    )
}
