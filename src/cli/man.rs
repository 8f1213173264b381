//! `rehome man`, for packages: a folder in; a manual page for the command and for each verb, written there, out.

use std::{fs, path::Path};

use clap::CommandFactory as _;

use super::{Exit, Printer, args::Arguments, setup_args::ManVerb};
use crate::app::AppError;

pub(super) fn run(verb: &ManVerb, printer: &mut Printer) -> Result<Exit, AppError> {
    let mut command = Arguments::command().disable_help_subcommand(true);
    // Only a built command knows the global options in its verbs.
    command.build();
    let written = write(&command, &verb.folder).map_err(|error| AppError::File {
        doing: "write manual pages to",
        path: verb.folder.clone(),
        why: error.to_string(),
    })?;
    printer.say(&format!(
        "{written} manual pages written to {}\n",
        verb.folder.display()
    ));
    Ok(Exit::Done)
}

fn write(command: &clap::Command, folder: &Path) -> std::io::Result<usize> {
    fs::create_dir_all(folder)?;
    let shown = || command.get_subcommands().filter(|verb| !verb.is_hide_set());
    page(command.clone(), "rehome", folder)?;
    for verb in shown() {
        let name = format!("rehome-{}", verb.get_name());
        page(verb.clone(), &name, folder)?;
    }
    Ok(shown().count() + 1)
}

fn page(command: clap::Command, name: &str, folder: &Path) -> std::io::Result<()> {
    let mut text = Vec::new();
    clap_mangen::Man::new(command).title(name).render(&mut text)?;
    fs::write(folder.join(format!("{name}.1")), text)
}
