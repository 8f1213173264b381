//! What one request of a system may carry, and the changes of a cohort, in; the requests' contents out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Action, Attribute, Change, MemberWrite, Operation};

/// The changes of tags that one request may carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Batch {
    /// All tags of up to this many members.
    Members(usize),
    /// One tag, for up to this many members.
    OneTag(usize),
    /// The same tags, for up to this many members.
    SameTags(usize),
    /// Up to this many pairs of a member and a tag.
    Pairs(usize),
    /// One tag of one member.
    One,
}

/// What one request of each operation may carry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batching {
    /// Contacts that one request creates or updates.
    pub contacts: usize,
    /// Members that one request writes on a site.
    pub members: usize,
    /// Tags that one request adds.
    pub add_tags: Batch,
    /// Tags that one request removes.
    pub remove_tags: Batch,
    /// Members that one request looks up.
    pub probe: usize,
    /// Whether the request that creates or updates a contact adds its tags too.
    pub tags_with_contact: bool,
}

/// What goes into one request: members in order, each with changes.
type Writes = Vec<MemberWrite>;

impl Batch {
    /// True if a member's changes can be in several requests.
    pub fn splits_members(self) -> bool {
        !matches!(self, Self::Members(_))
    }

    /// The number that limits it.
    fn limit(self) -> usize {
        match self {
            Self::Members(most) | Self::OneTag(most) | Self::SameTags(most) | Self::Pairs(most) => {
                most.max(1)
            }
            Self::One => 1,
        }
    }

    /// The same form with at most this many members or pairs.
    fn at_most(self, most: usize) -> Self {
        let limit = self.limit().min(most.max(1));
        match self {
            Self::Members(_) => Self::Members(limit),
            Self::OneTag(_) => Self::OneTag(limit),
            Self::SameTags(_) => Self::SameTags(limit),
            Self::Pairs(_) => Self::Pairs(limit),
            Self::One => Self::One,
        }
    }

    /// True if one request may carry these.
    fn fits(self, writes: &[MemberWrite]) -> bool {
        let within = writes.len() <= self.limit();
        let first = writes.first().map_or(&[][..], |write| &write.changes);
        let tags = |changes: &[Change]| -> Vec<Attribute> {
            changes.iter().map(|change| change.attribute.clone()).collect()
        };
        match self {
            Self::Members(_) => within,
            Self::OneTag(_) | Self::One => {
                within && first.len() == 1 && writes.iter().all(|write| tags(&write.changes) == tags(first))
            }
            Self::SameTags(_) => within && writes.iter().all(|write| tags(&write.changes) == tags(first)),
            Self::Pairs(most) => writes.iter().map(|write| write.changes.len()).sum::<usize>() <= most.max(1),
        }
    }

    /// How many requests it takes to change tags, where `count` members have the same tags, for each set of
    /// tags. What [`Batching::split`] makes of them, without the members.
    pub fn requests<'t>(self, sets: impl IntoIterator<Item = (&'t [u16], u64)>) -> u64 {
        let limit = self.limit() as u64;
        let mut by_set: BTreeMap<&[u16], u64> = BTreeMap::new();
        for (tags, count) in sets {
            if !tags.is_empty() {
                *by_set.entry(tags).or_default() += count;
            }
        }
        let by_tag = |left: &BTreeMap<&[u16], u64>| -> u64 {
            let mut members: BTreeMap<u16, u64> = BTreeMap::new();
            for (tags, count) in left {
                for tag in *tags {
                    *members.entry(*tag).or_default() += count;
                }
            }
            members.values().map(|count| count.div_ceil(limit)).sum()
        };
        match self {
            Self::Members(_) => by_set.values().sum::<u64>().div_ceil(limit),
            Self::OneTag(_) | Self::One => by_tag(&by_set),
            Self::SameTags(_) => {
                let full: u64 = by_set.values().map(|count| count / limit).sum();
                for count in by_set.values_mut() {
                    *count %= limit;
                }
                by_set.retain(|_, count| *count > 0);
                full + by_tag(&by_set).min(by_set.len() as u64)
            }
            Self::Pairs(_) => {
                let pairs = by_set.iter().map(|(tags, count)| tags.len() as u64 * count);
                pairs.sum::<u64>().div_ceil(limit)
            }
        }
    }
}

impl Batching {
    /// Every request carries all of an operation's changes of up to `most` members.
    pub fn new(most: usize) -> Self {
        Self {
            contacts: most,
            members: most,
            add_tags: Batch::Members(most),
            remove_tags: Batch::Members(most),
            probe: most,
            tags_with_contact: false,
        }
    }

    /// Members that a request of an operation carries at most.
    pub fn most(&self, operation: Operation) -> usize {
        match operation {
            Operation::Contacts => self.contacts.max(1),
            Operation::ContactTags => self.add_tags.limit().max(self.remove_tags.limit()),
            _ => self.members.max(1),
        }
    }

    /// True if a member's changes of this operation can be in several requests.
    pub fn splits_members(&self, operation: Operation) -> bool {
        operation == Operation::ContactTags && !self.one_form()
    }

    /// Adding and removing go into the same requests.
    fn one_form(&self) -> bool {
        self.add_tags == self.remove_tags && !self.add_tags.splits_members()
    }

