//! The contacts of an account in; the rows of an observation, one for each address, out.

use std::collections::BTreeMap;

use super::{
    duplicates::Duplicates,
    fields::FieldBook,
    read::{ContactText, Id, TagText},
};
use crate::model::{
    Account, HeldTag, Observed, ObservedBuilder, ObservedMember, ObservedTag, TagName, TooMuch,
};

/// Collects an observation.
pub(super) struct Rows {
    into: ObservedBuilder,
    tags: BTreeMap<Id, u16>,
    duplicates: Option<Duplicates>,
    /// Contacts that wait until it is known which of them count.
    waiting: Vec<ContactText>,
    /// Whether some contact says which tags it has.
    says_tags: bool,
}

impl Rows {
    pub(super) fn new(account: Account, duplicates: Option<Duplicates>) -> Self {
        Self {
            into: ObservedBuilder::new(account, 0),
            tags: BTreeMap::new(),
            duplicates,
            waiting: Vec::new(),
            says_tags: false,
        }
    }

    /// Takes the tags, with the names of their categories.
    pub(super) fn tags(
        &mut self,
        tags: &[TagText],
        categories: &BTreeMap<Id, String>,
    ) -> Result<(), TooMuch> {
        for tag in tags {
            let category = tag.category.as_ref().and_then(|category| category.id.as_ref());
            let index = self.into.observed_tag(ObservedTag {
                name: TagName::new(&tag.name),
                id: Some(tag.tag_id()),
                category: category.and_then(|id| categories.get(id)).cloned(),
            })?;
            self.tags.insert(tag.id.clone(), index);
        }
        Ok(())
    }

    /// The IDs of the tags.
    pub(super) fn tag_ids(&self) -> Vec<String> {
        self.tags.keys().map(|id| id.0.clone()).collect()
    }

    /// Whether some contact said which tags it has.
    pub(super) fn says_tags(&self) -> bool {
        self.says_tags
    }

    /// Takes a contact. The error names a tag that was not among the tags.
    pub(super) fn contact(&mut self, contact: ContactText, book: &FieldBook) -> Result<(), RowError> {
        self.says_tags |= contact.tag_ids.is_some();
        if self.duplicates.is_some() {
            self.waiting.push(contact);
            return Ok(());
        }
        let addresses = contact.addresses();
        self.push(&contact, &addresses, book)
    }

    /// A row for each address; one without an address where there is none.
    fn push(
        &mut self,
        contact: &ContactText,
        addresses: &[String],
        book: &FieldBook,
    ) -> Result<(), RowError> {
        let mut held = Vec::with_capacity(contact.tags().len());
        for tag in contact.tags() {
            let index = self.tags.get(tag).copied();
            let tag = index.ok_or_else(|| RowError::UnknownTag(tag.0.clone()))?;
            held.push(HeldTag { tag, ours: false });
        }
        let values = contact.fields(book);
        let mut fields = Vec::with_capacity(values.len());
        for (name, value) in &values {
            fields.push((self.into.field(name)?, value.as_str()));
        }
        let nobody = [String::new()];
        let addresses = if addresses.is_empty() { &nobody } else { addresses };
        for email in addresses {
            let member = ObservedMember {
                email,
                user: false,
                login: "",
                first: contact.given_name.as_deref().unwrap_or_default(),
                last: contact.family_name.as_deref().unwrap_or_default(),
                contact: &contact.id.0,
                privileged: false,
                opted_out: contact.opted_out(email),
                set: 0,
            };
            self.into.push(member, &held, &fields)?;
        }
        Ok(())
    }

    /// The observation.
    pub(super) fn finish(mut self, book: &FieldBook) -> Result<Observed, RowError> {
        let waiting = std::mem::take(&mut self.waiting);
        if let Some(rule) = self.duplicates {
            let mut counts: BTreeMap<String, ((u64, u64), usize)> = BTreeMap::new();
            for (at, contact) in waiting.iter().enumerate() {
                let rank = rule.rank(contact);
                for address in contact.addresses() {
                    let best = counts.entry(address).or_insert((rank, at));
                    *best = (*best).max((rank, at));
                }
            }
            for (at, contact) in waiting.iter().enumerate() {
                let mut addresses = contact.addresses();
                addresses.retain(|address| counts.get(address).is_some_and(|(_, best)| *best == at));
                self.push(contact, &addresses, book)?;
            }
        }
        Ok(self.into.finish())
    }
}

/// Why a contact cannot be a row.
#[derive(Debug)]
pub(super) enum RowError {
    /// It has a tag that is not among the tags.
    UnknownTag(String),
    /// There is too much.
    TooMuch(TooMuch),
}

impl From<TooMuch> for RowError {
    fn from(error: TooMuch) -> Self {
        Self::TooMuch(error)
    }
}

impl RowError {
    /// For people.
    pub(super) fn why(&self) -> String {
        match self {
            Self::UnknownTag(id) => {
                format!(
                    "a contact has the tag {id}, which is not in the list of tags; someone is writing, try again"
                )
            }
            Self::TooMuch(error) => error.to_string(),
        }
    }
}
