//! `rehome apply`: a plan or a change set in; the run of it out.

use std::{io, path::Path};

use super::{
    Exit, Printer,
    args::{ApplyVerb, RunChoice, WavesChoice},
    common::{accepted, again, asked, asked_for, moment, now_ms, read_plan},
    progress::Progress,
    shared_args::{Format, PlanChoice},
};
use crate::{
    app::{
        AppError, Applied, ApplyOptions, Person, ProgressReporter, SecretRequest, Verified, apply_file,
        apply_plan,
    },
    diff::Accepted,
    graph::Waves,
    journal::{RunRow, Status},
    model::SiteTarget,
    report::{Detail, DifferenceView, difference_text},
    run::{End, ExitClass, Host, Phase, Question, RunEvent, RunReport},
    text::{age, amount, counted, printable},
};
use crate::{report::unapplied_text, run::Reply};

/// The first bytes of every SQLite file, and so of every change set.
const SQLITE: &[u8] = b"SQLite format 3\0";

pub(super) fn run(verb: &ApplyVerb, printer: &mut Printer) -> Result<Exit, AppError> {
    let accepted = accepted(&verb.accept)?;
    let plan = &verb.how.plan;
    if !is_change_set(&plan.plan) {
        let file = read_plan(&plan.plan, plan.env.as_deref(), printer)?;
        return with_person(
            Doing::Apply,
            &verb.how,
            Approved {
                accepted,
                signed: verb.signed.clone(),
            },
            printer,
            |options, person, watch| apply_plan(&file, moment(), options, person, watch),
        );
    }
    if plan.env.is_some() {
        return Err(AppError::Usage(
            "a change set contains its environment; leave out --env".to_owned(),
        ));
    }
    with_person(
        Doing::Apply,
        &verb.how,
        Approved {
            accepted,
            signed: verb.signed.clone(),
        },
        printer,
        |options, person, watch| apply_file(&plan.plan, options, person, watch),
    )
}

/// What is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doing {
    /// A plan or a change set.
    Apply,
    /// The way back from a run.
    Undo,
}

impl Doing {
    /// The verb.
    fn verb(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Undo => "undo",
        }
    }
}

/// What a person approved before.
#[derive(Debug, Clone, Default)]
pub(super) struct Approved {
    /// What is accepted of a difference that would be refused.
    pub(super) accepted: Accepted,
    /// The fingerprint on the page that was signed.
    pub(super) signed: Option<String>,
}

/// Carries something out with the person at the terminal, and tells how it ended.
pub(super) fn with_person(
    doing: Doing,
    verb: &RunChoice,
    approved: Approved,
    printer: &mut Printer,
    work: impl FnOnce(&ApplyOptions, &mut dyn Person, &dyn ProgressReporter) -> Result<Applied, AppError>,
) -> Result<Exit, AppError> {
    let options = ApplyOptions {
        state: verb.plan.state.clone(),
        yes: verb.yes,
        waves: if verb.waves == WavesChoice::Off {
            Waves::Off
        } else {
            Waves::Growing
        },
        accepted: approved.accepted,
        signed: approved.signed,
        #[cfg(feature = "planted-bugs")]
        planted: super::planted::chosen(),
    };
    let progress = Progress::new();
    let mut person = Terminal {
        yes: verb.yes,
        format: verb.format,
        progress: &progress,
        printer,
    };
    let applied = work(&options, &mut person, &progress);
    progress.clear();
    let applied = applied?;
    match verb.format {
        Format::Json => printer.json(&json(&applied)),
        Format::Text => tell(&applied, doing, verb, printer),
    }
    Ok(exit(&applied))
}

fn is_change_set(path: &Path) -> bool {
    use io::Read;
    let mut start = [0; SQLITE.len()];
    std::fs::File::open(path)
        .and_then(|mut file| file.read_exact(&mut start))
        .is_ok()
        && start == SQLITE
}

