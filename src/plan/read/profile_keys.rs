//! The keys of a profile, for the reader and for the build script: those of a source that say how an export is read,
//! and those that only a profile has.

/// The keys. What a migration decides (`file`, `map`, `each_row`, `gone`, …) is not among them.
pub(super) const KEYS: &[&str] = &[
    // Only a profile has these.
    "title",
    "rows",
    "certainty",
    "facts",
    "event",
    "example",
    // A source has these as well.
    "columns",
    "key",
    "encoding",
    "delimiter",
    "header",
    "skip_lines",
    "consent",
    "dates",
    "numbers",
    "lists",
    "ends",
    "fields",
    "login",
    "username",
    "registered",
    "events",
];
