//! The members gathered so far: one small row each, all text in one arena, found by email.

use std::thread;

use super::{
    registered::Registrations,
    text_index::{TextHash, TextIndex},
};
use crate::{
    model::{Arena, LoginKind, MAX_EMAIL_CHARS, RecordRef, Span},
    wanted::EntitlementId,
};

/// One member. Forty bytes, since there may be millions.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own that a record says"
)]
#[derive(Debug, Clone, Copy)]
pub(crate) struct Person {
    pub(crate) email: Span,
    pub(crate) first_name: Span,
    pub(crate) last_name: Span,
    pub(crate) entitlement: EntitlementId,
    pub(crate) first_record: RecordRef,
    /// More records than the first name the person; what each gives is in the trail.
    pub(crate) merged: bool,
    pub(crate) opted_out: bool,
    /// Some record says that the person did not opt out.
    pub(crate) opted_in: bool,
    /// Some record says nothing, where the plan lists which values mean yes: no, unless another one says yes.
    pub(crate) consent_blank: bool,
}

/// How the records of a member want the member to log in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct LoginWish {
    /// Of the first record that says it; `None` if none does.
    pub(crate) kind: Option<LoginKind>,
    /// The column's text; blank if it is the address.
    pub(crate) text: Span,
    /// The record that says it.
    pub(crate) record: RecordRef,
}

/// All members, in the order in which records first name them, until they are sorted.
#[derive(Debug)]
pub(crate) struct People {
    pub(crate) text: Arena,
    pub(crate) list: Vec<Person>,
    /// `field_count` spans a member: the plan's fields, then a key for each source that has one.
    pub(crate) fields: Vec<Span>,
    pub(crate) field_count: usize,
    /// A wish a member, as far as the last who has one; empty if no source has a rule of its own.
    pub(crate) logins: Vec<LoginWish>,
    pub(crate) registered: Registrations,
    index: TextIndex,
}

impl People {
    pub(crate) fn new(expected: usize, field_count: usize) -> Self {
        Self {
            text: Arena::with_capacity(expected * 40),
            list: Vec::with_capacity(expected),
            fields: Vec::with_capacity(expected * field_count),
            field_count,
            logins: Vec::new(),
            registered: Registrations::default(),
            index: TextIndex::with_capacity(expected),
        }
    }

    /// The hash by which an address is found.
    pub(crate) fn hash(&self, email: &str) -> TextHash {
        self.index.hash(email)
    }

    /// Adds a member whose address is not there. `None` when the text would pass 4 GiB.
    pub(crate) fn add(
        &mut self,
        email: &str,
        hash: TextHash,
        make: impl FnOnce(Span) -> Person,
    ) -> Option<u32> {
        let Self {
            text, list, index, ..
        } = self;
        let at = u32::try_from(list.len()).ok()?;
        let span = text.push(email)?;
        list.push(make(span));
        self.fields.resize(list.len() * self.field_count, Span::default());
        index.add(hash, at);
        Some(at)
    }

    /// A field or key of a member; asked with the place that they have now.
    pub(crate) fn field(&self, person: u32, field: usize) -> &str {
        self.text.get(self.field_span(person, field))
    }

    /// Where the text of a field or key is.
    pub(crate) fn field_span(&self, person: u32, field: usize) -> Span {
        let span = self.fields.get(person as usize * self.field_count + field);
        span.copied().unwrap_or_default()
    }

    /// Sets a field or key of a member.
    pub(crate) fn set_field(&mut self, person: u32, field: usize, span: Span) {
        self.fields[person as usize * self.field_count + field] = span;
    }

    /// Has all at hand that is needed to find some addresses.
    pub(crate) fn fetch(&self, hashes: impl Iterator<Item = TextHash> + Clone) {
        self.index
            .fetch(hashes, &self.text, |at| self.list[at as usize].email);
    }

    /// The place of an address; asked before the members are sorted.
    pub(crate) fn find(&self, email: &str, hash: TextHash) -> Option<u32> {
        let same = |at: u32| self.text.get(self.list[at as usize].email) == email;
        self.index.find(hash, same)
    }

