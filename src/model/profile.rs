//! How one platform's export is read: data, made from a small TOML text a profile.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{EventColumns, ProfileDates};

/// What a row of an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RowShape {
    /// A row a person.
    Person,
    /// A row a person and product: one person may have several.
    PersonProduct,
    /// A row a payment, refund or attempt: rows of one person fold by date.
    Event,
}

/// How one platform's export is read. A column is given by its possible names, best first; names
/// compare trimmed and caseless.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The name in `profile = "..."`.
    pub name: String,
    /// What it is, in a sentence.
    pub title: String,
    /// What a row is.
    pub shape: RowShape,
    /// How the columns are known: where the names come from, and what is not certain.
    pub source_of_facts: String,
    /// Possible names of the e-mail column.
    #[serde(default)]
    pub email: Vec<String>,
    /// Possible names of the first-name column.
    #[serde(default)]
    pub first_name: Vec<String>,
    /// Possible names of the last-name column.
    #[serde(default)]
    pub last_name: Vec<String>,
    /// Possible names of the column with the whole name; used where first and last are blank.
    #[serde(default)]
    pub full_name: Vec<String>,
    /// Columns that hold several values in a cell, with the separator.
    #[serde(default)]
    pub lists: BTreeMap<String, String>,
    /// How its columns write dates, where that is certain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dates: Option<ProfileDates>,
    /// The columns and words of events; there exactly where a row is one.
    #[serde(default)]
    pub event: Option<EventColumns>,
}
