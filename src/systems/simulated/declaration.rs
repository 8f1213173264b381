//! What the practice CRM declares of itself.

use crate::model::{CheckpointBefore, ContactDeclaration, ContactKey, ContactKeyKind, StandingCheckpoint};

/// The practice CRM, as a plan names it.
pub const DECLARATION: ContactDeclaration = ContactDeclaration {
    keyword: "simulated",
    title: "the practice CRM",
    listed: true,
    default_url: None,
    example_url: "http://127.0.0.1:8700",
    keys: &[ContactKey::new("token", ContactKeyKind::Secret, "its secret")],
    plugin_word: "simulated",
    checkpoints: &[StandingCheckpoint {
        key: "automations",
        say: "Switch off every automation in the contact system that reacts to the tags of this plan: one of them may \
              create users and send passwords.",
        before: CheckpointBefore::Contacts,
    }],
};

/// How messages name it.
pub(super) const WHO: &str = DECLARATION.title;
