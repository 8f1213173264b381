//! The text of a yes-or-no cell in, the answer out.

use super::{is_blank, trim};

/// The text is neither a yes nor a no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("neither yes nor no")]
pub struct NeitherYesNorNo;

/// Reads a cell; `None` if it is blank.
pub fn read_yes_no(cell: &str) -> Result<Option<bool>, NeitherYesNorNo> {
    let text = trim(cell);
    let is_one_of = |words: &[&str]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    if is_blank(text) {
        Ok(None)
    } else if is_one_of(&["yes", "y", "true", "t", "1", "x", "on", "checked", "✓", "✔"]) {
        Ok(Some(true))
    } else if is_one_of(&["no", "n", "false", "f", "0", "off", "unchecked"]) {
        Ok(Some(false))
    } else {
        Err(NeitherYesNorNo)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_yes_and_no_read_in_any_case() {
        for cell in ["TRUE", "Yes", "1", "x", "on", " y ", "✓"] {
            assert_eq!(read_yes_no(cell), Ok(Some(true)), "{cell}");
        }
        for cell in ["FALSE", "No", "0", "off", "n\u{a0}"] {
            assert_eq!(read_yes_no(cell), Ok(Some(false)), "{cell}");
        }
        for cell in ["", "N/A", "-"] {
            assert_eq!(read_yes_no(cell), Ok(None), "{cell}");
        }
    }

    #[test]
    fn other_words_are_neither() {
        for cell in ["maybe", "2", "yes!", "unsubscribed", "да"] {
            assert_eq!(read_yes_no(cell), Err(NeitherYesNorNo), "{cell}");
        }
    }
}
