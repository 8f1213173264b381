//! Text in; whether it was once read in the wrong encoding, as far as its letters show, out.

/// True of a text of which some letters are those of another encoding: signs that no name has beside letters, a
/// capital after a small letter, rows of accented letters, or letters of languages that are never in one word.
pub fn is_misread(text: &str) -> bool {
    !text.is_ascii() && (has_replacement(text) || text.split([' ', '-', '/']).any(is_misread_word))
}

fn has_replacement(text: &str) -> bool {
    text.contains(['\u{fffd}', '\u{2da}']) || text.chars().any(|c| matches!(c, '\u{80}'..='\u{9f}'))
}

fn is_misread_word(word: &str) -> bool {
    if word.is_ascii() {
        return false;
    }
    let mut row = 0;
    let mut before = '\0';
    let mut letters = word.chars().peekable();
    while let Some(c) = letters.next() {
        let next = letters.peek().copied().unwrap_or('\0');
        let beside = before.is_alphabetic() || next.is_alphabetic();
        row = if is_latin1_letter(c) { row + 1 } else { 0 };
        if row >= MAX_ROW
            || (is_no_letter_of_a_name(c) && beside)
            || (c.is_uppercase()
                && !c.is_ascii()
                && (before.is_lowercase() || (before.is_uppercase() && next.is_lowercase()))
                && !is_after_prefix(word, c))
            || is_utf8_pair(before, c)
        {
            return true;
        }
        before = c;
    }
    never_in_one_word(word)
}

/// More accented letters in a row than any language has.
const MAX_ROW: usize = 3;

/// What Windows-1252 shows for the bytes of Cyrillic, Greek or Hebrew letters.
fn is_latin1_letter(c: char) -> bool {
    matches!(c, '\u{c0}'..='\u{ff}')
}

/// `McÉwan`: a capital after a prefix.
fn is_after_prefix(word: &str, capital: char) -> bool {
    let before = word.split(capital).next().unwrap_or_default();
    ["Mc", "Mac", "De", "Di", "Le", "La", "Van"].contains(&before)
}

/// Signs that other encodings have where one has a letter.
fn is_no_letter_of_a_name(c: char) -> bool {
    matches!(
        c,
        '¯' | '³'
            | '²'
            | '¹'
            | '£'
            | '¤'
            | '¥'
            | '¦'
            | '§'
            | '©'
            | '±'
            | '¶'
            | '¸'
            | '¬'
            | '¢'
            | '¼'
            | '½'
            | '¾'
            | '¿'
            | '¡'
            | '×'
            | '÷'
            | '†'
            | '‡'
            | '‰'
            | '\u{2c6}'
            | '\u{2dc}'
            | '√'
            | '∞'
            | '≠'
            | '∑'
            | '∏'
            | 'π'
            | '∫'
            | '‚'
            | '„'
            | '\u{192}'
            | '\u{2db}'
            | '\u{2c7}'
            | '\u{2d8}'
            | '\u{2dd}'
            | '◊'
            | '≈'
            | '∆'
            | '⌐'
            | '░'
            | '▒'
            | '▓'
            | '│'
            | '┤'
            | '╡'
            | '╢'
            | '╖'
            | '╕'
            | '╣'
            | '║'
            | '╗'
            | '╝'
            | '┐'
            | '└'
            | '┴'
            | '┬'
            | '├'
            | '─'
            | '┼'
            | '╞'
            | '╟'
            | '╚'
            | '╔'
            | '╩'
            | '╦'
            | '╠'
            | '═'
            | '╬'
            | '╧'
            | '╨'
            | '╤'
            | '╥'
            | '╙'
            | '╘'
            | '╒'
            | '╓'
            | '╫'
            | '╪'
            | '┘'
            | '┌'
            | '█'
            | '▄'
            | '▌'
            | '▐'
            | '▀'
    )
}

