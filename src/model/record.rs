//! Where a record is in its file.

use serde::{Deserialize, Serialize};

/// One row of one file of one source, by index into the plan's sources and the source's files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RecordRef {
    /// Index into `Plan::sources`.
    pub source: u16,
    /// Index into the source's files, in byte order of their paths.
    pub file: u16,
    /// Line on which the record starts, counted from 1.
    pub line: u32,
}
