//! Names for messages: shown safely, listed, and the nearest of those that are known.

/// Beyond so many candidates, and so many bytes, no nearest one is looked for.
const MAX_CANDIDATES: usize = 5_000;
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
pub fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(name, known).map(|nearest| format!("Did you mean {}?", show(nearest)))
}

/// The nearest of the names that are known, if one is near.
///
/// ```
/// use rehome::text::nearest::nearest;
///
/// let keys = ["file", "profile"];
/// assert_eq!(nearest("profil", keys), Some("profile"));
/// assert_eq!(nearest("colour", keys), None);
/// ```
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > MAX_LEN {
        return None;
    }
    let name = lowercase(name);
    let mut best: Option<(usize, &str)> = None;
    for known in candidates(known) {
        let letters = lowercase(known);
        // A slip changes at most a third of a name.
        let slips = known.chars().count() / 3;
        let max = match best {
            Some((0, _)) => break,
            Some((edits, _)) => slips.min(edits - 1),
            None => slips,
        };
        if let Some(edits) = edits_within(&name, &letters, max) {
            best = Some((edits, known));
        }
    }
    best.map(|(_, known)| known)
}

/// So many of the names that are known, those that differ least first, however much they differ.
pub fn nearest_few<'a>(name: &str, known: impl IntoIterator<Item = &'a str>, count: usize) -> Vec<&'a str> {
    let name: Vec<char> = lowercase(name).into_iter().take(MAX_LEN).collect();
    let mut all: Vec<(usize, &str)> = candidates(known)
        .map(|known| {
            let letters = lowercase(known);
            let most = name.len().max(letters.len());
            (edits_within(&name, &letters, most).unwrap_or(most), known)
        })
        .collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter().take(count).map(|(_, known)| known).collect()
}

fn candidates<'a>(known: impl IntoIterator<Item = &'a str>) -> impl Iterator<Item = &'a str> {
    let known = known.into_iter().take(MAX_CANDIDATES);
    known.filter(|known| known.len() <= MAX_LEN)
}

fn lowercase(name: &str) -> Vec<char> {
    name.to_lowercase().chars().collect()
}

/// How many letters must be added, left out, replaced or swapped with their neighbour to make one text of another;
/// `None` where they are more than `max`.
fn edits_within(from: &[char], to: &[char], max: usize) -> Option<usize> {
    if from.len().abs_diff(to.len()) > max {
        return None;
    }
    // Row by row: the edits from the letters so far to each start of `to`.
    let mut before = Vec::new();
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (row, letter) in from.iter().enumerate() {
        let mut next = vec![row + 1];
        for (column, other) in to.iter().enumerate() {
            let replaced = last[column] + usize::from(letter != other);
            let mut fewest = replaced.min(last[column + 1] + 1).min(next[column] + 1);
            if row > 0 && column > 0 && *letter == to[column - 1] && from[row - 1] == *other {
                fewest = fewest.min(before[column - 1] + 1);
            }
            next.push(fewest);
        }
        if next.iter().all(|edits| *edits > max) {
            return None;
        }
        before = std::mem::replace(&mut last, next);
    }
    last.last().copied().filter(|edits| *edits <= max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_key() {
        assert_eq!(nearest("profil", ["file", "profile"]), Some("profile"));
        assert_eq!(nearest("Profile", ["file", "profile"]), Some("profile"));
        assert_eq!(nearest("colour", ["file", "profile"]), None);
        assert_eq!(nearest("b", ["a"]), None);
    }

    #[test]
    fn edits_are_counted_once_each_and_not_beyond_the_most() {
        let edits = |from: &str, to: &str, max| edits_within(&lowercase(from), &lowercase(to), max);
        for (from, to, count) in [
            ("", "", 0),
            ("profile", "profile", 0),
            ("profil", "profile", 1),
            ("profille", "profile", 1),
            ("profise", "profile", 1),
            ("porfile", "profile", 1),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("ab", "ba", 1),
            ("abcd", "badc", 2),
        ] {
            assert_eq!(edits(from, to, count), Some(count), "{from} {to}");
            assert_eq!(edits(to, from, count), Some(count), "{to} {from}");
            if let Some(fewer) = count.checked_sub(1) {
                assert_eq!(edits(from, to, fewer), None, "{from} {to}");
            }
        }
    }

    #[test]
    fn the_nearest_few_come_in_their_order() {
        let known = ["held-back", "hold", "holds", "ended", "hold"];
        assert_eq!(nearest_few("hol", known, 3), ["hold", "holds", "ended"]);
        assert_eq!(nearest_few("x", [], 3), [""; 0]);
    }

    #[test]
    fn a_name_is_shown_short_and_without_control_characters() {
        assert_eq!(show("a\u{1b}[31m"), "`a\u{fffd}[31m`");
        assert_eq!(show(&"x".repeat(100)).chars().count(), 63);
    }
}
