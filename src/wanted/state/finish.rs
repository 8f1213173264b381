//! What was gathered in; counted, in order of e-mail and with what records say of each other, the wanted state, out.

use std::{collections::HashMap, thread};

use jiff::civil::Date;

use super::{
    trail::TrailEntry,
    wanted::{CarriedCount, Wanted, left_out},
};
use crate::{
    model::{Email, Finding, FindingCode, Findings, LoginKind, RecordRef, TagName},
    people::suspicion,
    plan::{LoginRule, Plan},
    wanted::{
        Accounting, Billing, CarriedTrouble, CellTrouble, Corrected, Coverage, Entitlement, Entitlements,
        EventTrouble, LeftOut, PaymentOutcomes, Resolved, TagTable,
        entitlements::{
            absence::Absence,
            schedule::{AccessEnd, Schedule},
        },
        gather::{keys::Keys, people::People},
        map::{days::DateColumns, unmet_conditions::Unmet},
    },
};

/// What [`RecordFold`](crate::wanted::RecordFold) hands over.
#[derive(Debug)]
pub(in crate::wanted) struct Gathered {
    pub(in crate::wanted) people: People,
    pub(in crate::wanted) entitlements: Entitlements,
    pub(in crate::wanted) trail: Vec<TrailEntry>,
    pub(in crate::wanted) billing: Billing,
    pub(in crate::wanted) fates: PaymentOutcomes,
    pub(in crate::wanted) event_troubles: Vec<EventTrouble>,
    pub(in crate::wanted) schedules: Vec<Schedule>,
    pub(in crate::wanted) untils: Vec<AccessEnd>,
    pub(in crate::wanted) as_of: Date,
    pub(in crate::wanted) troubles: Vec<CellTrouble>,
    pub(in crate::wanted) dates: DateColumns,
    pub(in crate::wanted) accounting: Accounting,
    pub(in crate::wanted) coverage: Coverage,
    pub(in crate::wanted) findings: Findings,
    pub(in crate::wanted) carried: Vec<TagName>,
    pub(in crate::wanted) carried_troubles: Vec<CarriedTrouble>,
    pub(in crate::wanted) corrected: Vec<Vec<Corrected>>,
    pub(in crate::wanted) unmet: Vec<Unmet>,
    pub(in crate::wanted) keys: Vec<Keys>,
    /// For each line of `[same]`, the records that it moved.
    pub(in crate::wanted) moved: Vec<(Email, u64)>,
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
    pub(in crate::wanted) fn of(plan: &Plan, gathered: Gathered) -> Self {
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
}