    /// Takes members out, before they are sorted. Gives the new place of each; of those who go, any.
    pub(crate) fn remove(&mut self, gone: impl Fn(u32) -> bool) -> Vec<u32> {
        let count = self.field_count;
        let mut places = Vec::with_capacity(self.list.len());
        let (mut kept, mut logins) = (0, 0);
        for (old, at) in (0..self.list.len()).zip(0u32..) {
            places.push(u32::try_from(kept).unwrap_or_default());
            if gone(at) {
                continue;
            }
            self.list[kept] = self.list[old];
            self.fields
                .copy_within(old * count..(old + 1) * count, kept * count);
            if let Some(login) = self.logins.get(old).copied() {
                self.logins[kept] = login;
                logins = kept + 1;
            }
            kept += 1;
        }
        self.list.truncate(kept);
        self.fields.truncate(kept * count);
        self.logins.truncate(logins);
        self.registered.remove(&places, kept);
        let Self {
            text, list, index, ..
        } = self;
        index.clear();
        for (at, person) in (0u32..).zip(list) {
            index.add(index.hash(text.get(person.email)), at);
        }
        places
    }

    /// Brings the members into an order, and their texts, so that anyone who walks through them walks through
    /// memory. Gives the new place of each.
    pub(crate) fn sort(&mut self, order: &[u32]) -> Vec<u32> {
        self.index = TextIndex::default();
        self.list = order.iter().map(|at| self.list[*at as usize]).collect();
        if self.field_count > 0 {
            let fields = |at: &u32| {
                let from = *at as usize * self.field_count;
                &self.fields[from..from + self.field_count]
            };
            self.fields = order.iter().flat_map(fields).copied().collect();
        }
        if !self.logins.is_empty() {
            let login = |at: &u32| self.logins.get(*at as usize).copied().unwrap_or_default();
            self.logins = order.iter().map(login).collect();
        }
        self.registered.sort(order);
        self.sort_text();
        let mut places = vec![0; order.len()];
        for (new, old) in (0u32..).zip(order) {
            places[*old as usize] = new;
        }
        places
    }

    /// The places of the members, by email address.
    pub(crate) fn order(&self) -> Vec<u32> {
        let email = |at: u32| self.text.get(self.list[at as usize].email);
        let mut keys: Vec<SortKey> = (0u32..)
            .zip(&self.list)
            .map(|(at, person)| (eight_bytes(self.text.get(person.email), 0), at))
            .collect();
        sort_in_two(&mut keys, &email);
        keys.iter().map(|(_, at)| *at).collect()
    }

    /// Brings the texts into the order of the members, each half on a thread of its own.
    fn sort_text(&mut self) {
        let middle = self.list.len() / 2;
        let text = &self.text;
        let (low, high) = self.list.split_at_mut(middle);
        let (low_fields, high_fields) = self.fields.split_at_mut(middle * self.field_count);
        let with_login = middle.min(self.logins.len());
        let (low_logins, high_logins) = self.logins.split_at_mut(with_login);
        let logins_len: usize = low_logins.iter().map(|login| login.text.len() as usize).sum();
        let apart = low.iter().map(Person::text_len).sum::<usize>() + text_len(low_fields) + logins_len;
        let mut bytes = vec![0; text.len()];
        let (low_bytes, high_bytes) = bytes.split_at_mut(apart.min(text.len()));
        thread::scope(|scope| {
            scope.spawn(|| move_texts(text, (high, high_fields, high_logins), high_bytes, apart));
            move_texts(text, (low, low_fields, low_logins), low_bytes, 0);
        });
        // Whole texts were copied, so these bytes are text.
        self.text = Arena::of_bytes(bytes).unwrap_or_default();
    }
}

impl Person {
    fn text_len(&self) -> usize {
        text_len(&[self.email, self.first_name, self.last_name])
    }
}

fn text_len(spans: &[Span]) -> usize {
    spans.iter().map(|span| span.len() as usize).sum()
}

/// Copies the texts of these members in their order, then their fields and logins. `from` is where
/// `into` begins.
fn move_texts(
    text: &Arena,
    (members, fields, logins): (&mut [Person], &mut [Span], &mut [LoginWish]),
    into: &mut [u8],
    from: usize,
) {
    let mut at = 0;
    let mut moved = |span: &mut Span| {
        let one = text.get(*span).as_bytes();
        if let (Some(place), Ok(offset)) = (into.get_mut(at..at + one.len()), u32::try_from(from + at)) {
            place.copy_from_slice(one);
            *span = span.at(offset);
            at += one.len();
        }
    };
    for person in members {
        moved(&mut person.email);
        moved(&mut person.first_name);
        moved(&mut person.last_name);
    }
    fields.iter_mut().for_each(&mut moved);
    for login in logins {
        moved(&mut login.text);
    }
}

/// Eight bytes of an address, and the place of the member.
type SortKey = (u64, u32);

