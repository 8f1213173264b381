//! Days on which records say that a member registered in; the earliest of each member, as the moment at which
//! it began, out.

use foldhash::fast::FixedState;
use hashbrown::HashMap;
use jiff::{Timestamp, civil::Date};

use crate::model::{Arena, RecordRef, Span};

/// When members registered, as far as a source says it. Empty if none does.
#[derive(Debug, Default)]
pub(crate) struct Registrations {
    /// By place of the member, as far as the last who has one.
    list: Vec<Registration>,
    /// The moments, each once: there are fewer days than members.
    text: Arena,
    known: HashMap<(u16, Date), Span, FixedState>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Registration {
    /// Blank if no record says it.
    moment: Span,
    record: RecordRef,
}

impl Registrations {
    /// Takes the day of a record. `start` is the moment at which it begins where the source is; every text
    /// of one has the same length, so that they order as texts. Of two alike the first counts.
    pub(crate) fn take(
        &mut self,
        person: u32,
        record: RecordRef,
        day: Date,
        start: impl FnOnce() -> Option<Timestamp>,
    ) {
        let key = (record.source, day);
        let moment = self.known.get(&key).copied().or_else(|| {
            let span = self.text.push(&start()?.to_string())?;
            self.known.insert(key, span);
            Some(span)
        });
        let Some(moment) = moment else { return };
        let at = person as usize;
        if self.list.len() <= at {
            self.list.resize(at + 1, Registration::default());
        }
        let there = self.list[at].moment;
        if there.is_empty() || self.text.get(moment) < self.text.get(there) {
            self.list[at] = Registration { moment, record };
        }
    }

    /// When the member at a place registered, and the record that says so.
    pub(crate) fn get(&self, person: usize) -> Option<(&str, RecordRef)> {
        let one = self.list.get(person).filter(|one| !one.moment.is_empty())?;
        Some((self.text.get(one.moment), one.record))
    }

    /// Gives the members new places, of which there are `kept`; one that goes gets the place of the next.
    pub(crate) fn remove(&mut self, places: &[u32], kept: usize) {
        if self.list.is_empty() {
            return;
        }
        for (old, new) in places.iter().enumerate() {
            let one = self.list.get(old).copied().unwrap_or_default();
            if let Some(place) = self.list.get_mut(*new as usize) {
                *place = one;
            }
        }
        self.list.truncate(kept);
    }

    /// Brings them into another order of the members.
    pub(crate) fn sort(&mut self, order: &[u32]) {
        if self.list.is_empty() {
            return;
        }
        let of = |at: &u32| self.list.get(*at as usize).copied().unwrap_or_default();
        self.list = order.iter().map(of).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(line: u32) -> RecordRef {
        RecordRef {
            line,
            ..RecordRef::default()
        }
    }

    fn take(all: &mut Registrations, person: u32, line: u32, day: i8) {
        let day = jiff::civil::date(2020, 1, day);
        let start = || Some(format!("{day}T00:00:00Z").parse().expect("a moment"));
        all.take(person, record(line), day, start);
    }

    fn days(all: &Registrations, members: usize) -> Vec<&str> {
        let of = |at| all.get(at).map_or("", |(moment, _)| &moment[8..10]);
        (0..members).map(of).collect()
    }

    #[test]
    fn the_earliest_of_a_member_counts_and_the_first_record_that_says_it() {
        let mut all = Registrations::default();
        for (line, day) in [(2, 9), (3, 4), (4, 4), (5, 7)] {
            take(&mut all, 1, line, day);
        }
        assert_eq!(all.get(1), Some(("2020-01-04T00:00:00Z", record(3))));
        assert_eq!((all.get(0), all.get(2)), (None, None));
        assert_eq!(all.text.get(all.list[1].moment).len(), 20);
    }

    #[test]
    fn each_stays_with_its_member() {
        let mut all = Registrations::default();
        for (person, day) in [(0, 10), (1, 11), (3, 13), (4, 14), (5, 15)] {
            take(&mut all, person, 1, day);
        }
        // Members 1 and 5 go; 6 stays and has none.
        all.remove(&[0, 1, 1, 2, 3, 4, 4], 5);
        assert_eq!(days(&all, 5), ["10", "", "13", "14", ""]);
        all.sort(&[4, 3, 2, 1, 0]);
        assert_eq!(days(&all, 5), ["", "14", "13", "", "10"]);
    }
}
