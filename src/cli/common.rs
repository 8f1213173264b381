//! What several verbs do alike.

use std::{
    io::{self, BufRead as _, IsTerminal as _, Write as _},
    path::Path,
    sync::mpsc,
    thread,
};

use super::{Printer, args::AcceptChoice, shared_args::PlanChoice};
use crate::run::{Interrupts, Reply, Stop};
use crate::text::printable;
use crate::{
    app::{AppError, Moment, PlanFile, StateDir},
    check::Gathered,
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
    say(file, &gathered.warnings, printer);
}

/// Says where the runs are, if the plan was elsewhere when they began.
pub(super) fn say_moved(state: &StateDir, printer: &mut Printer) {
    if let Some(text) = state.moved() {
        printer.say(&format!("{text}.\n"));
    }
}

fn say(file: &PlanFile, warnings: &Diagnostics, printer: &mut Printer) {
    if !warnings.is_empty() {
        let text = diagnostics::render(warnings, &file.path, &file.text, Printer::colour());
        printer.say_coloured(&text);
    }
}

/// What is accepted; nothing may appear twice.
pub(super) fn accepted(choice: &AcceptChoice) -> Result<Accepted, AppError> {
    Accepted::of(choice.accept.iter().copied()).map_err(|error| AppError::Usage(error.to_string()))
}

/// Asks a question to which only "yes" is yes. Does not ask with `yes`, or without a terminal.
pub(super) fn asked(question: &str, yes: bool, printer: &mut Printer) -> Reply {
    asked_for(question, "yes", "", yes, printer)
}

/// Asks a question to which only this word is yes; `what` says what the word is.
pub(super) fn asked_for(question: &str, word: &str, what: &str, yes: bool, printer: &mut Printer) -> Reply {
    if yes {
        return Reply::Yes;
    }
    if !io::stdin().is_terminal() {
        printer.say("This is not an interactive terminal; pass --yes to continue without a prompt.\n");
        return Reply::No;
    }
    let what = if what.is_empty() {
        String::new()
    } else {
        format!("{what} ")
    };
    let shown = printable(word);
    printer.say(&format!("{question} Type {what}\"{shown}\" to continue: "));
    let _ = io::stderr().flush();
    let reply = read_reply(word.to_owned());
    if reply == Reply::Interrupted {
        printer.say("\n");
    }
    reply
}

/// Reads the answer on a thread of its own, so that Ctrl-C ends the wait for it.
fn read_reply(word: String) -> Reply {
    let (send, replies) = mpsc::channel();
    let interrupted = send.clone();
    let (answered, mut end) = tokio::sync::oneshot::channel::<()>();
    thread::spawn(move || {
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer).is_ok();
        let yes = read && answer.trim().eq_ignore_ascii_case(&word);
        let _ = send.send(if yes { Reply::Yes } else { Reply::No });
    });
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
        let Ok(runtime) = runtime else { return };
        runtime.block_on(async {
            if let Ok(mut stop) = Stop::new(Interrupts::Signals) {
                // It listens no longer than the question is open: afterwards Ctrl-C is for whatever comes next.
                tokio::select! {
                    () = stop.next() => drop(interrupted.send(Reply::Interrupted)),
                    _ = &mut end => {}
                }
            }
        });
    });
    let reply = replies.recv().unwrap_or(Reply::No);
    drop(answered);
    reply
}

/// Now. Whose day that is, the plan says: never this machine.
pub(super) fn moment() -> Moment {
    Moment {
        now_ms: now_ms(),
        last_write_ms: None,
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
    let (email, _) = parsed.map_err(|_| {
        AppError::Usage(format!(
            "\"{}\" is not an email address; write it like ana@example.com",
            printable(text)
        ))
    })?;
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

/// The option that accepts this; blank if nothing is accepted.
pub(super) fn accepting(accepted: Accepted) -> String {
    if accepted.is_empty() {
        String::new()
    } else {
        format!(" --accept {accepted}")
    }
}