/// Sorts members by address, each half on a thread of its own.
fn sort_in_two<'a>(keys: &mut [SortKey], email: &(impl Fn(u32) -> &'a str + Sync)) {
    let middle = keys.len() / 2;
    if middle == 0 {
        return;
    }
    keys.select_nth_unstable(middle);
    let (low, high) = keys.split_at_mut(middle);
    thread::scope(|scope| {
        scope.spawn(|| low.sort_unstable());
        high.sort_unstable();
    });
    // Members alike in their first bytes stay together.
    let apart = (middle..keys.len()).find(|at| keys[*at].0 != keys[*at - 1].0);
    let (low, high) = keys.split_at_mut(apart.unwrap_or(keys.len()));
    thread::scope(|scope| {
        scope.spawn(|| sort_alike(low, 0, email));
        sort_alike(high, 0, email);
    });
}

/// Sorts members whose addresses are alike up to `from`: by the eight bytes there, then those that are
/// alike in these by what follows. So a member's text is fetched once a level, not once a comparison.
fn sort_from<'a>(keys: &mut [SortKey], from: usize, email: &impl Fn(u32) -> &'a str) {
    keys.sort_unstable();
    sort_alike(keys, from, email);
}

/// Sorts members that are in order by the eight bytes at `from` by those that follow.
fn sort_alike<'a>(keys: &mut [SortKey], from: usize, email: &impl Fn(u32) -> &'a str) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wanted::EntitlementId;
    use proptest::prelude::*;

    fn people(emails: &[String]) -> People {
        let mut people = People::new(emails.len(), 1);
        for (line, email) in (1..).zip(emails) {
            let make = |email| Person {
                email,
                first_name: Span::default(),
                last_name: Span::default(),
                entitlement: EntitlementId::default(),
                first_record: RecordRef {
                    source: 0,
                    file: 0,
                    line,
                },
                merged: false,
                opted_out: false,
                opted_in: false,
                consent_blank: false,
            };
            let hash = people.hash(email);
            if people.find(email, hash).is_none() {
                let at = people.add(email, hash, make).expect("little text") as usize;
                people.list[at].last_name = people.text.push(&line.to_string()).expect("little text");
                people.fields[at] = people.text.push(&format!("field {line}")).expect("little text");
                if line % 2 == 0 {
                    people.logins.resize(at + 1, LoginWish::default());
                    people.logins[at].text = people.text.push(&format!("login {line}")).expect("little text");
                }
            }
        }
        people
    }

    #[test]
    fn members_taken_out_leave_the_others_with_what_is_theirs() {
        let emails: Vec<String> = (0..9).map(|who| format!("person{who}@example.com")).collect();
        let mut people = people(&emails);
        let of = |people: &People, at: usize| {
            let login = people
                .logins
                .get(at)
                .map_or("", |login| people.text.get(login.text));
            let (field, person) = (people.text.get(people.fields[at]), &people.list[at]);
            format!("{} {field} {login}", people.text.get(person.email))
        };
        let before: Vec<String> = (0..9).map(|at| of(&people, at)).collect();
        let places = people.remove(|at| at % 4 == 1);
        for at in (0..9).filter(|at| at % 4 != 1) {
            let place = places[at] as usize;
            assert_eq!(of(&people, place), before[at]);
            assert_eq!(
                people.find(&emails[at], people.hash(&emails[at])),
                u32::try_from(place).ok()
            );
        }
        assert_eq!(people.list.len(), 7);
        assert_eq!(people.find(&emails[1], people.hash(&emails[1])), None);
    }

    #[test]
    fn a_member_takes_forty_bytes() {
        assert!(size_of::<Person>() <= 40, "{}", size_of::<Person>());
    }

    proptest! {
        #[test]
        fn sorted_members_are_in_order_of_email_and_keep_what_is_theirs(
            emails in prop::collection::vec("(ana|ana\\.lima\\.[ab]{0,12}|[a-c]{1,3})@(a|example-of-a-long-name)\\.example", 0..60)
        ) {
            let mut people = people(&emails);
            let before = people.list.clone();
            let places = people.sort(&people.order());
            let of = |person: &Person| people.text.get(person.email).to_owned();
            prop_assert!(people.list.windows(2).all(|pair| of(&pair[0]) < of(&pair[1])));
            for (old, new) in before.iter().zip(&places) {
                let new = *new as usize;
                let (person, line) = (&people.list[new], old.first_record.line);
                prop_assert_eq!(person.first_record, old.first_record);
                prop_assert_eq!(of(person), emails[line as usize - 1].as_str());
                prop_assert_eq!(people.text.get(person.last_name), line.to_string());
                prop_assert_eq!(people.text.get(people.fields[new]), format!("field {line}"));
                let login = people.logins.get(new).map_or("", |login| people.text.get(login.text));
                prop_assert_eq!(login, if line % 2 == 0 { format!("login {line}") } else { String::new() });
            }
        }
    }
}
