//! Members who get one tag in; what became of each, or the job that will say it, out.

use serde_json::json;

use super::{
    WHO,
    read::{ErrorText, TaggedPage},
    request::{BULK, CLASS, broken, send},
    tag_pages::TagPages,
};
use crate::{
    model::{
        Answer, Fault, HttpMethod, HttpRequest, HttpResponse, ItemOutcome, JobHandle, MemberWrite, Safety,
        TagId, TagName, TagRef, TagRules,
    },
    systems::{Exchange, ExchangeStep, Last, json::Unread, json::parse},
};

/// Adds one tag to several contacts by its ID. The tags are read only where the ID is not known.
pub(super) struct AddTag<'a> {
    writes: &'a [MemberWrite],
    tag: TagName,
    id: Option<TagId>,
    rules: TagRules,
    pages: TagPages,
    sent: bool,
}

impl<'a> AddTag<'a> {
    pub(super) fn new(writes: &'a [MemberWrite], tag: &TagName, known: &[TagRef], rules: TagRules) -> Self {
        Self {
            writes,
            tag: tag.clone(),
            id: known_id(tag, known),
            rules,
            pages: TagPages::default(),
            sent: false,
        }
    }

    fn send(&mut self, id: &TagId) -> ExchangeStep<Answer> {
        let contacts = self.writes.iter().filter_map(|write| write.contact_id.as_ref());
        let contacts: Vec<&str> = contacts.map(crate::model::ContactId::as_str).collect();
        if contacts.is_empty() {
            return self.all(&no_contact());
        }
        if contacts.len() > BULK {
            return ExchangeStep::Failed(broken("more contacts than a request may tag"));
        }
        self.sent = true;
        let path = format!("/pw/tags/{id}/contacts");
        let body = json!({ "contacts": contacts });
        ExchangeStep::Send(send(HttpMethod::Post, path, &body, Safety::Once).class(CLASS))
    }

    /// The same for every member.
    fn all(&self, outcome: &ItemOutcome) -> ExchangeStep<Answer> {
        let items = self.writes.iter().map(|write| (write.seq, outcome.clone()));
        ExchangeStep::Done(Answer {
            items: items.collect(),
            ..Answer::default()
        })
    }

    fn answered(&mut self, response: &HttpResponse) -> Result<ExchangeStep<Answer>, Fault> {
        if self.sent {
            return self.tagged(response);
        }
        if let Some(more) = self.pages.take(response)? {
            return Ok(ExchangeStep::Send(more));
        }
        Ok(match only(&self.pages, &self.tag, &self.rules) {
            Ok(id) => self.send(&id),
            Err(refused) => self.all(&refused),
        })
    }

    fn tagged(&self, response: &HttpResponse) -> Result<ExchangeStep<Answer>, Fault> {
        if let Some(error) = ErrorText::from_response(response) {
            return Ok(self.all(&ItemOutcome::Refused { why: error.why() }));
        }
        let page: TaggedPage = parse(WHO, &response.body).map_err(Unread::fault)?;
        let accepted = page.job.is_some();
        let items = self.writes.iter().map(|write| {
            let outcome = match &write.contact_id {
                None => no_contact(),
                Some(_) if accepted => ItemOutcome::Accepted { contact_id: None },
                Some(id) => {
                    let word = page.results.get(id.as_str());
                    let word = word.ok_or_else(|| broken("a contact has no result"))?;
                    outcome(word)
                }
            };
            Ok((write.seq, outcome))
        });
        Ok(ExchangeStep::Done(Answer {
            items: items.collect::<Result<_, Fault>>()?,
            job: page.job.map(|id| JobHandle::new(id.0)),
            ..Answer::default()
        }))
    }
}

impl Exchange<Answer> for AddTag<'_> {
    fn next(&mut self, last: Last<'_>) -> ExchangeStep<Answer> {
        match last {
            None => match self.id.clone() {
                Some(id) => self.send(&id),
                None => ExchangeStep::Send(TagPages::ask()),
            },
            Some(Ok(response)) => self.answered(response).into(),
            Some(Err(fault)) => ExchangeStep::Failed(fault.clone()),
        }
    }
}

/// What a word about one contact means.
pub(super) fn outcome(word: &str) -> ItemOutcome {
    match word {
        "SUCCESS" | "DUPLICATE" => ItemOutcome::Confirmed { contact_id: None },
        other => ItemOutcome::Refused {
            why: format!("the tag was not added ({other})"),
        },
    }
}

/// The ID of a tag, where it is known.
pub(super) fn known_id(tag: &TagName, known: &[TagRef]) -> Option<TagId> {
    known.iter().find(|other| other.name == *tag)?.id.clone()
}

/// The ID of the only tag of a name; what becomes of the members where there is none, or several.
pub(super) fn only(pages: &TagPages, tag: &TagName, rules: &TagRules) -> Result<TagId, ItemOutcome> {
    let why = match pages.called(tag, rules)[..] {
        [only] => return Ok(only.tag_id()),
        [] => format!("there is no tag \"{tag}\""),
        _ => format!("there are several tags \"{tag}\""),
    };
    Err(ItemOutcome::Refused { why })
}

/// What becomes of a member whose contact is not known.
pub(super) fn no_contact() -> ItemOutcome {
    ItemOutcome::Refused {
        why: "there is no contact with this address".to_owned(),
    }
}

/// The first request about tags that asks for them by name.
pub(super) fn ask_tags() -> HttpRequest {
    TagPages::ask()
}
