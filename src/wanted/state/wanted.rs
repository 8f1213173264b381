//! The wanted state: members by email address, each with what it is entitled to and why.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::trail::TrailEntry;
use crate::{
    model::{Email, Findings, LoginKind, RecordRef, TagName},
    plan::Plan,
    wanted::{
        Accounting, Billing, CarriedTrouble, CellTrouble, Corrected, Coverage, EntitlementId, Entitlements,
        EventTrouble, LeftOut, PaymentOutcomes, Resolved, TagTable, WhenGone,
        entitlements::absence::Absence,
        gather::{consent::ConsentColumn, people::People, timeline::Timeline},
        map::{asked::AskedCondition, days::DateColumns, status::StatusColumn},
    },
};

/// A tag that the sources bring, and its number of members.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedCount {
    /// The tag.
    pub tag: TagName,
    /// Users and contacts that should have it.
    pub members: u64,
}

/// What is wrong or doubtful in the records, as far as the fold saw it: the checks make diagnostics of it.
#[derive(Debug, Default)]
pub struct RecordProblems {
    /// Cells of date and number columns that contain no day or number: the members of these records are not to be
    /// relied on.
    pub cells: Vec<CellTrouble>,
    /// Values that cannot become a tag.
    pub carried: Vec<CarriedTrouble>,
    /// What is not understood of the records of exports of payments.
    pub events: Vec<EventTrouble>,
    /// Conditions, and of which values they were asked.
    pub asked: Vec<AskedCondition>,
    /// By source: the values of its consent column.
    pub consent: Vec<ConsentColumn>,
    /// By source: the values of its status column.
    pub statuses: Vec<StatusColumn>,
    /// By source: what became of each of its corrections.
    pub corrected: Vec<Vec<Corrected>>,
}

/// What the records say of payments.
#[derive(Debug, Default)]
pub struct PaymentRecords {
    /// Who pays at the old platform.
    pub billing: Billing,
    /// What became of the records of exports of payments.
    pub outcomes: PaymentOutcomes,
}

/// The members, and what their records say of each other.
#[derive(Debug)]
pub(in crate::wanted) struct Members {
    pub(in crate::wanted) people: People,
    /// The records of members whom several name.
    pub(in crate::wanted) trail: Vec<TrailEntry>,
    /// How those log in of whom no source says it; never a column.
    pub(in crate::wanted) login: LoginKind,
    /// How many fields the plan has; keys stand behind them.
    pub(in crate::wanted) field_count: usize,
    /// By number of the keyed source: who has a key, and who else comes with it.
    pub(in crate::wanted) shared_keys: Vec<Vec<(u32, u32)>>,
    /// For each line of `[same]`, its old address and how many records it moved.
    pub(in crate::wanted) moved: Vec<(Email, u64)>,
}

/// What the distinct entitlements mean on the site.
#[derive(Debug)]
pub(in crate::wanted) struct Meanings {
    pub(in crate::wanted) entitlements: Entitlements,
    /// By entitlement.
    pub(in crate::wanted) resolved: Vec<Resolved>,
    pub(in crate::wanted) absence: Absence,
    /// Of somebody who is not in any source.
    pub(in crate::wanted) unlisted: Resolved,
}

/// What the plan and its sources ask for.
#[derive(Debug)]
pub struct Wanted {
    /// The day on which the plan is computed.
    pub as_of: Date,
    /// All tags the plan knows.
    pub tags: TagTable,
    /// The tags carried over with `$rest` and `$value`, in the order in which the sources name them.
    pub carried: Vec<CarriedCount>,
    /// Sums.
    pub accounting: Accounting,
    /// Values of the mapped columns.
    pub coverage: Coverage,
    /// What a person should know.
    pub findings: Findings,
    /// What is wrong or doubtful in the records.
    pub problems: RecordProblems,
    /// What the records say of payments.
    pub payments: PaymentRecords,
    /// How date and number columns were read.
    pub(in crate::wanted) dates: DateColumns,
    pub(in crate::wanted) meanings: Meanings,
    pub(in crate::wanted) members: Members,
    /// What ends and opens after the day of the plan.
    pub(in crate::wanted) timeline: Timeline,
}

/// One member, borrowed. Blank texts mean that no source knows.
#[derive(Debug, Clone, Copy)]
pub struct WantedMember<'a> {
    /// Normalised address.
    pub email: &'a str,
    /// First name.
    pub first_name: &'a str,
    /// Last name.
    pub last_name: &'a str,
    /// The login asked for, should the member become a user; blank if it is the address.
    pub login: &'a str,
    /// How that login came about.
    pub login_kind: LoginKind,
    /// Opted out anywhere.
    pub opted_out: bool,
    /// What all records together give.
    pub entitlement: EntitlementId,
    /// What that means.
    pub resolved: &'a Resolved,
}

impl WantedMember<'_> {
    /// Why the member becomes neither user nor contact.
    pub fn left_out(&self) -> Option<LeftOut> {
        left_out(self.resolved)
    }
}

pub(super) fn left_out(resolved: &Resolved) -> Option<LeftOut> {
    let reason = match (resolved.later, resolved.ended, resolved.revoke.is_empty()) {
        (true, ..) => LeftOut::NotYet,
        (false, true, _) => LeftOut::Ended,
        (false, false, true) => LeftOut::NothingGranted,
        (false, false, false) => LeftOut::OnlyRevoked,
    };
    (!resolved.wanted()).then_some(reason)
}

