//! Bytes of exports in, records out.

mod decode;
mod evidence;
mod files;
mod problem;
mod profiles;
mod read;
mod record;
mod rejected;
mod table;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use evidence::{ColumnEvidence, evidence};
pub use files::resolve;
pub use problem::Trouble;
pub use profiles::profiles;
pub use read::{FileRead, read};
pub use rejected::{RejectedError, write_rejected};
