//! The wanted state: members in order of e-mail, each with what it is entitled to and why.

use std::{collections::HashMap, thread};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{
    Accounting, Billing, CarriedTrouble, CellTrouble, Corrected, Coverage, DateColumns, Entitlement,
    EntitlementId, Entitlements, EventTrouble, Fates, LeftOut, Resolved, TagTable, WhenGone,
    absence::Absence,
    keys::Keys,
    people::People,
    schedule::{Schedule, Until},
    unmet::Unmet,
};
use crate::{
    model::{Email, Finding, FindingCode, Findings, LoginKind, RecordRef, TagName},
    people::suspicion,
    plan::{LoginRule, Pattern, Plan},
};

/// A record of a member whom several records name, and what it gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrailEntry {
    pub(super) person: u32,
    /// Where the record stands.
    pub record: RecordRef,
    /// What it alone gives.
    pub gives: EntitlementId,
}

/// What [`super::Gatherer`] hands over.
#[derive(Debug)]
pub(super) struct Gathered {
    pub(super) people: People,
    pub(super) entitlements: Entitlements,
    pub(super) trail: Vec<TrailEntry>,
    pub(super) billing: Billing,
    pub(super) fates: Fates,
    pub(super) event_troubles: Vec<EventTrouble>,
    pub(super) schedules: Vec<Schedule>,
    pub(super) untils: Vec<Until>,
    pub(super) as_of: Date,
    pub(super) troubles: Vec<CellTrouble>,
    pub(super) dates: DateColumns,
    pub(super) accounting: Accounting,
    pub(super) coverage: Coverage,
    pub(super) findings: Findings,
    pub(super) carried: Vec<TagName>,
    pub(super) carried_troubles: Vec<CarriedTrouble>,
    pub(super) corrected: Vec<Vec<Corrected>>,
    pub(super) unmet: Vec<Unmet>,
    pub(super) keys: Vec<Keys>,
    /// For each line of `[same]`, the records that it moved.
    pub(super) moved: Vec<(Email, u64)>,
}

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
    pub dates: DateColumns,
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
    resolved: Vec<Resolved>,
    absence: Absence,
    stranger: Resolved,
    entitlements: Entitlements,
    people: People,
    trail: Vec<TrailEntry>,
    /// Who pays at the old platform.
    pub billing: Billing,
    /// What became of the records of exports of payments.
    pub fates: Fates,
    /// What is not understood of such records.
    pub event_troubles: Vec<EventTrouble>,
    pub(super) schedules: Vec<Schedule>,
    pub(super) untils: Vec<Until>,
    /// How those log in of whom no source says it; never a column.
    login: LoginKind,
    /// How many fields the plan has; keys stand behind them.
    field_count: usize,
    /// By number of the keyed source: who has a key, and who else comes with it.
    shared_keys: Vec<Vec<(u32, u32)>>,
    moved: Vec<(Email, u64)>,
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

fn left_out(resolved: &Resolved) -> Option<LeftOut> {
    let reason = match (resolved.later, resolved.ended, resolved.revoke.is_empty()) {
        (true, ..) => LeftOut::NotYet,
        (false, true, _) => LeftOut::Ended,
        (false, false, true) => LeftOut::NothingGranted,
        (false, false, false) => LeftOut::OnlyRevoked,
    };
    (!resolved.wanted()).then_some(reason)
}

/// How many members each entitlement has.
fn members_by_entitlement(people: &People, entitlements: usize) -> Vec<u64> {
    let mut members = vec![0; entitlements];
    for person in &people.list {
        members[person.entitlement.index()] += 1;
    }
    members
}

/// Counts what becomes of the members of each entitlement.
fn count_members(accounting: &mut Accounting, resolved: &[Resolved], members: &[u64]) {
    for (resolved, members) in resolved.iter().zip(members).filter(|(_, members)| **members > 0) {
        accounting.members += members;
        match (resolved.user, resolved.contact, left_out(resolved)) {
            (true, _, _) => accounting.users += members,
            (false, true, _) => accounting.contacts_only += members,
            (false, false, reason) => {
                let reason = reason.unwrap_or(LeftOut::NothingGranted);
                *accounting.left_out.entry(reason).or_default() += members;
            }
        }
    }
}

