//! A column as a source of the plan names it.

use super::TextSpan;

/// A column the plan names, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnUse {
    /// The header, as written; compares trimmed and caseless. With `header = false`, the column's
    /// number from 1.
    pub name: String,
    /// Where the plan says so.
    pub span: TextSpan,
}
