//! A tag's name in; the tag created, or found, with its ID, out.

use serde_json::json;

use super::{
    read::{CreatedTag, ErrorsText},
    request::{broken, send, written},
    tag_pages::{TagPages, tag_rules},
};
use crate::{
    model::{
        Answer, Fault, HttpMethod, HttpResponse, ItemOutcome, Looked, MemberState, Safety, TagId, TagName,
    },
    systems::{Exchange, ExchangeStep, Last},
};

/// Looks for the tag and creates it if there is none. Kit gives the tag that exists where the list did not show it yet.
pub(super) struct CreateTag<'a> {
    name: &'a TagName,
    pages: TagPages,
    creating: bool,
}

impl<'a> CreateTag<'a> {
    pub(super) fn new(name: &'a TagName) -> Self {
        Self {
            name,
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
        let rules = tag_rules();
        if let Some(id) = self.pages.called(self.name, &rules) {
            return Ok(ExchangeStep::Done(confirmed(id)));
        }
        self.creating = true;
        let body = json!({ "name": self.name.as_str() });
        Ok(ExchangeStep::Send(send(
            HttpMethod::Post,
            "/tags",
            &body,
            Safety::Once,
        )))
    }

    fn created(&self, response: &HttpResponse) -> Result<Answer, Fault> {
        if !response.is_success() {
            let why = ErrorsText::why_of(response);
            return Ok(Answer {
                items: vec![(0, ItemOutcome::Refused { why })],
                ..Answer::default()
            });
        }
        let page: CreatedTag = written(response)?;
        let rules = tag_rules();
        if rules.fold(&TagName::new(&page.tag.name)) != rules.fold(self.name) {
            return Err(broken("another tag was created than the one that was asked for"));
        }
        Ok(confirmed(page.tag.tag_id()))
    }
}

fn confirmed(id: TagId) -> Answer {
    Answer {
        items: vec![(0, ItemOutcome::Confirmed { contact_id: None })],
        tag_id: Some(id),
        ..Answer::default()
    }
}

impl Exchange<Answer> for CreateTag<'_> {
    fn next(&mut self, last: Last<'_>) -> ExchangeStep<Answer> {
        match last {
            None => ExchangeStep::Send(self.pages.ask()),
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
            None => return ExchangeStep::Send(self.pages.ask()),
            Some(Err(fault)) => return ExchangeStep::Failed(fault.clone()),
            Some(Ok(response)) => response,
        };
        match self.pages.take(response) {
            Err(fault) => ExchangeStep::Failed(fault),
            Ok(Some(more)) => ExchangeStep::Send(more),
            Ok(None) => {
                let found = self.pages.called(self.name, &tag_rules());
                let found = found.map(|_| (0, MemberState::default()));
                ExchangeStep::Done(found.into_iter().collect())
            }
        }
    }
}
