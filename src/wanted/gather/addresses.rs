//! The email cells of some rows in; their normalised addresses, and the members they belong to, out.

use std::{collections::BTreeMap, ops::Range};

use super::{people::People, text_index::TextHash};
use crate::{
    model::Email,
    people::email::{EmailNotes, EmailProblem, normalise},
};

/// How many rows are looked up together. A look-up among a million members waits for memory, and the
/// waits of many look-ups overlap; of more rows than these, the first would be out of the cache again.
pub(crate) const TOGETHER: usize = 512;

/// The addresses of some rows.
#[derive(Debug, Default)]
pub(crate) struct Addresses {
    text: String,
    one: String,
    list: Vec<Place>,
}

#[derive(Debug)]
struct Place {
    normal: Result<EmailNotes, EmailProblem>,
    at: Range<usize>,
    hash: TextHash,
    known: Option<u32>,
    same: Option<usize>,
}

/// An old address and the one by which the person is known now, of `[same]`.
pub(crate) type Same = (Email, Email);

/// The lines of `[same]`.
#[derive(Debug)]
pub(crate) struct SameAddresses {
    /// Sorted by old address.
    list: Vec<Same>,
    /// Records that each of them moved.
    moved: Vec<u64>,
}

impl SameAddresses {
    pub(crate) fn new(same: &BTreeMap<Email, Email>) -> Self {
        Self {
            list: same.iter().map(|(old, new)| (old.clone(), new.clone())).collect(),
            moved: vec![0; same.len()],
        }
    }

    /// The lines, sorted by old address.
    pub(crate) fn list(&self) -> &[Same] {
        &self.list
    }

    /// Counts a record that a line moved.
    pub(crate) fn count(&mut self, line: usize) {
        if let Some(moved) = self.moved.get_mut(line) {
            *moved += 1;
        }
    }

    /// The old address of each line, and how many records it moved.
    pub(crate) fn finish(self) -> Vec<(Email, u64)> {
        let old = self.list.into_iter().map(|(old, _)| old);
        old.zip(self.moved).collect()
    }
}

/// The address of one row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Address<'a> {
    /// Normalised; empty if the cell contains none.
    pub(crate) email: &'a str,
    /// What was done to the cell, or why it has no address.
    pub(crate) normal: Result<EmailNotes, EmailProblem>,
    /// [`People::hash`] of the address.
    pub(crate) hash: TextHash,
    /// The member who had it before these rows were taken.
    pub(crate) known: Option<u32>,
    /// The line of `[same]` that gave it, by number.
    pub(crate) same: Option<usize>,
}

impl Addresses {
    /// Normalises the cells, puts the new address where a line of `same` (sorted) has the old one, and
    /// looks them up.
    pub(crate) fn of<'c>(&mut self, cells: impl Iterator<Item = &'c str>, same: &[Same], people: &People) {
        let Self { text, one, list } = self;
        text.clear();
        list.clear();
        list.extend(cells.map(|cell| {
            let normal = normalise(cell, one);
            let start = text.len();
            let line = match same {
                [] => None,
                same => same.binary_search_by(|(old, _)| old.as_str().cmp(one)).ok(),
            };
            if let Some((_, new)) = line.and_then(|line| same.get(line)) {
                new.as_str().clone_into(one);
            }
            text.push_str(one);
            Place {
                normal,
                at: start..text.len(),
                hash: people.hash(one),
                known: None,
                same: line,
            }
        }));
        people.fetch(list.iter().map(|place| place.hash));
        for place in list {
            place.known = people.find(&text[place.at.clone()], place.hash);
        }
    }

    /// The addresses, in the order of the cells.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Address<'_>> {
        self.list.iter().map(|place| Address {
            email: &self.text[place.at.clone()],
            normal: place.normal,
            hash: place.hash,
            known: place.known,
            same: place.same,
        })
    }
}
