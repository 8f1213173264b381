//! `[tags.KEY]`: tags besides those of the offerings; no two tags of a plan have the same name.

use std::collections::{BTreeSet, HashMap};

use super::{
    given::keyed,
    identity::takes_over,
    system_keys::no_meaning,
    table_keys,
    table_reader::{TableReader, bad_value, line},
};
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    model::{ContactsTarget, MAX_TAG_CHARS, TagChoice, TagId, TagKey, TagName},
    plan::{Pattern, TagEntry, TagGift, TagTemplate, TextSpan},
    text::nearest::{did_you_mean, list, show},
};

const MAX_TAGS: usize = 10_000;

/// Who owns which tag name.
#[derive(Debug, Default)]
pub(super) struct TagNames(HashMap<String, (TextSpan, String)>);

impl TagNames {
    /// Takes a name for an owner, such as "the base tag of the offering `club`".
    pub(super) fn claim(&mut self, name: &str, span: TextSpan, owner: String, out: &mut Diagnostics) {
        if name.chars().count() > MAX_TAG_CHARS {
            let message = format!("the name of {owner} is longer than {MAX_TAG_CHARS} characters");
            bad_value(span, message, "Give it a shorter name", out);
            return;
        }
        let folded = Pattern::fold(name);
        if let Some((other_span, other)) = self.0.get(&folded) {
            out.push(
                Diagnostic::error(Code::SameTagName, format!("two tags are called {}", show(name)))
                    .at(span, owner)
                    .at(other_span.clone(), other.clone())
                    .remedy("Rename one of them; tag names that differ only in case or accents are the same"),
            );
            return;
        }
        self.0.insert(folded, (span, owner));
    }
}

/// What a rule has on its left, from which a tag may take its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    /// Nothing: `each_row`.
    EachRow,
    /// A value.
    Value,
    /// A pattern with a star.
    Star,
}

impl Left {
    /// Of a pattern as written.
    pub(super) fn of(pattern: &str) -> Self {
        if Pattern::parse(pattern).is_some_and(|pattern| pattern.has_star()) {
            Self::Star
        } else {
            Self::Value
        }
    }
}

/// The tags, as far as they could be read, and how rules refer to them.
#[derive(Debug, Default)]
pub(super) struct Tags {
    pub(super) targets: Vec<(TagKey, TagName)>,
    pub(super) entries: Vec<TagEntry>,
    index: HashMap<String, u16>,
    given: BTreeSet<u16>,
}

/// Where the site manages contacts there are no tags of another system to choose from.
pub(super) fn read(
    root: &TableReader<'_>,
    contacts: Option<&ContactsTarget>,
    names: &mut TagNames,
    out: &mut Diagnostics,
) -> Tags {
    let mut tags = Tags::default();
    for (index, entry) in (0u16..).zip(keyed(root, "tags", MAX_TAGS, out)) {
        let reader = TableReader::open_entry(entry, table_keys::TAG, format!("[tags.{}]", entry.key), out);
        let choice = reader.as_ref().map(|reader| {
            if contacts == Some(&ContactsTarget::Managed) {
                let why = "with managed contacts a name is one tag";
                no_meaning(reader, &["id", "category"], why, out);
            }
            choice(reader, out)
        });
        let takes_over = reader.as_ref().and_then(|reader| takes_over(reader, out));
        let name = reader
            .and_then(|reader| reader.required("name", "name = \"VIP\"", out))
            .and_then(|name| Some((line(name, out)?, name.span())));
        if let Some((name, span)) = &name {
            names.claim(name, span.clone(), format!("the tag {}", show(&entry.key)), out);
        }
        let name = name.map_or(entry.key.as_str(), |(name, _)| name);
        tags.targets.push((TagKey::new(&entry.key), TagName::new(name)));
        tags.entries.push(TagEntry {
            span: entry.key_span.clone(),
            choice: choice.unwrap_or_default(),
            takes_over,
        });
        tags.index.insert(entry.key.clone(), index);
    }
    tags
}

