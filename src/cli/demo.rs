//! `rehome demo`: a folder in; an invented school to practise on, and the commands to begin with, out.

use std::path::Path;

use super::{Exit, Printer, setup_args::DemoVerb};
use crate::{
    app::{AppError, DEMO_PLAN, write_demo},
    text::{counted, printable},
};

pub(super) fn run(verb: &DemoVerb, printer: &mut Printer) -> Result<Exit, AppError> {
    let files = write_demo(&verb.folder)?;
    printer.result(&first_commands(&verb.folder, files as u64));
    Ok(Exit::Done)
}

/// What was written, and what to try, in the order in which a move goes.
fn first_commands(folder: &Path, files: u64) -> String {
    let plan = quoted(&folder.join(DEMO_PLAN));
    let (later, exports) = (quoted(&folder.join("later")), quoted(&folder.join("exports")));
    format!(
        "An invented photography school with 2,719 records from two platforms: {} written to {}.\n\n\
         Try these, in this order; nothing leaves this machine:\n\
         \u{20} rehome check {plan}\n\
         \u{20} rehome plan {plan} --summary\n\
         \u{20} rehome apply {plan} --yes\n\
         \u{20} rehome explain {plan} abel.costa@example.com\n\
         \u{20} cp {later}/*.csv {exports}/        # the exports some weeks later\n\
         \u{20} rehome plan {plan} --summary\n\
         \u{20} rehome apply {plan} --yes\n\
         \u{20} rehome undo {plan} --yes\n\n\
         The site is one file, site.sqlite, next to the plan; delete it to start over.\n",
        counted(files, "file"),
        quoted(folder)
    )
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = printable(&path.display().to_string()).into_owned();
    if text.contains(|c: char| c.is_whitespace() || "'\"$`\\;&|<>()*?".contains(c)) {
        format!("\"{text}\"")
    } else {
        text
    }
}
