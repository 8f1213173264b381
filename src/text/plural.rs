//! A number and a noun in, both as people say them out.

use super::amount;

/// `1 member`, `2 members`.
pub fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", amount(number))
}
