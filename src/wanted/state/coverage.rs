//! Which values every mapped column contains, how often, and which entry of the plan each has.

use std::collections::BTreeMap;

use crate::model::{FindingCode, RecordRef};

/// One distinct value of a mapped column, as first written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueCount {
    /// The value.
    pub value: String,
    /// How many cells contain it.
    pub count: u64,
    /// Index of its line among the map's rules; `None` if it has none.
    pub rule: Option<usize>,
    /// Where it appears first.
    pub first: RecordRef,
}

/// A cell that can be cut in two ways that mean different things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmbiguousCell {
    /// The cell.
    pub cell: String,
    /// One way.
    pub one: Vec<String>,
    /// The other.
    pub other: Vec<String>,
    /// How many cells contain it.
    pub count: u64,
    /// Where it appears first.
    pub first: RecordRef,
}

/// A value that two patterns fit equally well, which mean different things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rivals {
    /// The value, as first written.
    pub value: String,
    /// Indexes of the two lines.
    pub lines: (usize, usize),
    /// How many cells contain it.
    pub count: u64,
    /// Where it appears first.
    pub first: RecordRef,
}

/// One mapped column of one source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ColumnCoverage {
    /// The distinct values, by folded value.
    pub values: BTreeMap<String, ValueCount>,
    /// Cells with nothing in them.
    pub blank: u64,
    /// Words for a missing value that no line names, and how many cells contain each.
    pub null_markers: BTreeMap<String, u64>,
    /// What is odd about a value: what, where it stands first, the value, and how many cells contain it.
    pub oddities: Vec<(FindingCode, RecordRef, String, u64)>,
    /// Cells that can be cut in two ways.
    pub ambiguous: Vec<AmbiguousCell>,
    /// Values with two lines.
    pub rivals: Vec<Rivals>,
}

impl ColumnCoverage {
    /// Values without a line.
    pub fn unmapped(&self) -> impl Iterator<Item = &ValueCount> {
        self.values.values().filter(|value| value.rule.is_none())
    }
}

impl Coverage {
    /// What is odd about the values of all columns.
    pub(crate) fn oddities(&self) -> impl Iterator<Item = &(FindingCode, RecordRef, String, u64)> {
        self.sources.iter().flatten().flat_map(|column| &column.oddities)
    }
}

/// All mapped columns: an entry a source, in it an entry a map.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// By index of source, then of map.
    pub sources: Vec<Vec<ColumnCoverage>>,
}
