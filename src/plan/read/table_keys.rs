//! The keys of every table of a plan: what the reader takes, and what a later version will take.

use std::borrow::Cow;

/// The keys of one table. The reader and the tests of the JSON Schema use the same lists.
#[derive(Debug, Clone)]
pub(in crate::plan) struct TableKeys {
    /// Where the schema describes the table: a name under `definitions`, or nothing for the whole plan.
    #[cfg(test)]
    pub(in crate::plan) schema: &'static str,
    /// What is read. A star at the end stands for a number.
    pub(in crate::plan) keys: Cow<'static, [&'static str]>,
    /// What is part of the language and not built yet. A star at the end stands for anything.
    pub(in crate::plan) later: &'static [&'static str],
}

impl TableKeys {
    /// These keys and some more.
    pub(crate) fn with(&self, more: impl Iterator<Item = &'static str>) -> Self {
        Self {
            keys: self.keys.iter().copied().chain(more).collect(),
            ..self.clone()
        }
    }

    /// True for a key that is read.
    pub(crate) fn takes(&self, key: &str) -> bool {
        self.keys.iter().any(|known| match known.strip_suffix('*') {
            Some(prefix) => key.strip_prefix(prefix).is_some_and(is_number),
            None => *known == key,
        })
    }

    /// True for a key that is part of the language and not built yet.
    pub(crate) fn comes_later(&self, key: &str) -> bool {
        self.later.iter().any(|later| match later.strip_suffix('*') {
            Some(prefix) => key.starts_with(prefix),
            None => *later == key,
        })
    }
}

/// A number from 1, as a key writes it.
fn is_number(text: &str) -> bool {
    !text.starts_with('0') && !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// No keys, for tables whose keys are declared elsewhere.
pub(in crate::plan) const NONE: &TableKeys = &TableKeys {
    #[cfg(test)]
    schema: "",
    keys: Cow::Borrowed(&[]),
    later: &[],
};

macro_rules! tables {
    ($($name:ident = $schema:literal, [$($key:literal),*], later [$($later:literal),*];)+) => {
        $(pub(in crate::plan) const $name: &TableKeys = &TableKeys {
            #[cfg(test)]
            schema: $schema,
            keys: Cow::Borrowed(&[$($key),*]),
            later: &[$($later),*],
        };)+

        /// All tables.
        #[cfg(test)]
        pub(in crate::plan) const ALL: &[&TableKeys] = &[$($name),+];
    };
}

tables! {
    PLAN = "", [
        "migration", "site", "contacts", "members", "canary", "offerings", "tags", "emails", "checkpoints",
        "sources", "same", "policy", "expect", "environments"
    ], later ["move"];
    MIGRATION = "migration", ["name", "was", "as_of", "zone"], later [];
    SITE = "site", ["kind", "path", "like", "url", "membership", "user", "password"], later [];
    CONTACTS = "contacts", ["system", "url", "share", "opted_out"], later [];
    SECRET = "secret", ["env", "file"], later [];
    MEMBERS = "members", ["users", "contacts", "login"], later [];
    LOGIN = "login", ["column"], later [];
    CANARY = "canary", ["email"], later [];
    OFFERING = "offering", ["name", "kind", "includes", "modules", "tags", "was", "takes_over"], later [];
    OFFERING_TAGS = "offering_tags", ["base", "instant", "revoke", "module-*"], later [];
    TAG = "tag", ["name", "id", "category", "takes_over"], later [];
    EMAIL = "email", ["for", "via", "per_hour", "subject", "body", "was", "takes_over"], later [];
    CHECKPOINT = "checkpoint", ["say", "before"], later [];
    SOURCE = "source", [
        "profile", "file", "files", "columns", "key", "encoding", "delimiter", "header", "skip_lines", "consent",
        "dates", "numbers", "lists", "map", "map_file", "each_row", "ends", "complete", "gone",
        "fields", "login", "username", "registered", "corrections", "events", "billing", "statuses", "was"
    ], later [
        "system", "tag"
    ];
    EVENTS = "events", [
        "charge", "subscription", "payment_plan", "refund", "chargeback", "succeeded", "refunded", "failed",
        "pending"
    ], later [];
    COLUMNS = "columns", ["email", "first_name", "last_name", "name"], later [];
    CONSENT = "consent", ["column", "opted_out", "opted_in"], later [];
    DATES = "dates", ["format", "zone", "never", "columns"], later [];
    DATE_COLUMN = "date_column", ["format", "zone", "never"], later [];
    NUMBERS = "numbers", ["decimal"], later [];
    RULE = "rule", ["grant", "release", "ends", "tag", "ignore", "when", "otherwise"], later [];
    EACH_ROW = "each_row", ["grant", "release", "ends", "tag", "when", "otherwise"], later [];
    RELEASE = "release", ["modules", "from", "every"], later [];
    ENDS = "ends", ["from", "after"], later [];
    STATUSES = "statuses", ["column", "gives", "until", "ended"], later [];
    STATUS_UNTIL = "status_until", ["words", "column"], later [];
    CONDITION = "condition", ["not", "blank", "before", "after", "at_least", "at_most"], later [];
    FIELD = "field", ["column", "type", "format", "years", "country", "existing"], later [];
    POLICY = "policy", ["existing_fields", "remove_tags", "accept", "limits"], later [];
    LIMITS = "limits", ["updates", "lost_access"], later [];
    EXPECT = "expect", ["members", "offerings"], later [];
    ENVIRONMENT = "environment", [
        "migration", "site", "contacts", "members", "canary", "offerings", "tags", "emails", "checkpoints",
        "sources", "same", "policy", "expect"
    ], later ["move"];
}
