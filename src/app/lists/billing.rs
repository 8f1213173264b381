//! A member who pays on the old platform, and a plan, in; the cells of `billing-old.csv` that say what for, out.

use crate::{
    people::{date::read_date, number::read_number},
    plan::{BillingColumns, Plan},
    wanted::BillingLine,
};

/// What the columns say that contain a day.
const DAYS: [&str; 3] = ["next_payment", "cancelled_on", "paid_until"];

/// The product, the last payment, and what the export says of the provider and of the days of payments. The amount and
/// the currency are those of the last payment; where rows are not payments, those of the subscription.
pub(super) fn billing_cells(plan: &Plan, line: &BillingLine<'_>) -> Vec<String> {
    let detail = |key: &str| {
        let at = BillingColumns::KEYS.iter().position(|known| *known == key);
        let text = at.map_or("", |at| line.detail(at));
        match at.filter(|_| DAYS.contains(&key)) {
            Some(at) => day(plan, line, at, text),
            None => text.to_owned(),
        }
    };
    let amount = line.amount.map(|amount| amount.to_string());
    let currency = Some(line.currency.to_owned()).filter(|currency| !currency.is_empty());
    vec![
        line.product.to_owned(),
        line.day.map_or_else(String::new, |day| day.to_string()),
        amount.unwrap_or_else(|| number(plan, line, &detail("amount"))),
        currency.unwrap_or_else(|| detail("currency")),
        detail("provider"),
        detail("customer"),
        detail("subscription"),
        detail("interval"),
        detail("next_payment"),
        detail("cancelled_on"),
        detail("paid_until"),
    ]
}

/// A number as Rehome writes numbers; what cannot be read as one is left as the export writes it.
fn number(plan: &Plan, line: &BillingLine<'_>, text: &str) -> String {
    let source = plan.sources.get(usize::from(line.record.source));
    let read = source.and_then(|source| read_number(text, source.formats.numbers).ok().flatten());
    read.map_or_else(|| text.to_owned(), |number| number.to_string())
}

/// A day as Rehome writes days; what cannot be read as one is left as the export writes it.
fn day(plan: &Plan, line: &BillingLine<'_>, at: usize, text: &str) -> String {
    let source = plan.sources.get(usize::from(line.record.source));
    let read = source.and_then(|source| {
        let slot = source.in_use.billing.get(at).copied().flatten()?;
        let name = source.in_use.columns.get(slot)?.names.first()?;
        let plausible = jiff::civil::date(1990, 1, 1)..=jiff::civil::date(2200, 1, 1);
        read_date(text, source.formats.dates.for_column(name), &plausible).ok()
    });
    match read {
        Some(day) => day.map(|day| day.day().to_string()).unwrap_or_default(),
        None => text.to_owned(),
    }
}
