//! The walk: wanted members and observed rows side by side, in order of e-mail.

use std::{cmp::Ordering, ops::Range};

use super::{
    Accepted, Ahead, Difference, KeptAccess, Kind, Logins, MemberDiff, Names, NotWanted, OfferingLine,
    Shapes, What,
    contact_ids::ContactIds,
    kept_names::KeptNames,
    ledger::{Ledger, Told},
    limits::refusals,
    logins::{self, LoginGiven},
    member::{FieldPair, KeyPair, Lines, Sides, attributes, blocked, keys},
    renames::{Claim, Claims},
    setup::setup,
    tags::{TagCase, TagDiffer},
};
use crate::{
    model::{ContactsTarget, LoginCounts, Observed, ObservedMember, OptedOut, Reason},
    plan::{ExistingFields, Plan},
    wanted::{Wanted, WantedMember},
};

/// What is there.
#[derive(Debug, Clone, Copy)]
pub struct Observations<'a> {
    /// The site.
    pub site: &'a Observed,
    /// The contact system; `None` with managed contacts.
    pub contacts: Option<&'a Observed>,
    /// Whether whoever owns the contacts can create a person unsubscribed.
    pub creates_opted_out: bool,
    /// Characters that the value of a field may have in the system that keeps fields; `None` where any
    /// text fits.
    pub max_field_chars: Option<u32>,
}

/// Told of every member with a line in the difference, in order of e-mail.
pub trait Sink {
    /// One member; `shapes` knows the member's shape.
    fn member(&mut self, member: &MemberDiff<'_>, shapes: &Shapes);
}

impl<F: FnMut(&MemberDiff<'_>, &Shapes)> Sink for F {
    fn member(&mut self, member: &MemberDiff<'_>, shapes: &Shapes) {
        self(member, shapes);
    }
}

/// The difference between what is wanted and what is there. What a person accepted for this run counts
/// in place of the plan's own limits.
pub fn compare(
    plan: &Plan,
    wanted: &Wanted,
    seen: Observations<'_>,
    accepted: Accepted,
    sink: &mut dyn Sink,
) -> Difference {
    let claims = Claims::of(plan, wanted, seen, accepted);
    let logins = Logins::with(wanted, seen.site, &claims);
    let kept = KeptNames::of(wanted, seen.site.name_rules);
    let mut walk = Walk {
        plan,
        accepted,
        wanted,
        seen,
        logins: &logins,
        login_counts: LoginCounts::default(),
        tags: TagDiffer::new(plan, wanted, seen.site, seen.contacts),
        field_numbers: field_numbers(plan, seen.contacts.unwrap_or(seen.site)),
        field_policies: plan.field_policies(),
        ledger: Ledger::default(),
        offerings: plan
            .targets
            .offerings
            .iter()
            .map(|one| OfferingLine::new(one.key.clone()))
            .collect(),
        contact_ids: ContactIds::default(),
        opted_out_rule: opted_out_rule(plan, seen.creates_opted_out),
        undecided: 0,
        key_numbers: plan
            .keyed_sources()
            .map(|source| seen.site.key_number(&plan.sources.get(source)?.key))
            .collect(),
        claims,
    };
    let mut lines = Lines::default();
    let mut fields = Vec::new();
    let (mut at_site, mut at_contacts) = (0, 0);
    for index in 0..wanted.len() {
        let Some(member) = wanted.get(index) else { continue };
        let member = kept.apply(index, member);
        let site = walk.advance(member.email, &mut at_site, sink);
        let contacts = match seen.contacts {
            Some(contacts) => rows_of(contacts, member.email, &mut at_contacts, |_| {}),
            None => 0..0,
        };
        walk.member(
            Some(index),
            &member,
            site,
            contacts,
            (&mut lines, &mut fields),
            sink,
        );
    }
    walk.rest(at_site, sink);
    Difference {
        names_altered: kept.count(),
        ..walk.finish()
    }
}

/// For each field of the plan, its number in the system that keeps fields.
fn field_numbers(plan: &Plan, observed: &Observed) -> Vec<Option<u16>> {
    plan.field_names()
        .into_iter()
        .map(|name| {
            (0u16..)
                .zip(&observed.fields)
                .find(|(_, there)| *there == name)
                .map(|(number, _)| number)
        })
        .collect()
}

/// True of a text of more characters; counts them only where there are enough bytes.
fn has_more(text: &str, max: u32) -> bool {
    let max = usize::try_from(max).unwrap_or(usize::MAX);
    text.len() > max && text.chars().nth(max).is_some()
}

/// The rows of an address, from `at` on; rows before it are handed to `passed`.
pub(super) fn rows_of(
    observed: &Observed,
    email: &str,
    at: &mut usize,
    mut passed: impl FnMut(usize),
) -> Range<usize> {
    let mut order = observed.email(*at).map(|there| there.cmp(email));
    while order == Some(Ordering::Less) {
        passed(*at);
        *at += 1;
        order = observed.email(*at).map(|there| there.cmp(email));
    }
    let start = *at;
    while order == Some(Ordering::Equal) {
        *at += 1;
        order = observed.email(*at).map(|there| there.cmp(email));
    }
    start..*at
}

pub(super) struct Walk<'a> {
    plan: &'a Plan,
    accepted: Accepted,
    pub(super) wanted: &'a Wanted,
    pub(super) seen: Observations<'a>,
    logins: &'a Logins,
    login_counts: LoginCounts,
    pub(super) tags: TagDiffer<'a>,
    field_numbers: Vec<Option<u16>>,
    /// For each field of the plan, what happens to a value that is there.
    field_policies: Vec<ExistingFields>,
    pub(super) ledger: Ledger,
    pub(super) offerings: Vec<OfferingLine>,
    contact_ids: ContactIds<'a>,
    /// For each source with a key of the person, its number on the site.
    key_numbers: Vec<Option<usize>>,
    /// Who stands under another address.
    pub(super) claims: Claims<'a>,
    /// Why whoever opted out and is no contact yet is not made, where they are not.
    opted_out_rule: Option<Reason>,
    /// How many wait since the plan does not say.
    undecided: u64,
}

