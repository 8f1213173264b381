//! A word in; whether it mixes letters of scripts whose letters look alike, out.

/// The scripts that share the shapes of letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    Latin,
    Greek,
    Cyrillic,
    Armenian,
    Cherokee,
}

/// True of a word with letters of two scripts whose letters look alike, such as a Cyrillic `а` among Latin letters.
pub fn mixes_scripts(word: &str) -> bool {
    if word.is_ascii() {
        return false;
    }
    let mut scripts = word.chars().filter_map(script);
    let first = scripts.next();
    scripts.any(|script| Some(script) != first)
}

fn script(c: char) -> Option<Script> {
    match c {
        'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Some(Script::Latin),
        '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Some(Script::Greek),
        '\u{400}'..='\u{52f}' => Some(Script::Cyrillic),
        '\u{531}'..='\u{58f}' => Some(Script::Armenian),
        '\u{13a0}'..='\u{13ff}' | '\u{ab70}'..='\u{abbf}' => Some(Script::Cherokee),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_of_another_script_is_noticed() {
        assert!(mixes_scripts("gm\u{430}il"));
        assert!(mixes_scripts("\u{3bf}utlook"));
        for word in ["gmail", "m\u{fc}ller", "почта", "ελλάδα", "例え-abc", "1-2"] {
            assert!(!mixes_scripts(word), "{word}");
        }
    }
}
