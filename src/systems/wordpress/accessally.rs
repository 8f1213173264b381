//! What a person does where AccessAlly decides access, since Rehome cannot read it there.

use crate::model::{CheckpointBefore, StandingCheckpoint};

/// The checkpoints of a site with AccessAlly.
pub const ACCESSALLY_CHECKPOINTS: &[StandingCheckpoint] = &[
    StandingCheckpoint {
        key: "maintenance-mode",
        say: "AccessAlly, Settings, General Setup, Migration Tools: switch maintenance mode on, so that no one buys or logs in \
              while members are moved. Rehome cannot read whether it is on.",
        before: CheckpointBefore::Offerings,
    },
    StandingCheckpoint {
        key: "production-site-url",
        say: "AccessAlly, Developer Tools: on a copy, Production Site URL must be the address of the live site; otherwise the \
              copy charges cards too. Rehome cannot read it.",
        before: CheckpointBefore::Offerings,
    },
];