fn exit(applied: &Applied) -> Exit {
    match applied {
        Applied::Nothing { left } | Applied::Already { left, .. } if left.is_empty() => Exit::Done,
        Applied::Nothing { .. } | Applied::Already { .. } => Exit::Partly,
        Applied::Refused => Exit::Refused,
        Applied::Declined => Exit::Error,
        Applied::Interrupted => Exit::Interrupted,
        Applied::Ran {
            report,
            verified,
            left,
        } => match report.exit() {
            ExitClass::Done if verified.as_ref().is_some_and(|verified| !verified.is_right()) => Exit::Partly,
            ExitClass::Done if !left.is_empty() => Exit::Partly,
            ExitClass::Done => Exit::Done,
            ExitClass::Stopped => Exit::Error,
            ExitClass::Partly => Exit::Partly,
            ExitClass::Moved => Exit::Moved,
            ExitClass::Waiting => Exit::Waiting,
            ExitClass::Interrupted => Exit::Interrupted,
        },
    }
}

fn tell(applied: &Applied, doing: Doing, verb: &RunChoice, printer: &mut Printer) {
    match applied {
        Applied::Nothing { left } => {
            let nothing = match (doing, left.is_empty()) {
                (Doing::Undo, true) => "Nothing to do: the run has nothing left to undo.\n",
                (Doing::Undo, false) => "Nothing that can be undone is left of the run.\n",
                (Doing::Apply, true) => "Nothing to do: everything is up to date.\n",
                (Doing::Apply, false) => "Nothing to apply now.\n",
            };
            printer.result(&format!("{nothing}{}", unapplied_text(left)));
        }
        Applied::Already { run, left } => printer.result(&format!(
            "Nothing to do: run {run} applied this change set. `rehome plan` compares again.\n{}",
            unapplied_text(left)
        )),
        Applied::Refused => printer.say("Nothing was changed.\n"),
        Applied::Declined => printer.say("Nothing was changed, because it was not confirmed.\n"),
        Applied::Interrupted => printer.say("Nothing was changed: interrupted at the question.\n"),
        Applied::Ran {
            report,
            verified,
            left,
        } => {
            printer.result(&run_text(report, verified.as_ref()));
            if verified.is_some() && !left.is_empty() {
                printer.result(&format!("Not part of the run:\n{}", unapplied_text(left)));
            }
            if verb.timings {
                printer.say(&timings_text(report));
            }
            if let Some(next) = next(report, doing, &verb.plan) {
                printer.say(&next);
            }
        }
    }
}

fn run_text(report: &RunReport, verified: Option<&Verified>) -> String {
    let tally = &report.tally;
    let mut text = format!(
        "Run {}: {}. {} of {} done, {} failed, {} blocked.\n",
        report.run,
        printable(&report.end.why()),
        amount(tally.done),
        counted(tally.members, "member"),
        amount(tally.count(Status::Refused)),
        amount(tally.count(Status::Moved))
    );
    for (why, count) in report.reasons().into_iter().take(10) {
        text.push_str(&format!("  {}: {}\n", counted(count, "member"), printable(&why)));
    }
    for exception in tally.exceptions.iter().take(20) {
        text.push_str(&format!(
            "    {}: {}\n",
            exception.email,
            printable(&exception.why)
        ));
    }
    if let End::Waiting { checkpoints } = &report.end {
        for checkpoint in checkpoints {
            text.push_str(&format!(
                "  {}: {}\n",
                printable(checkpoint.key.as_str()),
                printable(&checkpoint.say)
            ));
        }
    }
    if let Some(verified) = verified {
        text.push_str(&verified_text(verified));
    }
    text
}

