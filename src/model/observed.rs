//! The current state of one system, by email address, proven complete.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    hash::BuildHasher,
    ops::Range,
};

use foldhash::fast::FixedState;
use hashbrown::{HashMap as FastMap, HashTable};

use super::{
    Account, Arena, ContactId, EmailKey, EmailTarget, FieldName, LoginRules, MadeBy, MemberState, NameLimits,
    NameRules, ObservedTag, OfferingKey, OfferingTarget, SourceKey, Span, TagId, TagName, TagRef, TagRules,
};

/// A tag of a user or contact, and whether this migration granted it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HeldTag {
    /// Index into [`Observed::tags`].
    pub tag: u16,
    /// True if this migration granted it and no one has changed it since.
    pub ours: bool,
}

/// The tags of one member, sorted by tag. Equal sets are stored once.
pub type ObservedSet = Box<[HeldTag]>;

/// What one system contains: built by [`ObservedBuilder`], read member by member, by email address.
#[derive(Debug, Clone)]
pub struct Observed {
    /// Who the system says it is.
    pub account: Account,
    /// All tags there, by index.
    pub tags: Vec<ObservedTag>,
    /// Offerings there, as they are set up.
    pub offerings: BTreeMap<OfferingKey, OfferingTarget>,
    /// Emails there, as they are set up.
    pub emails: BTreeMap<EmailKey, EmailTarget>,
    /// Which migration made them, and the tags.
    pub made_by: MadeBy,
    /// Fields there, by index.
    pub fields: Vec<FieldName>,
    /// Sources whose keys of people are kept there, by index.
    pub keys: Vec<SourceKey>,
    /// Contact IDs on more than one row; true if one of the rows has no user.
    pub shared_contacts: BTreeMap<String, bool>,
    /// What the system takes as a login; a WordPress site's rules until the system says otherwise.
    pub login_rules: LoginRules,
    /// What the system makes of names.
    pub name_rules: NameRules,
    /// How long names may be there.
    pub name_limits: NameLimits,
    /// Logins that are not the address of their own user.
    other_logins: Vec<Span>,
    text: Arena,
    entries: Vec<ObservedEntry>,
    field_cells: Vec<(u32, u16, Span)>,
    /// For each source with keys, the keys by row; shorter where the last rows have none.
    key_cells: Vec<Vec<Span>>,
    sets: Vec<ObservedSet>,
}

/// One row of an [`Observed`], as offsets.
#[derive(Debug, Clone, Copy)]
struct ObservedEntry {
    email: Span,
    login: Span,
    first: Span,
    last: Span,
    contact: Span,
    set: u32,
    user: bool,
    privileged: bool,
    opted_out: bool,
}

/// One member of an [`Observed`], borrowed. Blank texts mean absent.
#[derive(Debug, Clone, Copy)]
pub struct ObservedMember<'a> {
    /// Normalised address; not an `Email`, since a site may hold what Rehome would not write.
    pub email: &'a str,
    /// Whether there is a user (on a site).
    pub user: bool,
    /// The user's login.
    pub login: &'a str,
    /// First name.
    pub first: &'a str,
    /// Last name.
    pub last: &'a str,
    /// The contact's ID (contact system), or the ID on the user (site).
    pub contact: &'a str,
    /// May do more than a subscriber.
    pub privileged: bool,
    /// Refused marketing.
    pub opted_out: bool,
    /// Index into [`Observed::sets`].
    pub set: u32,
}

