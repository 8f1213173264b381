//! What was gathered in; counted, by email address and with what records say of each other, the wanted state, out.

use std::{
    collections::{HashMap, HashSet},
    thread,
};

use jiff::civil::Date;

use super::{
    trail::TrailEntry,
    wanted::{CarriedCount, Meanings, Members, PaymentRecords, RecordProblems, Wanted, left_out},
};
use crate::{
    model::{Email, Finding, FindingCode, Findings, LoginKind, RecordRef, TagName},
    people::suspicion,
    plan::{LoginRule, Plan},
    wanted::{
        Accounting, Coverage, Entitlement, Entitlements, LeftOut, Resolved, TagTable,
        entitlements::absence::Absence,
        gather::{keys::Keys, people::People, timeline::Timeline},
        map::days::DateColumns,
    },
};

/// What [`RecordFold`](crate::wanted::RecordFold) hands over.
#[derive(Debug)]
pub(in crate::wanted) struct Gathered {
    pub(in crate::wanted) as_of: Date,
    pub(in crate::wanted) people: People,
    pub(in crate::wanted) keys: Vec<Keys>,
    /// For each line of `[same]`, the records that it moved.
    pub(in crate::wanted) moved: Vec<(Email, u64)>,
    pub(in crate::wanted) trail: Vec<TrailEntry>,
    pub(in crate::wanted) entitlements: Entitlements,
    pub(in crate::wanted) carried: Vec<TagName>,
    pub(in crate::wanted) payments: PaymentRecords,
    pub(in crate::wanted) timeline: Timeline,
    pub(in crate::wanted) dates: DateColumns,
    pub(in crate::wanted) accounting: Accounting,
    pub(in crate::wanted) coverage: Coverage,
    pub(in crate::wanted) findings: Findings,
    pub(in crate::wanted) problems: RecordProblems,
}

