//! The raw text of an email cell in, one normalised address or the reason why there is none, out.
//!
//! What a site takes (letters of the local part, labels of the domain, at least six characters) is
//! what `WordPress` checks in `is_email()`.

use crate::model::{Email, FindingCode, MAX_EMAIL_CHARS};

use super::{is_blank, is_invisible, script, trim};

/// The shortest address that `WordPress` takes.
const MIN_EMAIL_CHARS: usize = 6;
/// The longest label of a domain name.
const MAX_LABEL_BYTES: usize = 63;

/// What was done to the text of an address beyond lower case and IDNA.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EmailNotes {
    /// Blanks, quotes, a `mailto:` or a name around the address were taken off.
    pub cleaned: bool,
    /// The cell held the same address more than once.
    pub same_twice: bool,
    /// The domain mixes letters of scripts that look alike.
    pub mixed_scripts: bool,
}

/// Why a cell gives no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailProblem {
    /// The cell is blank.
    #[error("no email address")]
    Missing,
    /// The text is not an address that a site takes.
    #[error("not an email address that a site accepts")]
    Invalid,
    /// The cell contains two different addresses.
    #[error("two different email addresses in one cell")]
    Two,
    /// The address is longer than [`MAX_EMAIL_CHARS`].
    #[error("longer than {MAX_EMAIL_CHARS} characters")]
    Long,
    /// The part before the `@` is not ASCII.
    #[error("characters before the @ that a site does not accept")]
    NonAsciiLocal,
}

impl From<EmailProblem> for FindingCode {
    fn from(problem: EmailProblem) -> Self {
        match problem {
            EmailProblem::Missing => Self::NoEmail,
            EmailProblem::Invalid => Self::InvalidEmail,
            EmailProblem::Two => Self::TwoEmails,
            EmailProblem::Long => Self::LongEmail,
            EmailProblem::NonAsciiLocal => Self::NonAsciiLocal,
        }
    }
}

/// Writes the normalised address of a cell into `out`, which is emptied first and stays empty where
/// there is a problem. Allocates nothing for a plain ASCII address.
pub fn normalise(raw: &str, out: &mut String) -> Result<EmailNotes, EmailProblem> {
    out.clear();
    let trimmed = trim(raw);
    let result = if is_plain(trimmed) {
        out.push_str(trimmed);
        out.make_ascii_lowercase();
        Ok(EmailNotes {
            cleaned: trimmed.len() != raw.len(),
            same_twice: false,
            mixed_scripts: false,
        })
    } else {
        from_messy(trimmed, out).map(|notes| EmailNotes {
            cleaned: notes.cleaned || trimmed.len() != raw.len(),
            ..notes
        })
    };
    if result.is_err() {
        out.clear();
    }
    result
}

/// The normalised address of a cell as a value.
///
/// ```
/// use rehome::people::email::{EmailProblem, parse};
///
/// let (email, notes) = parse(" mailto:Ada@Example.COM ")?;
/// assert_eq!(email.as_str(), "ada@example.com");
/// assert!(notes.cleaned);
/// assert_eq!(parse("ada@example.com; ben@example.org"), Err(EmailProblem::Two));
/// # Ok::<(), EmailProblem>(())
/// ```
pub fn parse(raw: &str) -> Result<(Email, EmailNotes), EmailProblem> {
    let mut out = String::new();
    let notes = normalise(raw, &mut out)?;
    let email = Email::from_normalised(&out).ok_or(EmailProblem::Invalid)?;
    Ok((email, notes))
}

/// True for an address that is in order but for its case: ASCII, not too long, no punycode.
fn is_plain(text: &str) -> bool {
    if !(MIN_EMAIL_CHARS..=MAX_EMAIL_CHARS).contains(&text.len()) {
        return false;
    }
    let mut bytes = text.bytes();
    let Some(local) = bytes.position(|byte| !is_local_byte(byte)) else {
        return false;
    };
    local > 0 && text.as_bytes().get(local) == Some(&b'@') && is_plain_domain(bytes)
}

