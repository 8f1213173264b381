//! A member who gets one tag in; what became of it out.

use serde_json::json;

use super::{
    read::{ErrorsText, SubscriberPage},
    request::{encoded, no_contact, refused, send, written},
    tag_pages::{TagPages, known_id, no_tag, tag_rules},
};
use crate::{
    model::{
        Answer, ContactId, Fault, HttpMethod, HttpResponse, ItemOutcome, MemberWrite, Safety, TagId, TagName,
        TagRef,
    },
    systems::{Exchange, ExchangeStep, Last},
};

/// Adds one tag to one contact, by their IDs. The tags are read only where the tag's ID is not known. Whether somebody who
/// unsubscribed gets tags is not documented: there the contact's tags are read back.
pub(super) struct AddTag<'a> {
    write: &'a MemberWrite,
    tag: &'a TagName,
    id: Option<TagId>,
    stage: Stage,
}

enum Stage {
    Tags(TagPages),
    Add,
    Back(TagPages),
}

impl<'a> AddTag<'a> {
    pub(super) fn new(write: &'a MemberWrite, tag: &'a TagName, known: &[TagRef]) -> Self {
        Self {
            write,
            tag,
            id: known_id(tag, known, &tag_rules()),
            stage: Stage::Add,
        }
    }

    fn begin(&mut self) -> ExchangeStep<Answer> {
        let Some(contact) = &self.write.contact_id else {
            return self.done(no_contact());
        };
        if let Some(tag) = &self.id {
            let path = pair_path(contact, tag);
            self.stage = Stage::Add;
            return ExchangeStep::Send(send(HttpMethod::Post, &path, &json!({}), Safety::Once));
        }
        let pages = TagPages::default();
        let asks = pages.ask();
        self.stage = Stage::Tags(pages);
        ExchangeStep::Send(asks)
    }

    fn done(&self, outcome: ItemOutcome) -> ExchangeStep<Answer> {
        ExchangeStep::Done(Answer {
            items: vec![(self.write.seq, outcome)],
            ..Answer::default()
        })
    }

    fn answered(&mut self, response: &HttpResponse) -> Result<ExchangeStep<Answer>, Fault> {
        match std::mem::replace(&mut self.stage, Stage::Add) {
            Stage::Tags(mut pages) => {
                if let Some(more) = pages.take(response)? {
                    self.stage = Stage::Tags(pages);
                    return Ok(ExchangeStep::Send(more));
                }
                self.id = pages.called(self.tag, &tag_rules());
                Ok(match self.id {
                    Some(_) => self.begin(),
                    None => self.done(no_tag(self.tag)),
                })
            }
            Stage::Add if !response.is_success() => Ok(self.done(refused(ErrorsText::why_of(response)))),
            Stage::Add => {
                let page: SubscriberPage = written(response)?;
                if !page.subscriber.opted_out() {
                    return Ok(self.done(ItemOutcome::Confirmed { contact_id: None }));
                }
                let pages = TagPages::of_contact(&page.subscriber.id.0);
                let asks = pages.ask();
                self.stage = Stage::Back(pages);
                Ok(ExchangeStep::Send(asks))
            }
            Stage::Back(mut pages) => {
                if let Some(more) = pages.take(response)? {
                    self.stage = Stage::Back(pages);
                    return Ok(ExchangeStep::Send(more));
                }
                let has = self.id.as_ref().is_some_and(|id| pages.has(id));
                Ok(self.done(if has {
                    ItemOutcome::Confirmed { contact_id: None }
                } else {
                    ItemOutcome::Accepted { contact_id: None }
                }))
            }
        }
    }
}

/// The path of a tag of a contact.
pub(super) fn pair_path(contact: &ContactId, tag: &TagId) -> String {
    format!(
        "/tags/{}/subscribers/{}",
        encoded(tag.as_str()),
        encoded(contact.as_str())
    )
}

impl Exchange<Answer> for AddTag<'_> {
    fn next(&mut self, last: Last<'_>) -> ExchangeStep<Answer> {
        match (last, &self.stage) {
            (None, _) => self.begin(),
            (Some(Ok(response)), _) => self.answered(response).into(),
            // The tag was taken, and only reading it back failed.
            (Some(Err(_)), Stage::Back(_)) => self.done(ItemOutcome::Accepted { contact_id: None }),
            (Some(Err(fault)), _) => ExchangeStep::Failed(fault.clone()),
        }
    }
}
