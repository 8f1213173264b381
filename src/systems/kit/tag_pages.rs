//! The pages of Kit's tags in; all of them, with IDs, out.

use std::collections::BTreeSet;

use super::{
    read::{Id, TagText, TagsPage},
    request::{broken, list, next_cursor, page, refused, tags_of},
};
use crate::model::{
    Fault, HttpRequest, HttpResponse, ItemOutcome, LengthUnit, TagId, TagName, TagRef, TagRules,
};

/// Pages at most: more than an account can have.
const PAGES: usize = 1_000;

/// Reads the tags of an account, or of one contact, page by page.
#[derive(Debug, Default)]
pub(super) struct TagPages {
    /// Whose tags; all of the account where there is none.
    of: Option<String>,
    tags: Vec<TagText>,
    ids: BTreeSet<Id>,
    pages: usize,
}

impl TagPages {
    /// The tags of one contact.
    pub(super) fn of_contact(id: &str) -> Self {
        Self {
            of: Some(id.to_owned()),
            ..Self::default()
        }
    }

    /// The first request.
    pub(super) fn ask(&self) -> HttpRequest {
        self.asks(None)
    }

    fn asks(&self, after: Option<&str>) -> HttpRequest {
        match &self.of {
            Some(id) => tags_of(id, after),
            None => list("/tags", "", after),
        }
    }

    /// Takes a page; gives the request for the next one, or nothing where it was the last.
    pub(super) fn take(&mut self, response: &HttpResponse) -> Result<Option<HttpRequest>, Fault> {
        let read: TagsPage = page(response)?;
        self.pages += 1;
        for tag in read.tags {
            if !self.ids.insert(tag.id.clone()) {
                return Err(broken("a tag is there twice"));
            }
            self.tags.push(tag);
        }
        if self.pages > PAGES {
            return Err(broken("the pages of tags do not end"));
        }
        let next = next_cursor(&read.pagination)?;
        Ok(next.map(|cursor| self.asks(Some(cursor))))
    }

    /// All tags.
    pub(super) fn tags(self) -> Vec<TagText> {
        self.tags
    }

    /// Whether a tag is among them.
    pub(super) fn has(&self, id: &TagId) -> bool {
        self.tags.iter().any(|tag| tag.tag_id() == *id)
    }

    /// The ID of the tag of a name, whatever its case.
    pub(super) fn called(&self, name: &TagName, rules: &TagRules) -> Option<TagId> {
        let wanted = rules.fold(name);
        let same = |tag: &&TagText| rules.fold(&TagName::new(&tag.name)) == wanted;
        self.tags.iter().find(same).map(TagText::tag_id)
    }
}

/// Kit's rules for tags: names that differ only in case are one tag.
pub(super) fn tag_rules() -> TagRules {
    TagRules {
        fold_case: true,
        max_length: 255,
        unit: LengthUnit::Characters,
        ..TagRules::default()
    }
}

/// The ID of a tag, where it is known.
pub(super) fn known_id(tag: &TagName, known: &[TagRef], rules: &TagRules) -> Option<TagId> {
    let same = |other: &&TagRef| rules.fold(&other.name) == rules.fold(tag);
    known.iter().find(same)?.id.clone()
}

/// What becomes of a member who is to get a tag that does not exist.
pub(super) fn no_tag(tag: &TagName) -> ItemOutcome {
    refused(format!("there is no tag \"{tag}\""))
}
