//! Why a journal cannot be used, and how to go on from there.

/// What is wrong with a journal. Every text says how to continue.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Not SQLite, truncated, or damaged within.
    #[error(
        "the journal {path} is damaged: {why}. Nothing was changed. Move the file away and plan again: \
         Rehome reads the site again and does only what is missing"
    )]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong.
        why: String,
    },
    /// SQLite, but not a journal.
    #[error(
        "{path} is a database, but not a journal of Rehome. Nothing was changed. Name another state \
         directory with --state, or move the file away and plan again"
    )]
    NotAJournal {
        /// The file.
        path: String,
    },
    /// Written by a newer version.
    #[error(
        "the journal {path} was written by a newer Rehome (format {found}, this one reads {known}). \
         Use that version, or move the file away and plan again"
    )]
    Newer {
        /// The file.
        path: String,
        /// Its format.
        found: i64,
        /// The newest format known here.
        known: i64,
    },
    /// In use by another process.
    #[error("the journal {path} is in use by another process; wait until it has finished, then run again")]
    Locked {
        /// The file.
        path: String,
    },
    /// No space left.
    #[error(
        "the disk with the journal {path} is full; free some space, then run again: the run resumes where it was"
    )]
    Full {
        /// The file.
        path: String,
    },
    /// It cannot be opened, read or written.
    #[error("cannot {doing} the journal {path}: {why}")]
    Unreachable {
        /// What was tried, as a verb.
        doing: &'static str,
        /// The file.
        path: String,
        /// The system's own words.
        why: String,
    },
    /// A request id was used before or appears twice.
    #[error("the journal {path} has no run {run}")]
    NoSuchRun {
        /// The file.
        path: String,
        /// Which.
        run: u64,
    },
}

impl JournalError {
    /// Sorts an error of SQLite.
    pub(super) fn of(error: &rusqlite::Error, doing: &'static str, path: &str) -> Self {
        use rusqlite::ErrorCode as Code;
        let path = path.to_owned();
        match error.sqlite_error_code() {
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => Self::Locked { path },
            Some(Code::DiskFull) => Self::Full { path },
            Some(Code::DatabaseCorrupt | Code::NotADatabase) | None => Self::Damaged {
                path,
                why: error.to_string(),
            },
            Some(_) => Self::Unreachable {
                doing,
                path,
                why: error.to_string(),
            },
        }
    }
}
