//! Bytes of exports in, records out.
//!
//! Memory does not grow with an export: rows pass in batches that are cut down to the columns that the plan uses,
//! and are given back to the reader. A row that cannot be read is counted and reported, never skipped silently:
//! the numbers that a consultant signs must add up to the rows of the file.

mod cell_rules;
mod column_type;
mod decode;
mod encodings;
mod evidence;
mod files;
mod header;
#[cfg(test)]
mod laws;
mod problem;
mod profiles;
mod quotes;
mod read;
mod record;
mod rejected;
mod survey;
mod table;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use column_type::ColumnType;
pub use evidence::{ColumnEvidence, evidence};
pub use files::resolve;
pub use problem::Trouble;
pub use profiles::profiles;
pub use read::{FileRead, read};
pub use rejected::{RejectedError, write_rejected};
pub use survey::{ColumnSurvey, Survey, survey};
