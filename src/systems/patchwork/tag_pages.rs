//! The pages of the patchwork CRM's tags in; all of them, with IDs and categories, out.

use super::{
    read::{TagText, TagsPage, next_token, page},
    request::broken,
};
use crate::model::{Fault, HttpRequest, HttpResponse, TagName, TagRules};

/// Pages at most: more than an account can have.
const PAGES: usize = 10_000;

/// Reads the tags page by page.
#[derive(Debug, Default)]
pub(super) struct TagPages {
    tags: Vec<TagText>,
    pages: usize,
}

impl TagPages {
    /// The first request.
    pub(super) fn ask() -> HttpRequest {
        HttpRequest::get("/pw/tags")
    }

    /// Takes a page; gives the request for the next one, or nothing where it was the last.
    pub(super) fn take(&mut self, response: &HttpResponse) -> Result<Option<HttpRequest>, Fault> {
        let page: TagsPage = page(response)?;
        let next = next_token(page.next_page_token);
        self.pages += 1;
        if self.pages > PAGES || (next.is_some() && page.tags.is_empty()) {
            return Err(broken("the pages of tags do not end"));
        }
        self.tags.extend(page.tags);
        Ok(next.map(|token| HttpRequest::get(format!("/pw/tags?page_token={token}"))))
    }

    /// All tags.
    pub(super) fn tags(self) -> Vec<TagText> {
        self.tags
    }

    /// The tags of a name, whatever its case and their categories.
    pub(super) fn called(&self, name: &TagName, rules: &TagRules) -> Vec<&TagText> {
        let wanted = rules.fold(name);
        let same = |tag: &&TagText| rules.fold(&TagName::new(&tag.name)) == wanted;
        self.tags.iter().filter(same).collect()
    }
}