/// Why people who opted out and are no contacts yet are not made; `None` where they are.
fn opted_out_rule(plan: &Plan, creates_opted_out: bool) -> Option<Reason> {
    let said = match plan.targets.contacts {
        ContactsTarget::Managed => return None,
        ContactsTarget::Simulated { opted_out, .. } => opted_out,
    };
    match (said, creates_opted_out) {
        (Some(OptedOut::Skip), _) => Some(Reason::OptedOutSkipped),
        (_, false) => Some(Reason::OptedOutUndecided),
        (_, true) => None,
    }
}

impl<'a> Walk<'a> {
    /// One person on all sides. `index` is the place among the wanted; `None` for somebody in no source.
    pub(super) fn member(
        &mut self,
        index: Option<usize>,
        member: &WantedMember<'a>,
        mut site_rows: Range<usize>,
        mut contact_rows: Range<usize>,
        (lines, fields): (&mut Lines<'a>, &mut Vec<FieldPair<'a>>),
        sink: &mut dyn Sink,
    ) {
        let Observations {
            site: all_site,
            contacts,
            ..
        } = self.seen;
        let claim = index.and_then(|index| self.claims.get(index)).cloned();
        if let Some(claim) = &claim {
            claim.take_rows(&mut site_rows, &mut contact_rows);
        }
        let (site_row, own_row) = places(all_site, &site_rows);
        let site = site_row.and_then(|row| all_site.get(row));
        let (contact_row, place) = match contacts {
            Some(all) => {
                let place = contact_rows.clone().next();
                (place.and_then(|row| all.get(row)), place)
            }
            None => (own_row.and_then(|row| all_site.get(row)), own_row.or(site_row)),
        };
        let id_on_user = site.filter(|site| site.user).map_or("", |site| site.contact);
        let another = !id_on_user.is_empty() && contact_row.is_none_or(|row| row.contact != id_on_user);
        let linked_contact_there = match contacts {
            Some(all) => another && self.contact_ids.of_contact(all, id_on_user),
            None => another && own_row.is_some(),
        };
        let sides = Sides {
            wanted: *member,
            site,
            managed: contacts.is_none(),
            contact: contact_row,
            linked_contact_there,
            contact_of_another_user: self.is_of_another_user(member, site, contact_row),
            login: self.login(index, member),
            registered: self.registered(index),
            opted_out_rule: self.opted_out_rule,
        };
        let several = contact_rows.len() > 1 || site_rows.len() > 1 + usize::from(own_row.is_some());
        let obstacle = self.obstacle(&sides, several);
        let waits = claim
            .as_ref()
            .and_then(|claim| Some((claim.obstacle()?, claim.old)));
        self.count(site.is_some(), obstacle, claim.as_ref());

        // Nobody is made for a revoke, and who is left out and not on the site is not touched.
        let absent = site.is_none() && !member.resolved.wanted();
        // With a contact system the site holds tags for users only.
        let on_site = contacts.is_none() || member.resolved.user || site.is_some_and(|site| site.user);
        let changes = self.tags.find(TagCase {
            entitlement: member.entitlement,
            // With managed contacts it is the contact that holds tags, linked to its user or not yet.
            site_set: own_row
                .and(contact_row)
                .filter(|_| id_on_user.is_empty())
                .or(site)
                .map_or(0, |row| row.set),
            contact_set: contacts.and(match contact_row {
                Some(row) => Some(row.set),
                None => member.resolved.wanted().then_some(0),
            }),
            on_site,
            blocked: obstacle.is_some() || waits.is_some() || absent,
        });
        lines.clear();
        match obstacle {
            _ if let Some((kind, old)) = waits => lines.push(kind, old, member.email),
            Some((kind, _)) => {
                let there = match kind.what {
                    What::User => site.map_or("", |site| site.login),
                    _ => id_on_user,
                };
                let gone = !self.tags.get(changes).gone.is_empty();
                if member.resolved.wanted() || !member.resolved.revoke.is_empty() || gone {
                    // Nothing of it is changed: it stays as it is there.
                    lines.push(kind, there, there);
                }
            }
            None if absent => {}
            None => {
                if let Some(index) = index {
                    self.field_pairs(index, place, fields);
                }
                if let Some(claim) = &claim {
                    claim.rename(member.email, lines);
                }
                if attributes(&sides, fields, self.plan.policy.existing_fields, lines) {
                    logins::count(&mut self.login_counts, member, sides.login.reason);
                }
                if let Some(index) = index.filter(|_| member.resolved.wanted() && (site.is_some() || on_site))
                {
                    keys(self.key_pairs(index, own_row.or(site_row)), site.is_none(), lines);
                }
                lines.tags(self.tags.get(changes));
            }
        }
        let obstacle = waits
            .map(|(kind, _)| kind.reason)
            .or(obstacle.map(|(_, reason)| reason));
        self.reconcile(
            member,
            changes,
            obstacle,
            (index.is_some(), site.is_some(), on_site),
        );
        let keeper = contact_row.or(site.filter(|_| contacts.is_none()));
        let contact_id = keeper.map_or("", |row| row.contact);
        self.tell(member, contact_id, changes, site.is_some(), lines, sink);
    }

