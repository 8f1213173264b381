//! What Drip declares of itself.

use crate::{
    model::{CheckpointBefore, ContactDeclaration, ContactKey, StandingCheckpoint},
    systems::crm_keys::{
        ACCOUNT, BATCHES_PER_HOUR, FIELDS, OAUTH, PER_HOUR, TOKEN_OR_OAUTH, VISIBLE_AFTER, limits,
    },
};

/// Drip, as a plan names it.
pub const DECLARATION: ContactDeclaration = ContactDeclaration {
    keyword: "drip",
    title: "Drip",
    listed: true,
    default_url: Some("https://api.getdrip.com"),
    example_url: "https://api.getdrip.com",
    keys: &[
        TOKEN_OR_OAUTH,
        OAUTH,
        ACCOUNT,
        limits(&[PER_HOUR, BATCHES_PER_HOUR]),
        // Drip does not say how long a batch takes.
        ContactKey {
            default: Some("5 minutes"),
            ..VISIBLE_AFTER
        },
        FIELDS,
    ],
    plugin_word: "drip",
    checkpoints: &[StandingCheckpoint {
        key: "automations",
        say: "Switch off every workflow and rule in Drip that reacts to new people or to the tags of this plan. Drip cannot suppress them for single changes.",
        before: CheckpointBefore::Contacts,
    }],
};

/// How messages name it.
pub(super) const WHO: &str = DECLARATION.title;
