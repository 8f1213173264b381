//! Many members as few ranges: how the journal and the engine say who a thing is about.

use std::fmt;

use super::Seq;

/// A set of members' places, kept as sorted, disjoint, half-open ranges. Its text form is
/// `0-1999,2001`, with both ends in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SeqSet {
    ranges: Vec<(Seq, Seq)>,
}

impl SeqSet {
    /// The empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// All places from `from` up to, and without, `to`.
    pub fn range(from: Seq, to: Seq) -> Self {
        let mut set = Self::new();
        set.insert_range(from, to);
        set
    }

    /// Adds one place. Appending in order costs nothing extra.
    pub fn insert(&mut self, seq: Seq) {
        self.insert_range(seq, seq.saturating_add(1));
    }

    /// Adds all places from `from` up to, and without, `to`.
    pub fn insert_range(&mut self, from: Seq, to: Seq) {
        if from >= to {
            return;
        }
        if let Some(last) = self.ranges.last_mut() {
            if last.1 == from {
                last.1 = to;
                return;
            }
            if last.1 > from {
                self.merge(from, to);
                return;
            }
        }
        self.ranges.push((from, to));
    }

    fn merge(&mut self, mut from: Seq, mut to: Seq) {
        let first = self.ranges.partition_point(|range| range.1 < from);
        let mut last = first;
        while let Some(range) = self.ranges.get(last) {
            if range.0 > to {
                break;
            }
            from = from.min(range.0);
            to = to.max(range.1);
            last += 1;
        }
        self.ranges.splice(first..last, [(from, to)]);
    }

    /// Adds all of another set.
    pub fn extend(&mut self, other: &Self) {
        for (from, to) in &other.ranges {
            self.insert_range(*from, *to);
        }
    }

    /// Takes all of another set away.
    pub fn subtract(&mut self, other: &Self) {
        for (from, to) in &other.ranges {
            let mut kept = Vec::with_capacity(self.ranges.len() + 1);
            for range in &self.ranges {
                if range.1 <= *from || range.0 >= *to {
                    kept.push(*range);
                    continue;
                }
                if range.0 < *from {
                    kept.push((range.0, *from));
                }
                if range.1 > *to {
                    kept.push((*to, range.1));
                }
            }
            self.ranges = kept;
        }
    }

    /// True if the place is in the set.
    pub fn contains(&self, seq: Seq) -> bool {
        let at = self.ranges.partition_point(|range| range.1 <= seq);
        self.ranges.get(at).is_some_and(|range| range.0 <= seq)
    }

    /// True if every place from `from` up to, and without, `to` is in the set.
    pub fn covers(&self, from: Seq, to: Seq) -> bool {
        let at = self.ranges.partition_point(|range| range.1 <= from);
        from >= to
            || self
                .ranges
                .get(at)
                .is_some_and(|range| range.0 <= from && to <= range.1)
    }

    /// How many places.
    pub fn len(&self) -> u64 {
        self.ranges
            .iter()
            .map(|(from, to)| u64::from(to.saturating_sub(*from)))
            .sum()
    }

    /// How many of the places from `from` up to, and without, `to`.
    pub fn count_in(&self, from: Seq, to: Seq) -> u64 {
        let first = self.ranges.partition_point(|range| range.1 <= from);
        let inside = self.ranges.iter().skip(first).take_while(|range| range.0 < to);
        inside
            .map(|range| u64::from(range.1.min(to).saturating_sub(range.0.max(from))))
            .sum()
    }

    /// True if no place is in it.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// The ranges, half-open, in order.
    pub fn ranges(&self) -> &[(Seq, Seq)] {
        &self.ranges
    }

    /// The places, in order.
    pub fn iter(&self) -> impl Iterator<Item = Seq> + '_ {
        self.ranges.iter().flat_map(|(from, to)| *from..*to)
    }

    /// Reads the text form. `None` if it is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let mut set = Self::new();
        if text.is_empty() {
            return Some(set);
        }
        for part in text.split(',') {
            let (from, to) = part.split_once('-').unwrap_or((part, part));
            let from: Seq = from.parse().ok()?;
            let to: Seq = to.parse().ok()?;
            if from > to {
                return None;
            }
            set.insert_range(from, to.checked_add(1)?);
        }
        Some(set)
    }
}

impl FromIterator<Seq> for SeqSet {
    fn from_iter<I: IntoIterator<Item = Seq>>(seqs: I) -> Self {
        let mut set = Self::new();
        for seq in seqs {
            set.insert(seq);
        }
        set
    }
}

impl fmt::Display for SeqSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (from, to)) in self.ranges.iter().enumerate() {
            if at > 0 {
                f.write_str(",")?;
            }
            let last = to.saturating_sub(1);
            if last == *from {
                write!(f, "{from}")?;
            } else {
                write!(f, "{from}-{last}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_set_of_ranges_is_the_set_of_its_places(
            steps in prop::collection::vec((any::<bool>(), 0u32..60, 0u32..12), 0..40)
        ) {
            let (mut set, mut model) = (SeqSet::new(), BTreeSet::new());
            for (add, from, len) in steps {
                if add {
                    set.insert_range(from, from + len);
                    model.extend(from..from + len);
                } else {
                    set.subtract(&SeqSet::range(from, from + len));
                    model.retain(|seq| !(from..from + len).contains(seq));
                }
                prop_assert_eq!(set.iter().collect::<Vec<_>>(), model.iter().copied().collect::<Vec<_>>());
                prop_assert_eq!(set.len(), model.len() as u64);
                prop_assert_eq!(SeqSet::parse(&set.to_string()), Some(set.clone()));
                prop_assert_eq!(set.count_in(from, from + len), model.range(from..from + len).count() as u64);
                for seq in 0..80 {
                    prop_assert_eq!(set.contains(seq), model.contains(&seq));
                    prop_assert_eq!(set.covers(seq, seq + 3), (seq..seq + 3).all(|s| model.contains(&s)));
                }
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,40}") {
            let _ = SeqSet::parse(&text);
        }
    }
}
