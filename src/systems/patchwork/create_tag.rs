//! A tag's name in; the tag created, or found, with its ID, out.

use serde_json::json;

use super::{
    WHO,
    read::{CreatedTag, ErrorText},
    request::{broken, send},
    tag_pages::TagPages,
};
use crate::{
    model::{
        Answer, Fault, HttpMethod, HttpResponse, ItemOutcome, Looked, MemberState, Safety, TagName, TagRules,
    },
    systems::{Exchange, ExchangeStep, Last, json::Unread, json::parse},
};

/// Looks for the tag and creates it if there is none: the patchwork CRM creates a second one of the same name.
pub(super) struct CreateTag<'a> {
    name: &'a TagName,
    rules: TagRules,
    pages: TagPages,
    creating: bool,
}

impl<'a> CreateTag<'a> {
    pub(super) fn new(name: &'a TagName, rules: TagRules) -> Self {
        Self {
            name,
            rules,
            pages: TagPages::default(),
            creating: false,
        }
    }

    fn answered(&mut self, response: &HttpResponse) -> Result<ExchangeStep<Answer>, Fault> {
        if self.creating {
            return self.created(response).map(ExchangeStep::Done);
        }
        if let Some(more) = self.pages.take(response)? {
            return Ok(ExchangeStep::Send(more));
        }
        match self.pages.called(self.name, &self.rules)[..] {
            [] => {
                self.creating = true;
                let body = json!({ "name": self.name.as_str() });
                let asks = send(HttpMethod::Post, "/pw/tags".to_owned(), &body, Safety::Once);
                Ok(ExchangeStep::Send(asks))
            }
            [only] => Ok(ExchangeStep::Done(Answer {
                tag_id: Some(only.tag_id()),
                ..confirmed()
            })),
            // Which of them is meant is not known here.
            _ => Ok(ExchangeStep::Done(confirmed())),
        }
    }

    fn created(&self, response: &HttpResponse) -> Result<Answer, Fault> {
        if let Some(error) = ErrorText::from_response(response) {
            let refused = ItemOutcome::Refused { why: error.why() };
            return Ok(Answer {
                items: vec![(0, refused)],
                ..Answer::default()
            });
        }
        let page: CreatedTag = parse(WHO, &response.body).map_err(Unread::fault)?;
        if page.tag.name != self.name.as_str() {
            return Err(broken("another tag was created than the one that was asked for"));
        }
        Ok(Answer {
            tag_id: Some(page.tag.tag_id()),
            ..confirmed()
        })
    }
}

fn confirmed() -> Answer {
    Answer {
        items: vec![(0, ItemOutcome::Confirmed { contact_id: None })],
        ..Answer::default()
    }
}

impl Exchange<Answer> for CreateTag<'_> {
    fn next(&mut self, last: Last<'_>) -> ExchangeStep<Answer> {
        match last {
            None => ExchangeStep::Send(TagPages::ask()),
            Some(Ok(response)) => self.answered(response).into(),
            Some(Err(fault)) => ExchangeStep::Failed(fault.clone()),
        }
    }
}

/// Whether there is a tag of a name.
pub(super) struct FindTag<'a> {
    name: &'a TagName,
    rules: TagRules,
    pages: TagPages,
}

impl<'a> FindTag<'a> {
    pub(super) fn new(name: &'a TagName, rules: TagRules) -> Self {
        Self {
            name,
            rules,
            pages: TagPages::default(),
        }
    }
}

impl Exchange<Looked> for FindTag<'_> {
    fn next(&mut self, last: Last<'_>) -> ExchangeStep<Looked> {
        let response = match last {
            None => return ExchangeStep::Send(TagPages::ask()),
            Some(Err(fault)) => return ExchangeStep::Failed(fault.clone()),
            Some(Ok(response)) => response,
        };
        match self.pages.take(response) {
            Err(fault) => ExchangeStep::Failed(fault),
            Ok(Some(more)) => ExchangeStep::Send(more),
            Ok(None) => {
                let exists = !self.pages.called(self.name, &self.rules).is_empty();
                let found = exists.then(|| (0, MemberState::default()));
                ExchangeStep::Done(found.into_iter().collect())
            }
        }
    }
}
