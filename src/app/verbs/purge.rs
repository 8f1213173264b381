//! A state directory in; the same without anything personal out.

use std::path::Path;

use crate::{
    app::{AppError, PlanFile, StateDir},
    journal::RunState,
};

/// Forgets addresses, names and contact IDs: change sets are removed, and the journal keeps only
/// counts and times. Gives the number of change sets removed. A run that is not at its end refuses.
pub fn purge(file: &PlanFile, root: Option<&Path>, now_ms: i64) -> Result<u64, AppError> {
    let state = StateDir::find(&file.plan.targets, &file.folder, root)?;
    if state.journal_to_read()?.is_none() {
        return Err(state.no_run());
    }
    let _lock = state.lock()?;
    let mut journal = state.journal()?;
    if let Some(open) = journal.open_run()? {
        // A run without its change set can be neither resumed nor undone: forgetting it loses nothing.
        match state.kept(&open) {
            Err(error) if error.is_lost_change_set() => {
                let why = format!("closed, because {error}");
                journal.set_state(open.id, RunState::Superseded, &why, now_ms)?;
            }
            Ok(_) | Err(_) => return Err(AppError::OpenRun { run: open.id }),
        }
    }
    journal.forget_people()?;
    let folder = state.change_sets();
    let failed = |why: std::io::Error| AppError::File {
        doing: "empty",
        path: folder.clone(),
        why: why.to_string(),
    };
    let mut removed = 0;
    for entry in std::fs::read_dir(&folder).map_err(failed)? {
        std::fs::remove_file(entry.map_err(failed)?.path()).map_err(failed)?;
        removed += 1;
    }
    Ok(removed)
}
