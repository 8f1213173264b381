//! Members who get or lose one tag in; what became of each, out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::{
    WHO,
    books::Books,
    read::{AppliedPage, ContactsPage, ErrorText},
    request::{BULK, broken, encoded, filtered, page, send},
    tag_pages::{TagPages, known_id, tag_rules},
};
use crate::{
    model::{
        Action, Answer, Fault, HttpMethod, HttpResponse, ItemOutcome, MemberWrite, Safety, TagId, TagName,
        TagRef,
    },
    systems::{
        Exchange, ExchangeStep, Last,
        json::{Unread, parse},
    },
};

/// Adds one tag to several contacts, or removes it, by its ID. The contacts are read first: a tag that a contact has is
/// not added again, and one that it does not have is not removed.
pub(super) struct ChangeTag<'a> {
    adds: bool,
    writes: &'a [MemberWrite],
    tag: TagName,
    id: Option<TagId>,
    books: &'a Books,
    pages: TagPages,
    stage: Stage,
    /// Whether a contact has the tag, of those that are listed.
    holds: BTreeMap<String, bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Tags,
    Contacts,
    Change,
}

impl<'a> ChangeTag<'a> {
    pub(super) fn new(
        action: Action,
        writes: &'a [MemberWrite],
        tag: &TagName,
        known: &[TagRef],
        books: &'a Books,
    ) -> Self {
        let id = known_id(tag, known);
        Self {
            adds: action == Action::AddTag,
            writes,
            tag: tag.clone(),
            stage: if id.is_some() {
                Stage::Contacts
            } else {
                Stage::Tags
            },
            id,
            books,
            pages: TagPages::default(),
            holds: BTreeMap::new(),
        }
    }

    fn ids(&self) -> BTreeSet<&str> {
        let ids = self.writes.iter().filter_map(|write| write.contact_id.as_ref());
        ids.map(crate::model::ContactId::as_str).collect()
    }

    /// Those who are to be changed: a contact that is not listed yet may just have been created.
    fn to_change(&self) -> Vec<&str> {
        let done = |id: &&str| self.holds.get(*id).copied().unwrap_or(!self.adds) == self.adds;
        self.ids().into_iter().filter(|id| !done(id)).collect()
    }

    fn ask(&mut self) -> ExchangeStep<Answer> {
        let ids = self.ids();
        if ids.len() > BULK {
            return ExchangeStep::Failed(broken("more contacts than a request may tag"));
        }
        match (self.stage, &self.id) {
            (Stage::Tags, _) | (_, None) => ExchangeStep::Send(TagPages::ask()),
            _ if ids.is_empty() => self.all(&no_contact()),
            (Stage::Contacts, _) => {
                let ids: Vec<&str> = ids.into_iter().collect();
                ExchangeStep::Send(filtered(&format!("contact_ids=={}", ids.join(",")), None))
            }
            (Stage::Change, Some(tag)) => {
                let ids = self.to_change();
                if ids.is_empty() {
                    return self.end(&BTreeMap::new());
                }
                let verb = if self.adds { "applyTags" } else { "removeTags" };
                let path = format!("/tags/{}/contacts:{verb}", encoded(tag.as_str()));
                let body = json!({ "contact_ids": ids });
                ExchangeStep::Send(send(HttpMethod::Post, &path, &body, Safety::Once))
            }
        }
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
        match self.stage {
            Stage::Tags => {
                if let Some(more) = self.pages.take(response)? {
                    return Ok(ExchangeStep::Send(more));
                }
                self.books.tags.learn(self.pages.tags());
                match self.pages.only(&self.tag, &tag_rules()) {
                    Ok(id) => self.id = Some(id),
                    Err(refused) => return Ok(self.all(&refused)),
                }
                self.stage = Stage::Contacts;
                Ok(self.ask())
            }
            Stage::Contacts => {
                let page: ContactsPage = page(response)?;
                self.listed(&page)?;
                self.stage = Stage::Change;
                Ok(self.ask())
            }
            Stage::Change if !response.is_success() => Ok(self.all(&ItemOutcome::Refused {
                why: ErrorText::why_of(response),
            })),
            Stage::Change if self.adds => {
                let page: AppliedPage = parse(WHO, &response.body).map_err(Unread::fault)?;
                Ok(self.end(&page.results))
            }
            Stage::Change => Ok(self.end(&BTreeMap::new())),
        }
    }

    fn listed(&mut self, page: &ContactsPage) -> Result<(), Fault> {
        let asked = self.ids();
        if page
            .contacts
            .iter()
            .any(|contact| !asked.contains(contact.id.0.as_str()))
        {
            return Err(broken("a filter by ID finds other contacts"));
        }
        let tag = self.id.as_ref().map_or("", TagId::as_str);
        let holds = page.contacts.iter().map(|contact| {
            let held = contact.tags().iter().any(|own| own.0 == tag);
            (contact.id.0.clone(), held)
        });
        self.holds = holds.collect();
        Ok(())
    }

    /// An outcome a member: what is as wanted is confirmed, and of the others the word that Keap says. A contact of
    /// which it says nothing is in doubt.
    fn end(&self, words: &BTreeMap<String, String>) -> ExchangeStep<Answer> {
        let changed: BTreeSet<&str> = self.to_change().into_iter().collect();
        let mut answer = Answer::default();
        for write in self.writes {
            let Some(id) = &write.contact_id else {
                answer.items.push((write.seq, no_contact()));
                continue;
            };
            let asked = changed.contains(id.as_str());
            let outcome = match words.get(id.as_str()) {
                Some(word) if asked => outcome(word),
                None if asked && self.adds => {
                    answer.rest = Some(Fault::Ambiguous {
                        why: format!("{WHO} does not say what became of some contacts"),
                    });
                    continue;
                }
                _ => ItemOutcome::Confirmed { contact_id: None },
            };
            answer.items.push((write.seq, outcome));
        }
        match answer {
            Answer {
                items,
                rest: Some(fault),
                ..
            } if items.is_empty() => ExchangeStep::Failed(fault),
            answer => ExchangeStep::Done(answer),
        }
    }
}

impl Exchange<Answer> for ChangeTag<'_> {
    fn next(&mut self, last: Last<'_>) -> ExchangeStep<Answer> {
        match last {
            None => self.ask(),
            Some(Ok(response)) => self.answered(response).into(),
            Some(Err(fault)) => ExchangeStep::Failed(fault.clone()),
        }
    }
}

/// What a word about one contact means. The tag was there already where it says so.
fn outcome(word: &str) -> ItemOutcome {
    match word {
        "SUCCESS" | "DUPLICATE" => ItemOutcome::Confirmed { contact_id: None },
        other => ItemOutcome::Refused {
            why: format!("the tag was not added ({other})"),
        },
    }
}

/// What becomes of a member whose contact is not known.
pub(super) fn no_contact() -> ItemOutcome {
    ItemOutcome::Refused {
        why: "there is no contact with this address".to_owned(),
    }
}
