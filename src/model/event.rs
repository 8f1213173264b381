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
    /// Possible names of the column that says what happened; none where flags say it.
    pub kind: Vec<String>,
    /// Possible names of the column that says how it ended; none where flags say it.
    pub status: Vec<String>,
    /// Columns that say one thing each.
    pub flags: EventFlags,
}

/// What a column of an export of payments says where its cell is `1`, `true` or `yes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventFlag {
    /// The payment comes again.
    Subscription,
    /// Nothing was paid yet.
    Pending,
    /// The whole payment was refunded.
    Refunded,
    /// The bank took the money back.
    ChargedBack,
    /// The bank took it back, and gave it back again.
    Won,
    /// The seller took the access away.
    Revoked,
}

/// Possible names of the columns with flags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFlags {
    /// For each of [`EventFlags::KEYS`], where the profile names one.
    pub columns: Vec<Vec<String>>,
}

impl EventFlags {
    /// What the flags say, as a profile calls it.
    pub const KEYS: [&'static str; 6] = [
        "subscription",
        "pending",
        "refunded",
        "charged_back",
        "won",
        "revoked",
    ];

    const FLAGS: [EventFlag; 6] = [
        EventFlag::Subscription,
        EventFlag::Pending,
        EventFlag::Refunded,
        EventFlag::ChargedBack,
        EventFlag::Won,
        EventFlag::Revoked,
    ];

    /// The flags that have a column, with its possible names.
    pub fn known(&self) -> impl Iterator<Item = (EventFlag, &[String])> {
        let all = Self::FLAGS
            .into_iter()
            .zip(self.columns.iter().map(Vec::as_slice));
        all.filter(|(_, names)| !names.is_empty())
    }
}
