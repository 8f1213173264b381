//! A tag's name in; the tag created, or found, with its ID, out.

use serde_json::json;

use super::{
    WHO,
    books::Books,
    read::{ErrorText, TagText},
    request::{broken, send},
    tag_pages::{TagPages, tag_rules},
};
use crate::{
    model::{Answer, Fault, HttpMethod, HttpResponse, ItemOutcome, Looked, MemberState, Safety, TagName},
    systems::{
        Exchange, ExchangeStep, Last,
        json::{Unread, parse},
    },
};

/// Looks for the tag and creates it if there is none: whether Keap would create a second one is not known.
pub(super) struct CreateTag<'a> {
    name: &'a TagName,
    books: &'a Books,
    pages: TagPages,
    creating: bool,
}

impl<'a> CreateTag<'a> {
    pub(super) fn new(name: &'a TagName, books: &'a Books) -> Self {
        Self {
            name,
            books,
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
        self.books.tags.learn(self.pages.tags());
        match self.pages.called(self.name, &tag_rules())[..] {
            [] => {
                self.creating = true;
                let body = json!({ "name": self.name.as_str() });
                Ok(ExchangeStep::Send(send(
                    HttpMethod::Post,
                    "/tags",
                    &body,
                    Safety::Once,
                )))
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
        if !response.is_success() {
            let why = ErrorText::why_of(response);
            return Ok(Answer {
                items: vec![(0, ItemOutcome::Refused { why })],
                ..Answer::default()
            });
        }
        let tag: TagText = parse(WHO, &response.body).map_err(Unread::fault)?;
        if tag.name != self.name.as_str() {
            return Err(broken("another tag was created than the one that was asked for"));
        }
        self.books.tags.learn([&tag]);
        Ok(Answer {
            tag_id: Some(tag.tag_id()),
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
    pages: TagPages,
}

impl<'a> FindTag<'a> {
    pub(super) fn new(name: &'a TagName) -> Self {
        Self {
            name,
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
                let exists = !self.pages.called(self.name, &tag_rules()).is_empty();
                let found = exists.then(|| (0, MemberState::default()));
                ExchangeStep::Done(found.into_iter().collect())
            }
        }
    }
}