/// Which of several tags of one name is meant.
fn choice(reader: &TableReader<'_>, out: &mut Diagnostics) -> TagChoice {
    let (id, category) = (reader.optional("id"), reader.optional("category"));
    if let (Some(id), Some(category)) = (id, category) {
        out.push(
            Diagnostic::error(Code::KeysClash, "the tag has both `id` and `category`")
                .at(category.key_span.clone(), "the second")
                .at(id.key_span.clone(), "the first")
                .remedy("Keep one of the two; an ID is always one tag"),
        );
    }
    TagChoice {
        id: id.and_then(|entry| line(entry, out)).map(TagId::new),
        category: category.and_then(|entry| line(entry, out)).map(str::to_owned),
    }
}

impl Tags {
    /// What a rule gives: a tag of the plan, or one that is named after the value.
    pub(super) fn gift(
        &mut self,
        text: &str,
        left: Left,
        span: &TextSpan,
        out: &mut Diagnostics,
    ) -> Option<TagGift> {
        if !text.contains('$') {
            return self.give(text, span, out).map(TagGift::Tag);
        }
        let shown = show(text);
        let (message, remedy) = match (TagTemplate::parse(text), left) {
            (Err(problem), _) => (
                format!("{shown} cannot name a tag: {problem}"),
                "Write `$$` for a dollar, `$value` for the value, and `$rest` for what the star matches",
            ),
            (Ok(None), _) => (
                format!("{shown} is not the key of a tag, and carries nothing over"),
                "Use the key of a tag in [tags], or put `$value` or `$rest` in the name",
            ),
            (Ok(Some(_)), Left::EachRow) => (
                format!("each_row has no value that {shown} could carry over"),
                "Use a tag in [tags], or map the column whose values become tags",
            ),
            (Ok(Some(template)), Left::Value) if template.needs_rest() => (
                format!("{shown} needs a star on the left: `$rest` is what the star matches"),
                "Write the value with a star, such as \"Course -> *\", or use `$value`",
            ),
            (Ok(Some(template)), _) => return Some(TagGift::Carried(template)),
        };
        out.push(
            Diagnostic::error(Code::BadTagTemplate, message)
                .at(span.clone(), "this name")
                .remedy(remedy),
        );
        None
    }

    /// The tag of a key.
    fn give(&mut self, key: &str, span: &TextSpan, out: &mut Diagnostics) -> Option<u16> {
        let found = self.index.get(key).copied();
        if let Some(index) = found {
            self.given.insert(index);
        } else {
            let keys: Vec<&str> = self.targets.iter().map(|(key, _)| key.as_str()).collect();
            let by_name = self.targets.iter().find(|(_, name)| name.as_str() == key);
            let remedy = match by_name {
                Some((by_key, _)) => {
                    format!("Use the tag's key, {}; this is its name", show(by_key.as_str()))
                }
                None => did_you_mean(key, keys.iter().copied()).unwrap_or_else(|| {
                    if keys.is_empty() {
                        format!("Add the tag: [tags.{}] and, below it, its name", key.trim())
                    } else {
                        format!("The plan has the tags {}", list(&keys))
                    }
                }),
            };
            out.push(
                Diagnostic::error(Code::UnknownReference, format!("there is no tag {}", show(key)))
                    .at(span.clone(), "not in [tags]")
                    .remedy(remedy),
            );
        }
        found
    }

    /// Warns about tags that no member can get.
    pub(super) fn warn_of_unused(&self, out: &mut Diagnostics) {
        for (index, ((key, _), TagEntry { span, .. })) in (0u16..).zip(self.targets.iter().zip(&self.entries))
        {
            if !self.given.contains(&index) {
                out.push(
                    Diagnostic::warning(
                        Code::Unused,
                        format!("nothing gives the tag {}", show(key.as_str())),
                    )
                    .at(span.clone(), "it will exist, but no member gets it")
                    .remedy(format!("Give it in a map, {{ tag = \"{key}\" }}, or remove it")),
                );
            }
        }
    }
}