/// True for a domain of at least two labels without two hyphens in a row, as punycode has them.
fn is_plain_domain(bytes: impl Iterator<Item = u8>) -> bool {
    let mut before = b'.';
    let (mut dots, mut label) = (0_usize, 0_usize);
    for byte in bytes {
        let holds = match byte {
            b'.' => {
                dots += 1;
                !matches!(before, b'.' | b'-') && label <= MAX_LABEL_BYTES
            }
            b'-' => !matches!(before, b'.' | b'-'),
            _ => byte.is_ascii_alphanumeric(),
        };
        if !holds {
            return false;
        }
        label = if byte == b'.' { 0 } else { label + 1 };
        before = byte;
    }
    dots > 0 && !matches!(before, b'.' | b'-') && label <= MAX_LABEL_BYTES
}

fn is_label(label: &[u8]) -> bool {
    (1..=MAX_LABEL_BYTES).contains(&label.len())
        && label.first() != Some(&b'-')
        && label.last() != Some(&b'-')
}

/// What `WordPress` takes before the `@`, by byte.
const LOCAL_BYTES: [bool; 256] = {
    let marks = b"!#$%&'*+/=?^_`{|}~.-";
    let mut taken = [false; 256];
    let mut at = 0;
    while at < marks.len() {
        taken[marks[at] as usize] = true;
        at += 1;
    }
    let mut byte = 0_u8;
    while byte < 128 {
        if byte.is_ascii_alphanumeric() {
            taken[byte as usize] = true;
        }
        byte += 1;
    }
    taken
};

fn is_local_byte(byte: u8) -> bool {
    LOCAL_BYTES[usize::from(byte)]
}

/// Text that is not a plain address: blank, wrapped, doubled, international or wrong.
fn from_messy(text: &str, out: &mut String) -> Result<EmailNotes, EmailProblem> {
    if is_blank(text) {
        return Err(EmailProblem::Missing);
    }
    match text.matches('@').count() {
        0 => Err(EmailProblem::Invalid),
        1 => {
            let opened = open(text);
            write_address(opened, out)?;
            Ok(EmailNotes {
                cleaned: opened.len() != text.len(),
                same_twice: false,
                mixed_scripts: mixes_scripts(out),
            })
        }
        _ => {
            write_several(text, out)?;
            Ok(EmailNotes {
                cleaned: false,
                same_twice: true,
                mixed_scripts: mixes_scripts(out),
            })
        }
    }
}

/// True of an address whose domain, as people read it, has a label with letters of several scripts.
fn mixes_scripts(address: &str) -> bool {
    let domain = address.split_once('@').map_or("", |(_, domain)| domain);
    domain.contains("xn--")
        && idna::domain_to_unicode(domain)
            .0
            .split('.')
            .any(script::mixes_scripts)
}

/// Several addresses in a cell: fine where all are the same one.
fn write_several(text: &str, out: &mut String) -> Result<(), EmailProblem> {
    let mut wrong = None;
    let mut other = String::new();
    for piece in pieces(text) {
        other.clear();
        match write_address(open(piece), &mut other) {
            Ok(()) if out.is_empty() => out.push_str(&other),
            Ok(()) if *out == other => {}
            Ok(()) => return Err(EmailProblem::Two),
            Err(problem) => wrong = wrong.or(Some(problem)),
        }
    }
    match wrong {
        Some(_) => Err(EmailProblem::Invalid),
        None if out.is_empty() => Err(EmailProblem::Invalid),
        None => Ok(()),
    }
}

/// The parts of a cell that should each contain one address. `/` and spaces separate only where every
/// part then has an `@`, because a local part may contain a `/` and a name may contain spaces.
fn pieces(text: &str) -> Vec<&str> {
    let mut all = Vec::new();
    for piece in text.split([';', ',']).map(trim) {
        if piece.matches('@').count() < 2 {
            all.push(piece);
            continue;
        }
        let words: Vec<&str> = piece
            .split(is_invisible)
            .filter(|word| !matches!(*word, "" | "/" | "|" | "&" | ":::"))
            .collect();
        let by_word = words.len() > 1 && words.iter().all(|word| word.contains('@'));
        for word in if by_word { words } else { vec![piece] } {
            let parts: Vec<&str> = word.split('/').map(trim).collect();
            if word.matches('@').count() > 1 && parts.iter().all(|part| part.contains('@')) {
                all.extend(parts);
            } else {
                all.push(word);
            }
        }
    }
    all
}

