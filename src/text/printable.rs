//! Text from anywhere in, text that a terminal only shows out.

use std::borrow::Cow;

/// The text with characters that steer a terminal, or show nothing, written as escapes.
pub fn printable(text: &str) -> Cow<'_, str> {
    let steers = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let shown = text.chars().fold(String::new(), |mut shown, c| {
        if steers(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
        shown
    });
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn what_steers_a_terminal_is_shown_and_quotes_stay() {
        assert_eq!(
            printable("tag \"Café\" \u{1b}[2J\n\u{202e}"),
            "tag \"Café\" \\u{1b}[2J\\n\\u{202e}"
        );
    }
}
