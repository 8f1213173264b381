//! Everything that ends a command early, with what the person is told.

use std::path::PathBuf;

use crate::{changeset::ChangeSetError, diagnostics::Diagnostics, systems::SystemError};

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
        "the exports hold more than 4 GiB of names and addresses: split the migration into several plans"
    )]
    TooManyPeople,
    /// An argument cannot be used.
    #[error("{0}")]
    Usage(String),
}
