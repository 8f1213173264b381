//! `[checkpoints.KEY]`: work that only a person can do.

use super::{
    given::keyed,
    table_keys,
    table_reader::{TableReader, choice, line},
    vocabulary::CHECKPOINT_BEFORE,
};
use crate::{
    diagnostics::Diagnostics,
    model::{
        Checkpoint, CheckpointKey, ContactsTarget, Declarations, Membership, SiteTarget, StandingCheckpoint,
    },
};

const MAX_CHECKPOINTS: usize = 1_000;

pub(super) fn read(root: &TableReader<'_>, out: &mut Diagnostics) -> Vec<Checkpoint> {
    keyed(root, "checkpoints", MAX_CHECKPOINTS, out)
        .iter()
        .filter_map(|entry| {
            let what = format!("[checkpoints.{}]", entry.key);
            let reader = TableReader::open_entry(entry, table_keys::CHECKPOINT, what, out)?;
            let say = reader
                .required("say", "say = \"Unpublish the old automations.\"", out)
                .and_then(|entry| line(entry, out));
            let before = reader
                .required("before", "before = \"contacts\"", out)
                .and_then(|entry| choice(entry, CHECKPOINT_BEFORE, out));
            Some(Checkpoint {
                key: CheckpointKey::new(&entry.key),
                say: say?.to_owned(),
                before: before?,
            })
        })
        .collect()
}

/// What the systems of a plan need a person to do.
pub(super) fn standing(
    site: &SiteTarget,
    contacts: &ContactsTarget,
    systems: &Declarations,
) -> Vec<Checkpoint> {
    let site: &[StandingCheckpoint] = match site {
        SiteTarget::WordPress {
            membership: Membership::AccessAlly,
            ..
        } => systems.accessally_checkpoints,
        SiteTarget::WordPress { .. } | SiteTarget::Local { .. } => &[],
    };
    let declaration = contacts
        .external()
        .and_then(|external| systems.contact_system(&external.system));
    let contacts = declaration.map_or(&[][..], |declaration| declaration.checkpoints);
    let checkpoint = |standing: &StandingCheckpoint| Checkpoint {
        key: CheckpointKey::new(standing.key),
        say: standing.say.to_owned(),
        before: standing.before,
    };
    site.iter().chain(contacts).map(checkpoint).collect()
}
