//! What a person does where AccessAlly decides access, since Rehome cannot read it there.

use crate::model::{CheckpointBefore, StandingCheckpoint};

/// The checkpoints of a site with AccessAlly.
pub const ACCESSALLY_CHECKPOINTS: &[StandingCheckpoint] = &[
    StandingCheckpoint {
        key: "maintenance-mode",
        say: "AccessAlly, Settings, General Setup, Migration Tools: maintenance mode on, so that nobody buys or logs in \
              while members are moved. Whether it is on cannot be read.",
        before: CheckpointBefore::Offerings,
    },
    StandingCheckpoint {
        key: "production-site-url",
        say: "AccessAlly, Developer Tools: on a copy, Production Site URL must be the address of the live site, else the \
              copy charges cards too. It cannot be read.",
        before: CheckpointBefore::Offerings,
    },
];
