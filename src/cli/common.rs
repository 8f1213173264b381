//! What several verbs do alike.

use std::path::Path;

use super::Printer;
use crate::{
    app::{AppError, PlanFile},
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

/// The day, in the time zone of this machine.
pub(super) fn today() -> jiff::civil::Date {
    jiff::ZonedDateTime::now().date()
}

/// The time, in Unix milliseconds.
pub(super) fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
