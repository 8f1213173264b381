//! `[checkpoints.KEY]`: work that only a person can do.

use super::{
    given::keyed,
    table_keys,
    table_reader::{TableReader, choice, line},
    vocabulary::CHECKPOINT_BEFORE,
};
use crate::{
    diagnostics::Diagnostics,
    model::{Checkpoint, CheckpointKey},
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
