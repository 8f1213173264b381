//! Words and numbers in; text as people read it out. The base of every layer that prints.

mod amount;
pub mod nearest;
mod plural;
mod printable;
mod table;

pub use amount::amount;
pub use plural::counted;
pub use printable::printable;
pub use table::Table;
