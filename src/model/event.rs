//! What the rows of an export of payments are: the words for their kinds and outcomes, and their columns.

use serde::{Deserialize, Serialize};

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// Money came in once.
    Charge,
    /// Money came in, and comes again until someone stops it.
    Subscription,
    /// A part of a price came in; the others follow.
    PaymentPlan,
    /// Money was given back.
    Refund,
    /// The bank took the money back.
    Chargeback,
}

impl EventKind {
    /// True if money comes in.
    pub fn is_charge(self) -> bool {
        matches!(self, Self::Charge | Self::Subscription | Self::PaymentPlan)
    }

    /// True if more payments may follow by themselves.
    pub fn goes_on(self) -> bool {
        matches!(self, Self::Subscription | Self::PaymentPlan)
    }
}

/// How it ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventStatus {
    /// It happened.
    Succeeded,
    /// It happened, and was refunded as a whole since.
    Refunded,
    /// It did not happen.
    Failed,
    /// It has not happened yet.
    Pending,
}

/// The columns of a profile whose rows are events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventColumns {
    /// Possible names of the column with the event's own number, by which a row that two exports contain
    /// counts once.
    pub id: Vec<String>,
    /// Possible names of the column with the order's number, by which a refund finds its charge.
    pub order: Vec<String>,
    /// Possible names of the column with the day or moment.
    pub date: Vec<String>,
    /// Possible names of the column with the amount.
    pub amount: Vec<String>,
    /// Possible names of the column with the currency.
    pub currency: Vec<String>,
    /// Possible names of the column that says what happened.
    pub kind: Vec<String>,
    /// Possible names of the column that says how it ended.
    pub status: Vec<String>,
}