impl Wanted {
    pub(super) fn of(plan: &Plan, gathered: Gathered) -> Self {
        let Gathered {
            people,
            entitlements,
            mut trail,
            billing,
            fates,
            event_troubles,
            schedules,
            untils,
            as_of,
            troubles,
            dates,
            mut accounting,
            coverage,
            mut findings,
            carried,
            carried_troubles,
            corrected,
            unmet,
            keys,
            moved,
        } = gathered;
        let tags = TagTable::of(&plan.targets, &carried);
        let absence = Absence::of(plan, &accounting);
        let resolved: Vec<Resolved> = entitlements
            .list()
            .iter()
            .map(|one| {
                let resolved = Resolved::of(one, plan, &tags);
                let absent = absence.gone_from(one, &resolved, plan);
                Resolved { absent, ..resolved }
            })
            .collect();
        let nothing = Resolved::default();
        let stranger = Resolved {
            absent: absence.gone_from(&Entitlement::default(), &nothing, plan),
            ..nothing
        };
        trail.sort_by_key(|entry| entry.person);
        let members = members_by_entitlement(&people, resolved.len());
        count_members(&mut accounting, &resolved, &members);
        let mut wanted = Self {
            tags,
            accounting,
            coverage,
            findings: Findings::default(),
            troubles,
            dates,
            as_of,
            carried: Vec::new(),
            carried_troubles,
            corrected,
            unmet,
            resolved,
            absence,
            stranger,
            entitlements,
            field_count: people.field_count - keys.len(),
            people,
            trail,
            billing,
            fates,
            event_troubles,
            schedules,
            untils,
            login: match plan.members.login {
                LoginRule::LocalPart => LoginKind::LocalPart,
                LoginRule::Email | LoginRule::Column(_) => LoginKind::Email,
            },
            shared_keys: keys.into_iter().map(Keys::into_shared).collect(),
            moved,
        };
        wanted.count_carried(plan, carried, &members);
        wanted.disputes(plan, &mut findings);
        let (order, aliases) = thread::scope(|scope| {
            let aliases = scope.spawn(|| wanted.aliases());
            let order = wanted.people.order();
            let aliases = aliases.join();
            (
                order,
                aliases.unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            )
        });
        findings.append(aliases);
        wanted.findings = findings;
        wanted.sort(&order);
        wanted.accounting.billing_old = wanted.billing.members();
        wanted
    }

    /// Brings the members into order of e-mail.
    fn sort(&mut self, order: &[u32]) {
        let places = self.people.sort(order);
        for shared in &mut self.shared_keys {
            for (owner, other) in &mut *shared {
                *owner = places[*owner as usize];
                *other = places[*other as usize];
            }
            shared.sort_unstable();
            shared.dedup();
        }
        for entry in &mut self.trail {
            entry.person = places[entry.person as usize];
        }
        self.trail.sort_by_key(|entry| entry.person);
        self.billing.renumber(&places);
        self.billing.sort();
        for schedule in &mut self.schedules {
            schedule.person = places[schedule.person as usize];
        }
        self.schedules.sort_by_key(|schedule| schedule.person);
        for until in &mut self.untils {
            until.person = places[until.person as usize];
        }
        self.untils.sort_by_key(|until| until.person);
    }

    /// Counts who shall hold each of the tags carried over; `members` by entitlement.
    fn count_carried(&mut self, plan: &Plan, names: Vec<TagName>, members: &[u64]) {
        if names.is_empty() {
            return;
        }
        let mut holders = vec![0u64; names.len()];
        let all = self.entitlements.list().iter().zip(&self.resolved).zip(members);
        for ((entitlement, _), members) in all.filter(|((_, resolved), _)| resolved.wanted()) {
            for tag in &entitlement.tags {
                let at = usize::from(*tag).checked_sub(plan.targets.tags.len());
                if let Some(count) = at.and_then(|at| holders.get_mut(at)) {
                    *count += members;
                }
            }
        }
        let counted = names.into_iter().zip(holders);
        self.carried = counted
            .map(|(tag, members)| CarriedCount { tag, members })
            .collect();
    }

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

    /// How a tag carried over is spelled, of whatever spelling.
    pub fn carried_as(&self, name: &str) -> Option<&str> {
        let folded = Pattern::fold(name);
        let mut tags = self.tags.names().iter().map(TagName::as_str);
        tags.find(|tag| Pattern::fold(tag) == folded)
    }

    /// Names both records where one grants what another revokes.
    fn disputes(&self, plan: &Plan, findings: &mut Findings) {
        for (index, person) in (0usize..).zip(&self.people.list) {
            for offering in &self.resolved[person.entitlement.index()].disputed {
                let records: HashMap<bool, RecordRef> = self
                    .records(index)
                    .into_iter()
                    .rev()
                    .filter_map(|(record, gives)| {
                        let one = &self.resolved[gives.index()];
                        let grants = one.access.contains(offering);
                        (grants || one.revoke.contains(offering)).then_some((grants, record))
                    })
                    .collect();
                let name = plan
                    .targets
                    .offerings
                    .get(usize::from(*offering))
                    .map(|o| o.key.to_string());
                findings.push(Finding {
                    code: FindingCode::GrantBeatsRevoke,
                    record: records.get(&true).copied().unwrap_or(person.first_record),
                    other: records.get(&false).copied(),
                    detail: name.unwrap_or_default(),
                });
            }
        }
    }

    /// Addresses whose base address is there too.
    fn aliases(&self) -> Findings {
        let mut findings = Findings::default();
        for person in &self.people.list {
            let address = self.people.text.get(person.email);
            let base = suspicion::alias_base(address)
                .and_then(|base| self.people.find(&base, self.people.hash(&base)));
            if let Some(base) = base {
                findings.push(Finding {
                    code: FindingCode::PossibleAlias,
                    record: person.first_record,
                    other: Some(self.people.list[base as usize].first_record),
                    detail: address.to_owned(),
                });
            }
        }
        findings
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

    /// What it means for somebody that no source names them: nothing is wanted of them, and they may be gone.
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
