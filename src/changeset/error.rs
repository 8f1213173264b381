//! Why a change set cannot be written or read.

use std::path::PathBuf;

/// Why a change set cannot be written or read. Each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ChangeSetError {
    /// It is no change set.
    #[error("{} is not a change set: {why}; make one with `rehome plan PLAN --out FILE`", .path.display())]
    Unlike {
        /// The file.
        path: PathBuf,
        /// What was found.
        why: String,
    },
    /// Another version of Rehome wrote it.
    #[error("{} has format {found}, and this Rehome reads format {expected}; compute it again with `rehome plan PLAN --out FILE`", .path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// Ours.
        expected: u32,
    },
    /// A Rehome before this format wrote it.
    #[error("{} has a format before {expected}, which this Rehome does not read; compute it again with `rehome plan PLAN --out FILE`", .path.display())]
    Older {
        /// The file.
        path: PathBuf,
        /// Ours.
        expected: u32,
    },
    /// It is damaged.
    #[error("{} is damaged: {why}; compute it again with `rehome plan PLAN --out FILE`", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        why: String,
    },
    /// It cannot be opened, read or written.
    #[error("cannot {doing} the change set {}: {why}", .path.display())]
    Io {
        /// What was tried, as a verb.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's own words.
        why: String,
    },
}
