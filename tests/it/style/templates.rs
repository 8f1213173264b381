//! The text of a Rust file in; the templates of messages in it, with what each is for, out.

use proc_macro2::{Delimiter, Group, Literal, TokenStream, TokenTree};

/// What a template is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// The message of a diagnostic.
    Message,
    /// A note at a place.
    Note,
    /// What to do about a diagnostic.
    Remedy,
    /// Any other text.
    Other,
}

/// A string of the code.
#[derive(Debug)]
pub(super) struct Template {
    pub(super) line: usize,
    pub(super) of: Use,
    /// As it is printed.
    pub(super) text: String,
    /// As the code has it, quotes included.
    pub(super) source: String,
}

/// All strings of a file that contain words, but for those of tests and of attributes.
pub(super) fn templates(file: &str) -> Vec<Template> {
    let tokens: TokenStream = file.parse().expect("the file is Rust");
    let mut found = Vec::new();
    walk(tokens, Use::Other, &mut found);
    let mut from = 0;
    for template in &mut found {
        let at = file[from..].find(&template.source).map_or(from, |at| from + at);
        template.line = file[..at].matches('\n').count() + 1;
        from = at;
    }
    found
}

fn walk(stream: TokenStream, of: Use, found: &mut Vec<Template>) {
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    let mut index = 0;
    let (mut for_tests, mut assigned) = (false, None);
    while let Some(token) = tokens.get(index) {
        match token {
            TokenTree::Punct(sign) if sign.as_char() == '#' => {
                let inner =
                    matches!(tokens.get(index + 1), Some(TokenTree::Punct(sign)) if sign.as_char() == '!');
                index += usize::from(inner);
                if let Some(TokenTree::Group(attribute)) = tokens.get(index + 1) {
                    let text = attribute.stream().to_string().replace(' ', "");
                    for_tests |= text == "cfg(test)" || text == "test";
                    if text.starts_with("error(") {
                        walk(attribute.stream(), Use::Other, found);
                    }
                    index += 1;
                }
            }
            TokenTree::Punct(sign) if sign.as_char() == ';' => (for_tests, assigned) = (false, None),
            TokenTree::Ident(name) if name == "remedy" || name == "message" => {
                let next = tokens.get(index + 1);
                if matches!(next, Some(TokenTree::Punct(sign)) if sign.as_char() == '=') {
                    assigned = Some(if name == "remedy" {
                        Use::Remedy
                    } else {
                        Use::Message
                    });
                }
            }
            TokenTree::Group(group) => {
                if !for_tests {
                    let called = index.checked_sub(1).and_then(|before| tokens.get(before));
                    walk(
                        group.stream(),
                        use_in(called, group, assigned.unwrap_or(of)),
                        found,
                    );
                }
                if group.delimiter() == Delimiter::Brace {
                    for_tests = false;
                }
            }
            TokenTree::Literal(literal) if !for_tests => {
                found.extend(template(literal, assigned.unwrap_or(of)));
            }
            _ => {}
        }
        index += 1;
    }
}

/// What the strings in a group are for: by what is called with it, or as the group around it.
fn use_in(called: Option<&TokenTree>, group: &Group, around: Use) -> Use {
    let TokenTree::Ident(name) = (match called {
        Some(name) if group.delimiter() == Delimiter::Parenthesis => name,
        _ => return around,
    }) else {
        return around;
    };
    let is_diagnostic = || {
        let first = group.stream().into_iter().next();
        first.is_some_and(|first| first.to_string() == "Code")
    };
    match name.to_string().as_str() {
        "remedy" => Use::Remedy,
        "at" | "in_file" => Use::Note,
        "error" | "warning" if is_diagnostic() => Use::Message,
        // Arguments of other calls are values.
        name if name.chars().next().is_some_and(char::is_lowercase) => Use::Other,
        _ => around,
    }
}

fn template(literal: &Literal, of: Use) -> Option<Template> {
    let source = literal.to_string();
    let start = source.find('"')?;
    if !matches!(&source[..start], "" | "r" | "r#" | "r##") {
        return None;
    }
    let raw = source.starts_with('r');
    let inner = source[start + 1..].trim_end_matches('#').strip_suffix('"')?;
    let text = if raw { inner.to_owned() } else { unescaped(inner) };
    text.contains(' ').then_some(Template {
        line: 0,
        of,
        text,
        source,
    })
}

fn unescaped(inner: &str) -> String {
    let mut text = String::new();
    let mut rest = inner.chars().peekable();
    while let Some(c) = rest.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        match rest.next() {
            Some('n') => text.push('\n'),
            Some('\n') => while rest.next_if(|c| c.is_whitespace()).is_some() {},
            Some(other) => text.push(other),
            None => {}
        }
    }
    text
}

#[test]
fn strings_are_found_with_what_they_are_for() {
    let file = r##"
        //! nor this one
        /// not this one
        fn f() {
            let d = Diagnostic::error(Code::A, format!("a message {x}")).at(span, "a note");
            d.remedy("Do \"it\" \
                      now").remedy(match x { _ => "Or that".to_owned() });
            let remedy = match x { _ => "And this".to_owned() };
            other(r#"a "raw" one"#, "word", b"no text here");
        }
        #[error("of an error")]
        struct S;
        #[cfg(test)]
        mod tests { const T: &str = "in a test"; }
        const U: &str = "another one";
    "##;
    let found: Vec<(Use, String)> = templates(file)
        .into_iter()
        .map(|one| (one.of, one.text))
        .collect();
    let expected = [
        (Use::Message, "a message {x}"),
        (Use::Note, "a note"),
        (Use::Remedy, "Do \"it\" now"),
        (Use::Remedy, "Or that"),
        (Use::Remedy, "And this"),
        (Use::Other, "a \"raw\" one"),
        (Use::Other, "of an error"),
        (Use::Other, "another one"),
    ];
    assert_eq!(found, expected.map(|(of, text)| (of, text.to_owned())));
}
