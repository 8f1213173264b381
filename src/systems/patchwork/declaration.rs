//! What the patchwork CRM declares of itself.

use crate::model::{CheckpointBefore, ContactDeclaration, ContactKey, ContactKeyKind, StandingCheckpoint};

/// The patchwork CRM, as a plan of the tests names it.
pub const DECLARATION: ContactDeclaration = ContactDeclaration {
    keyword: "patchwork",
    title: "the patchwork CRM",
    listed: false,
    default_url: None,
    example_url: "http://127.0.0.1:8800",
    keys: &[
        ContactKey {
            required: true,
            excludes: &["oauth"],
            ..ContactKey::new("token", ContactKeyKind::Secret, "its secret")
        },
        ContactKey {
            required: true,
            excludes: &["token"],
            ..ContactKey::new(
                "oauth",
                ContactKeyKind::Secret,
                "an access token instead of `token`",
            )
        },
        ContactKey {
            required: true,
            ..ContactKey::new(
                "app_id",
                ContactKeyKind::Secret,
                "the ID of the app that has the secret",
            )
        },
        ContactKey::new(
            "limits",
            ContactKeyKind::Table(&[PER_MINUTE, PER_DAY]),
            "limits that count instead of the published ones",
        ),
        ContactKey {
            default: Some("0 seconds"),
            ..ContactKey::new(
                "visible_after",
                ContactKeyKind::Duration { max_seconds: 3_600 },
                "how long lists may lag; what the system says counts if it is longer",
            )
        },
    ],
    plugin_word: "simulated",
    checkpoints: &[StandingCheckpoint {
        key: "automations",
        say: "Switch off every automation in the contact system that reacts to the tags of this plan.",
        before: CheckpointBefore::Contacts,
    }],
};

const PER_MINUTE: ContactKey = ContactKey::new(
    "per_minute",
    ContactKeyKind::Number { min: 1, max: 100_000 },
    "requests per minute",
);
const PER_DAY: ContactKey = ContactKey::new(
    "per_day",
    ContactKeyKind::Number {
        min: 1,
        max: 10_000_000,
    },
    "requests per day",
);

/// How messages name it.
pub(super) const WHO: &str = DECLARATION.title;
