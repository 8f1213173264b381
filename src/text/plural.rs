//! A number and a noun in, both as people say them out.

use super::amount;

/// `1 member`, `2 members`.
pub fn counted(number: u64, noun: &str) -> String {
    counted_as(number, noun, &format!("{noun}s"))
}

/// `1 entry`, `2 entries`: for nouns whose plural is not an s at the end.
pub fn counted_as(number: u64, one: &str, several: &str) -> String {
    let noun = if number == 1 { one } else { several };
    format!("{} {noun}", amount(number))
}
