//! The source text of a file in; every path that it names, resolved from the crate's root, out.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A path that a file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Named {
    /// As written, without braces: `["super", "x", "Y"]`. A glob ends with `*`.
    pub(super) segments: Vec<String>,
    /// For an item of a `use`: the name that it gets here.
    pub(super) alias: Option<String>,
    /// How many modules within the file it is in.
    pub(super) depth: usize,
    /// Whether it is in a module for tests.
    pub(super) in_tests: bool,
}

impl Named {
    /// The path from the crate's root, for a file whose module is `module`; `None` for what is not written from
    /// `crate`, `self` or `super`.
    pub(super) fn resolve(&self, module: &[String]) -> Option<Vec<String>> {
        let inline = std::iter::repeat_n("{}".to_owned(), self.depth);
        let mut base: Vec<String> = module.iter().cloned().chain(inline).collect();
        let mut rest = self.segments.as_slice();
        match rest.first().map(String::as_str) {
            Some("crate") => (base, rest) = (Vec::new(), &rest[1..]),
            Some("self" | "super") => {
                while let Some(first) = rest.first() {
                    match first.as_str() {
                        "self" => {}
                        "super" => drop(base.pop()),
                        _ => break,
                    }
                    rest = &rest[1..];
                }
            }
            _ => return None,
        }
        base.extend(rest.iter().cloned());
        Some(base)
    }
}

/// Every path of a file, in the order of its text. Comments and strings name nothing.
pub(super) fn paths(text: &str) -> Vec<Named> {
    let tokens: TokenStream = text.parse().expect("the file is Rust");
    let mut found = Vec::new();
    walk(tokens, 0, false, &mut found);
    found
}

fn walk(stream: TokenStream, depth: usize, in_tests: bool, found: &mut Vec<Named>) {
    let tokens: Vec<TokenTree> = stream.into_iter().collect();
    let mut index = 0;
    let mut for_tests = false;
    while let Some(token) = tokens.get(index) {
        match token {
            TokenTree::Punct(sign) if sign.as_char() == '#' => {
                if let Some(TokenTree::Group(attribute)) = tokens.get(index + 1) {
                    for_tests |= is_for_tests(attribute);
                    index += 1;
                }
            }
            // `use<…>` is a bound, not an import.
            TokenTree::Ident(word) if word == "use" && !is_sign(&tokens, index + 1, '<') => {
                let end = (index..tokens.len()).find(|at| is_sign(&tokens, *at, ';'));
                let end = end.unwrap_or(tokens.len());
                let in_tests = in_tests || for_tests;
                for (segments, alias) in leaves(&tokens[index + 1..end], &[]) {
                    found.push(Named {
                        segments,
                        alias: Some(alias),
                        depth,
                        in_tests,
                    });
                }
                (index, for_tests) = (end, false);
            }
            TokenTree::Ident(word) if word == "mod" => {
                if let Some(TokenTree::Group(body)) = tokens.get(index + 2) {
                    walk(body.stream(), depth + 1, in_tests || for_tests, found);
                    index += 2;
                }
                for_tests = false;
            }
            TokenTree::Ident(word) => {
                let mut segments = vec![word.to_string()];
                while is_path(&tokens, index + 1) {
                    let Some(TokenTree::Ident(next)) = tokens.get(index + 3) else {
                        break;
                    };
                    segments.push(next.to_string());
                    index += 3;
                }
                if segments.len() > 1 {
                    found.push(Named {
                        segments,
                        alias: None,
                        depth,
                        in_tests,
                    });
                }
            }
            TokenTree::Group(group) => {
                walk(group.stream(), depth, in_tests || for_tests, found);
                if group.delimiter() == Delimiter::Brace {
                    for_tests = false;
                }
            }
            TokenTree::Punct(sign) if sign.as_char() == ';' => for_tests = false,
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
        index += 1;
    }
}

fn is_sign(tokens: &[TokenTree], index: usize, sign: char) -> bool {
    matches!(tokens.get(index), Some(TokenTree::Punct(found)) if found.as_char() == sign)
}

fn is_path(tokens: &[TokenTree], index: usize) -> bool {
    is_sign(tokens, index, ':') && is_sign(tokens, index + 1, ':')
}

fn is_for_tests(attribute: &Group) -> bool {
    let text = attribute.stream().to_string().replace(' ', "");
    text == "cfg(test)"
}

/// The items of a `use`, each with the name that it gets.
fn leaves(tokens: &[TokenTree], before: &[String]) -> Vec<(Vec<String>, String)> {
    let mut segments = before.to_vec();
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        match token {
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let items =
                    inner.split(|token| matches!(token, TokenTree::Punct(sign) if sign.as_char() == ','));
                return items
                    .filter(|item| !item.is_empty())
                    .flat_map(|item| leaves(item, &segments))
                    .collect();
            }
            TokenTree::Ident(word) if word == "as" => {
                let alias = tokens.get(index + 1).map(ToString::to_string);
                return vec![(segments, alias.unwrap_or_default())];
            }
            TokenTree::Ident(word) if word == "self" && !segments.is_empty() => {}
            TokenTree::Ident(word) => segments.push(word.to_string()),
            TokenTree::Punct(sign) if sign.as_char() == '*' => segments.push("*".to_owned()),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
        index += 1;
    }
    let alias = segments.last().cloned().unwrap_or_default();
    vec![(segments, alias)]
}
