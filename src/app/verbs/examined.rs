//! What `rehome doctor` found out about one thing that a run needs.

use serde::Serialize;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Checked {
    /// In place.
    Ok,
    /// A run is possible, but look at this.
    Warning,
    /// A run is not possible.
    Missing,
    /// Only a person can check it.
    ByHand,
    /// It could not be checked.
    NotChecked,
}

impl Checked {
    /// As reports write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Missing => "missing",
            Self::ByHand => "by hand",
            Self::NotChecked => "not checked",
        }
    }
}

/// One thing that a run needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Examined {
    /// What it is: a word for the first column.
    pub check: &'static str,
    /// How it is.
    pub result: Checked,
    /// What was found.
    pub found: String,
    /// What to do; `None` if nothing.
    pub remedy: Option<String>,
}

impl Examined {
    pub(super) fn ok(check: &'static str, found: impl Into<String>) -> Self {
        Self {
            check,
            result: Checked::Ok,
            found: found.into(),
            remedy: None,
        }
    }

    pub(super) fn not(
        result: Checked,
        check: &'static str,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            check,
            result,
            found: found.into(),
            remedy: Some(remedy.into()),
        }
    }
}
