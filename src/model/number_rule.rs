//! How a column writes its numbers, as a plan says it.

use serde::{Deserialize, Serialize};

/// The sign before the fraction of a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decimal {
    /// `1,089.00`
    Point,
    /// `1.089,00`
    Comma,
}

/// How the cells of a column are read as numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NumberRule {
    /// The sign before the fraction. Without it only what reads one way is read.
    pub decimal: Option<Decimal>,
}
