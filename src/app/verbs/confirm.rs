//! A checkpoint's key in; a person's word that it is done, recorded, out.

use std::path::Path;

use crate::app::{AppError, PlanFile, StateDir, state::identity::who};
use crate::text::printable;

/// Records that a checkpoint of the plan is done. Gives who said so.
pub fn confirm(file: &PlanFile, root: Option<&Path>, key: &str, now_ms: i64) -> Result<String, AppError> {
    let targets = &file.plan.targets;
    let checkpoints = targets.all_checkpoints();
    let known: Vec<&str> = checkpoints.iter().map(|point| point.key.as_str()).collect();
    if !known.contains(&key) {
        let known = if known.is_empty() {
            "it has no checkpoints".to_owned()
        } else {
            format!("its checkpoints are {}", known.join(", "))
        };
        let key = printable(key);
        return Err(AppError::Usage(format!(
            "the plan has no checkpoint \"{key}\"; {known}"
        )));
    }
    let state = StateDir::find(targets, &file.folder, root)?;
    state.make()?;
    let _lock = state.lock()?;
    let who = who();
    state.journal()?.confirm(key, &who, now_ms)?;
    Ok(who)
}
