//! Where links lead: an address that a value is part of, and which addresses an email may name.

use super::placeholder::{self, Piece};

/// The address of a link or picture as it goes into the email; `None` if it is none that an email may name.
pub(super) fn address(destination: &str) -> Option<String> {
    let mut out = String::new();
    for (at, piece) in placeholder::pieces(destination).into_iter().enumerate() {
        match piece {
            Piece::Own(own) => out.push_str(own),
            Piece::Value { text, url: true } if at == 0 => out.push_str(&text),
            Piece::Value { text, .. } => encode(&text, &mut out),
        }
    }
    ["https://", "http://", "mailto:", "tel:"]
        .iter()
        .any(|scheme| starts_with(&out, scheme))
        .then_some(out)
}

fn starts_with(text: &str, scheme: &str) -> bool {
    text.get(..scheme.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        && text.len() > scheme.len()
}

/// Percent-encodes all but letters, digits and `-._~`.
fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_leave_their_place_in_an_address() {
        let worn = |value: &str, url| placeholder::put_on(value, url);
        let site = worn("https://a.example/x", true);
        assert_eq!(
            address(&format!("{site}?m={}", worn("a&b=\"c\" d", false))).unwrap(),
            "https://a.example/x?m=a%26b%3D%22c%22%20d"
        );
        assert_eq!(address(&worn("javascript:alert(1)", false)), None);
        assert_eq!(
            address(&worn("http://evil.example", false)),
            None,
            "only a page of the site is a whole address"
        );
        assert_eq!(address("JavaScript:alert(1)"), None);
        assert_eq!(address("/courses"), None);
        assert_eq!(address("https://"), None);
        assert_eq!(
            address(&format!("https://a.example/{}", worn("../é", false))).unwrap(),
            "https://a.example/..%2F%C3%A9"
        );
    }
}