/// What a full comparison found, for people.
pub(super) fn verified_text(verified: &Verified) -> String {
    let mut text = format!(
        "Verified by reading everything back: {} compared, {} up to date, {} different, {} not compared because they failed or were blocked.\n",
        counted(verified.compared, "member"),
        amount(verified.right),
        amount(verified.wrong),
        amount(verified.left_out)
    );
    for (email, what) in &verified.examples {
        text.push_str(&format!("  {}: {}\n", printable(email), printable(what)));
    }
    for (one, what) in &verified.setup {
        text.push_str(&format!("  {} {}\n", printable(one), printable(what)));
    }
    text
}

fn timings_text(report: &RunReport) -> String {
    let timings = report.timings;
    let share = if timings.total > 0.0 {
        timings.journal / timings.total * 100.0
    } else {
        0.0
    };
    let first = timings
        .first_request
        .map_or("none".to_owned(), |first| format!("{first:.0} ms"));
    format!(
        "Timings: {:.0} ms in total; journal {:.0} ms ({share:.1} %); site {:.0} ms; contact system {:.0} ms; change set {:.0} ms; first request after {first}\n",
        timings.total, timings.journal, timings.site, timings.contacts, timings.change_set
    )
}

/// The other way out of a run that is not complete.
fn or_undo(doing: Doing, plan: &str) -> String {
    match doing {
        Doing::Apply => format!("; to undo what was done: rehome undo {plan}"),
        Doing::Undo => String::new(),
    }
}

fn next(report: &RunReport, doing: Doing, given: &PlanChoice) -> Option<String> {
    let verb = doing.verb();
    let again = again(given);
    // A change set knows the name of its migration, and not where the plan is.
    let plan = if is_change_set(&given.plan) {
        "PLAN"
    } else {
        &again
    };
    match &report.end {
        End::Waiting { checkpoints } => {
            let done = checkpoints
                .iter()
                .map(|checkpoint| format!("rehome confirm {plan} {}; ", checkpoint.key));
            let done: String = done.collect();
            let undo = or_undo(doing, plan);
            Some(format!(
                "When it is done: {done}then rehome {verb} {again}{undo}\n"
            ))
        }
        End::Interrupted
        | End::Declined { .. }
        | End::Quota { .. }
        | End::TooManyFailed
        | End::Stopped { .. } => Some(format!(
            "To resume: rehome {verb} {again}{}\n",
            or_undo(doing, plan)
        )),
        End::TooManyMoved | End::Partly if doing == Doing::Undo => {
            Some(format!("To undo what is left: rehome undo {plan}\n"))
        }
        End::TooManyMoved | End::Partly => Some(format!("To see what is left: rehome plan {plan}\n")),
        _ => None,
    }
}

fn json(applied: &Applied) -> serde_json::Value {
    use serde_json::json;
    match applied {
        Applied::Nothing { left } | Applied::Already { left, .. } => {
            json!({ "version": 1, "applied": "nothing", "not_applied": left })
        }
        Applied::Interrupted => json!({ "version": 1, "applied": "interrupted" }),
        Applied::Refused => json!({ "version": 1, "applied": "refused" }),
        Applied::Declined => json!({ "version": 1, "applied": "declined" }),
        Applied::Ran {
            report,
            verified,
            left,
        } => {
            let exceptions: Vec<_> = report
                .tally
                .exceptions
                .iter()
                .map(|one| json!({ "email": one.email, "outcome": one.status.word(), "why": one.why }))
                .collect();
            json!({
                "version": 1,
                "applied": "ran",
                "run": report.run,
                "resumed": report.resumed,
                "end": report.end,
                "members": report.tally.members,
                "done": report.tally.done,
                "failed": report.tally.count(Status::Refused),
                "held": report.tally.count(Status::Moved),
                "exceptions": exceptions,
                "doubts": report.doubts,
                "timings_ms": report.timings,
                "verified": verified,
                "not_applied": left,
            })
        }
    }
}

/// The environment of a plan, behind its site.
fn environment(name: Option<&str>) -> String {
    name.map_or(String::new(), |name| {
        format!(" (environment {})", printable(name))
    })
}

