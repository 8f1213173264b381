//! A member who loses one tag in; what became of it out.

use super::{
    add_tag::pair_path,
    request::no_contact,
    tag_pages::{TagPages, known_id, tag_rules},
};
use crate::{
    model::{
        Answer, Fault, HttpMethod, HttpRequest, HttpResponse, ItemOutcome, MemberWrite, Safety, TagId,
        TagName, TagRef,
    },
    systems::{Exchange, ExchangeStep, Last},
};

/// Removes one tag from one contact, by their IDs. Where there is no such tag, or no such contact, or the contact does not
/// have it, it is as wanted.
pub(super) struct RemoveTag<'a> {
    write: &'a MemberWrite,
    tag: &'a TagName,
    id: Option<TagId>,
    pages: TagPages,
}

impl<'a> RemoveTag<'a> {
    pub(super) fn new(write: &'a MemberWrite, tag: &'a TagName, known: &[TagRef]) -> Self {
        Self {
            write,
            tag,
            id: known_id(tag, known, &tag_rules()),
            pages: TagPages::default(),
        }
    }

    fn begin(&self) -> ExchangeStep<Answer> {
        let Some(contact) = &self.write.contact_id else {
            return self.done(no_contact());
        };
        ExchangeStep::Send(match &self.id {
            Some(tag) => {
                let path = format!("/v4{}", pair_path(contact, tag));
                HttpRequest::new(HttpMethod::Delete, path, Safety::Repeatable)
            }
            None => self.pages.ask(),
        })
    }

    fn done(&self, outcome: ItemOutcome) -> ExchangeStep<Answer> {
        ExchangeStep::Done(Answer {
            items: vec![(self.write.seq, outcome)],
            ..Answer::default()
        })
    }

    fn answered(&mut self, response: &HttpResponse) -> Result<ExchangeStep<Answer>, Fault> {
        let confirmed = ItemOutcome::Confirmed { contact_id: None };
        if self.id.is_some() {
            return Ok(self.done(match response.status {
                422 => ItemOutcome::Refused {
                    why: super::read::ErrorsText::why_of(response),
                },
                _ => confirmed,
            }));
        }
        if let Some(more) = self.pages.take(response)? {
            return Ok(ExchangeStep::Send(more));
        }
        self.id = self.pages.called(self.tag, &tag_rules());
        Ok(match self.id {
            Some(_) => self.begin(),
            None => self.done(confirmed),
        })
    }
}

impl Exchange<Answer> for RemoveTag<'_> {
    fn next(&mut self, last: Last<'_>) -> ExchangeStep<Answer> {
        match last {
            None => self.begin(),
            Some(Ok(response)) => self.answered(response).into(),
            Some(Err(fault)) => ExchangeStep::Failed(fault.clone()),
        }
    }
}