impl Observed {
    /// Gives every tag that has the name of a chosen one, and another ID, a name of its own: from here on a name is one tag.
    pub fn set_apart<'r>(&mut self, chosen: impl IntoIterator<Item = &'r TagRef>, rules: &TagRules) {
        let chosen = chosen.into_iter().filter(|tag| tag.id.is_some());
        let chosen: BTreeMap<_, &TagRef> = chosen.map(|tag| (rules.fold(&tag.name), tag)).collect();
        if chosen.is_empty() {
            return;
        }
        for tag in &mut self.tags {
            let known = chosen.get(&rules.fold(&tag.name));
            if let (Some(known), Some(id)) = (known, &tag.id)
                && known.id.as_ref() != Some(id)
            {
                tag.name = TagName::new(format!("{} [ID {id}]", tag.name));
            }
        }
    }

    /// How many rows; more than members where an address stands twice.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// True if there is no row.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The distinct sets of tags.
    pub fn sets(&self) -> &[ObservedSet] {
        &self.sets
    }

    /// The row at an index; rows are by email address.
    pub fn get(&self, index: usize) -> Option<ObservedMember<'_>> {
        let entry = self.entries.get(index)?;
        Some(ObservedMember {
            email: self.text.get(entry.email),
            user: entry.user,
            login: self.text.get(entry.login),
            first: self.text.get(entry.first),
            last: self.text.get(entry.last),
            contact: self.text.get(entry.contact),
            privileged: entry.privileged,
            opted_out: entry.opted_out,
            set: entry.set,
        })
    }

    /// The address of the row at an index.
    pub fn email(&self, index: usize) -> Option<&str> {
        let entry = self.entries.get(index)?;
        Some(self.text.get(entry.email))
    }

    /// The rows of one address: none, one, or several in conflict.
    pub fn find(&self, email: &str) -> Range<usize> {
        let start = self.entries.partition_point(|e| self.text.get(e.email) < email);
        let same = self.entries[start..].partition_point(|e| self.text.get(e.email) <= email);
        start..start + same
    }

    /// As [`Self::find`], for addresses that are asked for in ascending order: continues from `at`.
    pub fn find_from(&self, email: &str, at: &mut usize) -> Range<usize> {
        while self.email(*at).is_some_and(|there| there < email) {
            *at += 1;
        }
        let start = *at;
        while self.email(*at).is_some_and(|there| there == email) {
            *at += 1;
        }
        start..*at
    }

    /// The logins that are not the address of their own user, in the order in which they were read.
    pub fn other_logins(&self) -> impl Iterator<Item = &str> {
        self.other_logins.iter().map(|login| self.text.get(*login))
    }

    /// The offerings to which the site gives the person of these rows access, by its own tags. Access is a user's: the
    /// tags of a contact without a user give none.
    pub fn offerings_of(&self, rows: Range<usize>) -> impl Iterator<Item = &OfferingTarget> {
        let users = rows.filter_map(|row| self.get(row)).filter(|row| row.user);
        let held: BTreeSet<&TagName> = users
            .flat_map(|row| &self.sets[row.set as usize])
            .map(|held| &self.tags[usize::from(held.tag)].name)
            .collect();
        let offerings = self.offerings.values();
        offerings.filter(move |offering| offering.tags.give_access(|tag| held.contains(tag)))
    }

    /// The value of a field of a row; blank if it has none.
    pub fn field(&self, index: usize, field: u16) -> &str {
        let Ok(row) = u32::try_from(index) else { return "" };
        self.field_cells
            .binary_search_by_key(&(row, field), |(row, field, _)| (*row, *field))
            .map_or("", |at| self.text.get(self.field_cells[at].2))
    }

    /// The number of a source whose keys are kept there.
    pub fn key_number(&self, source: &SourceKey) -> Option<usize> {
        self.keys.iter().position(|there| there == source)
    }

    /// A source's key of a row, by [`Self::key_number`]; blank if it has none.
    pub fn key(&self, index: usize, number: usize) -> &str {
        let cells = self.key_cells.get(number);
        let span = cells.and_then(|cells| cells.get(index));
        span.map_or("", |span| self.text.get(*span))
    }

    /// Rows with the same address, as one state. The first row gives the names.
    pub fn state(&self, rows: Range<usize>) -> MemberState {
        let mut state = MemberState::default();
        for index in rows {
            let Some(member) = self.get(index) else { continue };
            state.address.get_or_insert_with(|| member.email.to_owned());
            let set_if_blank = |slot: &mut Option<String>, text: &str| {
                if slot.is_none() && !text.is_empty() {
                    *slot = Some(text.to_owned());
                }
            };
            if member.user {
                set_if_blank(&mut state.login, member.login);
            }
            set_if_blank(&mut state.first_name, member.first);
            set_if_blank(&mut state.last_name, member.last);
            state.privileged |= member.privileged;
            state.opted_out |= member.opted_out;
            if !member.contact.is_empty() {
                state.contact_ids.push(ContactId::new(member.contact));
            }
            for held in &self.sets[member.set as usize] {
                state.tags.insert(self.tags[held.tag as usize].name.clone());
            }
            for (field, name) in (0u16..).zip(&self.fields) {
                let value = self.field(index, field);
                if !value.is_empty() {
                    state
                        .fields
                        .entry(name.clone())
                        .or_insert_with(|| value.to_owned());
                }
            }
            for (number, source) in self.keys.iter().enumerate() {
                let key = self.key(index, number);
                if !key.is_empty() {
                    let known = state.keys.entry(source.clone());
                    known.or_insert_with(|| key.to_owned());
                }
            }
        }
        state
    }
}

