//! A plan or a change set in; the run of it, and a comparison afterwards, out.

use std::{
    borrow::Cow,
    path::{Path, PathBuf},
};

use super::{
    compute::{compute, inputs},
    undos::undos_of,
    verify::verify,
    view::difference_view,
};
use crate::{
    app::{
        AppError, Moment, NullSink, PlanFile, ProgressReporter, StateDir, StateLock, Verified,
        connect::{
            run_systems::RunSystems,
            secret_request::{Allowed, SecretRequest},
        },
        inputs::gather::gather,
        state::{
            account_lock::AccountLock,
            identity::{lease, who},
        },
    },
    changeset::{ChangeSet, Header, MemberChanges, same_signature},
    diagnostics::Code,
    diff::{Accepted, Difference, Unapplied},
    graph::Waves,
    journal::{Journal, RunId, RunRow, RunState, SignOff},
    model::{Email, Seq},
    report::DifferenceView,
    run::{Host, Interrupts, Members, Reply, RunMode, RunOptions, RunReport, run},
};

/// How a run is wanted.
#[derive(Debug, Clone)]
pub struct ApplyOptions {
    /// Root of the state directories, where it is not the user's own.
    pub state: Option<PathBuf>,
    /// Nothing is asked.
    pub yes: bool,
    /// In waves, or all at once.
    pub waves: Waves,
    /// Accept a difference that exceeds a limit.
    pub accepted: Accepted,
    /// The fingerprint that was signed: another change set is not applied.
    pub signed: Option<String>,
    /// The deliberate fault of a harness build.
    #[cfg(feature = "planted-bugs")]
    pub planted: Option<crate::run::PlantedBug>,
}

