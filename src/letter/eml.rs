//! A filled email in; a file (RFC 5322, MIME) out.

use base64::{Engine as _, engine::general_purpose::STANDARD};

use super::Letter;

/// The boundary between the parts: contains a character that base64 does not use.
const BOUNDARY: &str = "=_rehome_alternative";
/// Bytes of text in an encoded word at most: with its frame it stays below 75 signs.
const WORD: usize = 42;

/// The headers of an email.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Envelope<'a> {
    /// The address it goes to.
    pub to: &'a str,
    /// Name and address of the sender; without it, a draft that email programs open for sending.
    pub from: Option<(&'a str, &'a str)>,
    /// The date, as RFC 5322 writes it.
    pub date: &'a str,
}

/// The email.
pub fn eml(letter: &Letter, envelope: Envelope<'_>) -> String {
    let mut mail = String::new();
    let mut line = |text: &str| {
        mail.push_str(text);
        mail.push_str("\r\n");
    };
    line(&format!("Date: {}", envelope.date));
    match envelope.from {
        Some(("", address)) => line(&format!("From: {address}")),
        Some((name, address)) => line(&format!("From: {} <{address}>", words(name, true))),
        None => line("X-Unsent: 1"),
    }
    line(&format!("To: {}", envelope.to));
    line(&format!("Subject: {}", words(&letter.subject, false)));
    line("MIME-Version: 1.0");
    line(&format!(
        "Content-Type: multipart/alternative; boundary=\"{BOUNDARY}\""
    ));
    line("");
    for (kind, text) in [("plain", &letter.text), ("html", &letter.html)] {
        line(&format!("--{BOUNDARY}"));
        line(&format!("Content-Type: text/{kind}; charset=utf-8"));
        line("Content-Transfer-Encoding: base64");
        line("");
        let encoded = STANDARD.encode(text.replace("\r\n", "\n").replace('\n', "\r\n"));
        for start in (0..encoded.len()).step_by(76) {
            line(&encoded[start..encoded.len().min(start + 76)]);
        }
    }
    line(&format!("--{BOUNDARY}--"));
    mail
}

/// A text of a header: as it is where it is plain, otherwise in encoded words, folded. A name (`phrase`) may hold
/// letters, digits and spaces only to be plain.
fn words(text: &str, phrase: bool) -> String {
    let plain = |c: char| {
        c == ' '
            || if phrase {
                c.is_ascii_alphanumeric()
            } else {
                c.is_ascii_graphic()
            }
    };
    if text.chars().all(plain) && !text.contains("=?") && text.len() <= 900 {
        return text.to_owned();
    }
    let mut words = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        if word.len() + c.len_utf8() > WORD {
            words.push(std::mem::take(&mut word));
        }
        word.push(c);
    }
    words.push(word);
    let encoded = words
        .iter()
        .map(|word| format!("=?utf-8?B?{}?=", STANDARD.encode(word)));
    encoded.collect::<Vec<_>>().join("\r\n ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(subject: &str) -> Letter {
        Letter {
            subject: subject.to_owned(),
            html: format!("<p>{}</p>\n", "Grüße ".repeat(40)),
            text: "Grüße\n".to_owned(),
        }
    }

    const ENVELOPE: Envelope<'_> = Envelope {
        to: "ann@example.com",
        from: Some(("Lumen: Ürsel", "hello@lumen.example")),
        date: "Thu, 26 Nov 2026 10:00:00 +0000",
    };

    #[test]
    fn every_line_is_short_ascii_and_ends_as_it_should() {
        for subject in [
            "Welcome",
            &"Grüße, Zoë 🎉 ".repeat(10),
            "=?utf-8?q?x?=",
            "a\r\nBcc: x@y.example",
        ] {
            let mail = eml(&letter(subject), ENVELOPE);
            assert!(mail.is_ascii(), "{mail}");
            for line in mail.split_inclusive("\r\n") {
                assert!(line.ends_with("\r\n") && line.len() <= 80, "{line:?}");
                assert_eq!(line.matches(['\r', '\n']).count(), 2, "{line:?}");
            }
            assert!(!mail.contains("\r\nBcc:"), "{mail}");
            assert_eq!(mail.matches("\r\nSubject: ").count(), 1);
        }
    }

    #[test]
    fn it_says_what_it_was_given() {
        let mail = eml(&letter("Grüße"), ENVELOPE);
        assert!(
            mail.contains("\r\nFrom: =?utf-8?B?THVtZW46IMOccnNlbA==?= <hello@lumen.example>\r\n"),
            "{mail}"
        );
        assert!(
            mail.contains("\r\nSubject: =?utf-8?B?R3LDvMOfZQ==?=\r\n"),
            "{mail}"
        );
        assert!(
            mail.contains("\r\n\r\nR3LDvMOfZQ0K\r\n--=_rehome_alternative\r\n"),
            "{mail}"
        );
        let draft = eml(
            &letter("x"),
            Envelope {
                from: None,
                ..ENVELOPE
            },
        );
        assert!(draft.contains("\r\nX-Unsent: 1\r\n") && !draft.contains("From:"));
    }
}
