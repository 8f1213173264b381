//! An error in; what the person is told, and the exit status, out.

use super::{Exit, Printer};
use crate::{app::AppError, diagnostics, systems::SystemError};

/// Tells the person what is wrong and what to do.
pub(super) fn explain(error: &AppError, printer: &mut Printer) -> Exit {
    match error {
        AppError::Diagnosed {
            path,
            text,
            diagnostics,
        } => {
            printer.say_coloured(&diagnostics::render(diagnostics, path, text, Printer::colour()));
            Exit::Error
        }
        AppError::Usage(why) => {
            printer.say(&format!("error: {why}\n"));
            Exit::Usage
        }
        AppError::AnotherAccount { .. } | AppError::TakenBack { .. } => {
            printer.say_line(&format!("error: {error}"));
            Exit::Moved
        }
        AppError::Unbound { .. } => {
            printer.say(&format!("{error}\n"));
            Exit::Waiting
        }
        AppError::System(SystemError::Interrupted) => {
            printer.say("Interrupted while reading. Nothing is changed by reading; what a run did before is recorded.\n");
            Exit::Interrupted
        }
        other => {
            printer.say_line(&format!("error: {other}"));
            Exit::Error
        }
    }
}
