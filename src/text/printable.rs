//! Text from anywhere in, text that a terminal only shows out.

use std::borrow::Cow;

/// True of a character that steers a terminal, ends a line, or shows nothing.
pub fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The text on one line, with characters that steer a terminal, or show nothing, written as escapes.
pub fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, steers)
}

/// The same of several lines and columns: line feeds and tabs stay.
pub fn printable_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| steers(c) && !matches!(c, '\n' | '\t'))
}

fn escaped(text: &str, steers: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&steers) {
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
    fn several_lines_stay_lines_and_nothing_else_steers() {
        let text = "a\tb\nc\r\u{85}\u{9b}2J\u{2028}\u{e0041}\u{202e}d";
        assert_eq!(
            super::printable_lines(text),
            "a\tb\nc\\r\\u{85}\\u{9b}2J\\u{2028}\\u{e0041}\\u{202e}d"
        );
    }

    #[test]
    fn what_steers_a_terminal_is_shown_and_quotes_stay() {
        assert_eq!(
            printable("tag \"Café\" \u{1b}[2J\n\u{202e}"),
            "tag \"Café\" \\u{1b}[2J\\n\\u{202e}"
        );
    }
}
