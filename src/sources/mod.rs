//! Bytes of exports in, records out.

mod batch;
mod decode;
mod files;
mod profiles;
mod read;
mod record;
mod rejected;
mod slots;
mod table;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod trouble;

pub use batch::{Row, RowBatch, RowTrouble};
pub use files::resolve;
pub use profiles::profiles;
pub use read::{FileRead, read};
pub use rejected::{RejectedError, write_rejected};
pub use slots::{SlotColumn, Slots};
pub use trouble::Trouble;
