//! Values on their way through Markdown, as placeholders: characters of a private alphabet without markup.
//!
//! A byte becomes one private character, with a mark before and after the whole. To the Markdown parser
//! they are ordinary characters, so a value neither makes markup nor ends any. Whatever writes the finished
//! email restores the original characters and escapes them. Text that came in with characters of this alphabet
//! gains nothing: it is treated as a value and escaped like one.

const VALUE: char = '\u{f0000}';
const URL: char = '\u{f0001}';
const END: char = '\u{f0002}';
/// Byte 0; the others follow.
const ALPHABET: u32 = 0xf_0100;

/// A piece of a text with placeholders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// The author's own.
    Own(&'a str),
    /// A value; `url` where it is the address of a page of the site.
    Value {
        /// As it was given.
        text: String,
        /// A page of the site.
        url: bool,
    },
}

/// Turns a value into a placeholder.
pub(crate) fn put_on(value: &str, url: bool) -> String {
    let mut out = String::with_capacity(4 * (value.len() + 2));
    out.push(if url { URL } else { VALUE });
    out.extend(
        value
            .bytes()
            .filter_map(|byte| char::from_u32(ALPHABET + u32::from(byte))),
    );
    out.push(END);
    out
}

/// Splits a text into the author's own and values.
pub(crate) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find([VALUE, URL]) {
        if start > 0 {
            found.push(Piece::Own(&rest[..start]));
        }
        let disguised = &rest[start..];
        let end = disguised.find(END);
        let inner = &disguised[VALUE.len_utf8()..end.unwrap_or(disguised.len())];
        found.push(Piece::Value {
            text: read(inner),
            url: disguised.starts_with(URL),
        });
        rest = end.map_or("", |end| &disguised[end + END.len_utf8()..]);
    }
    if !rest.is_empty() {
        found.push(Piece::Own(rest));
    }
    found
}

/// Restores all values in a text.
pub(crate) fn take_off(text: &str) -> String {
    pieces(text)
        .into_iter()
        .map(|piece| match piece {
            Piece::Own(own) => own.to_owned(),
            Piece::Value { text, .. } => text,
        })
        .collect()
}

/// The bytes of a value; a value within a value (what a template kept in a variable) is opened too.
fn read(inner: &str) -> String {
    let bytes: Vec<u8> = inner
        .chars()
        .filter_map(|c| u8::try_from(u32::from(c).wrapping_sub(ALPHABET)).ok())
        .collect();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    if text.contains([VALUE, URL]) {
        take_off(&text)
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_on_comes_off() {
        for value in [
            "",
            "Ann",
            "Jürgen 🎉",
            "<b>*x*</b>",
            "\u{f0000}\u{f0100}\u{f0002}",
        ] {
            let worn = format!("a{}b", put_on(value, false));
            let plain = if value.contains(VALUE) {
                "a\0b".to_owned()
            } else {
                format!("a{value}b")
            };
            assert_eq!(take_off(&worn), plain);
        }
        let twice = put_on(&put_on("<b>", true), false);
        assert_eq!(take_off(&twice), "<b>");
    }

    #[test]
    fn a_disguise_that_never_ends_is_no_trouble() {
        assert_eq!(take_off("a\u{f0000}\u{f0141}\u{f0142}"), "aAB");
        assert_eq!(take_off("a\u{f0002}b"), "a\u{f0002}b");
    }
}
