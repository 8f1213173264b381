//! The pages of Keap's tags in; all of them, with IDs, out; and their names for all exchanges.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{
    read::{Id, TagText, TagsPage},
    request::{PAGE, broken, list, next_token, page},
};
use crate::model::{
    Fault, HttpRequest, HttpResponse, ItemOutcome, LengthUnit, TagId, TagName, TagRef, TagRules,
};

/// Names that differ only in case are taken for one tag; longer ones would be cut, not refused.
pub(super) fn tag_rules() -> TagRules {
    TagRules {
        fold_case: true,
        max_length: 255,
        unit: LengthUnit::Characters,
        ..TagRules::default()
    }
}

/// Pages at most: more than an account can have.
const PAGES: usize = 1_000;

/// Reads the tags page by page.
#[derive(Debug, Default)]
pub(super) struct TagPages {
    tags: Vec<TagText>,
    pages: usize,
}

impl TagPages {
    /// The first request.
    pub(super) fn ask() -> HttpRequest {
        list("/tags", "", PAGE, None)
    }

    /// Takes a page; gives the request for the next one, or nothing where it was the last. A last page that is full may
    /// name a next one, which is empty.
    pub(super) fn take(&mut self, response: &HttpResponse) -> Result<Option<HttpRequest>, Fault> {
        let page: TagsPage = page(response)?;
        self.pages += 1;
        if self.pages > PAGES {
            return Err(broken("the pages of tags do not end"));
        }
        let next = next_token(page.next_page_token).filter(|_| !page.tags.is_empty());
        self.tags.extend(page.tags);
        Ok(next.map(|token| list("/tags", "", PAGE, Some(&token))))
    }

    /// All tags.
    pub(super) fn tags(&self) -> &[TagText] {
        &self.tags
    }

    /// The tags of a name, whatever its case and their categories.
    pub(super) fn called(&self, name: &TagName, rules: &TagRules) -> Vec<&TagText> {
        let wanted = rules.fold(name);
        let same = |tag: &&TagText| rules.fold(&TagName::new(&tag.name)) == wanted;
        self.tags.iter().filter(same).collect()
    }

    /// The ID of the only tag of a name; what becomes of the members where there is none, or several.
    pub(super) fn only(&self, tag: &TagName, rules: &TagRules) -> Result<TagId, ItemOutcome> {
        let why = match self.called(tag, rules)[..] {
            [only] => return Ok(only.tag_id()),
            [] => format!("there is no tag \"{tag}\""),
            _ => format!("there are several tags \"{tag}\""),
        };
        Err(ItemOutcome::Refused { why })
    }
}

/// The names of an account's tags, which all exchanges with it share.
#[derive(Debug, Default)]
pub(super) struct TagBook(Mutex<BTreeMap<Id, String>>);

impl TagBook {
    fn names(&self) -> MutexGuard<'_, BTreeMap<Id, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes over tags that were read or created.
    pub(super) fn learn<'t>(&self, tags: impl IntoIterator<Item = &'t TagText>) {
        let named = |tag: &TagText| (tag.id.clone(), tag.name.clone());
        self.names().extend(tags.into_iter().map(named));
    }

    /// The name of a tag.
    pub(super) fn name(&self, id: &Id) -> Option<String> {
        self.names().get(id).cloned()
    }

    /// Whether a tag is known, or is one of these.
    pub(super) fn knows(&self, id: &Id, asked: &[TagRef]) -> bool {
        let mut ids = asked.iter().filter_map(|tag| tag.id.as_ref());
        ids.any(|own| own.as_str() == id.0) || self.names().contains_key(id)
    }
}

/// The ID of a tag, where it is known.
pub(super) fn known_id(tag: &TagName, known: &[TagRef]) -> Option<TagId> {
    known.iter().find(|other| other.name == *tag)?.id.clone()
}
