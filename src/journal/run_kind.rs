//! What a run applies: a plan, or the way back of an earlier run; as text in the journal.

use std::{fmt, str::FromStr};

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};

use super::RunId;

/// What a run applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum RunKind {
    /// The difference of a plan.
    Plan,
    /// The way back of an earlier run.
    Undo(RunId),
}

impl RunKind {
    /// Whether it is an undo.
    pub fn is_undo(self) -> bool {
        matches!(self, Self::Undo(_))
    }
}

impl fmt::Display for RunKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plan => f.write_str("plan"),
            Self::Undo(run) => write!(f, "undo {run}"),
        }
    }
}

/// The text of a run's kind is neither `plan` nor `undo N`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a kind of run")]
pub struct UnknownRunKind(String);

impl FromStr for RunKind {
    type Err = UnknownRunKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let undo = || text.strip_prefix("undo ")?.parse().ok().map(Self::Undo);
        match text {
            "plan" => Ok(Self::Plan),
            _ => undo().ok_or_else(|| UnknownRunKind(text.to_owned())),
        }
    }
}

impl From<RunKind> for String {
    fn from(kind: RunKind) -> Self {
        kind.to_string()
    }
}

impl TryFrom<String> for RunKind {
    type Error = UnknownRunKind;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl ToSql for RunKind {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(self.to_string().into())
    }
}

impl FromSql for RunKind {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str()?.parse().map_err(FromSqlError::other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_read_back_from_its_text() {
        for kind in [RunKind::Plan, RunKind::Undo(3)] {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
    }

    #[test]
    fn another_text_is_no_kind() {
        for text in ["", "Plan", "undo", "undo ", "undo x", "undo 3 "] {
            assert!(text.parse::<RunKind>().is_err(), "{text}");
        }
    }
}
