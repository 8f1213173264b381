//! Everything that ends a command early, with what the person is told.

use std::path::PathBuf;

use crate::{
    changeset::ChangeSetError,
    diagnostics::Diagnostics,
    journal::JournalError,
    run::RunError,
    systems::{SimulateError, SystemError},
};

/// Why a command ends early.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// The plan or its exports are wrong; each diagnostic says where and what to do.
    #[error("the plan or its exports have errors")]
    Diagnosed {
        /// The plan's path, as given.
        path: String,
        /// The plan's text.
        text: String,
        /// What is wrong.
        diagnostics: Diagnostics,
    },
    /// A file cannot be read or written.
    #[error("cannot {doing} {}: {why}", .path.display())]
    File {
        /// What was tried, as a verb.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's own words.
        why: String,
    },
    /// A system cannot be opened or read.
    #[error(transparent)]
    System(#[from] SystemError),
    /// The change set.
    #[error(transparent)]
    ChangeSet(#[from] ChangeSetError),
    /// The exports name more people than fit.
    #[error(
        "The exports contain more than 4 GiB of names and addresses; split the migration into several plans"
    )]
    TooManyPeople,
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The run.
    #[error(transparent)]
    Run(#[from] RunError),
    /// Another process runs the same migration.
    #[error("Another Rehome process is working on this migration (its state is in {}); wait until it has finished", .folder.display())]
    Busy {
        /// The state directory.
        folder: PathBuf,
    },
    /// Another process writes to the same contact system.
    #[error(
        "Another Rehome process is writing to {place}, for this plan or another one; wait until it has finished"
    )]
    AccountBusy {
        /// Where the contact system is.
        place: String,
    },
    /// The change set was computed for another site or contact system.
    #[error(
        "The change set was computed for another system than the one at {place}: then {was}, now {is}. Compute it again with `rehome plan`"
    )]
    AnotherAccount {
        /// Where the system is.
        place: String,
        /// Its id then.
        was: String,
        /// Its id now.
        is: String,
    },
    /// The change set was applied, and undone since.
    #[error("This change set was applied as run {run} and undone since. Compute it again with `rehome plan`")]
    TakenBack {
        /// The run.
        run: u64,
    },
    /// A run's change set is not kept any more.
    #[error(
        "The change set of run {run} is no longer in {} (`rehome purge` removes it), so what the run did can be \
         neither verified nor undone; `rehome apply PLAN` reads the systems and does what is missing", .folder.display()
    )]
    Forgotten {
        /// The run.
        run: u64,
        /// Where it was kept.
        folder: PathBuf,
    },
    /// The change set is not the one that was signed.
    #[error("the change set has the fingerprint {found}, and {signed} was signed. Nothing was changed")]
    NotSigned {
        /// Of the change set that would be applied.
        found: String,
        /// As given.
        signed: String,
    },
    /// The site can be read, and not be written.
    #[error("{place} cannot be written to: {why}")]
    CannotWrite {
        /// Where it is.
        place: String,
        /// Why.
        why: String,
    },
    /// AccessAlly lacks something that only a person can make there.
    #[error(
        "These must be created by hand at {place} first:\n{}\nThen run the same command again. Offerings are found by their names, \
         and their tags are read from AccessAlly's own settings",
        .what.iter().map(|what| format!("  {what}")).collect::<Vec<_>>().join("\n")
    )]
    Unbound {
        /// The site.
        place: String,
        /// What, each a sentence.
        what: Vec<String>,
    },
    /// The plan wants the site to send an email, and the site cannot.
    #[error(
        "{place} does not send email, and {emails} of the plan {verb} `via = \"site\"`: invite on a WordPress site, or write the \
         emails to files (`via = \"file\"`, --out DIR)", verb = if .emails.contains(',') { "have" } else { "has" }
    )]
    NoMail {
        /// Where the site is.
        place: String,
        /// The keys of the emails.
        emails: String,
    },
    /// A secret is not where the plan says.
    #[error("Cannot read the secret from {place}: {why}")]
    Secret {
        /// Where it should be.
        place: String,
        /// What is wrong; never the secret itself.
        why: String,
    },
    /// A change set asks for secrets that it does not get.
    #[error(
        "The secrets of this change set are not used: {why}. Apply the plan itself (rehome apply PLAN), or run this \
         at a terminal without --yes"
    )]
    SecretsRefused {
        /// Why.
        why: String,
    },
    /// The practice CRM.
    #[error(transparent)]
    Simulate(#[from] SimulateError),
    /// An earlier run has requests whose outcome cannot be found out now.
    #[error("Run {run} has requests whose outcome is not known yet ({why}); try again later")]
    Doubts {
        /// The run.
        run: u64,
        /// How looking ended.
        why: String,
    },
    /// A run is not at its end.
    #[error("Run {run} has not finished: resume it with `rehome apply`, or undo it with `rehome undo`")]
    OpenRun {
        /// Which.
        run: u64,
    },
    /// Every run was undone, or there is no run with this number.
    #[error("There is no such run to undo; `rehome status` lists the runs")]
    NothingToUndo,
    /// Nothing was ever applied.
    #[error(
        "No run of this plan was found in {}{}. Runs of another machine, or with another --state, are kept there",
        .folder.display(),
        .looked.iter().flat_map(|what| ["; ", what.as_str()]).collect::<String>()
    )]
    NoRun {
        /// The state directory.
        folder: PathBuf,
        /// Where else was looked, and what was found.
        looked: Vec<String>,
    },
    /// An argument cannot be used.
    #[error("{0}")]
    Usage(String),
}

impl AppError {
    /// True if the change set of a run is missing, damaged or not that of the run.
    pub(crate) fn is_lost_change_set(&self) -> bool {
        matches!(self, Self::Forgotten { .. } | Self::ChangeSet(_))
    }
}
