//! `rehome schema`: the JSON Schema of the plan language out.

use super::{Exit, Printer};
use crate::{app::AppError, plan};

pub(super) fn run(printer: &mut Printer) -> Result<Exit, AppError> {
    let schema = plan::schema();
    printer.result(&schema);
    if !schema.ends_with('\n') {
        printer.result("\n");
    }
    Ok(Exit::Done)
}