/// The person at the terminal, if there is one.
struct Terminal<'a> {
    yes: bool,
    format: Format,
    progress: &'a Progress,
    printer: &'a mut Printer,
}

impl Terminal<'_> {
    fn asked(&mut self, question: &str) -> Reply {
        if !self.yes {
            self.progress.clear();
        }
        asked(question, self.yes, self.printer)
    }
}

impl Host for Terminal<'_> {
    fn on(&mut self, event: &RunEvent) {
        match event {
            RunEvent::Started { .. } | RunEvent::WaveThrough { .. } => {}
            RunEvent::Progress {
                phase, done, total, ..
            } => {
                let (phase, unit) = match phase {
                    Phase::Settling => ("settling requests in doubt", "requests"),
                    Phase::Preparing => ("preparing", "things"),
                    Phase::Members => ("moving members", "members"),
                };
                self.progress.progress(phase, *done, Some(*total), unit);
            }
            RunEvent::Trouble { text, .. } => self.printer.say_line(text),
            RunEvent::Stopping { why } => self.printer.say_line(&format!("Stopping: {why}")),
        }
    }

    fn ask(&mut self, question: &Question) -> Reply {
        let Question::NextWave {
            wave,
            members,
            failed,
            held,
            left,
            seen,
        } = question;
        for (email, there) in seen {
            let tags: Vec<&str> = there.tags.iter().map(crate::model::TagName::as_str).collect();
            let login = there.login.as_deref().unwrap_or("no user");
            let text = format!(
                "On the site now: {email}, login {login}, tags {}",
                tags.join(", ")
            );
            self.printer.say_line(&text);
        }
        let text = format!(
            "Wave {} complete: {}; {failed} failed and {held} blocked so far. {} left. Continue?",
            wave + 1,
            counted(u64::from(*members), "member"),
            amount(*left)
        );
        self.asked(&text)
    }

    fn now_ms(&self) -> i64 {
        now_ms()
    }
}

impl Person for Terminal<'_> {
    fn agree(&mut self, view: &DifferenceView<'_>) -> Reply {
        self.progress.clear();
        let text = difference_text(view, Detail::Summary);
        match self.format {
            Format::Text => self.printer.result(&text),
            Format::Json => self.printer.say(&text),
        }
        if view.difference.refused() {
            Reply::No
        } else {
            self.progress.clear();
            let targets = view.targets;
            match (&targets.site, targets.live_host()) {
                (SiteTarget::Local { .. }, _) => self.asked("Apply this?"),
                (SiteTarget::WordPress { url, .. }, None) => {
                    let environment = environment(targets.environment.as_deref());
                    self.asked(&format!(
                        "Apply this to the WordPress site {}{environment}, which is not the live site?",
                        printable(url)
                    ))
                }
                (SiteTarget::WordPress { url, .. }, Some(host)) => {
                    let environment = environment(targets.environment.as_deref());
                    let question = format!(
                        "Apply this to the live WordPress site {}{environment}?",
                        printable(url)
                    );
                    asked_for(&question, host, "the host name", self.yes, self.printer)
                }
            }
        }
    }

    fn told_of_secrets(&mut self, request: &SecretRequest) {
        self.progress.clear();
        self.printer.say(&request.text());
    }

    fn agree_to_secrets(&mut self) -> Reply {
        self.asked("Send these secrets to these addresses?")
    }

    fn warn(&mut self, text: &str) {
        self.printer.say_line(&format!("warning: {text}"));
    }

    fn going_on(&mut self, run: &RunRow, computed: i64) {
        self.printer.say(&format!(
            "Resuming run {}, which has not finished. It was computed {}.\n",
            run.id,
            age(computed, now_ms())
        ));
    }

    fn computed(&mut self, at: i64) {
        let ago = age(at, now_ms());
        self.printer.say(&format!(
            "The change set was computed {ago}. Members who have changed on the site since then are blocked and named.\n"
        ));
    }
}
