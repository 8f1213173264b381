//! Members who get tags in; what became of each, up to 100 pairs of a contact and a tag a request, out.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::{
    read::{ErrorsText, TaggedPage, said},
    request::{BULK, broken, no_contact, number, refused, send, written},
    tag_pages::{TagPages, known_id, no_tag, tag_rules},
};
use crate::{
    model::{
        Answer, Attribute, Fault, HttpMethod, HttpResponse, ItemOutcome, MemberWrite, Safety, Seq, TagId,
        TagName, TagRef,
    },
    systems::{Exchange, ExchangeStep, Last},
};

/// Adds tags to contacts with one bulk request. Rows come back in another order and without the tag, so a pair that was
/// sent and is in no failure is done; a contact in no row at all is only accepted.
pub(super) struct AddPairs<'a> {
    writes: &'a [MemberWrite],
    /// IDs by name, of the tags whose IDs are known.
    ids: BTreeMap<&'a TagName, TagId>,
    pages: TagPages,
    rejected: BTreeMap<Seq, ItemOutcome>,
    /// What was sent: contact and tag.
    sent: BTreeMap<(u64, u64), Seq>,
}

impl<'a> AddPairs<'a> {
    pub(super) fn new(writes: &'a [MemberWrite], known: &[TagRef]) -> Self {
        let rules = tag_rules();
        let names = writes.iter().flat_map(tags);
        let ids = names.filter_map(|name| Some((name, known_id(name, known, &rules)?)));
        Self {
            writes,
            ids: ids.collect(),
            pages: TagPages::default(),
            rejected: BTreeMap::new(),
            sent: BTreeMap::new(),
        }
    }

    fn begin(&mut self) -> ExchangeStep<Answer> {
        let all_known = self
            .writes
            .iter()
            .flat_map(tags)
            .all(|tag| self.ids.contains_key(tag));
        if all_known {
            self.send()
        } else {
            ExchangeStep::Send(self.pages.ask())
        }
    }

    fn send(&mut self) -> ExchangeStep<Answer> {
        for write in self.writes {
            let Some(contact) = write.contact_id.as_ref().and_then(number) else {
                self.rejected.insert(write.seq, no_contact());
                continue;
            };
            if let Some(unknown) = tags(write).find(|tag| !self.ids.contains_key(tag)) {
                self.rejected.insert(write.seq, no_tag(unknown));
                continue;
            }
            let ids = tags(write).filter_map(|tag| self.ids.get(tag)?.as_str().parse().ok());
            let pairs = ids.map(|tag: u64| ((contact, tag), write.seq));
            self.sent.extend(pairs);
        }
        if self.sent.is_empty() {
            return self.end(&BTreeSet::new());
        }
        if self.sent.len() > BULK {
            return ExchangeStep::Failed(broken("more pairs than are answered at once"));
        }
        let taggings = self
            .sent
            .keys()
            .map(|(contact, tag)| json!({ "tag_id": tag, "subscriber_id": contact }));
        let body = json!({ "taggings": taggings.collect::<Vec<_>>(), "callback_url": null });
        ExchangeStep::Send(send(
            HttpMethod::Post,
            "/bulk/tags/subscribers",
            &body,
            Safety::Once,
        ))
    }

    fn answered(&mut self, response: &HttpResponse) -> Result<ExchangeStep<Answer>, Fault> {
        if self.sent.is_empty() {
            if let Some(more) = self.pages.take(response)? {
                return Ok(ExchangeStep::Send(more));
            }
            let rules = tag_rules();
            for name in self.writes.iter().flat_map(tags) {
                if let Some(id) = self.pages.called(name, &rules) {
                    self.ids.entry(name).or_insert(id);
                }
            }
            return Ok(self.send());
        }
        if response.status == 202 {
            return Ok(self.end(&BTreeSet::new()));
        }
        if !response.is_success() {
            let why = ErrorsText::why_of(response);
            let all = self.sent.values().map(|seq| (*seq, refused(why.clone())));
            self.rejected.extend(all.collect::<Vec<_>>());
            return Ok(self.end(&BTreeSet::new()));
        }
        let page: TaggedPage = written(response)?;
        for failure in page.failures {
            let pair = (
                failure.tagging.subscriber_id.number(),
                failure.tagging.tag_id.number(),
            );
            let Some(seq) = self.sent.get(&pair) else {
                return Err(broken("a failure is about a pair that was not sent"));
            };
            let why = format!("a tag was not added ({})", said(&failure.errors));
            self.rejected.insert(*seq, refused(why));
        }
        let rows: BTreeSet<u64> = page.subscribers.iter().map(|row| row.id.number()).collect();
        if rows
            .iter()
            .any(|id| self.sent.range((*id, 0)..=(*id, u64::MAX)).next().is_none())
        {
            return Err(broken("a row is about a contact that was not sent"));
        }
        Ok(self.end(&rows))
    }

    /// An outcome a member. Those in a row are confirmed.
    fn end(&self, rows: &BTreeSet<u64>) -> ExchangeStep<Answer> {
        let outcome = |write: &MemberWrite| {
            if let Some(rejected) = self.rejected.get(&write.seq) {
                return rejected.clone();
            }
            let contact = write.contact_id.as_ref().and_then(number);
            if contact.is_some_and(|id| rows.contains(&id)) {
                ItemOutcome::Confirmed { contact_id: None }
            } else {
                ItemOutcome::Accepted { contact_id: None }
            }
        };
        let items = self.writes.iter().map(|write| (write.seq, outcome(write)));
        ExchangeStep::Done(Answer {
            items: items.collect(),
            ..Answer::default()
        })
    }
}

/// The tags that a member gets.
fn tags(write: &MemberWrite) -> impl Iterator<Item = &TagName> {
    let changes = write.changes.iter();
    changes.filter_map(|change| match &change.attribute {
        Attribute::Tag(name) => Some(name),
        _ => None,
    })
}

impl Exchange<Answer> for AddPairs<'_> {
    fn next(&mut self, last: Last<'_>) -> ExchangeStep<Answer> {
        match last {
            None => self.begin(),
            Some(Ok(response)) => self.answered(response).into(),
            Some(Err(fault)) => ExchangeStep::Failed(fault.clone()),
        }
    }
}
