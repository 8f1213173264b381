//! `rehome completions`: a shell in; the script that completes Rehome's verbs and options there out.

use clap::CommandFactory;

use super::{
    Exit, Printer,
    args::{Arguments, CompletionsVerb},
};

pub(super) fn run(verb: &CompletionsVerb, printer: &mut Printer) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(verb.shell, &mut Arguments::command(), "rehome", &mut script);
    printer.machine(|out| out.write_all(&script));
    Exit::Done
}
