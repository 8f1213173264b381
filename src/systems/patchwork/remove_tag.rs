//! Members who lose one tag in; what became of each, out.

use super::{
    add_tag::{ask_tags, known_id, no_contact, only},
    read::ErrorText,
    request::broken,
    tag_pages::TagPages,
};
use crate::{
    model::{
        Answer, ContactId, Fault, HttpMethod, HttpRequest, HttpResponse, ItemOutcome, MemberWrite, Safety,
        Seq, TagId, TagName, TagRef, TagRules,
    },
    systems::{Exchange, ExchangeStep, Last},
};

/// Removes one tag from one contact at a time. A contact that does not have it is as wanted.
pub(super) struct RemoveTag<'a> {
    writes: &'a [MemberWrite],
    tag: TagName,
    id: Option<TagId>,
    rules: TagRules,
    pages: TagPages,
    items: Vec<(Seq, ItemOutcome)>,
}

impl<'a> RemoveTag<'a> {
    pub(super) fn new(writes: &'a [MemberWrite], tag: &TagName, known: &[TagRef], rules: TagRules) -> Self {
        Self {
            writes,
            tag: tag.clone(),
            id: known_id(tag, known),
            rules,
            pages: TagPages::default(),
            items: Vec::new(),
        }
    }

    /// Goes on with the next member.
    fn ask(&mut self) -> ExchangeStep<Answer> {
        let Some(tag) = &self.id else {
            return ExchangeStep::Send(ask_tags());
        };
        while let Some(write) = self.writes.get(self.items.len()) {
            if let Some(contact) = &write.contact_id {
                return ExchangeStep::Send(request(contact, tag));
            }
            self.items.push((write.seq, no_contact()));
        }
        self.end(None)
    }

    fn end(&mut self, rest: Option<Fault>) -> ExchangeStep<Answer> {
        match rest {
            Some(fault) if self.items.is_empty() => ExchangeStep::Failed(fault),
            rest => ExchangeStep::Done(Answer {
                items: std::mem::take(&mut self.items),
                rest,
                ..Answer::default()
            }),
        }
    }

    fn answered(&mut self, response: &HttpResponse) -> Result<ExchangeStep<Answer>, Fault> {
        if self.id.is_some() {
            let Some(write) = self.writes.get(self.items.len()) else {
                return Err(broken("no member asked for this"));
            };
            self.items.push((write.seq, removed(response)));
            return Ok(self.ask());
        }
        if let Some(more) = self.pages.take(response)? {
            return Ok(ExchangeStep::Send(more));
        }
        match only(&self.pages, &self.tag, &self.rules) {
            Ok(id) => self.id = Some(id),
            Err(refused) => {
                let all = self.writes.iter().map(|write| (write.seq, refused.clone()));
                self.items = all.collect();
                return Ok(self.end(None));
            }
        }
        Ok(self.ask())
    }
}

fn request(contact: &ContactId, tag: &TagId) -> HttpRequest {
    let path = format!("/pw/contacts/{contact}/tags/{tag}");
    HttpRequest::new(HttpMethod::Delete, path, Safety::Repeatable)
}

fn removed(response: &HttpResponse) -> ItemOutcome {
    match ErrorText::from_response(response) {
        Some(error) if error.code != "NOT_HELD" => ItemOutcome::Refused { why: error.why() },
        _ => ItemOutcome::Confirmed { contact_id: None },
    }
}

impl Exchange<Answer> for RemoveTag<'_> {
    fn next(&mut self, last: Last<'_>) -> ExchangeStep<Answer> {
        let step = match last {
            None => return self.ask(),
            Some(Ok(response)) => self.answered(response),
            Some(Err(fault)) => Err(fault.clone()),
        };
        step.unwrap_or_else(|fault| self.end(Some(fault)))
    }
}
