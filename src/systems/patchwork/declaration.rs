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
            name: "token",
            kind: ContactKeyKind::Secret,
            required: false,
            meaning: "its secret",
        },
        ContactKey {
            name: "app_id",
            kind: ContactKeyKind::Secret,
            required: true,
            meaning: "the ID of the app that has the secret",
        },
    ],
    plugin_word: "simulated",
    checkpoints: &[StandingCheckpoint {
        key: "automations",
        say: "Switch off every automation in the contact system that reacts to the tags of this plan.",
        before: CheckpointBefore::Contacts,
    }],
};

/// How messages name it.
pub(super) const WHO: &str = DECLARATION.title;
