//! The command line: one file per verb (`status.rs` has `log` too). Arguments in; text or JSON and an exit status out.
//!
//! Results go to standard output, all else to standard error, so that output can be piped. The exit status says
//! whether a script may continue. A verb calls `app` and prints; no rule about members lives here.

mod apply;
mod args;
mod audit;
mod check;
mod common;
mod complete_values;
mod completions;
mod confirm;
mod demo;
mod doctor;
mod exit;
mod explain;
mod failure;
mod graph;
mod headers;
mod headers_args;
mod interrupt;
mod invite;
mod invite_args;
mod man;
mod members;
mod plan;
#[cfg(feature = "planted-bugs")]
mod planted;
mod printer;
mod profiles;
mod progress;
mod purge;
mod schema;
mod setup_args;
mod shared_args;
mod simulate;
mod status;
mod undo;
mod verbose;
mod verify;
mod wrong_arguments;

use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Verb};
pub use exit::Exit;
use printer::Printer;
use wrong_arguments::{want_json, with_the_verb_that_was_meant};

use crate::app::AppError;

/// Reads the process's arguments and does what they say.
pub fn main() -> ExitCode {
    completions::answer();
    let words = std::env::args_os().map(|word| word.to_string_lossy().into_owned());
    let json = want_json(words);
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let exit = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Done
            };
            let error = with_the_verb_that_was_meant(error);
            if json && exit == Exit::Usage {
                let mut printer = Printer::new();
                failure::as_json(
                    &AppError::Usage(error.to_string().trim_end().to_owned()),
                    &mut printer,
                );
                return printer.finish(exit).into();
            }
            // If help cannot be printed, there is nowhere to report it.
            let _ = error.print();
            return exit.into();
        }
    };
    if arguments.verbose {
        verbose::show_requests();
    } else {
        verbose::show_waits();
    }
    interrupt::watch();
    let mut printer = Printer::new();
    let done = match &arguments.verb {
        Verb::Check(verb) => check::run(verb, &mut printer),
        Verb::Plan(verb) => plan::run(verb, &mut printer),
        Verb::Apply(verb) => apply::run(verb, &mut printer),
        Verb::Status(verb) => status::status(verb, &mut printer),
        Verb::Log(verb) => status::log(verb, &mut printer),
        Verb::Verify(verb) => verify::run(verb, &mut printer),
        Verb::Confirm(verb) => confirm::run(verb, &mut printer),
        Verb::Undo(verb) => undo::run(verb, &mut printer),
        Verb::Purge(verb) => purge::run(verb, &mut printer),
        Verb::Invite(verb) => invite::run(verb, &mut printer),
        Verb::Simulate(verb) => simulate::run(verb, &mut printer),
        Verb::Members(verb) => members::run(verb, &mut printer),
        Verb::Audit(verb) => audit::run(verb, &mut printer),
        Verb::Explain(verb) => explain::run(verb, &mut printer),
        Verb::Graph(verb) => graph::run(verb, &mut printer),
        Verb::Headers(verb) => headers::run(verb, &mut printer),
        Verb::Profiles(verb) => profiles::run(verb, &mut printer),
        Verb::Schema => Ok(schema::run(&mut printer)),
        Verb::Completions(verb) => completions::run(verb, &mut printer),
        Verb::Demo(verb) => demo::run(verb, &mut printer),
        Verb::Doctor(verb) => doctor::run(verb, &mut printer),
        Verb::Man(verb) => man::run(verb, &mut printer),
    };
    let exit = done.unwrap_or_else(|error| {
        if json {
            failure::as_json(&error, &mut printer)
        } else {
            failure::explain(&error, &mut printer)
        }
    });
    printer.finish(exit).into()
}
