//! `rehome completions`: a shell in; the script that completes Rehome's verbs and options there out.

use clap::CommandFactory;

use super::{
    Exit, Printer,
    args::{Arguments, CompletionsVerb},
};
use crate::app::AppError;

pub(super) fn run(verb: &CompletionsVerb, printer: &mut Printer) -> Result<Exit, AppError> {
    let mut script = Vec::new();
    clap_complete::generate(verb.shell, &mut Arguments::command(), "rehome", &mut script);
    printer.write(|out| out.write_all(&script));
    Ok(Exit::Done)
}
