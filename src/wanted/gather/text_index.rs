//! Texts in, by number and kept elsewhere; the number of an equal one out. With a million of them a look-up waits
//! for memory: here it waits once, and what is added afterwards lies where it looked.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;

use crate::model::{Arena, Span};

/// Numbers of texts, found by text: open addressing with linear probing, at most two thirds full.
#[derive(Debug, Default)]
pub(crate) struct TextIndex {
    /// A power of two of them, or none.
    places: Vec<Place>,
    len: usize,
    hasher: FixedState,
}

/// The hash of a text and its number.
#[derive(Debug, Clone, Copy)]
struct Place {
    hash: TextHash,
    number: u32,
}

/// Not of zeros: those would be given out as one page that is copied when it is first written to, which costs
/// twice as much.
const VACANT: Place = Place {
    hash: TextHash(u32::MAX),
    number: u32::MAX,
};

/// The hash of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TextHash(u32);

impl TextIndex {
    pub(crate) fn with_capacity(expected: usize) -> Self {
        Self {
            places: vec![VACANT; places_for(expected)],
            ..Self::default()
        }
    }

    /// The hash by which a text is found.
    pub(crate) fn hash(&self, text: &str) -> TextHash {
        let hash = self.hasher.hash_one(text);
        TextHash(u32::try_from(hash >> 32).unwrap_or_default())
    }

    /// The number of a text of this hash of which `same` holds.
    pub(crate) fn find(&self, hash: TextHash, same: impl Fn(u32) -> bool) -> Option<u32> {
        let mut at = hash.0 as usize;
        loop {
            let place = self.places.get(at & self.mask())?;
            if place.is_vacant() {
                return None;
            }
            if place.hash == hash && same(place.number) {
                return Some(place.number);
            }
            at += 1;
        }
    }

    /// Looks at all that is needed to find some texts, so that it is at hand when they are looked up: their places,
    /// then where the texts that may be meant stand, then these. No look depends on what another one reads, so that
    /// all wait for memory together.
    pub(crate) fn fetch(
        &self,
        hashes: impl Iterator<Item = TextHash> + Clone,
        text: &Arena,
        span: impl Fn(u32) -> Span,
    ) {
        let place = |hash: TextHash| self.places.get(hash.0 as usize & self.mask());
        let number = |hash| place(hash).map_or(0, |place| place.number);
        std::hint::black_box(hashes.clone().fold(0, |seen, hash| seen ^ number(hash)));
        let near = hashes.filter_map(|hash| self.find(hash, |_| true)).map(span);
        text.fetch(&near.collect::<Vec<_>>());
    }

    /// Adds a text that is not there. Its number is below the highest.
    pub(crate) fn add(&mut self, hash: TextHash, number: u32) {
        if self.places.len() < places_for(self.len + 1) {
            let larger = vec![VACANT; places_for((self.len + 1) * 2)];
            let places = std::mem::replace(&mut self.places, larger);
            for place in places.into_iter().filter(|place| !place.is_vacant()) {
                self.put(place);
            }
        }
        self.put(Place { hash, number });
        self.len += 1;
    }

    fn put(&mut self, place: Place) {
        let mask = self.mask();
        let mut at = place.hash.0 as usize & mask;
        while self.places.get(at).is_some_and(|there| !there.is_vacant()) {
            at = (at + 1) & mask;
        }
        if let Some(vacant) = self.places.get_mut(at) {
            *vacant = place;
        }
    }

    fn mask(&self) -> usize {
        self.places.len().wrapping_sub(1)
    }

    pub(crate) fn clear(&mut self) {
        self.places.fill(VACANT);
        self.len = 0;
    }
}

/// How many places so many texts need.
fn places_for(texts: usize) -> usize {
    (texts + texts / 2 + 1).next_power_of_two()
}

impl Place {
    fn is_vacant(self) -> bool {
        self.number == VACANT.number
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_text_is_found_and_no_other(texts in prop::collection::btree_set("[ab]{0,8}", 0..200), room in 0_usize..4) {
            let texts: Vec<String> = texts.into_iter().collect();
            let mut index = TextIndex::with_capacity(room);
            let find = |index: &TextIndex, text: &str, hash| {
                index.find(hash, |number| texts[number as usize] == text)
            };
            for (number, text) in (0..).zip(&texts) {
                let hash = index.hash(text);
                prop_assert_eq!(find(&index, text, hash), None);
                index.add(hash, number);
            }
            for (number, text) in (0..).zip(&texts) {
                prop_assert_eq!(find(&index, text, index.hash(text)), Some(number));
            }
            prop_assert_eq!(find(&index, "c", index.hash("c")), None);
            index.clear();
            prop_assert!(texts.iter().all(|text| find(&index, text, index.hash(text)).is_none()));
        }

        #[test]
        fn texts_of_one_hash_are_told_apart(count in 0_u32..40) {
            let mut index = TextIndex::default();
            let hash = TextHash(u32::MAX);
            for number in 0..count {
                index.add(hash, number);
            }
            for number in 0..count {
                prop_assert_eq!(index.find(hash, |other| other == number), Some(number));
            }
            prop_assert_eq!(index.find(hash, |_| false), None);
        }
    }
}
