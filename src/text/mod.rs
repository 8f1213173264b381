//! Words and numbers in; text as people read it out. The base of every layer that prints.
//!
//! Values come from exports and from servers, so they may contain control characters: every printed value goes
//! through [`printable()`] or [`nearest::show`], so that no value can steer the terminal or break a table.

mod age;
mod amount;
pub mod nearest;
mod plural;
mod printable;
mod quoted;
mod table;

pub use age::age;
pub use amount::amount;
pub use plural::{counted, counted_as};
pub use printable::{printable, printable_lines, steers};
pub use quoted::{is_hidden, quoted, revealed};
pub use table::Table;
