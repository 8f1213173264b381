//! The exit statuses, documented as stable in the README.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, or nothing to do.
    Done,
    /// An error; a lease held by another; an answer "no".
    Error,
    /// `plan --detailed-exitcode` found changes; `verify` found differences.
    Changes,
    /// Applied in part.
    Partly,
    /// Refused by a limit or an expectation.
    Refused,
    /// Stopped or refused because the world moved.
    Moved,
    /// Waits at a checkpoint.
    Waiting,
    /// The arguments make no sense.
    Usage,
    /// Interrupted; can be resumed.
    Interrupted,
}

impl Exit {
    /// The number.
    pub fn status(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Error => 1,
            Self::Changes => 2,
            Self::Partly => 3,
            Self::Refused => 4,
            Self::Moved => 5,
            Self::Waiting => 6,
            Self::Usage => 64,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.status())
    }
}