/// Whose consent no record says, though the plan lists which values mean yes, counts as opted out.
fn opt_out_where_nobody_said_yes(people: &mut People) {
    for person in &mut people.list {
        person.opted_out |= person.consent_blank && !person.opted_in;
    }
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

impl Meanings {
    fn new(plan: &Plan, entitlements: Entitlements, tags: &TagTable, accounting: &Accounting) -> Self {
        let absence = Absence::of(plan, accounting);
        let resolved = entitlements.list().iter().map(|one| {
            let resolved = Resolved::of(one, plan, tags);
            let absent = absence.gone_from(one, &resolved, plan);
            Resolved { absent, ..resolved }
        });
        let resolved = resolved.collect();
        let nothing = Resolved::default();
        let unlisted = Resolved {
            absent: absence.gone_from(&Entitlement::default(), &nothing, plan),
            ..nothing
        };
        Self {
            entitlements,
            resolved,
            absence,
            unlisted,
        }
    }
}

impl Wanted {
    pub(in crate::wanted) fn new(plan: &Plan, gathered: Gathered) -> Self {
        let Gathered {
            as_of,
            mut people,
            keys,
            moved,
            mut trail,
            entitlements,
            carried,
            payments,
            timeline,
            dates,
            mut accounting,
            coverage,
            mut findings,
            problems,
        } = gathered;
        opt_out_where_nobody_said_yes(&mut people);
        let tags = TagTable::of(&plan.targets, &carried);
        let meanings = Meanings::new(plan, entitlements, &tags, &accounting);
        trail.sort_by_key(|entry| entry.person);
        let members = members_by_entitlement(&people, meanings.resolved.len());
        count_members(&mut accounting, &meanings.resolved, &members);
        let mut wanted = Self {
            as_of,
            tags,
            carried: Vec::new(),
            accounting,
            coverage,
            findings: Findings::default(),
            problems,
            payments,
            dates,
            meanings,
            members: Members {
                field_count: people.field_count - keys.len(),
                people,
                trail,
                login: match plan.members.login {
                    LoginRule::LocalPart => LoginKind::LocalPart,
                    LoginRule::Email | LoginRule::Column(_) => LoginKind::Email,
                },
                shared_keys: keys.into_iter().map(Keys::into_shared).collect(),
                moved,
            },
            timeline,
        };
        wanted.count_carried(plan, carried, &members);
        wanted.disputes(plan, &mut findings);
        let (order, aliases) = thread::scope(|scope| {
            let aliases = scope.spawn(|| wanted.aliases());
            let order = wanted.members.people.order();
            let aliases = aliases.join();
            (
                order,
                aliases.unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            )
        });
        findings.append(aliases);
        wanted.findings = findings;
        wanted.sort(&order);
        wanted.accounting.billing_old = wanted.payments.billing.members();
        wanted
    }

    /// Brings the members into order of their addresses.
    fn sort(&mut self, order: &[u32]) {
        let Members {
            people,
            trail,
            shared_keys,
            ..
        } = &mut self.members;
        let places = people.sort(order);
        self.findings.renumber(&places);
        for shared in shared_keys {
            for (owner, other) in &mut *shared {
                *owner = places[*owner as usize];
                *other = places[*other as usize];
            }
            shared.sort_unstable();
            shared.dedup();
        }
        for entry in &mut *trail {
            entry.person = places[entry.person as usize];
        }
        trail.sort_by_key(|entry| entry.person);
        self.payments.billing.renumber(&places);
        self.payments.billing.sort();
        self.timeline.renumber(&places);
        self.timeline.sort();
        self.name_findings();
    }

    /// Says whom those findings are about that were made of values, not of records.
    fn name_findings(&mut self) {
        let unnamed: HashSet<RecordRef> = self.findings.unnamed().collect();
        if unnamed.is_empty() {
            return;
        }
        let firsts = (0u32..)
            .zip(&self.members.people.list)
            .map(|(at, person)| (person.first_record, at));
        let trail = self.members.trail.iter();
        let others = trail.map(|entry| (entry.record, entry.person));
        let named: Vec<(RecordRef, u32)> = firsts
            .chain(others)
            .filter(|(record, _)| unnamed.contains(record))
            .collect();
        for (record, person) in named {
            self.findings.name(record, person);
        }
        self.findings.sort();
    }

    /// Counts the members for each of the tags carried over; `members` by entitlement.
    fn count_carried(&mut self, plan: &Plan, names: Vec<TagName>, members: &[u64]) {
        if names.is_empty() {
            return;
        }
        let mut holders = vec![0u64; names.len()];
        let all = self
            .meanings
            .entitlements
            .list()
            .iter()
            .zip(&self.meanings.resolved)
            .zip(members);
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
        for (index, person) in (0usize..).zip(&self.members.people.list) {
            for offering in &self.meanings.resolved[person.entitlement.index()].disputed {
                let records: HashMap<bool, RecordRef> = self
                    .records(index)
                    .into_iter()
                    .rev()
                    .filter_map(|(record, gives)| {
                        let one = &self.meanings.resolved[gives.index()];
                        let grants = one.access.contains(offering);
                        (grants || one.revoke.contains(offering)).then_some((grants, record))
                    })
                    .collect();
                findings.name(
                    records.get(&true).copied().unwrap_or(person.first_record),
                    u32::try_from(index).unwrap_or(u32::MAX),
                );
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
        for (at, person) in (0u32..).zip(&self.members.people.list) {
            let address = self.members.people.text.get(person.email);
            let base = suspicion::alias_base(address)
                .and_then(|base| self.members.people.find(&base, self.members.people.hash(&base)));
            if let Some(base) = base {
                findings.name(person.first_record, at);
                findings.push(Finding {
                    code: FindingCode::PossibleAlias,
                    record: person.first_record,
                    other: Some(self.members.people.list[base as usize].first_record),
                    detail: address.to_owned(),
                });
            }
        }
        findings
    }
}