    /// The changes of one operation as requests, each as large as the system takes, with at most `most` members
    /// (or pairs of a member and a tag). Every change is in exactly one request, in an order that depends on the
    /// changes alone.
    pub fn split(&self, operation: Operation, writes: Vec<MemberWrite>, most: usize) -> Vec<Writes> {
        let most = most.max(1);
        match operation {
            Operation::ContactTags if self.one_form() => split(writes, self.add_tags.at_most(most)),
            Operation::ContactTags => {
                let (mut adding, mut removing) = (Vec::new(), Vec::new());
                for write in writes {
                    let removes = |change: &Change| change.action == Action::RemoveTag;
                    let (remove, add): (Vec<_>, Vec<_>) = write.changes.iter().cloned().partition(removes);
                    for (changes, list) in [(add, &mut adding), (remove, &mut removing)] {
                        if !changes.is_empty() {
                            list.push(MemberWrite {
                                changes,
                                ..write.clone()
                            });
                        }
                    }
                }
                let mut batches = split(adding, self.add_tags.at_most(most));
                batches.append(&mut split(removing, self.remove_tags.at_most(most)));
                batches
            }
            _ => by_members(writes, self.most(operation).min(most)),
        }
    }

    /// True if the system takes these in one request of the operation.
    pub fn fits(&self, operation: Operation, writes: &[MemberWrite]) -> bool {
        if operation != Operation::ContactTags || self.one_form() {
            return writes.len() <= self.most(operation);
        }
        let mut actions = writes
            .iter()
            .flat_map(|write| &write.changes)
            .map(|change| change.action);
        let batch = match actions.next() {
            Some(Action::RemoveTag) => self.remove_tags,
            _ => self.add_tags,
        };
        let first = writes.first().and_then(|write| write.changes.first());
        actions.all(|action| first.is_some_and(|first| first.action == action)) && batch.fits(writes)
    }
}

/// Members with the changes of their tags as requests of one form.
fn split(writes: Writes, batch: Batch) -> Vec<Writes> {
    let limit = batch.limit();
    match batch {
        Batch::Members(_) => by_members(writes, limit),
        Batch::OneTag(_) | Batch::One => by_tag(writes, limit),
        Batch::SameTags(_) => by_same_tags(writes, limit),
        Batch::Pairs(_) => by_pairs(writes, limit),
    }
}

fn by_members(writes: Writes, limit: usize) -> Vec<Writes> {
    let mut batches = Vec::with_capacity(writes.len().div_ceil(limit));
    let mut left = writes.into_iter();
    loop {
        let batch: Writes = left.by_ref().take(limit).collect();
        if batch.is_empty() {
            return batches;
        }
        batches.push(batch);
    }
}

fn by_tag(writes: Writes, limit: usize) -> Vec<Writes> {
    let mut tags: BTreeMap<Attribute, Writes> = BTreeMap::new();
    for mut write in writes {
        for change in std::mem::take(&mut write.changes) {
            let members = tags.entry(change.attribute.clone()).or_default();
            members.push(MemberWrite {
                changes: vec![change],
                ..write.clone()
            });
        }
    }
    let batches = tags.into_values().flat_map(|members| by_members(members, limit));
    batches.collect()
}

/// Full requests of members with the same tags. What is left goes by tag where that takes fewer requests: so there
/// are never more than by tag, or by sets of tags, alone. (The fewest of all is a covering problem, and not worth
/// its time.)
fn by_same_tags(writes: Writes, limit: usize) -> Vec<Writes> {
    let mut sets: BTreeMap<Vec<Attribute>, Writes> = BTreeMap::new();
    for mut write in writes {
        write
            .changes
            .sort_by(|one, other| one.attribute.cmp(&other.attribute));
        let tags = write.changes.iter().map(|change| change.attribute.clone());
        sets.entry(tags.collect()).or_default().push(write);
    }
    let (mut batches, mut left) = (Vec::new(), Vec::new());
    for members in sets.into_values() {
        for batch in by_members(members, limit) {
            if batch.len() == limit {
                batches.push(batch);
            } else {
                left.push(batch);
            }
        }
    }
    let mut members: Writes = left.iter().flatten().cloned().collect();
    members.sort_by_key(|write| write.seq);
    let one_by_one = by_tag(members, limit);
    batches.extend(if one_by_one.len() < left.len() {
        one_by_one
    } else {
        left
    });
    batches
}

fn by_pairs(writes: Writes, limit: usize) -> Vec<Writes> {
    let (mut batches, mut batch, mut pairs) = (Vec::new(), Vec::new(), 0);
    for mut write in writes {
        let mut changes = std::mem::take(&mut write.changes);
        while !changes.is_empty() {
            let later = changes.split_off(changes.len().min(limit - pairs));
            pairs += changes.len();
            batch.push(MemberWrite {
                changes,
                ..write.clone()
            });
            if pairs == limit {
                batches.push(std::mem::take(&mut batch));
                pairs = 0;
            }
            changes = later;
        }
    }
    if !batch.is_empty() {
        batches.push(batch);
    }
    batches
}

#[cfg(test)]
mod tests;
