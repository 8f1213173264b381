//! `rehome completions`: a shell in; the script that completes verbs, options and values there out.
//!
//! The script asks the command itself, so values come from the plan that is being typed (`complete_values.rs`).

use clap::CommandFactory as _;
use clap_complete::env::{CompleteEnv, Shells};

use super::{Exit, Printer, args::Arguments, setup_args::CompletionsVerb};
use crate::app::AppError;

/// The variable with which a shell's script asks for completions. Its name is in the scripts that are installed.
const VARIABLE: &str = "REHOME_COMPLETE";

/// Answers a shell that asks for completions; otherwise does nothing.
pub(super) fn answer() {
    CompleteEnv::with_factory(Arguments::command)
        .var(VARIABLE)
        .complete();
}

pub(super) fn run(verb: &CompletionsVerb, printer: &mut Printer) -> Result<Exit, AppError> {
    let name = verb.shell.to_string();
    let shells = Shells::builtins();
    let shell = shells
        .completer(&name)
        .ok_or_else(|| AppError::Usage(format!("there are no completions for {name}")))?;
    let mut script = Vec::new();
    let written = shell.write_registration(VARIABLE, "rehome", "rehome", "rehome", &mut script);
    written.map_err(|error| AppError::Usage(format!("cannot write the completions for {name}: {error}")))?;
    printer.machine(|out| out.write_all(&script));
    Ok(Exit::Done)
}