/// A lead byte of UTF-8 and the byte after it, as Windows-1250, 1251 and 1252, ISO 8859 and Mac OS show them.
fn is_utf8_pair(lead: char, next: char) -> bool {
    let continues = !(next.is_ascii() || next.is_lowercase());
    match lead {
        // Typographic quotes after a letter are too common to count.
        'Ã' | 'Â' | 'Å' | 'Ä' | 'Ð' | 'Ñ' | 'Ă' | 'Ĺ' | 'Đ' | 'Ń' => {
            (continues || matches!(next, 'ľ' | 'ł' | 'ş' | 'ź' | 'š' | 'ž' | 'œ' | 'ƒ'))
                && !matches!(next, '\u{2018}'..='\u{201d}')
                && !next.is_uppercase()
        }
        'â' => next == '€',
        'ð' => next == 'Ÿ',
        'Г' | 'В' | 'Р' | 'С' | 'Е' | 'Д' => matches!(
            next,
            '\u{80}'
                ..='\u{bf}'
                    | '‚'
                    | '„'
                    | '…'
                    | '†'
                    | '‡'
                    | '€'
                    | '‰'
                    | '‹'
                    | '•'
                    | '–'
                    | '—'
                    | '™'
                    | '›'
        ),
        _ => false,
    }
}

/// Czech, Slovak, Polish or Hungarian read as Windows-1252: Nordic and French letters beside the accents that the code
/// pages share.
fn never_in_one_word(word: &str) -> bool {
    let has = |letters: &[char]| word.contains(letters);
    let shared = has(&['á', 'í', 'ý', 'é', 'ó', 'ú', 'š', 'ž', 'Š', 'Ž']);
    (shared && has(&['ø', 'Ø', 'ì', 'ù', 'ï', 'û', 'õ']) && !has(&['ð', 'þ']))
        || (has(&['ø', 'Ø']) && has(&['è', 'ì', 'ù', 'ò', 'ï', 'ê', 'æ', 'ç']))
        || (has(&['ê', 'ñ', 'æ']) && has(&['ó', 'œ', 'Ÿ']) && !has(&['ô', 'î', 'û']) && word.contains('³'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_in_another_encoding_are_told() {
        for name in [
            "£ukasz",
            "¯ó³æ",
            "Jiøí",
            "Dvoøák",
            "JosÃ©",
            "JosĂ©",
            "\u{139}\u{81}ukasz",
            "Jos√©",
            "JosŽ",
            "MŸller",
            "JosÈ",
            "M¸ller",
            "Ñåðãåé",
            "Èâàí",
            "Êþìþò",
            "Ren‚",
            "Andr\u{82}",
            "Zo\u{fffd}",
            "ÐÐ½Ð½Ð°",
            "Р\u{90}РЅРЅР°",
            "Mart¡nez",
        ] {
            assert!(is_misread(name), "{name}");
        }
    }

    #[test]
    fn names_in_order_are_not() {
        for name in [
            "José",
            "Łukasz",
            "Żółć",
            "Jiří",
            "Dvořák",
            "Tomáš",
            "Müller",
            "Zoë",
            "Åsa Ångström",
            "Søren Kjærgård",
            "Bjørghild",
            "Renée",
            "François",
            "Noël",
            "Gal·la",
            "O’Brien",
            "McÉwan",
            "Анна",
            "Ελένη",
            "דוד",
            "李",
            "Mª José",
            "Nguyễn Thị",
            "ÉLÉONORE",
            "João",
            "Ðorđe",
            "Þórður",
            "Jóhannsdóttir",
            "Sigurðardóttir",
            "Lõhmus",
            "Müßigbrodt",
            "Häyhä",
            "Ana 👩‍👧",
            "CAFÉ’S",
            "Ã’",
        ] {
            assert!(!is_misread(name), "{name}");
        }
    }

    /// The law: names of many languages, written in one encoding and read in another, are told wherever the reading
    /// differs in a sign that no name has.
    #[test]
    fn most_names_that_are_read_in_a_wrong_encoding_are_told() {
        let names = [
            "Łukasz",
            "Żółć",
            "Dvořák",
            "Jiří",
            "Kateřina",
            "Сергей",
            "Иван",
            "Ελένη",
            "Özgür",
            "José",
            "Zoë",
            "Müller",
        ];
        let pages = [
            encoding_rs::UTF_8,
            encoding_rs::WINDOWS_1250,
            encoding_rs::WINDOWS_1251,
            encoding_rs::WINDOWS_1253,
            encoding_rs::MACINTOSH,
        ];
        let (mut all, mut told) = (0, 0);
        for name in names {
            for page in pages {
                let (bytes, _, lossy) = page.encode(name);
                let (read, garbled) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&bytes);
                if lossy || garbled || read == name {
                    continue;
                }
                all += 1;
                told += usize::from(is_misread(&read));
            }
        }
        assert!(told * 10 >= all * 8, "{told} of {all}");
    }
}
