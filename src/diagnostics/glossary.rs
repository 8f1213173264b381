//! A word of the glossary in; what it means out. The text is that of `docs/glossary.md`, so there is one copy.

const GLOSSARY: &str = include_str!("../../docs/glossary.md");

/// The words and what each means, in the order of the page.
pub fn terms() -> impl Iterator<Item = (&'static str, &'static str)> {
    let sections = GLOSSARY.split("\n## ").skip(1);
    sections.filter_map(|section| {
        let (term, meaning) = section.split_once('\n')?;
        Some((term.trim(), meaning.trim()))
    })
}

/// What a word means, as `rehome explain WORD` prints it. Case does not matter, and `-` or `_` stand for a space.
pub fn explain_term(word: &str) -> Option<String> {
    let word = word.trim().replace(['-', '_'], " ");
    let (term, meaning) = terms().find(|(term, _)| term.replace('-', " ").eq_ignore_ascii_case(&word))?;
    let meaning = meaning.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(format!("{term}: a word of Rehome's glossary.\n\n{meaning}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_one_meaning_in_one_paragraph() {
        let words: Vec<&str> = terms().map(|(term, _)| term).collect();
        assert!(words.len() > 70, "{}", words.len());
        let mut sorted = words.clone();
        sorted.sort_unstable_by_key(|word| word.to_lowercase());
        sorted.dedup();
        assert_eq!(words, sorted, "the words are in order, each once");
        for (term, meaning) in terms() {
            assert!(meaning.ends_with('.') && !meaning.contains("\n\n"), "{term}");
        }
    }

    #[test]
    fn a_word_is_found_however_it_is_written() {
        for word in ["lose access", "Lose-Access", " lose_access "] {
            let text = explain_term(word).expect(word);
            assert!(text.starts_with("lose access: "), "{text}");
        }
        for word in [
            "merged",
            "blocked",
            "gain",
            "wave",
            "canary",
            "cohort",
            "checkpoint",
            "contacts only",
            "lease",
            "breaker",
            "cut-over",
        ] {
            assert!(explain_term(word).is_some(), "{word}");
        }
        assert_eq!(explain_term("nonsense"), None);
    }
}
