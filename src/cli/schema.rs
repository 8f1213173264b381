//! `rehome schema`: the JSON Schema of the plan language out.

use super::{Exit, Printer};
use crate::{plan, systems::DECLARATIONS};

pub(super) fn run(printer: &mut Printer) -> Exit {
    let schema = plan::schema(DECLARATIONS);
    printer.result(&schema);
    if !schema.ends_with('\n') {
        printer.result("\n");
    }
    Exit::Done
}
