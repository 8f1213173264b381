//! An encoding by its name in; its letters, and how a cell reads in those that may have been meant, out.

use crate::{people, plan::Encoding};

/// The letters of an encoding; `None` of those that are read without a table.
pub(super) fn table(encoding: Encoding) -> Option<&'static encoding_rs::Encoding> {
    Some(match encoding {
        Encoding::Utf8 | Encoding::Latin1 => return None,
        Encoding::Utf16Le => encoding_rs::UTF_16LE,
        Encoding::Utf16Be => encoding_rs::UTF_16BE,
        Encoding::Windows1252 => encoding_rs::WINDOWS_1252,
        Encoding::MacRoman => encoding_rs::MACINTOSH,
        Encoding::Page(name) => encoding_rs::Encoding::for_label(name.as_bytes())?,
    })
}

/// What may have been meant where a file is not in UTF-8.
const CANDIDATES: [Encoding; 9] = [
    Encoding::Windows1252,
    Encoding::Page("windows-1250"),
    Encoding::Page("windows-1251"),
    Encoding::Page("windows-1253"),
    Encoding::Page("windows-1254"),
    Encoding::MacRoman,
    Encoding::Page("shift_jis"),
    Encoding::Page("gbk"),
    Encoding::Page("euc-kr"),
];

/// How a cell reads in the encodings in which it may have been written: those in which it looks like a word.
pub(super) fn readings(cell: &[u8]) -> Vec<(Encoding, String)> {
    let reads = |encoding: &Encoding| {
        let (text, garbled) = table(*encoding)?.decode_without_bom_handling(cell);
        let is_word = |c: char| c.is_ascii() || c.is_alphabetic();
        let mixed = || {
            let word = |word: &str| {
                let is_ideograph = |c: char| c >= '\u{2e80}';
                people::script::mixes_scripts(word)
                    || (word.contains(is_ideograph)
                        && word.contains(|c: char| c.is_alphabetic() && !is_ideograph(c)))
            };
            text.split(' ').any(word)
        };
        let looks_right =
            !garbled && text.chars().all(is_word) && !people::misread::is_misread(&text) && !mixed();
        looks_right.then(|| (*encoding, text.into_owned()))
    };
    let mut all: Vec<(Encoding, String)> = Vec::new();
    for (encoding, text) in CANDIDATES.iter().filter_map(reads) {
        if all.iter().all(|(_, known)| *known != text) {
            all.push((encoding, text));
        }
    }
    all
}
