//! An error in; what the person or the program is told, and the exit status, out.

use serde_json::json;

use super::{Exit, Printer};
use crate::{app::AppError, diagnostics};

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
            printer.say(&diagnostics::render(diagnostics, path, text, Printer::colour()));
        }
        AppError::Unbound { .. } => printer.say(&format!("{error}\n")),
        other => printer.say(&format!("error: {other}\n")),
    }
    exit(error)
}

fn exit(error: &AppError) -> Exit {
    match error {
        AppError::Usage(_) => Exit::Usage,
        AppError::AnotherAccount { .. } | AppError::TakenBack { .. } => Exit::Moved,
        AppError::Unbound { .. } => Exit::Waiting,
        _ => Exit::Error,
    }
}
