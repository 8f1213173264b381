//! What Kit declares of itself.

use crate::{
    model::{CheckpointBefore, ContactDeclaration, ContactKey, StandingCheckpoint},
    systems::crm_keys::{FIELDS, OAUTH, PER_MINUTE, TOKEN_OR_OAUTH, VISIBLE_AFTER, limits},
};

/// Kit, as a plan names it.
pub const DECLARATION: ContactDeclaration = ContactDeclaration {
    keyword: "kit",
    title: "Kit",
    listed: true,
    default_url: Some("https://api.kit.com"),
    example_url: "https://api.kit.com",
    keys: &[
        TOKEN_OR_OAUTH,
        OAUTH,
        // The longest time that Kit states for its lists.
        ContactKey {
            default: Some("5 minutes"),
            ..VISIBLE_AFTER
        },
        limits(&[PER_MINUTE]),
        FIELDS,
    ],
    plugin_word: "kit",
    checkpoints: &[StandingCheckpoint {
        key: "automations",
        say: "Pause every visual automation and rule in Kit that starts when one of the tags of this plan is added or \
              removed: Kit has no way to add a tag without starting them.",
        before: CheckpointBefore::Contacts,
    }],
};

/// How messages name it.
pub(super) const WHO: &str = DECLARATION.title;
