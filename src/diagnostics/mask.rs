//! A plan's text in, the same text with everything that may be a secret replaced by stars out, byte for
//! byte, so that places stay where they are.

use super::{Code, Diagnostics, Place};

/// Keys whose values are secrets, whether or not the plan language knows them.
const SECRET_KEYS: [&str; 8] = [
    "token",
    "password",
    "secret",
    "api_key",
    "apikey",
    "api-key",
    "passwd",
    "app_password",
];

/// Hides literal secrets.
pub(super) fn mask(text: &str, diagnostics: &Diagnostics) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for diagnostic in diagnostics.iter().filter(|one| one.code == Code::LiteralSecret) {
        for place in &diagnostic.places {
            if let Place::Plan(span, _) = place
                && let Some(hidden) = bytes.get_mut(span.clone())
            {
                hide(hidden);
            }
        }
    }
    let lower = text.to_ascii_lowercase();
    for key in SECRET_KEYS {
        let mut hidden_to = 0;
        for (at, _) in lower.match_indices(key) {
            if at < hidden_to {
                continue;
            }
            if let Some(value) = value_after(text, at + key.len()) {
                hidden_to = value.end;
                if let Some(hidden) = bytes.get_mut(value) {
                    hide(hidden);
                }
            }
        }
    }
    for (at, _) in text.match_indices("://") {
        let host = text.get(at + 3..).unwrap_or_default();
        let end = host
            .find(|c: char| c == '/' || c == '"' || c == '\'' || c.is_whitespace())
            .unwrap_or(host.len());
        if let Some(name) = host.get(..end).and_then(|host| host.rfind('@'))
            && let Some(hidden) = bytes.get_mut(at + 3..at + 3 + name)
        {
            hide(hidden);
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

fn hide(bytes: &mut [u8]) {
    for byte in bytes.iter_mut().filter(|byte| !matches!(**byte, b'\n' | b'\r')) {
        *byte = b'*';
    }
}

/// Where the value of a key that ends at `after` is: a quoted text, or anything that is not a table up to
/// the end of the line.
fn value_after(text: &str, after: usize) -> Option<std::ops::Range<usize>> {
    let rest = text.get(after..)?;
    let value = rest
        .trim_start_matches(['"', '\''])
        .trim_start_matches([' ', '\t'])
        .strip_prefix('=')?
        .trim_start_matches([' ', '\t']);
    let start = text.len() - value.len();
    if value.starts_with('{') {
        let line = value.lines().next().unwrap_or_default();
        // A table that does not end on its line may have anything in it.
        return (!line.contains('}')).then(|| start + 1..start + line.len());
    }
    let quote = ["\"\"\"", "'''", "\"", "'"]
        .into_iter()
        .find(|quote| value.starts_with(quote));
    let line = value.find('\n').unwrap_or(value.len());
    let Some(quote) = quote else {
        return Some(start..start + line);
    };
    let inside = value.get(quote.len()..)?;
    let end = match inside.find(quote) {
        Some(end) if quote.len() == 3 || end < line => end,
        _ => line.saturating_sub(quote.len()),
    };
    // A closing quote that is escaped leaves a rest: hide the whole line then.
    let end = if inside.get(..end).is_some_and(|inside| inside.ends_with('\\')) {
        line.saturating_sub(quote.len())
    } else {
        end
    };
    Some(start + quote.len()..start + quote.len() + end)
}
