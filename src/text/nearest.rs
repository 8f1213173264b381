//! Names for messages: shown safely, listed, and the nearest of those that are known.

/// Beyond so many candidates, and so many bytes, no nearest one is looked for.
const MAX_CANDIDATES: usize = 2_000;
const MAX_LEN: usize = 80;

/// A name from outside, in backticks, short and without control characters.
pub fn show(text: &str) -> String {
    let mut shown: String = text
        .chars()
        .take(60)
        .map(|c| {
            if c.is_control() || c == '`' {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect();
    if text.chars().nth(60).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

/// `a`, `b` and `c`.
pub fn list(names: &[&str]) -> String {
    let shown: Vec<String> = names.iter().take(20).map(|name| show(name)).collect();
    match shown.as_slice() {
        [] => "nothing".to_owned(),
        [one] => one.clone(),
        [before @ .., _] if names.len() > shown.len() => {
            format!("{} and {} more", before.join(", "), names.len() + 1 - shown.len())
        }
        [before @ .., last] => format!("{} and {last}", before.join(", ")),
    }
}

/// "Did you mean …?", where one of the names is near.
pub fn did_you_mean<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    nearest(name, known).map(|nearest| format!("Did you mean {}?", show(nearest)))
}

/// The nearest of the names that are known, if one is near.
///
/// ```
/// use rehome::text::nearest::nearest;
///
/// let keys = ["file", "profile"];
/// assert_eq!(nearest("profil", keys.into_iter()), Some("profile"));
/// assert_eq!(nearest("colour", keys.into_iter()), None);
/// ```
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > MAX_LEN {
        return None;
    }
    let lower = name.to_lowercase();
    known
        .take(MAX_CANDIDATES)
        .filter(|known| known.len() <= MAX_LEN)
        .map(|known| (strsim::damerau_levenshtein(&lower, &known.to_lowercase()), known))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, known)| *distance <= known.chars().count() / 3)
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_key() {
        assert_eq!(
            nearest("profil", ["file", "profile"].into_iter()),
            Some("profile")
        );
        assert_eq!(
            nearest("Profile", ["file", "profile"].into_iter()),
            Some("profile")
        );
        assert_eq!(nearest("colour", ["file", "profile"].into_iter()), None);
        assert_eq!(nearest("b", ["a"].into_iter()), None);
    }

    #[test]
    fn a_name_is_shown_short_and_without_control_characters() {
        assert_eq!(show("a\u{1b}[31m"), "`a\u{fffd}[31m`");
        assert_eq!(show(&"x".repeat(100)).chars().count(), 63);
    }
}
