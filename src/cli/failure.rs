//! An error in; what the person is told, and the exit status, out.

use super::{Exit, Printer};
use crate::{app::AppError, diagnostics};

/// Tells the person what is wrong and what to do.
pub(super) fn explain(error: &AppError, printer: &mut Printer) -> Exit {
    match error {
        AppError::Diagnosed {
            path,
            text,
            diagnostics,
        } => {
            printer.say(&diagnostics::render(diagnostics, path, text, Printer::colour()));
            Exit::Error
        }
        AppError::Usage(why) => {
            printer.say(&format!("error: {why}\n"));
            Exit::Usage
        }
        AppError::AnotherAccount { .. } | AppError::TakenBack { .. } => {
            printer.say(&format!("error: {error}\n"));
            Exit::Moved
        }
        AppError::NotSigned { .. } => {
            printer.say(&format!(
                "error: {error}\nCompare the page with rehome plan PLAN --format html, and have the new page signed.\n"
            ));
            Exit::Moved
        }
        AppError::Unbound { .. } => {
            printer.say(&format!("{error}\n"));
            Exit::Waiting
        }
        other => {
            printer.say(&format!("error: {other}\n"));
            Exit::Error
        }
    }
}
