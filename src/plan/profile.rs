//! How one platform's export is read: a `[sources.KEY]` table without a file.

use std::fmt;

use super::{
    event_words::EventWords,
    profile_rules::ExportRules,
    read::tree::{Table, Value},
    statuses::Statuses,
};
use crate::model::EventColumns;

/// What a row of an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowShape {
    /// A row is a person.
    Person,
    /// A row is a person and a product: one person may have several.
    PersonProduct,
    /// A row is a payment, refund or attempt: rows of one person fold by date.
    Event,
}

/// How well the facts of a profile are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// Seen in a real export, or in the code that writes it.
    Measured,
    /// From the vendor's documentation, or from programs that read the export.
    Documented,
    /// Not confirmed by anyone.
    Assumed,
}

/// How one platform's export is read. A column of a person or an event is given by its possible names, best first;
/// names compare trimmed and caseless.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The name in `profile = "..."`: of a built-in profile, or the path of a file.
    pub name: String,
    /// What it is, such as `Kajabi contacts export (one row per person)`.
    pub title: String,
    /// What a row is.
    pub shape: RowShape,
    /// How well its facts are known.
    pub certainty: Certainty,
    /// Where the facts come from, and what is not certain. May be empty.
    pub facts: String,
    /// Possible names of the columns of a person.
    pub columns: PersonColumns,
    /// The columns of events; there exactly where a row is one.
    pub event: Option<EventColumns>,
    /// What the words for events mean.
    pub words: EventWords,
    /// What the words of its status column mean. Nothing comes of it until a plan says the same.
    pub statuses: Option<Statuses>,
    /// How cells are cleaned, which rows and columns do not count, and what belongs to the export.
    pub rules: ExportRules,
    /// What only a profile says, for people to read.
    pub(in crate::plan) proposed: Settings,
    /// The other keys of a source, which are merged underneath those of the plan.
    pub(in crate::plan) settings: Settings,
}

/// Keys of a source and their values.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::plan) struct Settings(pub(in crate::plan) Table);

impl Settings {
    /// Each key as a line of TOML.
    fn lines(&self) -> impl Iterator<Item = String> {
        let entries = self.0.entries.iter();
        entries.map(|entry| format!("{} = {}", entry.key, toml_of(&entry.node.value)))
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.lines()).finish()
    }
}

/// Possible names of the columns of a person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PersonColumns {
    /// Of the email column.
    pub email: Vec<String>,
    /// Of the first-name column.
    pub first_name: Vec<String>,
    /// Of the last-name column.
    pub last_name: Vec<String>,
    /// Of the column with the whole name; used where first and last are blank.
    pub full_name: Vec<String>,
}

impl Profile {
    /// The other keys that it gives to a source, each as a line of TOML.
    pub fn settings(&self) -> Vec<String> {
        self.settings.lines().collect()
    }

    /// What it says beside the keys of a source, each as a line of TOML. `statuses` is what it proposes.
    pub fn rules(&self) -> Vec<String> {
        self.proposed.lines().collect()
    }

    /// A column with several values in a cell, if it knows one.
    pub fn list_column(&self) -> Option<&str> {
        match &self.settings.0.get("lists")?.node.value {
            Value::Table(lists) => lists.entries.first().map(|entry| entry.key.as_str()),
            _ => None,
        }
    }
}

/// A value as TOML on one line.
fn toml_of(value: &Value) -> String {
    match value {
        Value::Text(text) => quoted(text),
        Value::Integer(number) => number.unwrap_or_default().to_string(),
        Value::Float(number) => number.clone(),
        Value::Flag(flag) => flag.to_string(),
        Value::Date(date) => date.map(|date| date.to_string()).unwrap_or_default(),
        Value::List(nodes) => {
            let nodes: Vec<String> = nodes.iter().map(|node| toml_of(&node.value)).collect();
            format!("[{}]", nodes.join(", "))
        }
        Value::Table(table) => {
            let entries = table.entries.iter();
            let entries: Vec<String> = entries
                .map(|entry| format!("{} = {}", toml_key(&entry.key), toml_of(&entry.node.value)))
                .collect();
            format!("{{ {} }}", entries.join(", "))
        }
    }
}

fn toml_key(key: &str) -> String {
    let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !key.is_empty() && key.bytes().all(is_bare) {
        key.to_owned()
    } else {
        quoted(key)
    }
}

/// The escapes of JSON are those of TOML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
