//! A journal in; the runs that undid others out.

use crate::{
    app::AppError,
    journal::{Journal, RunId, RunKind, RunRow, RunState},
};

/// The runs that took a run back, or tried to.
pub(crate) fn undos_of(journal: &Journal, run: RunId) -> Result<impl Iterator<Item = RunRow>, AppError> {
    let kind = RunKind::Undo(run);
    let runs = journal.runs()?.into_iter();
    Ok(runs.filter(move |other| other.run.kind == kind && other.state != RunState::Superseded))
}
