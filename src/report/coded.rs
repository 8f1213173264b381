//! A code with its sentence.

use serde::Serialize;

/// A code with its sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coded {
    /// The code.
    pub code: &'static str,
    /// What it means.
    pub sentence: &'static str,
}
