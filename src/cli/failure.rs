//! An error in; what the person or the program is told, and the exit status, out.

use serde_json::json;

use super::{Exit, Printer};
use crate::{app::AppError, diagnostics, systems::SystemError};

/// Writes the error as a JSON document, in place of the result.
pub(super) fn as_json(error: &AppError, printer: &mut Printer) -> Exit {
    let exit = exit(error);
    let listed = match error {
        AppError::Diagnosed {
            path,
            text,
            diagnostics,
        } => diagnostics::to_json(diagnostics, path, text),
        _ => json!([]),
    };
    printer.json(&json!({
        "version": 1, "error": error.to_string(), "status": exit.status(), "diagnostics": listed,
    }));
    exit
}

/// Tells the person what is wrong and what to do.
pub(super) fn explain(error: &AppError, printer: &mut Printer) -> Exit {
    match error {
        AppError::Diagnosed {
            path,
            text,
            diagnostics,
        } => {
            printer.say_coloured(&diagnostics::render(diagnostics, path, text, Printer::colour()));
        }
        AppError::Unbound { .. } => printer.say(&format!("{error}\n")),
        AppError::NotSigned { .. } => {
            printer.say_line(&format!("error: {error}"));
            printer
                .say("Compare the page with rehome plan PLAN --format html, and have the new page signed.\n");
        }
        // What a person typed wrong is told with examples on lines of their own.
        AppError::Usage(why) => printer.say(&format!("error: {why}\n")),
        AppError::System(SystemError::Interrupted) => printer.say(
            "Interrupted while reading. Nothing is changed by reading; what a run did before is recorded.\n",
        ),
        other => printer.say_line(&format!("error: {other}")),
    }
    exit(error)
}

fn exit(error: &AppError) -> Exit {
    match error {
        AppError::Usage(_) => Exit::Usage,
        AppError::AnotherAccount { .. } | AppError::TakenBack { .. } | AppError::NotSigned { .. } => {
            Exit::Moved
        }
        AppError::Unbound { .. } => Exit::Waiting,
        AppError::System(SystemError::Interrupted) => Exit::Interrupted,
        _ => Exit::Error,
    }
}