    /// Counts who is there, and what keeps a member from being touched or renamed.
    fn count(&mut self, found: bool, obstacle: Option<(Kind, Reason)>, claim: Option<&Claim<'_>>) {
        self.ledger.counts.found += u64::from(found);
        let Some((_, reason)) = obstacle else { return };
        self.undecided += u64::from(reason == Reason::OptedOutUndecided);
        if claim.is_some_and(|claim| claim.obstacle().is_none()) {
            self.claims.not_renamed();
        }
    }

    /// Whether the contact is to be linked to the user of its address, and another user carries its ID.
    fn is_of_another_user(
        &mut self,
        member: &WantedMember<'_>,
        site: Option<ObservedMember<'a>>,
        contact: Option<ObservedMember<'a>>,
    ) -> bool {
        let user = site.filter(|site| site.user);
        let has_user = user.is_some() || member.resolved.user;
        let (Some(contact), Some(_)) = (contact, self.seen.contacts) else {
            return false;
        };
        let linked = user.is_some_and(|user| user.contact == contact.contact);
        has_user
            && !linked
            && member.resolved.wanted()
            && self.contact_ids.of_user(self.seen.site, contact.contact)
    }

    /// What of the state that is there keeps a member from being touched.
    fn obstacle(&self, sides: &Sides<'_>, several: bool) -> Option<(Kind, Reason)> {
        let shared = [sides.site, sides.contact.filter(|_| sides.managed)]
            .into_iter()
            .flatten()
            .find_map(|row| self.seen.site.shared_contacts.get(row.contact));
        let of_another = shared == Some(&true) || sides.linked_contact_there;
        let shared = shared == Some(&false) || sides.contact_of_another_user;
        blocked(sides, several, shared, of_another)
    }

