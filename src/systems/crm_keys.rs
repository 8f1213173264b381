//! The keys of `[contacts]` that several CRMs have, as constants that their declarations compose.

use crate::model::{ContactKey, ContactKeyKind};

/// The secret; a declaration that also takes `oauth` uses [`TOKEN_OR_OAUTH`] and [`OAUTH`].
pub const TOKEN: ContactKey = ContactKey {
    required: true,
    ..ContactKey::new("token", ContactKeyKind::Secret, "its secret")
};

/// The secret of a system that takes an access token instead.
pub const TOKEN_OR_OAUTH: ContactKey = ContactKey {
    excludes: &["oauth"],
    ..TOKEN
};

/// An access token instead of [`TOKEN_OR_OAUTH`].
pub const OAUTH: ContactKey = ContactKey {
    required: true,
    excludes: &["token"],
    ..ContactKey::new(
        "oauth",
        ContactKeyKind::Secret,
        "an OAuth access token instead of `token`",
    )
};

/// The ID of the app, which is a secret too.
pub const APP_ID: ContactKey = ContactKey {
    required: true,
    ..ContactKey::new(
        "app_id",
        ContactKeyKind::Secret,
        "the ID of the app that has the secret",
    )
};

/// The account, where a token can access several.
pub const ACCOUNT: ContactKey = ContactKey {
    names_account: true,
    ..ContactKey::new(
        "account",
        ContactKeyKind::Text,
        "the ID of the account; required if the token can access several accounts",
    )
};

/// Which of several contacts with one address counts. Left out, they are a conflict.
pub const DUPLICATES: ContactKey = ContactKey::new(
    "duplicates",
    ContactKeyKind::Choice(&["newest", "oldest", "most-tags"]),
    "which contact counts if several have one address; left out, they are a conflict",
);

/// How long writes may stay invisible. The declaration adds the `default` that the vendor states.
pub const VISIBLE_AFTER: ContactKey = ContactKey::new(
    "visible_after",
    ContactKeyKind::Duration { max_seconds: 3_600 },
    "how long writes may stay invisible",
);

/// The CRM's fields by the plan's names.
pub const FIELDS: ContactKey = ContactKey::new(
    "fields",
    ContactKeyKind::Names,
    "the CRM's own name of each field (a label or a key, as the page of the CRM says); a field that is not listed has its own name there",
);

/// Limits that replace the published ones. A declaration gives the keys that its vendor has, each from the constants below.
pub const fn limits(keys: &'static [ContactKey]) -> ContactKey {
    ContactKey::new(
        "limits",
        ContactKeyKind::Table(keys),
        "limits that replace the published ones",
    )
}

/// `limits.per_second`.
pub const PER_SECOND: ContactKey = limit("per_second", "requests per second");
/// `limits.per_minute`.
pub const PER_MINUTE: ContactKey = limit("per_minute", "requests per minute");
/// `limits.per_hour`.
pub const PER_HOUR: ContactKey = limit("per_hour", "requests per hour");
/// `limits.per_day`.
pub const PER_DAY: ContactKey = limit("per_day", "requests per day");
/// `limits.batches_per_hour`.
pub const BATCHES_PER_HOUR: ContactKey = limit("batches_per_hour", "batch requests per hour");
/// `limits.imports_per_minute`.
pub const IMPORTS_PER_MINUTE: ContactKey = limit("imports_per_minute", "imports per minute");

const fn limit(name: &'static str, meaning: &'static str) -> ContactKey {
    ContactKey::new(
        name,
        ContactKeyKind::Number {
            min: 1,
            max: 10_000_000,
        },
        meaning,
    )
}