/// The person at the run.
pub trait Person: Host {
    /// Is shown the difference and asked whether it should be applied.
    fn agree(&mut self, view: &DifferenceView<'_>) -> Reply;
    /// Is told that an earlier run is resumed, whose change set was computed at a moment (Unix milliseconds).
    fn going_on(&mut self, run: &RunRow, computed: i64);
    /// Is told when the change set in a file was computed (Unix milliseconds).
    fn computed(&mut self, at: i64);
    /// Is told which secrets a change set asks for, and for which systems, before anything is sent.
    fn told_of_secrets(&mut self, request: &SecretRequest);
    /// Is asked whether these secrets may be sent, since nothing on this machine did so before.
    fn agree_to_secrets(&mut self) -> Reply;
    /// Is warned of something that stops nothing.
    fn warn(&mut self, text: &str);
}

/// What came of it.
#[derive(Debug)]
pub enum Applied {
    /// There was nothing to apply.
    Nothing {
        /// Whom somebody must decide about.
        left: Unapplied,
    },
    /// The change set was applied before.
    Already {
        /// The run that did.
        run: RunId,
        /// Whom somebody must decide about.
        left: Unapplied,
    },
    /// A limit or an expectation refuses it.
    Refused,
    /// The person said no.
    Declined,
    /// The person stopped at the question. Nothing was changed.
    Interrupted,
    /// It ran, to its end or not; `verified` where it came to its end.
    Ran {
        /// What the run did.
        report: Box<RunReport>,
        /// What a full reading afterwards found.
        verified: Option<Verified>,
        /// Whom somebody must decide about, whatever the run did.
        left: Unapplied,
    },
}

/// Applies a plan: continues with an open run of the same inputs, or computes the difference, shows it,
/// asks, and carries it out.
pub fn apply_plan(
    file: &PlanFile,
    moment: Moment,
    options: &ApplyOptions,
    person: &mut dyn Person,
    watch: &dyn ProgressReporter,
) -> Result<Applied, AppError> {
    let state = StateDir::find(&file.plan.targets, &file.folder, options.state.as_deref())?;
    let _lock = ready(&state, person)?;
    let mut journal = state.journal()?;
    if let Some(open) = journal.open_run()? {
        if let Some(change_set) = goes_on(file, &open, &state, options.accepted, watch)? {
            is_signed(change_set.header(), options)?;
            person.going_on(&open, change_set.header().computed);
            return carry_out(
                &change_set,
                &mut journal,
                options.accepted,
                options,
                person,
                watch,
            );
        }
        settle(&open, &state, &mut journal, options, person)?;
    }
    state.bind_secrets(&file.plan.targets)?;
    let new = state.new_change_set();
    let moment = Moment {
        last_write_ms: journal.last_write()?,
        ..moment
    };
    let computed = compute(file, moment, options.accepted, Some(&new), &mut NullSink, watch)?;
    if let Err(error) = is_signed(&computed.header, options) {
        remove(&new)?;
        return Err(error);
    }
    let kept = computed.gathered.warnings.iter();
    for warning in kept.filter(|one| one.code == Code::RememberedElsewhere) {
        person.warn(&warning.sentence());
    }
    if let (Some(why), false) = (
        computed.seen.site_capabilities.cannot_write.clone(),
        computed.difference.is_empty(),
    ) {
        remove(&new)?;
        return Err(AppError::CannotWrite {
            place: computed.header.site.place,
            why,
        });
    }
    let decided = decide(&computed.view(), person, options);
    drop(computed);
    if let Some(end) = decided {
        remove(&new)?;
        return Ok(end);
    }
    let change_set = keep(&new, &state)?;
    // The change set says what was accepted.
    let nothing_more = Accepted::default();
    carry_out(&change_set, &mut journal, nothing_more, options, person, watch)
}

/// Applies a change set file. The same file again continues, and then does nothing. The file may come from somebody
/// else: what it asks for is shown before anything is sent, and until the person agrees nothing is created here.
pub fn apply_file(
    path: &Path,
    options: &ApplyOptions,
    person: &mut dyn Person,
    watch: &dyn ProgressReporter,
) -> Result<Applied, AppError> {
    let mut change_set = ChangeSet::open(path)?;
    let header = &change_set.header().clone();
    is_signed(header, options)?;
    if options.accepted.renames && !header.accepted().renames {
        return Err(AppError::Usage(
            "Renames are accepted when the difference is computed, and this change set was computed without them: \
             write it again with rehome plan PLAN --out FILE --accept renames"
                .to_owned(),
        ));
    }
    let state = StateDir::of(&header.targets, Path::new(&header.base), options.state.as_deref())?;
    let print = change_set.fingerprint();
    let request = SecretRequest::new(header, &state);
    if !request.is_empty() {
        person.told_of_secrets(&request);
        match request.allowed() {
            Allowed::Known => {}
            Allowed::Never(why) => return Err(AppError::SecretsRefused { why }),
            Allowed::IfAgreed if options.yes => {
                return Err(AppError::SecretsRefused {
                    why: "no plan on this machine uses these secrets for these addresses, and --yes does not agree to that"
                        .to_owned(),
                });
            }
            Allowed::IfAgreed => match person.agree_to_secrets() {
                Reply::Yes => {}
                Reply::No => return Ok(Applied::Declined),
                Reply::Interrupted => return Ok(Applied::Interrupted),
            },
        }
    }
    if !state.exists() {
        // Nothing of it was ever run here.
        if let Some(end) = agreed_to_file(&change_set, options, person)? {
            return Ok(end);
        }
        let _lock = ready(&state, person)?;
        let mut journal = state.journal()?;
        if journal.open_run()?.is_some() {
            return Err(AppError::Busy {
                folder: state.path().to_owned(),
            });
        }
        state.bind_secrets(&header.targets)?;
        change_set.keep(&state.change_set(&print))?;
        return carry_out(
            &change_set,
            &mut journal,
            options.accepted,
            options,
            person,
            watch,
        );
    }
    let _lock = ready(&state, person)?;
    let mut journal = state.journal()?;
    let earlier = journal.run_of(&print)?;
    if let Some(run) = &earlier {
        if undos_of(&journal, run.id)?.next().is_some() {
            return Err(AppError::TakenBack { run: run.id });
        }
        if run.state == RunState::Done {
            let left = change_set.difference().unapplied();
            return Ok(Applied::Already { run: run.id, left });
        }
        RunSystems::check_run(header, run)?;
    }
    if let Some(open) = journal.open_run()?
        && earlier.as_ref().is_none_or(|run| run.id != open.id)
    {
        settle(&open, &state, &mut journal, options, person)?;
    }
    if let Some(run) = &earlier {
        person.going_on(run, header.computed);
    } else if let Some(end) = agreed_to_file(&change_set, options, person)? {
        return Ok(end);
    }
    state.bind_secrets(&header.targets)?;
    change_set.keep(&state.change_set(&print))?;
    carry_out(
        &change_set,
        &mut journal,
        options.accepted,
        options,
        person,
        watch,
    )
}

/// Shows the difference of a change set for these systems and asks; `None` is yes.
fn agreed_to_file(
    change_set: &ChangeSet,
    options: &ApplyOptions,
    person: &mut dyn Person,
) -> Result<Option<Applied>, AppError> {
    let header = change_set.header();
    RunSystems::check_accounts(header)?;
    person.computed(header.computed);
    let mut difference = Cow::Borrowed(change_set.difference());
    if !options.accepted.is_empty() {
        difference.to_mut().judge_anew(&options.accepted);
    }
    let view = DifferenceView {
        accepted: header.accepted().and(options.accepted),
        ..difference_view(header, &difference, None)
    };
    Ok(decide(&view, person, options))
}

/// An error if another change set was signed.
fn is_signed(header: &Header, options: &ApplyOptions) -> Result<(), AppError> {
    let Some(signed) = &options.signed else {
        return Ok(());
    };
    let found = header.signature.as_deref().unwrap_or("none");
    if same_signature(signed, found) {
        return Ok(());
    }
    Err(AppError::NotSigned {
        found: found.to_owned(),
        signed: signed.clone(),
    })
}

/// Whether there is anything to apply, and the person agrees; `None` is yes.
fn decide(view: &DifferenceView<'_>, person: &mut dyn Person, options: &ApplyOptions) -> Option<Applied> {
    let difference: &Difference = view.difference;
    if difference.refused() {
        person.agree(view);
        return Some(Applied::Refused);
    }
    if difference.is_empty() {
        let left = difference.unapplied();
        return Some(Applied::Nothing { left });
    }
    agreed(view, person, options)
}

/// Shows a difference and asks; `None` is yes.
pub(crate) fn agreed(
    view: &DifferenceView<'_>,
    person: &mut dyn Person,
    options: &ApplyOptions,
) -> Option<Applied> {
    match person.agree(view) {
        Reply::Interrupted => Some(Applied::Interrupted),
        Reply::No if !options.yes => Some(Applied::Declined),
        Reply::Yes | Reply::No => None,
    }
}

/// Makes and locks the state directory, and warns of a place that is bad for it.
pub(crate) fn ready(state: &StateDir, person: &mut dyn Person) -> Result<StateLock, AppError> {
    state.make()?;
    let lock = state.lock()?;
    state.sweep()?;
    if let Some(text) = state.moved() {
        person.warn(&text);
    }
    if let Some(warning) = state.badly_placed() {
        person.warn(&warning);
    }
    Ok(lock)
}

/// The change set of an open run, if it is of the same inputs, and the same systems are there.
fn goes_on(
    file: &PlanFile,
    open: &RunRow,
    state: &StateDir,
    accepted: Accepted,
    watch: &dyn ProgressReporter,
) -> Result<Option<ChangeSet>, AppError> {
    // A change set that is lost or damaged has to be computed anew.
    let Ok(change_set) = state.kept(open) else {
        return Ok(None);
    };
    let header = change_set.header();
    // A rename is decided when the difference is computed.
    let renames = file.plan.policy.accept_renames || header.accepted().renames;
    if accepted.renames && !renames {
        return Ok(None);
    }
    // Where the plan names no day, the run goes on with the day that it began with.
    let day = file.plan.day(header.computed);
    if open.run.inputs != inputs(file, &gather(file, day, watch)?, day) {
        return Ok(None);
    }
    match RunSystems::check_run(header, open) {
        Ok(()) => Ok(Some(change_set)),
        Err(AppError::AnotherAccount { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Finds out what became of the requests of a run that is not at its end, and closes it.
fn settle(
    open: &RunRow,
    state: &StateDir,
    journal: &mut Journal,
    options: &ApplyOptions,
    person: &mut dyn Person,
) -> Result<(), AppError> {
    let why = match settle_doubts(open, state, journal, options, person) {
        Ok(()) => "the plan, its exports, the systems or the accepted limits have changed".to_owned(),
        // Without its change set nobody can ask for single members. What comes next reads the systems as a whole, and so
        // sees what became of every request.
        Err(error) if error.is_lost_change_set() => {
            person.warn(&format!(
                "{error}. Run {} is closed; what it did is found by reading the systems",
                open.id
            ));
            format!("closed, because {error}")
        }
        Err(error) => return Err(error),
    };
    journal.set_state(open.id, RunState::Superseded, &why, person.now_ms())?;
    Ok(())
}

/// Finds out what became of the requests of a run that is not at its end. Nothing else of it is applied.
pub(crate) fn settle_doubts(
    open: &RunRow,
    state: &StateDir,
    journal: &mut Journal,
    options: &ApplyOptions,
    person: &mut dyn Person,
) -> Result<(), AppError> {
    if !journal.doubts(open.id)?.is_empty() {
        let change_set = state.kept(open)?;
        if !RunSystems::doubts_are_gone(change_set.header(), open)? {
            let goal = RunMode::Settle;
            let print = &open.run.fingerprint;
            let report = start(&change_set, journal, print, goal, None, options, person)?;
            if report.doubts > 0 {
                return Err(AppError::Doubts {
                    run: open.id,
                    why: report.end.why(),
                });
            }
        }
    }
    Ok(())
}

/// Applies a change set, and compares afterwards. `accepted` is what is accepted now, besides what the
/// change set says.
pub(crate) fn carry_out(
    change_set: &ChangeSet,
    journal: &mut Journal,
    accepted: Accepted,
    options: &ApplyOptions,
    person: &mut dyn Person,
    watch: &dyn ProgressReporter,
) -> Result<Applied, AppError> {
    let print = change_set.fingerprint();
    let accepted = (!accepted.is_empty()).then(|| SignOff {
        what: accepted.to_string(),
        who: who(),
        at: person.now_ms(),
    });
    let goal = RunMode::CarryOut;
    let report = start(change_set, journal, &print, goal, accepted, options, person)?;
    let ended = matches!(report.end.state(), RunState::Done | RunState::Partly);
    let verified = if ended {
        Some(verify(change_set, journal, report.run, watch)?)
    } else {
        None
    };
    Ok(Applied::Ran {
        report: Box::new(report),
        verified,
        left: change_set.difference().unapplied(),
    })
}

fn start(
    change_set: &ChangeSet,
    journal: &mut Journal,
    print: &str,
    goal: RunMode,
    accepted: Option<SignOff>,
    options: &ApplyOptions,
    person: &mut dyn Person,
) -> Result<RunReport, AppError> {
    let (site, reached, contacts) = RunSystems::open_to_write(change_set.header(), journal)?.for_a_run()?;
    let writer = contacts
        .as_ref()
        .map(|contacts| AccountLock::take(contacts.account()));
    let _writer = writer.transpose()?;
    let lease = lease(journal);
    let run_options = RunOptions {
        waves: options.waves,
        yes: options.yes,
        goal,
        accepted,
        seed: fastrand::u64(..),
        #[cfg(feature = "planted-bugs")]
        planted: options.planted,
        ..RunOptions::new(print, change_set.path().display().to_string(), lease)
    };
    let mut members = Work { change_set };
    let mut host = HostOf(person);
    let report = run(
        &mut members,
        journal,
        site,
        reached,
        &run_options,
        &mut host,
        Interrupts::Signals,
    )?;
    if let Some(contacts) = contacts
        && let Some(pace) = contacts.pace()
    {
        journal.set_pacing(&contacts.account().id, &pace)?;
    }
    Ok(report)
}

/// Keeps a change set that was computed here, in the state directory, under its fingerprint.
pub(crate) fn keep(path: &Path, state: &StateDir) -> Result<ChangeSet, AppError> {
    let mut change_set = ChangeSet::open(path)?;
    let to = state.change_set(&change_set.fingerprint());
    change_set.rename(&to)?;
    Ok(change_set)
}

pub(crate) fn remove(path: &Path) -> Result<(), AppError> {
    std::fs::remove_file(path).map_err(|error| AppError::File {
        doing: "remove",
        path: path.to_owned(),
        why: error.to_string(),
    })
}

/// A change set as the run reads it.
struct Work<'a> {
    change_set: &'a ChangeSet,
}

impl Members for Work<'_> {
    fn header(&self) -> &Header {
        self.change_set.header()
    }

    fn range(&mut self, from: Seq, to: Seq) -> Result<Vec<MemberChanges>, String> {
        self.change_set.range(from, to).map_err(|error| error.to_string())
    }

    fn find(&mut self, email: &Email) -> Result<Option<Seq>, String> {
        let found = self.change_set.find(email).map_err(|error| error.to_string())?;
        Ok(found.and_then(|member| member.seq))
    }
}

/// A person as the run's host.
struct HostOf<'a>(&'a mut dyn Person);

impl Host for HostOf<'_> {
    fn on(&mut self, event: &crate::run::RunEvent) {
        self.0.on(event);
    }

    fn ask(&mut self, question: &crate::run::Question) -> Reply {
        self.0.ask(question)
    }

    fn now_ms(&self) -> i64 {
        self.0.now_ms()
    }
}
