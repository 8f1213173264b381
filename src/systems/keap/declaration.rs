//! What Keap declares of itself.

use crate::{
    model::{CheckpointBefore, ContactDeclaration, ContactKey, StandingCheckpoint},
    systems::crm_keys::{
        DUPLICATES, FIELDS, OAUTH, PER_DAY, PER_MINUTE, PER_SECOND, TOKEN_OR_OAUTH, VISIBLE_AFTER, limits,
    },
};

/// Keap, as a plan names it.
pub const DECLARATION: ContactDeclaration = ContactDeclaration {
    keyword: "keap",
    title: "Keap",
    listed: true,
    default_url: Some("https://api.infusionsoft.com"),
    example_url: "https://api.infusionsoft.com",
    keys: &[
        TOKEN_OR_OAUTH,
        OAUTH,
        DUPLICATES,
        // Keap does not say how long a write may stay invisible.
        ContactKey {
            default: Some("1 minute"),
            ..VISIBLE_AFTER
        },
        limits(&[PER_SECOND, PER_MINUTE, PER_DAY]),
        FIELDS,
    ],
    plugin_word: "keap",
    checkpoints: &[StandingCheckpoint {
        key: "automations",
        say: "Unpublish every automation in Keap that starts when one of the tags of this plan is applied or removed: \
              Keap has no way to add a tag without starting them.",
        before: CheckpointBefore::Contacts,
    }],
};

/// How messages name it.
pub(super) const WHO: &str = DECLARATION.title;