/// Takes off `Name <...>`, quotes around the whole, and `mailto:` with what follows a `?`.
fn open(text: &str) -> &str {
    let mut text = trim(text);
    loop {
        let before = text.len();
        if let Some(inner) = text.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
            text = trim(inner.1);
        }
        for quote in ['"', '\''] {
            if let Some(inner) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote))
                && !inner.contains(quote)
            {
                text = trim(inner);
            }
        }
        if let Some(rest) = strip_mailto(text) {
            text = trim(rest.split_once('?').map_or(rest, |(address, _)| address));
        }
        if text.len() == before {
            return text;
        }
    }
}

fn strip_mailto(text: &str) -> Option<&str> {
    const SCHEME: &str = "mailto:";
    let (scheme, rest) = text.split_at_checked(SCHEME.len())?;
    scheme.eq_ignore_ascii_case(SCHEME).then_some(rest)
}

/// Checks one bare address and writes it in its normal form.
fn write_address(text: &str, out: &mut String) -> Result<(), EmailProblem> {
    let (local, domain) = text.split_once('@').ok_or(EmailProblem::Invalid)?;
    if local.is_empty() || domain.is_empty() || text.chars().any(is_invisible) {
        return Err(EmailProblem::Invalid);
    }
    let ascii = idna::domain_to_ascii(domain).map_err(|_| EmailProblem::Invalid)?;
    let labels_hold = ascii.contains('.')
        && ascii.split('.').all(|label| {
            is_label(label.as_bytes())
                && label
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        });
    if !labels_hold {
        return Err(EmailProblem::Invalid);
    }
    if !local.bytes().all(|byte| is_local_byte(byte) || !byte.is_ascii()) {
        return Err(EmailProblem::Invalid);
    }
    if !local.is_ascii() {
        return Err(EmailProblem::NonAsciiLocal);
    }
    match local.len() + 1 + ascii.len() {
        ..MIN_EMAIL_CHARS => return Err(EmailProblem::Invalid),
        MIN_EMAIL_CHARS..=MAX_EMAIL_CHARS => {}
        _ => return Err(EmailProblem::Long),
    }
    out.push_str(local);
    out.make_ascii_lowercase();
    out.push('@');
    out.push_str(&ascii);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ok(raw: &str) -> String {
        parse(raw).map_or_else(
            |problem| format!("{problem:?}"),
            |(email, _)| email.as_str().to_owned(),
        )
    }

    fn problem(raw: &str) -> EmailProblem {
        parse(raw).expect_err(raw)
    }

    #[test]
    fn an_address_is_the_same_in_any_case() {
        assert_eq!(ok("Ana.Lima@Example.COM"), "ana.lima@example.com");
        let (_, notes) = parse("Ana@Example.com").expect("plain");
        assert_eq!(notes, EmailNotes::default());
    }

    #[test]
    fn what_is_around_an_address_is_taken_off_and_noted() {
        for raw in [
            " ana@example.com ",
            "\u{a0}ana@example.com",
            "\u{200b}ana@example.com\u{200b}",
            "\u{feff}ana@example.com",
            "mailto:ana@example.com",
            "MAILTO:Ana@example.com?subject=hi",
            "\"Ana\" <ana@example.com>",
            "Lima, Ana <ana@example.com>",
            "\"Ana Lima\" <mailto:ana@example.com>",
            "<ana@example.com>",
            "'ana@example.com'",
            "\"ana@example.com\"",
        ] {
            let (email, notes) = parse(raw).expect(raw);
            assert_eq!(email.as_str(), "ana@example.com", "{raw:?}");
            assert!(notes.cleaned, "{raw:?}");
            assert!(!notes.same_twice, "{raw:?}");
        }
    }

    #[test]
    fn a_blank_cell_has_no_address() {
        for raw in ["", " ", "N/A", "NA", "null", "None", "-", "--", "\u{200b}"] {
            assert_eq!(problem(raw), EmailProblem::Missing, "{raw:?}");
        }
    }

    #[test]
    fn what_a_site_does_not_take_is_invalid() {
        for raw in [
            "ana",
            "ana@example",
            "@example.com",
            "ana@",
            "ana@example.com.",
            "ana@example.com,",
            "ana@example.com;",
            "ana lima@example.com",
            "ana@exam ple.com",
            "\"ana lima\"@example.com",
            "\"a@b\"@example.com",
            "ana@@example.com",
            "ana@example..com",
            "ana@.example.com",
            "ana@-example.com",
            "ana@example-.com",
            "ana@exa_mple.com",
            "ana@[127.0.0.1]",
            "a(b)@example.com",
            "a@b.c",
            "ana@example.com, ana@example.com,",
        ] {
            assert_eq!(problem(raw), EmailProblem::Invalid, "{raw:?}");
        }
    }

    #[test]
    fn two_different_addresses_in_a_cell_are_two() {
        for raw in [
            "ana@example.com;bo@example.com",
            "ana@example.com, bo@example.com",
            "ana@example.com/bo@example.com",
            "ana@example.com / bo@example.com",
            "ana@example.com bo@example.com",
            "ana@example.com ::: bo@example.com",
            "Ana <ana@example.com>; Bo <bo@example.com>",
        ] {
            assert_eq!(problem(raw), EmailProblem::Two, "{raw:?}");
        }
    }

    #[test]
    fn the_same_address_twice_in_a_cell_is_one_and_noted() {
        for raw in [
            "ana@example.com;ANA@example.com",
            "ana@example.com, ana@example.com",
            "ana@example.com/ana@example.com",
            "Ana <ana@example.com>, ana@example.com",
        ] {
            let (email, notes) = parse(raw).expect(raw);
            assert_eq!(email.as_str(), "ana@example.com", "{raw:?}");
            assert!(notes.same_twice, "{raw:?}");
        }
    }

    #[test]
    fn a_slash_in_a_local_part_is_never_taken_for_a_separator() {
        assert_eq!(ok("a/b@example.com"), "a/b@example.com");
        assert_eq!(ok("a/b@example.com, a/b@example.com"), "a/b@example.com");
    }

    #[test]
    fn an_international_domain_is_written_in_ascii() {
        assert_eq!(ok("ana@B\u{fc}cher.example"), "ana@xn--bcher-kva.example");
        assert_eq!(ok("ana@xn--bcher-kva.example"), "ana@xn--bcher-kva.example");
        assert_eq!(ok("ana@fa\u{df}.example"), "ana@xn--fa-hia.example");
    }

    #[test]
    fn letters_outside_ascii_before_the_at_are_a_problem_of_their_own() {
        assert_eq!(problem("jos\u{e9}@example.com"), EmailProblem::NonAsciiLocal);
    }

    #[test]
    fn a_hundred_characters_are_taken_and_one_more_is_not() {
        let fits = format!("{}@example.com", "a".repeat(88));
        assert_eq!(ok(&fits), fits);
        assert_eq!(problem(&format!("a{fits}")), EmailProblem::Long);
        let grows = format!("{}@{}.example", "a".repeat(85), "\u{fc}".repeat(5));
        assert!(grows.chars().count() <= MAX_EMAIL_CHARS);
        assert_eq!(problem(&grows), EmailProblem::Long);
    }

    fn mess() -> impl Strategy<Value = String> {
        let wrap = prop_oneof![
            Just(("", "")),
            Just((" ", "\u{a0}")),
            Just(("\u{feff}", "\u{200b}")),
            Just(("mailto:", "")),
            Just(("\"Ana\" <", ">")),
            Just(("\"", "\"")),
            Just(("", ".")),
            Just(("<<", ">")),
            Just(("ana@example.com,", ""))
        ];
        (
            "[a-zA-Z0-9!#$%&'*+/=?^_`{|}~.\u{e9} -]{0,12}",
            "[a-zA-Z0-9\u{fc}\u{df}\u{130}.-]{0,14}",
            wrap,
        )
            .prop_map(|(local, domain, (before, after))| format!("{before}{local}@{domain}{after}"))
    }

    proptest! {
        #[test]
        fn normalising_twice_is_once(raw in prop_oneof![any::<String>(), mess(), "[^\u{0}]{0,8}@[^\u{0}]{0,8}\\.[a-z\\PC]{1,5}"]) {
            let (mut once, mut twice) = (String::new(), String::new());
            if normalise(&raw, &mut once).is_ok() {
                prop_assert!(Email::from_normalised(&once).is_some(), "{once:?}");
                let notes = normalise(&once, &mut twice).map(|notes| (notes.cleaned, notes.same_twice));
                prop_assert_eq!(notes, Ok((false, false)));
                prop_assert_eq!(once, twice);
            } else {
                prop_assert_eq!(once, "");
            }
        }
    }
}