/// Collects an observation. Rows may come in any order; [`ObservedBuilder::finish`] sorts them if
/// they did not come sorted by email address.
#[derive(Debug)]
pub struct ObservedBuilder {
    observed: Observed,
    /// By name and, where the system gives tags IDs, by ID.
    tag_index: HashMap<(TagName, Option<TagId>), u16>,
    field_index: HashMap<FieldName, u16>,
    set_index: FastMap<ObservedSet, u32, FixedState>,
    scratch: Vec<HeldTag>,
    sorted: bool,
}

/// More than the observation can index (65,535 tags or fields, 4 GiB of text).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system has more tags, fields or text than can be indexed")]
pub struct TooMuch;

impl ObservedBuilder {
    /// Starts an observation of `account` with room for `members`.
    pub fn new(account: Account, members: usize) -> Self {
        let mut set_index = FastMap::with_hasher(FixedState::default());
        set_index.insert(ObservedSet::default(), 0);
        Self {
            observed: Observed {
                account,
                tags: Vec::new(),
                offerings: BTreeMap::new(),
                emails: BTreeMap::new(),
                made_by: MadeBy::default(),
                fields: Vec::new(),
                keys: Vec::new(),
                shared_contacts: BTreeMap::new(),
                login_rules: LoginRules::default(),
                name_rules: NameRules::default(),
                name_limits: NameLimits::default(),
                other_logins: Vec::new(),
                text: Arena::with_capacity(members * 48),
                entries: Vec::with_capacity(members),
                field_cells: Vec::new(),
                key_cells: Vec::new(),
                sets: vec![ObservedSet::default()],
            },
            tag_index: HashMap::new(),
            field_index: HashMap::new(),
            set_index,
            scratch: Vec::new(),
            sorted: true,
        }
    }

    /// The index of a tag, made on first sight.
    pub fn tag(&mut self, name: &str) -> Result<u16, TooMuch> {
        self.observed_tag(ObservedTag::from_name(TagName::new(name)))
    }

    /// The index of a tag of which more than the name is known, made on first sight.
    pub fn observed_tag(&mut self, tag: ObservedTag) -> Result<u16, TooMuch> {
        let key = (tag.name.clone(), tag.id.clone());
        if let Some(index) = self.tag_index.get(&key) {
            return Ok(*index);
        }
        let index = u16::try_from(self.observed.tags.len()).map_err(|_| TooMuch)?;
        self.observed.tags.push(tag);
        self.tag_index.insert(key, index);
        Ok(index)
    }

    /// The index of a field, made on first sight.
    pub fn field(&mut self, name: &str) -> Result<u16, TooMuch> {
        let name = FieldName::new(name);
        if let Some(index) = self.field_index.get(&name) {
            return Ok(*index);
        }
        let index = u16::try_from(self.observed.fields.len()).map_err(|_| TooMuch)?;
        self.observed.fields.push(name.clone());
        self.field_index.insert(name, index);
        Ok(index)
    }

    /// The number of a source whose keys are kept there, made on first sight.
    pub fn source(&mut self, source: &str) -> usize {
        let source = SourceKey::new(source);
        self.observed.key_number(&source).unwrap_or_else(|| {
            self.observed.keys.push(source);
            self.observed.key_cells.push(Vec::new());
            self.observed.keys.len() - 1
        })
    }

    /// The key that a source has for the person of the row that was added last.
    pub fn key(&mut self, source: usize, key: &str) -> Result<(), TooMuch> {
        let Some(row) = self.observed.entries.len().checked_sub(1) else {
            return Ok(());
        };
        let span = self.observed.text.push(key).ok_or(TooMuch)?;
        if let Some(cells) = self.observed.key_cells.get_mut(source) {
            cells.resize(row + 1, Span::default());
            cells[row] = span;
        }
        Ok(())
    }

    /// An offering that exists.
    pub fn offering(&mut self, offering: OfferingTarget) {
        self.observed.offerings.insert(offering.key.clone(), offering);
    }

