//! The plan's tags and those of the contact system in; which tag is meant by each name, or a diagnostic, out.

use std::collections::BTreeMap;

use crate::{
    diagnostics::{Code, Diagnostic},
    model::{Observed, ObservedTag, TagChoice, TagKey, TagName, TagRef, TagRules, tags_by_name, tags_meant},
    plan::{Plan, TagEntry},
    text::nearest::show,
};

/// Finds out which tag of the contact system each name means, and gives the others of that name names of their own. A
/// name that can mean several tags, and a choice that means none, is an error.
pub fn choose_tags(
    plan: &Plan,
    names: &[TagName],
    contacts: &mut Observed,
    rules: &TagRules,
) -> Vec<Diagnostic> {
    let (mut wrong, mut chosen) = (Vec::new(), Vec::new());
    let there = tags_by_name(&contacts.tags, rules);
    let own_tags = plan.targets.tags.iter().zip(&plan.tag_entries);
    let own_tags: BTreeMap<&TagName, (&TagKey, &TagEntry)> = own_tags
        .map(|((key, name), entry)| (name, (key, entry)))
        .collect();
    for name in names {
        let own = own_tags.get(name).map(|(key, entry)| (key.as_str(), *entry));
        let no_choice = TagChoice::default();
        let choice = own.map_or(&no_choice, |(_, entry)| &entry.choice);
        let same = there.get(&rules.fold(name)).map_or(&[][..], Vec::as_slice);
        match tags_meant(name, choice, same)[..] {
            [] if choice.is_made() => wrong.push(none(name, own, same)),
            [] => {}
            [only] => chosen.push(TagRef {
                name: only.name.clone(),
                id: only.id.clone(),
            }),
            ref several if several.iter().all(|tag| tag.id.is_some()) => {
                wrong.push(ambiguous(name, own, several));
            }
            // Without IDs they cannot be told apart, by nobody.
            _ => {}
        }
    }
    contacts.set_apart(&chosen, rules);
    wrong
}

/// A tag for people: `ID 7 in the category "Sport"`.
fn said(tag: &ObservedTag) -> String {
    let id = tag
        .id
        .as_ref()
        .map_or_else(|| "no ID".to_owned(), |id| format!("ID {id}"));
    match &tag.category {
        Some(category) => format!("{id} in the category {}", show(category)),
        None => format!("{id} without a category"),
    }
}

fn list(tags: &[&ObservedTag]) -> String {
    let tags: Vec<String> = tags.iter().map(|tag| said(tag)).collect();
    tags.join(", ")
}

fn ambiguous(name: &TagName, own: Option<(&str, &TagEntry)>, several: &[&ObservedTag]) -> Diagnostic {
    let message = format!(
        "the contact system has {} tags called {}: {}",
        several.len(),
        show(name.as_str()),
        list(several)
    );
    let diagnostic = Diagnostic::error(Code::WhichTag, message);
    let Some((key, entry)) = own else {
        return diagnostic.remedy("Rename one of them in the contact system, or use a tag of another name");
    };
    let id = several.first().and_then(|tag| tag.id.as_ref());
    let id = id.map(ToString::to_string).unwrap_or_default();
    diagnostic
        .at(entry.span.clone(), "which of them is it?")
        .remedy(format!("Say which, for example: tags.{key}.id = \"{id}\""))
}

fn none(name: &TagName, own: Option<(&str, &TagEntry)>, same: &[&ObservedTag]) -> Diagnostic {
    let shown = show(name.as_str());
    let choice = own.map(|(_, entry)| &entry.choice);
    let asked = match (
        choice.and_then(|choice| choice.id.as_ref()),
        choice.and_then(|choice| choice.category.as_ref()),
    ) {
        (Some(id), _) => format!("with the ID {}", show(id.as_str())),
        (None, category) => format!("in the category {}", show(category.map_or("", String::as_str))),
    };
    let mut message = format!("the contact system has no tag called {shown} {asked}");
    if !same.is_empty() {
        message.push_str(&format!("; it has {}", list(same)));
    }
    let remedy = if same.is_empty() {
        "Create the tag in the contact system, or remove the line"
    } else {
        "Use an ID or a category that it has"
    };
    let diagnostic = Diagnostic::error(Code::WhichTag, message).remedy(remedy);
    match own {
        Some((_, entry)) => diagnostic.at(entry.span.clone(), "this tag"),
        None => diagnostic,
    }
}
