//! What the patchwork CRM declares of itself.

use crate::{
    model::{CheckpointBefore, ContactDeclaration, ContactKey, StandingCheckpoint},
    systems::crm_keys::{APP_ID, OAUTH, PER_DAY, PER_MINUTE, TOKEN_OR_OAUTH, VISIBLE_AFTER, limits},
};

/// The patchwork CRM, as a plan of the tests names it.
pub const DECLARATION: ContactDeclaration = ContactDeclaration {
    keyword: "patchwork",
    title: "the patchwork CRM",
    listed: false,
    default_url: None,
    example_url: "http://127.0.0.1:8800",
    keys: &[
        TOKEN_OR_OAUTH,
        OAUTH,
        APP_ID,
        limits(&[PER_MINUTE, PER_DAY]),
        ContactKey {
            default: Some("0 seconds"),
            ..VISIBLE_AFTER
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
