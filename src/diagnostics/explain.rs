//! The long texts of the codes: one data file, from which `explain` and `docs/codes.md` are made.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Code;

const TEXTS: &str = include_str!("codes.toml");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Explained {
    /// What it is, in a few words.
    title: String,
    /// What it means, why it matters, what to do.
    text: String,
    /// A few lines that bring it about.
    example: String,
}

fn texts() -> BTreeMap<String, Explained> {
    toml::from_str(TEXTS).unwrap_or_default()
}

/// The long text of a code, given as `P003`, `p003` or `unknown-key`. `None` if there is no such code.
pub fn explain(code: &str) -> Option<String> {
    let wanted = code.trim();
    let code = Code::ALL
        .iter()
        .find(|code| code.code().eq_ignore_ascii_case(wanted) || code.slug().eq_ignore_ascii_case(wanted))?;
    let texts = texts();
    let explained = texts.get(code.code())?;
    Some(format!(
        "{} {}: {}\n\n{}\n\nFor example:\n\n{}\n",
        code.code(),
        code.slug(),
        explained.title,
        explained.text.trim(),
        indented(&explained.example),
    ))
}

fn indented(text: &str) -> String {
    let lines: Vec<String> = text
        .trim_end()
        .lines()
        .map(|line| {
            if line.is_empty() {
                String::new()
            } else {
                format!("    {line}")
            }
        })
        .collect();
    lines.join("\n")
}

/// `docs/codes.md`.
#[cfg(test)]
fn markdown() -> String {
    let mut page = String::from(
        "# The codes\n\nMade from `src/diagnostics/codes.toml` by the tests (`REHOME_WRITE_DOCS=1 cargo test codes`).\n\
         `rehome explain CODE` shows the same texts.\n",
    );
    let texts = texts();
    for code in Code::ALL {
        let Some(explained) = texts.get(code.code()) else {
            continue;
        };
        let section = format!(
            "\n## {} {}\n\n**{}.** {}\n\n```\n{}\n```\n",
            code.code(),
            code.slug(),
            explained.title,
            explained.text.trim(),
            explained.example.trim_end(),
        );
        page.push_str(&section);
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_explained_and_nothing_else() {
        let parsed: BTreeMap<String, Explained> = toml::from_str(TEXTS).expect("codes.toml is well formed");
        let mut codes: Vec<&str> = Code::ALL.iter().map(|code| code.code()).collect();
        codes.sort_unstable();
        assert_eq!(parsed.keys().map(String::as_str).collect::<Vec<_>>(), codes);
    }

    #[test]
    fn no_two_codes_share_a_number_or_a_name() {
        let mut seen = std::collections::BTreeSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.code()), "{}", code.code());
            assert!(seen.insert(code.slug()), "{}", code.slug());
        }
    }

    #[test]
    fn the_page_of_codes_is_made_from_the_texts() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/codes.md");
        if std::env::var_os("REHOME_WRITE_DOCS").is_some() {
            std::fs::write(path, markdown()).expect("docs can be written");
        }
        let page = std::fs::read_to_string(path).expect("docs/codes.md is there");
        assert!(
            page == markdown(),
            "docs/codes.md is old: REHOME_WRITE_DOCS=1 cargo test codes"
        );
    }

    #[test]
    fn a_code_is_found_by_number_and_by_name_in_any_case() {
        assert!(explain("p003").is_some());
        assert_eq!(explain("P003"), explain("Unknown-Key"));
        assert_eq!(explain("P999"), None);
    }
}
