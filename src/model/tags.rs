//! Tags as a system stores them: names, IDs, and its rules for names.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use serde::{Deserialize, Serialize};

use super::{MAX_TAG_CHARS, Side, TagId, TagName};

/// A tag that a system has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObservedTag {
    /// Its name, as the system writes it.
    pub name: TagName,
    /// Its ID, where the system gives tags IDs.
    pub id: Option<TagId>,
    /// Its category, where the system sorts tags into categories.
    pub category: Option<String>,
}

impl ObservedTag {
    /// A tag of which a system says nothing but its name.
    pub fn from_name(name: TagName) -> Self {
        Self {
            name,
            id: None,
            category: None,
        }
    }
}

/// What the length of a name is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LengthUnit {
    /// Characters.
    Characters,
    /// Bytes of UTF-8.
    Bytes,
}

impl LengthUnit {
    /// The length of a text.
    pub fn count(self, text: &str) -> usize {
        match self {
            Self::Characters => text.chars().count(),
            Self::Bytes => text.len(),
        }
    }

    /// The word for messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Characters => "characters",
            Self::Bytes => "bytes",
        }
    }
}

/// A system's rules for the names of tags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagRules {
    /// Names that differ only in upper and lower case are one tag.
    pub fold_case: bool,
    /// The longest name.
    pub max_length: usize,
    /// What [`Self::max_length`] counts.
    pub unit: LengthUnit,
    /// Characters that no name may contain.
    pub forbidden: Vec<char>,
    /// Whether tags are created before they are given to members. Where they are not, the system creates a tag when
    /// the first member gets it.
    pub creates: bool,
    /// The most tags that the system keeps; `None` if it keeps any number.
    #[serde(default)]
    pub max_count: Option<usize>,
}

impl Default for TagRules {
    fn default() -> Self {
        Self {
            fold_case: false,
            max_length: MAX_TAG_CHARS,
            unit: LengthUnit::Characters,
            forbidden: Vec::new(),
            creates: true,
            max_count: None,
        }
    }
}

/// Why a system does not take a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TagProblem {
    /// It is longer than this.
    TooLong(usize, LengthUnit),
    /// It contains this character.
    Forbidden(char),
}

impl TagRules {
    /// Those of a WordPress site with the companion plugin: its table takes 190 bytes.
    pub fn wordpress() -> Self {
        Self {
            max_length: 190,
            unit: LengthUnit::Bytes,
            ..Self::default()
        }
    }

    /// Equal for names of the same tag.
    pub fn fold<'n>(&self, name: &'n TagName) -> Cow<'n, str> {
        if self.fold_case {
            Cow::Owned(name.as_str().to_lowercase())
        } else {
            Cow::Borrowed(name.as_str())
        }
    }

    /// Why the system does not take a name; `None` if it does.
    pub fn problem(&self, name: &TagName) -> Option<TagProblem> {
        if self.unit.count(name.as_str()) > self.max_length {
            return Some(TagProblem::TooLong(self.max_length, self.unit));
        }
        let forbidden = name.as_str().chars().find(|one| self.forbidden.contains(one));
        forbidden.map(TagProblem::Forbidden)
    }

    /// Gives tags that are held under another spelling the spelling that is asked for.
    pub fn respell<'n>(&self, held: &mut BTreeSet<TagName>, asked: impl Iterator<Item = &'n TagName>) {
        if !self.fold_case {
            return;
        }
        for name in asked.filter(|name| !name.as_str().is_empty()) {
            let folded = self.fold(name);
            if let Some(other) = held.iter().find(|other| self.fold(other) == folded).cloned() {
                held.remove(&other);
                held.insert(name.clone());
            }
        }
    }
}

/// A tag of the plan as a system knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagRef {
    /// Its name, as the system writes it.
    pub name: TagName,
    /// Its ID, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<TagId>,
}

/// The tags of a plan, by number, that a system knows under another spelling or by an ID: resolved once, from what
/// was read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagRefs {
    /// On the site.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub site: BTreeMap<u16, TagRef>,
    /// In the contact system.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub contacts: BTreeMap<u16, TagRef>,
}

impl TagRefs {
    /// True if every tag is known by the plan's own name alone.
    pub fn is_empty(&self) -> bool {
        self.site.is_empty() && self.contacts.is_empty()
    }

    /// Those of one side.
    pub fn side(&self, side: Side) -> &BTreeMap<u16, TagRef> {
        match side {
            Side::Site => &self.site,
            Side::Contacts => &self.contacts,
        }
    }

    /// The IDs of these tags of one side, as far as they are known; `names` as that side writes them.
    pub fn ids(&self, side: Side, names: &BTreeSet<&TagName>) -> Vec<TagRef> {
        let refs = self.side(side).values();
        refs.filter(|tag| tag.id.is_some() && names.contains(&tag.name))
            .cloned()
            .collect()
    }
}

