//! What several verbs do alike.

use std::path::Path;

use super::Printer;
use crate::{
    app::{AppError, Moment, PlanFile},
    diagnostics,
};

/// Reads a plan and says its warnings.
pub(super) fn read_plan(
    path: &Path,
    environment: Option<&str>,
    printer: &mut Printer,
) -> Result<PlanFile, AppError> {
    let file = PlanFile::read(path, environment)?;
    if !file.warnings.is_empty() {
        printer.say(&diagnostics::render(
            &file.warnings,
            &file.path,
            &file.text,
            Printer::colour(),
        ));
    }
    Ok(file)
}

/// Now; the day in the time zone of this machine.
pub(super) fn moment() -> Moment {
    Moment {
        today: jiff::ZonedDateTime::now().date(),
        now_ms: now_ms(),
    }
}

/// The time, in Unix milliseconds.
pub(super) fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