    /// The login that the member gets, where a user is made; nobody is made of who is in no source.
    fn login(&self, index: Option<usize>, member: &WantedMember<'a>) -> LoginGiven<'a> {
        match index {
            Some(index) => self.logins.of_member(index, member),
            None => LoginGiven {
                login: member.email,
                reason: Reason::NotThereYet,
            },
        }
    }

    /// When the member registered, should a user be made; blank where no source says it.
    fn registered(&self, index: Option<usize>) -> &'a str {
        let wanted = self.wanted;
        index
            .and_then(|index| wanted.registered(index))
            .map_or("", |(moment, _)| moment)
    }

    /// The fields of a member; `place` is their row in the system that keeps fields.
    fn field_pairs(&self, index: usize, place: Option<usize>, fields: &mut Vec<FieldPair<'a>>) {
        fields.clear();
        let observed = self.seen.contacts.unwrap_or(self.seen.site);
        let fields_of_plan = self.field_numbers.iter().zip(&self.field_policies);
        for (field, (number, policy)) in fields_of_plan.enumerate() {
            let there = match (number, place) {
                (Some(number), Some(place)) => observed.field(place, *number),
                _ => "",
            };
            let wanted = self.wanted.field(index, field);
            let Ok(index) = u16::try_from(field) else { continue };
            fields.push(FieldPair {
                index,
                wanted,
                there,
                policy: *policy,
                too_long: self.seen.max_field_chars.is_some_and(|max| has_more(wanted, max)),
            });
        }
    }

