//! What several verbs do alike.

use std::{
    io::{self, BufRead as _, IsTerminal as _, Write as _},
    path::Path,
};

use super::{Printer, args::AcceptChoice, shared_args::PlanChoice};
use crate::{
    app::{AppError, Moment, PlanFile},
    check::{Gathered, unmet_conditions},
    diagnostics::{self, Diagnostics},
    diff::Accepted,
    people,
};

/// Reads a plan and says its warnings.
pub(super) fn read_plan(
    path: &Path,
    environment: Option<&str>,
    printer: &mut Printer,
) -> Result<PlanFile, AppError> {
    let file = PlanFile::read(path, environment)?;
    say(&file, &file.warnings, printer);
    Ok(file)
}

/// Says what is doubtful of the plan once its sources are read.
pub(super) fn say_doubts(file: &PlanFile, gathered: &Gathered, printer: &mut Printer) {
    say(file, &unmet_conditions(&file.plan, gathered), printer);
}

fn say(file: &PlanFile, warnings: &Diagnostics, printer: &mut Printer) {
    if !warnings.is_empty() {
        let text = diagnostics::render(warnings, &file.path, &file.text, Printer::colour());
        printer.say(&text);
    }
}

/// What is accepted, in which nothing may stand twice.
pub(super) fn accepted(choice: &AcceptChoice) -> Result<Accepted, AppError> {
    Accepted::of(choice.accept.iter().copied()).map_err(|error| AppError::Usage(error.to_string()))
}

/// Asks a question to which only "yes" is yes; nobody is asked with `yes`, or where nobody is there to answer.
pub(super) fn asked(question: &str, yes: bool, printer: &mut Printer) -> bool {
    if yes {
        return true;
    }
    if !io::stdin().is_terminal() {
        printer.say("This is not an interactive terminal; pass --yes to continue without a prompt.\n");
        return false;
    }
    printer.say(&format!("{question} Type \"yes\" to continue: "));
    let _ = io::stderr().flush();
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).is_ok() && answer.trim().eq_ignore_ascii_case("yes")
}

/// Now; the day in the time zone of this machine.
pub(super) fn moment() -> Moment {
    Moment {
        today: jiff::ZonedDateTime::now().date(),
        now_ms: now_ms(),
    }
}

/// The time, in Unix milliseconds.
pub(super) fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// How many names a message offers in place of one that does not exist.
pub(super) const NEAREST: usize = 3;

/// An address given as an argument, normalised.
pub(super) fn address(text: &str) -> Result<String, AppError> {
    let parsed = people::email::parse(text);
    let (email, _) = parsed
        .map_err(|_| AppError::Usage(format!("\"{}\" is not an email address", text.escape_debug())))?;
    Ok(email.as_str().to_owned())
}

/// How a next command names the same plan, environment and state.
pub(super) fn again(plan: &PlanChoice) -> String {
    let mut text = plan.plan.display().to_string();
    if let Some(env) = &plan.env {
        text.push_str(&format!(" --env {env}"));
    }
    if let Some(state) = &plan.state {
        text.push_str(&format!(" --state {}", state.display()));
    }
    text
}

/// The option that accepts this; blank where nothing is accepted.
pub(super) fn accepting(accepted: Accepted) -> String {
    if accepted.is_empty() {
        String::new()
    } else {
        format!(" --accept {accepted}")
    }
}
