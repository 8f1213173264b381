//! The wanted state: members in order of e-mail, each with what it is entitled to and why.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::trail::TrailEntry;
use crate::{
    model::{Email, Findings, LoginKind, RecordRef, TagName},
    plan::Plan,
    wanted::{
        Accounting, Billing, CarriedTrouble, CellTrouble, Corrected, Coverage, EntitlementId, Entitlements,
        EventTrouble, LeftOut, PaymentOutcomes, Resolved, TagTable, WhenGone,
        entitlements::{
            absence::Absence,
            schedule::{AccessEnd, Schedule},
        },
        gather::people::People,
        map::{days::DateColumns, unmet_conditions::Unmet},
    },
};

/// A tag that the sources bring, and who shall hold it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarriedCount {
    /// The tag.
    pub tag: TagName,
    /// Users and contacts who shall hold it.
    pub members: u64,
}

/// What the plan and its sources ask for.
#[derive(Debug)]
pub struct Wanted {
    /// All tags the plan knows.
    pub tags: TagTable,
    /// Sums.
    pub accounting: Accounting,
    /// Values of the mapped columns.
    pub coverage: Coverage,
    /// What a person should know.
    pub findings: Findings,
    /// Cells of date columns that hold no day: the people of these records are not to be relied on.
    pub troubles: Vec<CellTrouble>,
    /// How date columns were read.
    pub(in crate::wanted) dates: DateColumns,
    /// The day on which the plan is computed.
    pub as_of: Date,
    /// The tags carried over with `$rest` and `$value`, in the order in which the sources name them.
    pub carried: Vec<CarriedCount>,
    /// Values that cannot become a tag.
    pub carried_troubles: Vec<CarriedTrouble>,
    /// By source: what became of each of its corrections.
    pub corrected: Vec<Vec<Corrected>>,
    /// Conditions that no record meets.
    pub unmet: Vec<Unmet>,
    pub(super) resolved: Vec<Resolved>,
    pub(super) absence: Absence,
    pub(super) stranger: Resolved,
    pub(super) entitlements: Entitlements,
    pub(super) people: People,
    pub(super) trail: Vec<TrailEntry>,
    /// Who pays at the old platform.
    pub billing: Billing,
    /// What became of the records of exports of payments.
    pub fates: PaymentOutcomes,
    /// What is not understood of such records.
    pub event_troubles: Vec<EventTrouble>,
    pub(crate) schedules: Vec<Schedule>,
    pub(crate) untils: Vec<AccessEnd>,
    /// How those log in of whom no source says it; never a column.
    pub(super) login: LoginKind,
    /// How many fields the plan has; keys stand behind them.
    pub(super) field_count: usize,
    /// By number of the keyed source: who has a key, and who else comes with it.
    pub(super) shared_keys: Vec<Vec<(u32, u32)>>,
    pub(super) moved: Vec<(Email, u64)>,
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
    /// The login asked for, should the member become a user; blank where it is the address.
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
        self.people.list.len()
    }

    /// True when the sources name nobody.
    pub fn is_empty(&self) -> bool {
        self.people.list.is_empty()
    }

    /// The member at a place in the order of e-mail.
    pub fn get(&self, index: usize) -> Option<WantedMember<'_>> {
        let person = self.people.list.get(index)?;
        let email = self.people.text.get(person.email);
        let (login, login_kind) = self.login(index, email);
        Some(WantedMember {
            email,
            login,
            login_kind,
            first_name: self.people.text.get(person.first_name),
            last_name: self.people.text.get(person.last_name),
            opted_out: person.opted_out,
            entitlement: person.entitlement,
            resolved: self.resolved.get(person.entitlement.index())?,
        })
    }

    /// The address of the member at a place.
    pub fn email(&self, index: usize) -> Option<&str> {
        let person = self.people.list.get(index)?;
        Some(self.people.text.get(person.email))
    }

    /// True where everybody is to log in with the address, so that nobody need be asked.
    pub fn logins_are_addresses(&self) -> bool {
        self.login == LoginKind::Email && self.people.logins.is_empty()
    }

    /// The login asked for by the member at a place, blank for the address, and how it came about.
    fn login<'a>(&'a self, index: usize, email: &'a str) -> (&'a str, LoginKind) {
        let wish = self.people.logins.get(index).copied().unwrap_or_default();
        match wish.kind.unwrap_or(self.login) {
            LoginKind::Email => ("", LoginKind::Email),
            LoginKind::LocalPart => (email.split('@').next().unwrap_or_default(), LoginKind::LocalPart),
            LoginKind::Column => (self.people.text.get(wish.text), LoginKind::Column),
        }
    }

    /// The record that says how the member at a place logs in; `None` where no source has a rule.
    pub fn login_record(&self, index: usize) -> Option<RecordRef> {
        let wish = self.people.logins.get(index)?;
        wish.kind.map(|_| wish.record)
    }

    /// When the member at a place registered, and the record that says so; `None` where no source does.
    pub fn registered(&self, index: usize) -> Option<(&str, RecordRef)> {
        self.people.registered.get(index)
    }

    /// The place of an address in the order of e-mail.
    pub fn find(&self, email: &str) -> Option<usize> {
        let list = &self.people.list;
        list.binary_search_by(|person| self.people.text.get(person.email).cmp(email))
            .ok()
    }

    /// The value of a field, by index of [`Plan::field_names`]; blank where no source knows.
    pub fn field(&self, index: usize, field: usize) -> &str {
        let place = index * self.people.field_count + field;
        let span = self.people.fields.get(place);
        span.map_or("", |span| self.people.text.get(*span))
    }

    /// The key that a source has for a member, by number among [`Plan::keyed_sources`]; blank where it
    /// has none, or gave the key to another member before.
    pub fn key(&self, index: usize, number: usize) -> &str {
        self.people.field(
            u32::try_from(index).unwrap_or(u32::MAX),
            self.field_count + number,
        )
    }

    /// True where a source has the key of the member `owner` on the address of `other` too.
    pub fn shares_key(&self, number: usize, owner: usize, other: usize) -> bool {
        let place = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        let shared = self.shared_keys.get(number);
        shared.is_some_and(|shared| shared.binary_search(&(place(owner), place(other))).is_ok())
    }

    /// For each line of `[same]`, its old address and how many records it gave the new one.
    pub fn moved(&self) -> &[(Email, u64)] {
        &self.moved
    }

    /// What an entitlement means.
    pub fn resolved(&self, id: EntitlementId) -> &Resolved {
        &self.resolved[id.index()]
    }

    /// What it means for somebody that not in any source: nothing is wanted of them, and they may be gone.
    pub fn stranger(&self) -> &Resolved {
        &self.stranger
    }

    /// What becomes of whoever is gone from an offering.
    pub fn when_gone(&self, offering: u16) -> Option<WhenGone> {
        self.absence.when_gone(offering)
    }

    /// The distinct entitlements.
    pub fn entitlements(&self) -> &Entitlements {
        &self.entitlements
    }

    /// The records of the member at a place, in source order, with what each alone gives.
    pub fn records(&self, index: usize) -> Vec<(RecordRef, EntitlementId)> {
        let Some(person) = self.people.list.get(index) else {
            return Vec::new();
        };
        if !person.merged {
            return vec![(person.first_record, person.entitlement)];
        }
        let from = self
            .trail
            .partition_point(|entry| (entry.person as usize) < index);
        self.trail[from..]
            .iter()
            .take_while(|entry| entry.person as usize == index)
            .map(|entry| (entry.record, entry.gives))
            .collect()
    }
}