/// Which of several tags of one name is meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TagChoice {
    /// The one with this ID.
    pub id: Option<TagId>,
    /// The one of this category.
    pub category: Option<String>,
}

impl TagChoice {
    /// Whether a plan says which.
    pub fn is_made(&self) -> bool {
        self.id.is_some() || self.category.is_some()
    }

    /// Whether this can be the one.
    fn allows(&self, tag: &ObservedTag) -> bool {
        let same_id = self.id.is_none() || self.id == tag.id;
        same_id && (self.category.is_none() || self.category == tag.category)
    }
}

/// The tags of a system by name, as it compares names.
pub fn tags_by_name<'t>(
    there: &'t [ObservedTag],
    rules: &TagRules,
) -> BTreeMap<Cow<'t, str>, Vec<&'t ObservedTag>> {
    let mut by_name: BTreeMap<Cow<'_, str>, Vec<&ObservedTag>> = BTreeMap::new();
    for tag in there {
        by_name.entry(rules.fold(&tag.name)).or_default().push(tag);
    }
    by_name
}

/// Of the tags of one name, those that are meant: those of the choice, and among them those with this very spelling where
/// there are any. Several are told apart by their IDs only.
pub fn tags_meant<'t>(name: &TagName, choice: &TagChoice, same: &[&'t ObservedTag]) -> Vec<&'t ObservedTag> {
    let allowed = same.iter().copied().filter(|tag| choice.allows(tag));
    let mut meant: Vec<&ObservedTag> = allowed.collect();
    if meant.iter().any(|tag| tag.name == *name) {
        meant.retain(|tag| tag.name == *name);
    }
    meant
}

/// The tags of a plan that a system knows under another spelling or by an ID. Where several are the same tag to it,
/// the one with the plan's own spelling counts, else the first.
pub fn resolve_tags(names: &[TagName], there: &[ObservedTag], rules: &TagRules) -> BTreeMap<u16, TagRef> {
    let by_name = tags_by_name(there, rules);
    let resolved = (0u16..).zip(names).filter_map(|(number, name)| {
        let same = by_name.get(&rules.fold(name))?;
        let meant = tags_meant(name, &TagChoice::default(), same);
        let tag = meant.first()?;
        let says_more = tag.name != *name || tag.id.is_some();
        says_more.then(|| {
            let known = TagRef {
                name: tag.name.clone(),
                id: tag.id.clone(),
            };
            (number, known)
        })
    });
    resolved.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folding() -> TagRules {
        TagRules {
            fold_case: true,
            max_length: 5,
            unit: LengthUnit::Bytes,
            forbidden: vec![','],
            ..TagRules::default()
        }
    }

    fn observed(name: &str, id: &str) -> ObservedTag {
        ObservedTag {
            id: Some(TagId::new(id)),
            ..ObservedTag::from_name(TagName::new(name))
        }
    }

    #[test]
    fn a_tag_that_differs_only_in_case_is_the_existing_one_where_the_system_says_so() {
        let names = [TagName::new("VIP"), TagName::new("New")];
        let there = [observed("vip", "7"), observed("Other", "8")];
        let resolved = resolve_tags(&names, &there, &folding());
        let vip = TagRef {
            name: TagName::new("vip"),
            id: Some(TagId::new("7")),
        };
        assert_eq!(resolved, BTreeMap::from([(0, vip)]));
        assert!(resolve_tags(&names, &there, &TagRules::default()).is_empty());
    }

    #[test]
    fn the_own_spelling_counts_before_the_first() {
        let names = [TagName::new("VIP")];
        let there = [observed("vip", "7"), observed("VIP", "8")];
        let id = |rules: &TagRules| resolve_tags(&names, &there, rules)[&0].id.clone();
        assert_eq!(id(&folding()), Some(TagId::new("8")));
        assert_eq!(id(&TagRules::default()), Some(TagId::new("8")));
    }

    #[test]
    fn lengths_count_in_the_systems_unit() {
        let problem = |name: &str| folding().problem(&TagName::new(name));
        assert_eq!(problem("abcde"), None);
        assert_eq!(problem("abcdé"), Some(TagProblem::TooLong(5, LengthUnit::Bytes)));
        assert_eq!(problem("a,b"), Some(TagProblem::Forbidden(',')));
        assert_eq!(TagRules::default().problem(&TagName::new("é".repeat(255))), None);
    }

    #[test]
    fn what_is_held_in_another_case_is_held() {
        let mut held = BTreeSet::from([TagName::new("vip"), TagName::new("Old")]);
        folding().respell(&mut held, [TagName::new("VIP")].iter());
        assert!(held.contains(&TagName::new("VIP")) && held.len() == 2);
    }
}
