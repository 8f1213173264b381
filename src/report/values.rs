//! What became of each value of the old platform, in records and people, in; a table, JSON and a list out.

use std::{collections::BTreeMap, fmt::Write};

use serde_json::{Value, json};

use crate::{
    model::coded,
    text::{Table, amount, counted_as, revealed},
};

coded! {
    /// Where the people of one value go: each of them counts once, under the first of these that holds.
    pub enum PersonOutcome {
        /// They gain access.
        Gains = "gains", "gains access";
        /// They have access already.
        AlreadyHas = "already-has", "already has access";
        /// Something keeps them from it.
        Blocked = "blocked", "blocked";
        /// They become a contact, and only users have access.
        ContactOnly = "contact-only", "contact only";
        /// The value gives tags, and no access.
        TagOnly = "tag-only", "gets a tag";
        /// A gradual release has not begun.
        NotYet = "not-yet", "opens later";
        /// A condition of the plan does not hold.
        NotMet = "not-met", "condition not met";
        /// It has ended.
        Ended = "ended", "ended";
        /// Their payment was refunded or charged back.
        Refunded = "refunded", "refunded";
        /// No payment of theirs counts.
        NotPaid = "not-paid", "not paid";
        /// The value revokes.
        Revokes = "revokes", "revoked";
        /// The plan ignores the value.
        Ignored = "ignored", "ignored by the plan";
    }
}

/// One product, tag or level as the old platform names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueRow {
    /// The source.
    pub source: String,
    /// The column; blank for what every row of the source gives.
    pub column: String,
    /// The value, as first written.
    pub value: String,
    /// The entry of the plan that it has; blank if every row gives it.
    pub entry: String,
    /// Records with the value, rejected ones included.
    pub records: u64,
    /// Those that are of a member.
    pub of_members: u64,
    /// Those that were rejected, or that make no member.
    pub rejected: u64,
    /// The members of these records, each once.
    pub people: u64,
    /// Where these people go.
    pub outcomes: BTreeMap<PersonOutcome, u64>,
}

impl ValueRow {
    /// True if the records are of members or rejected, and each of the people goes somewhere.
    pub fn adds_up(&self) -> bool {
        self.records == self.of_members + self.rejected
            && self.people <= self.of_members
            && self.people == self.outcomes.values().sum::<u64>()
    }
}

/// More rows than these are counted in text, not shown.
const ROWS: usize = 100;

/// The values as a table; outcomes that no value has are left out.
pub fn values_text(rows: &[ValueRow]) -> String {
    let mut text = "\nWhat becomes of each product, tag and level of the old platform\n".to_owned();
    let occurring = occurring(rows);
    let mut header = vec!["value", "source", "records", "rejected", "people"];
    header.extend(occurring.iter().map(|outcome| outcome.sentence()));
    let mut table = Table::new(2, &header);
    for row in rows.iter().take(ROWS) {
        let mut cells = vec![shown(row), row.source.clone()];
        cells.extend([row.records, row.rejected, row.people].map(amount));
        cells.extend(occurring.iter().map(|outcome| amount(count(row, *outcome))));
        table.row(cells);
    }
    text.push_str(&table.text("  "));
    if let Some(more) = rows.len().checked_sub(ROWS).filter(|more| *more > 0) {
        let more = counted_as(more as u64, "more value", "more values");
        let _ = writeln!(text, "  … and {more}: see --format json");
    }
    let sums = if rows.iter().all(ValueRow::adds_up) {
        "each row adds up"
    } else {
        "A ROW DOES NOT ADD UP. This is a bug in Rehome; please report it."
    };
    let _ = writeln!(
        text,
        "  people = the sum of the columns after it; one person can have several records: {sums}\n  --lists DIR writes values.csv, with a line for each person and value"
    );
    text
}

/// The value as people read it.
pub(super) fn shown(row: &ValueRow) -> String {
    if row.column.is_empty() {
        "(every record)".to_owned()
    } else {
        revealed(&row.value)
    }
}

/// The people of a value that go there.
pub(super) fn count(row: &ValueRow, outcome: PersonOutcome) -> u64 {
    row.outcomes.get(&outcome).copied().unwrap_or_default()
}

/// The outcomes that any value has.
pub(super) fn occurring(rows: &[ValueRow]) -> Vec<PersonOutcome> {
    let all = PersonOutcome::OWN.iter().copied();
    all.filter(|outcome| rows.iter().any(|row| count(row, *outcome) > 0))
        .collect()
}

/// The values as JSON, with all outcomes by code.
pub fn values_json(rows: &[ValueRow]) -> Value {
    let rows = rows.iter().map(|row| {
        json!({
            "source": row.source,
            "column": (!row.column.is_empty()).then_some(&row.column),
            "value": row.value,
            "entry": row.entry,
            "records": row.records,
            "rejected": row.rejected,
            "people": row.people,
            "outcomes": row.outcomes,
        })
    });
    Value::Array(rows.collect())
}
