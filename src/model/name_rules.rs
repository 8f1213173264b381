//! What a site makes of the names it is given.

use std::borrow::Cow;

/// In which form a site keeps a name. What is wanted is compared in that form: a name that the site alters
/// would differ for ever.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NameRules {
    /// As it is given.
    #[default]
    AsIs,
    /// As WordPress does (`sanitize_text_field` and its companions on the names of users): without markup and
    /// `%` with two hex digits, spaces collapsed; entities of `& < >` read back as the sign itself.
    WordPress,
}

impl NameRules {
    /// The name as the site gives it back. Blank if nothing is left of it.
    pub fn kept(self, name: &str) -> Cow<'_, str> {
        let plain = |byte: u8| !matches!(byte, b'<' | b'&' | b'%');
        if self == Self::AsIs || name.bytes().all(plain) {
            return Cow::Borrowed(name);
        }
        let text = without_markup(name);
        let text = without_octets(&text);
        let words: Vec<&str> = text
            .split([' ', '\t', '\r', '\n'])
            .filter(|word| !word.is_empty())
            .collect();
        Cow::Owned(decoded(&words.join(" ")))
    }
}

/// Removes tags, and scripts and styles with their content; a `<` that opens no tag stays.
fn without_markup(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut left = text;
    while let Some(at) = left.find('<') {
        kept.push_str(&left[..at]);
        left = &left[at..];
        let next = left[1..].find(['<', '>']).map(|end| end + 1);
        let closes = next.filter(|end| left.as_bytes().get(*end) == Some(&b'>'));
        let opens = left[1..]
            .chars()
            .next()
            .is_some_and(|sign| !sign.is_ascii_whitespace());
        match closes {
            Some(end) if opens => {
                let tag = left[1..end].to_ascii_lowercase();
                left = &left[end + 1..];
                for block in ["script", "style"] {
                    let closing = format!("</{block}>");
                    if tag.starts_with(block)
                        && let Some(until) = left.to_ascii_lowercase().find(&closing)
                    {
                        left = &left[until + closing.len()..];
                    }
                }
            }
            _ => {
                kept.push('<');
                left = &left[1..];
            }
        }
    }
    kept.push_str(left);
    kept
}

/// `%` and two hex digits off, also those that come together when others go.
fn without_octets(text: &str) -> String {
    let mut text = text.to_owned();
    let is_octet = |bytes: &[u8]| bytes[0] == b'%' && bytes[1..].iter().all(u8::is_ascii_hexdigit);
    while let Some(at) = text.as_bytes().windows(3).position(is_octet) {
        text.replace_range(at..at + 3, "");
    }
    text
}

/// Entities of the three signs read back, once.
fn decoded(text: &str) -> String {
    const ENTITIES: [(&str, u32, char); 3] = [("amp", 38, '&'), ("lt", 60, '<'), ("gt", 62, '>')];
    let sign_of = |name: &str| -> Option<char> {
        let number = name.strip_prefix('#');
        let code = number.and_then(|number| match number.strip_prefix(['x', 'X']) {
            // WordPress reads only the & back from hex.
            Some(hex) => u32::from_str_radix(hex, 16).ok().filter(|code| *code == 38),
            None => number.parse().ok(),
        });
        let entity = |(word, number, _): &&(&str, u32, char)| *word == name || Some(*number) == code;
        ENTITIES.iter().find(entity).map(|(_, _, sign)| *sign)
    };
    let mut out = String::with_capacity(text.len());
    let mut left = text;
    while let Some(at) = left.find('&') {
        out.push_str(&left[..at]);
        let rest = &left[at + 1..];
        let end = rest.find(';');
        if let Some((sign, end)) = end.and_then(|end| Some((sign_of(rest.get(..end)?)?, end))) {
            out.push(sign);
            left = &rest[end + 1..];
        } else {
            out.push('&');
            left = rest;
        }
    }
    out.push_str(left);
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wordpress_keeps_names_without_markup() {
        for (name, kept) in [
            ("Ann", "Ann"),
            ("O'Neil \"Bo\"", "O'Neil \"Bo\""),
            ("Nils &amp; Britt", "Nils & Britt"),
            ("Nils & Britt", "Nils & Britt"),
            ("<b>Ann</b>", "Ann"),
            ("<script>alert(1)</script>Ann", "Ann"),
            ("<script>alert(1)</script>", ""),
            ("a < b", "a < b"),
            ("50%41 off", "50 off"),
            ("&eacute;", "&eacute;"),
            ("&#60;b&#x3E;&#x26;", "<b&#x3E;&"),
        ] {
            assert_eq!(NameRules::WordPress.kept(name), kept, "{name}");
            assert_eq!(NameRules::AsIs.kept(name), name);
        }
    }

    proptest! {
        #[test]
        fn no_name_panics(name in ".{0,60}") {
            let _ = NameRules::WordPress.kept(&name);
        }
    }
}