    /// An email that exists.
    pub fn email(&mut self, email: EmailTarget) {
        self.observed.emails.insert(email.key.clone(), email);
    }

    /// Which migration made what exists.
    pub fn made_by(&mut self) -> &mut MadeBy {
        &mut self.observed.made_by
    }

    /// Adds a row. `held` and `fields` use indexes from [`Self::tag`] and [`Self::field`];
    /// `member.set` is not read.
    pub fn push(
        &mut self,
        member: ObservedMember<'_>,
        held: &[HeldTag],
        fields: &[(u16, &str)],
    ) -> Result<(), TooMuch> {
        self.scratch.clear();
        self.scratch.extend_from_slice(held);
        self.scratch.sort_unstable();
        self.scratch.dedup_by_key(|held| held.tag);
        let set = if let Some(set) = self.set_index.get(self.scratch.as_slice()) {
            *set
        } else {
            let set = u32::try_from(self.observed.sets.len()).map_err(|_| TooMuch)?;
            let held: ObservedSet = self.scratch.as_slice().into();
            self.observed.sets.push(held.clone());
            self.set_index.insert(held, set);
            set
        };
        let row = u32::try_from(self.observed.entries.len()).map_err(|_| TooMuch)?;
        let text = &mut self.observed.text;
        if let Some(last) = self.observed.entries.last() {
            self.sorted &= text.get(last.email) <= member.email;
        }
        let email = text.push(member.email).ok_or(TooMuch)?;
        let login = if member.login == member.email {
            email
        } else {
            text.push(member.login).ok_or(TooMuch)?
        };
        if member.user && login != email {
            self.observed.other_logins.push(login);
        }
        self.observed.entries.push(ObservedEntry {
            email,
            login,
            first: text.push(member.first).ok_or(TooMuch)?,
            last: text.push(member.last).ok_or(TooMuch)?,
            contact: text.push(member.contact).ok_or(TooMuch)?,
            set,
            user: member.user,
            privileged: member.privileged,
            opted_out: member.opted_out,
        });
        for (field, value) in fields {
            if !value.is_empty() {
                let span = text.push(value).ok_or(TooMuch)?;
                self.observed.field_cells.push((row, *field, span));
            }
        }
        Ok(())
    }

    /// The observation, by email address.
    pub fn finish(mut self) -> Observed {
        if !self.sorted {
            self.sort();
        }
        self.observed
            .field_cells
            .sort_unstable_by_key(|(row, field, _)| (*row, *field));
        self.find_shared();
        self.observed
    }

    fn find_shared(&mut self) {
        let Observed {
            text,
            entries,
            shared_contacts,
            ..
        } = &mut self.observed;
        let hasher = FixedState::default();
        let mut seen: HashTable<u32> = HashTable::with_capacity(entries.len());
        for (at, entry) in (0u32..).zip(&*entries) {
            let id = text.get(entry.contact);
            if id.is_empty() {
                continue;
            }
            let same = |other: &u32| text.get(entries[*other as usize].contact) == id;
            if let Some(other) = seen.find(hasher.hash_one(id), same) {
                let without_user = !entry.user || !entries[*other as usize].user;
                *shared_contacts.entry(id.to_owned()).or_default() |= without_user;
            } else {
                let rehash = |at: &u32| hasher.hash_one(text.get(entries[*at as usize].contact));
                seen.insert_unique(hasher.hash_one(id), at, rehash);
            }
        }
    }

    fn sort(&mut self) {
        let Observed {
            text,
            entries,
            field_cells,
            key_cells,
            ..
        } = &mut self.observed;
        let mut order: Vec<u32> = (0u32..).take(entries.len()).collect();
        order.sort_by(|a, b| {
            text.get(entries[*a as usize].email)
                .cmp(text.get(entries[*b as usize].email))
        });
        let mut place = vec![0; order.len()];
        for (new, old) in (0u32..).zip(&order) {
            place[*old as usize] = new;
        }
        *entries = order.iter().map(|old| entries[*old as usize]).collect();
        for cell in field_cells {
            cell.0 = place[cell.0 as usize];
        }
        for cells in key_cells {
            let of = |old: &u32| cells.get(*old as usize).copied().unwrap_or_default();
            *cells = order.iter().map(of).collect();
        }
    }
}