impl Wanted {
    /// Gives the tags carried over the spelling that a system has already.
    pub fn adopt_spellings<'n>(&mut self, plan: &Plan, there: impl IntoIterator<Item = &'n TagName>) {
        if self.carried.is_empty() {
            return;
        }
        let first = plan.targets.tags.len();
        self.tags.adopt_spellings(first, there);
        for (number, carried) in (first..).zip(&mut self.carried) {
            let number = u16::try_from(number).unwrap_or(u16::MAX);
            if let Some(name) = self.tags.given(number) {
                carried.tag = name.clone();
            }
        }
    }

    /// How many members the sources name, those left out included.
    pub fn len(&self) -> usize {
        self.members.people.list.len()
    }

    /// True if the sources have no members.
    pub fn is_empty(&self) -> bool {
        self.members.people.list.is_empty()
    }

    /// The member at a place by email address.
    pub fn get(&self, index: usize) -> Option<WantedMember<'_>> {
        let person = self.members.people.list.get(index)?;
        let email = self.members.people.text.get(person.email);
        let (login, login_kind) = self.login(index, email);
        Some(WantedMember {
            email,
            login,
            login_kind,
            first_name: self.members.people.text.get(person.first_name),
            last_name: self.members.people.text.get(person.last_name),
            opted_out: person.opted_out,
            entitlement: person.entitlement,
            resolved: self.meanings.resolved.get(person.entitlement.index())?,
        })
    }

    /// The address of the member that a record with findings is about.
    pub fn who(&self, record: RecordRef) -> Option<&str> {
        self.email(self.findings.person(record)? as usize)
    }

    /// The address of the member at a place.
    pub fn email(&self, index: usize) -> Option<&str> {
        let person = self.members.people.list.get(index)?;
        Some(self.members.people.text.get(person.email))
    }

    /// True if all log in with their address, so that no rule has to be looked up.
    pub fn logins_are_addresses(&self) -> bool {
        self.members.login == LoginKind::Email && self.members.people.logins.is_empty()
    }

    /// The login asked for by the member at a place, blank for the address, and how it came about.
    fn login<'a>(&'a self, index: usize, email: &'a str) -> (&'a str, LoginKind) {
        let wish = self.members.people.logins.get(index).copied().unwrap_or_default();
        match wish.kind.unwrap_or(self.members.login) {
            LoginKind::Email => ("", LoginKind::Email),
            LoginKind::LocalPart => (email.split('@').next().unwrap_or_default(), LoginKind::LocalPart),
            LoginKind::Column => (self.members.people.text.get(wish.text), LoginKind::Column),
        }
    }

    /// The record that says how the member at a place logs in; `None` if no source has a rule.
    pub fn login_record(&self, index: usize) -> Option<RecordRef> {
        let wish = self.members.people.logins.get(index)?;
        wish.kind.map(|_| wish.record)
    }

    /// When the member at a place registered, and the record that says so; `None` if no source does.
    pub fn registered(&self, index: usize) -> Option<(&str, RecordRef)> {
        self.members.people.registered.get(index)
    }

    /// The place of an address by email address.
    pub fn find(&self, email: &str) -> Option<usize> {
        let list = &self.members.people.list;
        list.binary_search_by(|person| self.members.people.text.get(person.email).cmp(email))
            .ok()
    }

    /// The value of a field, by index of [`Plan::field_names`]; blank if no source knows.
    pub fn field(&self, index: usize, field: usize) -> &str {
        let place = index * self.members.people.field_count + field;
        let span = self.members.people.fields.get(place);
        span.map_or("", |span| self.members.people.text.get(*span))
    }

    /// The key that a source has for a member, by number among [`Plan::keyed_sources`]; blank if it
    /// has none, or gave the key to another member before.
    pub fn key(&self, index: usize, number: usize) -> &str {
        self.members.people.field(
            u32::try_from(index).unwrap_or(u32::MAX),
            self.members.field_count + number,
        )
    }

    /// True if a source has the key of the member `owner` on the address of `other` too.
    pub fn shares_key(&self, number: usize, owner: usize, other: usize) -> bool {
        let place = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        let shared = self.members.shared_keys.get(number);
        shared.is_some_and(|shared| shared.binary_search(&(place(owner), place(other))).is_ok())
    }

    /// For each line of `[same]`, its old address and how many records it gave the new one.
    pub fn moved(&self) -> &[(Email, u64)] {
        &self.members.moved
    }

    /// What an entitlement means.
    pub fn resolved(&self, id: EntitlementId) -> &Resolved {
        &self.meanings.resolved[id.index()]
    }

    /// What it means for somebody who is not in any source: nothing is wanted of them, and they may be gone.
    pub fn stranger(&self) -> &Resolved {
        &self.meanings.unlisted
    }

    /// What happens to a member who is missing from an offering.
    pub fn when_gone(&self, offering: u16) -> Option<WhenGone> {
        self.meanings.absence.when_gone(offering)
    }

    /// The distinct entitlements.
    pub fn entitlements(&self) -> &Entitlements {
        &self.meanings.entitlements
    }

    /// The records of the member at a place, in source order, with what each alone gives.
    pub fn records(&self, index: usize) -> Vec<(RecordRef, EntitlementId)> {
        let Some(person) = self.members.people.list.get(index) else {
            return Vec::new();
        };
        if !person.merged {
            return vec![(person.first_record, person.entitlement)];
        }
        let from = self
            .members
            .trail
            .partition_point(|entry| (entry.person as usize) < index);
        self.members.trail[from..]
            .iter()
            .take_while(|entry| entry.person as usize == index)
            .map(|entry| (entry.record, entry.gives))
            .collect()
    }
}