    /// The keys of a member; `place` is their row on the site.
    fn key_pairs(&self, index: usize, place: Option<usize>) -> impl Iterator<Item = KeyPair<'a>> {
        let (wanted, site, claims) = (self.wanted, self.seen.site, &self.claims);
        self.key_numbers
            .iter()
            .enumerate()
            .map(move |(number, there)| KeyPair {
                index: u16::try_from(number).unwrap_or(u16::MAX),
                wanted: wanted.key(index, number),
                there: match (there, place) {
                    (Some(there), Some(place)) => site.key(place, *there),
                    _ => "",
                },
                elsewhere: claims.is_elsewhere(index, number),
            })
    }

    fn reconcile(
        &mut self,
        member: &WantedMember<'_>,
        changes: usize,
        obstacle: Option<Reason>,
        (named, found, on_site): (bool, bool, bool),
    ) {
        let changes = self.tags.get(changes);
        let resolved = member.resolved;
        let wanted = resolved.wanted() && on_site;
        for offering in &resolved.access {
            let line = &mut self.offerings[usize::from(*offering)];
            if !wanted {
                line.add_not_wanted(NotWanted::of(member));
                continue;
            }
            line.source += 1;
            line.wanted += 1;
            if self.wanted.tags.access(*offering).next().is_none() {
                let has = |part: &u16| changes.has.contains(part) && !changes.loses.contains(part);
                let reached = &self.plan.reaches[usize::from(*offering)];
                let own = |part: &&u16| self.wanted.tags.access(**part).next().is_some();
                line.add_bundle(reached.iter().filter(own).all(has), obstacle);
                continue;
            }
            let has = changes.has.contains(offering) && !changes.loses.contains(offering);
            if has {
                line.already += 1;
            } else if obstacle.is_none() && changes.gains.contains(offering) {
                line.gain += 1;
            } else {
                line.add_held_back(obstacle);
            }
        }
        if found {
            for offering in &changes.has {
                let line = &mut self.offerings[usize::from(*offering)];
                line.today += 1;
                if changes.loses.contains(offering) {
                    line.lose += 1;
                } else if resolved.revoke.contains(offering) {
                    line.add_other(KeptAccess::Because(obstacle.unwrap_or(Reason::NotOurs)));
                } else if !resolved.access.contains(offering) {
                    line.add_other(if named {
                        KeptAccess::NotMentioned
                    } else {
                        KeptAccess::InNoSource
                    });
                } else if !wanted {
                    line.add_other(KeptAccess::NotWanted);
                }
            }
        }
    }

    fn tell(
        &mut self,
        member: &WantedMember<'a>,
        contact_id: &'a str,
        changes: usize,
        found: bool,
        lines: &Lines<'a>,
        sink: &mut dyn Sink,
    ) {
        let changes = self.tags.get(changes);
        let told = Told {
            email: member.email,
            contact_id,
            found,
            kinds: &lines.kinds,
            values: &lines.values,
            gains: &changes.gains,
            loses: &changes.loses,
            both: &changes.both,
            gone: &changes.gone,
        };
        if !self.ledger.tell(told, sink) {
            self.ledger.counts.unchanged += u64::from(member.resolved.wanted());
        }
    }

    fn finish(self) -> Difference {
        let sums = self.ledger.finish();
        let accounting = &self.wanted.accounting;
        let refusals = refusals(
            self.plan,
            &self.accepted,
            &sums.counts,
            accounting.users + accounting.contacts_only,
            &self.offerings,
            self.undecided,
        );
        Difference {
            counts: sums.counts,
            logins: self.login_counts,
            names_altered: 0,
            actions: sums.actions,
            offerings: self.offerings,
            names: Names {
                fields: self.plan.field_names().into_iter().cloned().collect(),
                keys: self
                    .plan
                    .keyed_sources()
                    .filter_map(|source| Some(self.plan.sources.get(source)?.key.clone()))
                    .collect(),
                tags: self.wanted.tags.names().to_vec(),
            },
            shapes: sums.shapes,
            by_shape: sums.by_shape,
            gainers: sums.gainers,
            losers: sums.losers,
            holders_of_both: sums.both,
            waiting: sums.waiting,
            ahead: Ahead::of(self.wanted, self.plan),
            renames: self.claims.counts,
            idle_canary: None,
            setup: setup(
                &self.plan.targets,
                &self.wanted.tags,
                self.seen.site,
                self.seen.contacts,
            ),
            carried: self.wanted.carried.clone(),
            refusals,
        }
    }
}

/// The row of an address on the site, and the row of a contact of the same address to which the user
/// is not linked.
fn places(site: &Observed, rows: &Range<usize>) -> (Option<usize>, Option<usize>) {
    let user = |row: usize| site.get(row).is_some_and(|row| row.user);
    match (rows.len(), rows.start, rows.start + 1) {
        (0, ..) => (None, None),
        (2, one, other) if user(one) && !user(other) => (Some(one), Some(other)),
        (2, one, other) if user(other) && !user(one) => (Some(other), Some(one)),
        (_, one, _) => (Some(one), None),
    }
}
