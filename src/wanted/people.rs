//! The members gathered so far: one small row each, all text in one arena, found by e-mail.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;

use super::EntitlementId;
use crate::model::{Arena, MAX_EMAIL_CHARS, RecordRef, Span};

/// One member. Forty bytes, since there may be millions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Person {
    pub(super) email: Span,
    pub(super) first_name: Span,
    pub(super) last_name: Span,
    pub(super) entitlement: EntitlementId,
    pub(super) first_record: RecordRef,
    /// More records than the first name the person; what each gives stands in the trail.
    pub(super) merged: bool,
    pub(super) opted_out: bool,
    /// Some record says that the person did not opt out.
    pub(super) opted_in: bool,
}

/// All members, in the order in which records first name them, until they are sorted.
#[derive(Debug)]
pub(super) struct People {
    pub(super) text: Arena,
    pub(super) list: Vec<Person>,
    /// `fields` spans a member, where the plan maps fields.
    pub(super) fields: Vec<Span>,
    pub(super) field_count: usize,
    index: HashTable<u32>,
    hasher: FixedState,
}

impl People {
    pub(super) fn new(expected: usize, field_count: usize) -> Self {
        Self {
            text: Arena::with_capacity(expected * 40),
            list: Vec::with_capacity(expected),
            fields: Vec::with_capacity(expected * field_count),
            field_count,
            index: HashTable::with_capacity(expected),
            hasher: FixedState::default(),
        }
    }

    /// The place of an address, and whether it is new. `None` when the text would pass 4 GiB.
    pub(super) fn place(&mut self, email: &str, make: impl FnOnce(Span) -> Person) -> Option<(u32, bool)> {
        let Self {
            text,
            list,
            index,
            hasher,
            ..
        } = self;
        let hash = hasher.hash_one(email);
        let same = |at: &u32| text.get(list[*at as usize].email) == email;
        if let Some(at) = index.find(hash, same) {
            return Some((*at, false));
        }
        let at = u32::try_from(list.len()).ok()?;
        let span = text.push(email)?;
        list.push(make(span));
        self.fields.resize(list.len() * self.field_count, Span::default());
        index.insert_unique(hash, at, |at| hasher.hash_one(text.get(list[*at as usize].email)));
        Some((at, true))
    }

    /// The place of an address; asked before the members are sorted.
    pub(super) fn find(&self, email: &str) -> Option<u32> {
        let same = |at: &u32| self.text.get(self.list[*at as usize].email) == email;
        self.index.find(self.hasher.hash_one(email), same).copied()
    }

    /// Brings the members into order of e-mail. Gives the new place of each.
    pub(super) fn sort(&mut self) -> Vec<u32> {
        let mut keys: Vec<SortKey> = (0u32..)
            .zip(&self.list)
            .map(|(at, person)| (eight_bytes(self.text.get(person.email), 0), at))
            .collect();
        sort_from(&mut keys, 0, &|at| self.text.get(self.list[at as usize].email));
        self.index = HashTable::new();
        self.list = keys.iter().map(|(_, at)| self.list[*at as usize]).collect();
        if self.field_count > 0 {
            let fields = |(_, at): &SortKey| {
                let from = *at as usize * self.field_count;
                &self.fields[from..from + self.field_count]
            };
            self.fields = keys.iter().flat_map(fields).copied().collect();
        }
        let mut places = vec![0; keys.len()];
        for (new, (_, old)) in (0u32..).zip(keys) {
            places[old as usize] = new;
        }
        places
    }
}

/// Eight bytes of an address, and the place of the member.
type SortKey = (u64, u32);

/// Sorts members whose addresses are alike up to `from`: by the eight bytes there, then those that are
/// alike in these by what follows. So a member's text is fetched once a level, not once a comparison.
fn sort_from<'a>(keys: &mut [SortKey], from: usize, email: &impl Fn(u32) -> &'a str) {
    keys.sort_unstable();
    let from = from + 8;
    for alike in keys.chunk_by_mut(|(a, _), (b, _)| a == b) {
        if alike.len() > 1 && from < MAX_EMAIL_CHARS {
            for (bytes, at) in &mut *alike {
                *bytes = eight_bytes(email(*at), from);
            }
            sort_from(alike, from, email);
        }
    }
}

/// The bytes of a text from a place on, as a number that sorts like them; zeros after its end.
fn eight_bytes(text: &str, from: usize) -> u64 {
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    let mut bytes = [0; 8];
    let len = rest.len().min(8);
    bytes[..len].copy_from_slice(&rest[..len]);
    u64::from_be_bytes(bytes)
}
