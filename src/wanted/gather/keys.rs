//! The keys that one source has for people in; who has which, and where two disagree, out.

use hashbrown::HashMap;

use foldhash::fast::FixedState;

use super::{
    people::People,
    text_index::{TextHash, TextIndex},
};

/// The keys of one source. Each is stored once in the members' text, next to their fields.
#[derive(Debug)]
pub(crate) struct Keys {
    /// The place among a person's fields.
    place: usize,
    index: TextIndex,
    /// Second and further keys of a person.
    more: HashMap<Box<str>, u32, FixedState>,
    /// Who has a key, and who else comes with it.
    shared: Vec<(u32, u32)>,
}

/// What a key says about its member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// It is theirs.
    Theirs,
    /// It is that of another person, who was named before.
    OfAnother(u32),
    /// The person has another one already.
    Second,
    /// There is no room for its text.
    Full,
}

impl Keys {
    /// With room for some people. `place` is where the key is among a person's fields.
    pub(crate) fn new(place: usize, expected: usize) -> Self {
        Self {
            place,
            index: TextIndex::with_capacity(expected),
            more: HashMap::with_hasher(FixedState::default()),
            shared: Vec::new(),
        }
    }

    /// Looks at the places of some keys, so that they are at hand when the keys are taken. Each look waits
    /// for memory, and the waits of many overlap.
    pub(crate) fn fetch<'k>(&self, people: &People, keys: impl Iterator<Item = &'k str>) {
        let hashes: Vec<TextHash> = keys.map(|key| self.index.hash(key)).collect();
        let span = |at| people.field_span(at, self.place);
        self.index.fetch(hashes.iter().copied(), &people.text, span);
    }

    /// Whose first key it is.
    fn find(&self, people: &People, key: &str, hash: TextHash) -> Option<u32> {
        self.index.find(hash, |at| people.field(at, self.place) == key)
    }

    /// Takes the key of a record of `person`.
    pub(crate) fn take(&mut self, people: &mut People, person: u32, key: &str) -> Taken {
        let hash = self.index.hash(key);
        let place = self.place;
        let owner = self
            .find(people, key, hash)
            .or_else(|| self.more.get(key).copied());
        match owner {
            Some(owner) if owner == person => return Taken::Theirs,
            Some(owner) => {
                if self.shared.last() != Some(&(owner, person)) {
                    self.shared.push((owner, person));
                }
                return Taken::OfAnother(owner);
            }
            None => {}
        }
        if !people.field(person, place).is_empty() {
            self.more.insert(key.into(), person);
            return Taken::Second;
        }
        let Some(span) = people.text.push(key) else {
            return Taken::Full;
        };
        people.set_field(person, place, span);
        self.index.add(hash, person);
        Taken::Theirs
    }

    /// Gives the people new places, before they are sorted. None of those who go may have a key.
    pub(crate) fn renumber(&mut self, places: &[u32]) {
        for (owner, other) in &mut self.shared {
            *owner = places[*owner as usize];
            *other = places[*other as usize];
        }
    }

    /// Who has a key, and who else comes with it, before the people are sorted.
    pub(crate) fn into_shared(self) -> Vec<(u32, u32)> {
        self.shared
    }
}
