//! The tags of a member: what is wanted against what is held. Members with the same entitlement and
//! the same tags get the same answer, so each pair is worked out once.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::fast::FixedState;
use hashbrown::HashMap;

use crate::{
    diff::{
        ChangeKind, What,
        site_offerings::{AccessRule, SiteOfferings},
    },
    model::{Action, Observed, ObservedTag, Reason, Side, TagName, TagRules},
    plan::Plan,
    wanted::{EntitlementId, Resolved, TagTable, Wanted, WhenGone},
};

/// What happens to the tags of a member, and to their access.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TagChanges {
    /// Changes, sorted.
    pub(crate) kinds: Vec<ChangeKind>,
    /// Offerings with effective access now, those that only the site has among them.
    pub(crate) has: BTreeSet<u16>,
    /// Offerings gained.
    pub(crate) gains: Vec<u16>,
    /// Offerings lost.
    pub(crate) loses: Vec<u16>,
    /// Offerings of which an access tag and the revoke tag are held at once now.
    pub(crate) both: Vec<u16>,
    /// Offerings from which the member is gone, with access of which some is Rehome's.
    pub(crate) gone: Vec<u16>,
}

/// Everything that the tag changes of a member depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct TagCase {
    pub(crate) entitlement: EntitlementId,
    /// The site's set of tags; 0 where nobody is there.
    pub(crate) site_set: u32,
    /// The contact's set of tags, with a contact system: 0 where the contact is made, `None` where there is
    /// none and none is made.
    pub(crate) contact_set: Option<u32>,
    /// Whether the site holds tags for this person: with a contact system it keeps a copy for users only.
    pub(crate) on_site: bool,
    /// Whether there is a user now to whom these tags give access, and whether there is one afterwards.
    pub(crate) user: (bool, bool),
    /// Only the access as it is, and no changes.
    pub(crate) blocked: bool,
}

/// The tags of a plan as one system numbers them.
#[derive(Debug)]
struct Numbers {
    /// By number there, the number in the plan's table.
    plan_of: Vec<Option<u16>>,
}

impl Numbers {
    fn new(observed: &Observed, tags: &TagTable, more: &[TagName], rules: &TagRules) -> Self {
        let known: BTreeMap<_, u16> = tags
            .names()
            .iter()
            .chain(more)
            .map(|name| rules.fold(name))
            .zip(0u16..)
            .collect();
        let number = |tag: &ObservedTag| known.get(&rules.fold(&tag.name)).copied();
        Self {
            plan_of: observed.tags.iter().map(number).collect(),
        }
    }

    fn held(&self, observed: &Observed, set: u32) -> Vec<(u16, bool)> {
        let set = observed.sets().get(set as usize).map_or(&[][..], |set| set);
        set.iter()
            .filter_map(|held| Some(((*self.plan_of.get(usize::from(held.tag))?)?, held.ours)))
            .collect()
    }
}

/// Works out tag changes and remembers them.
#[derive(Debug)]
pub(crate) struct TagDiffer<'a> {
    plan: &'a Plan,
    wanted: &'a Wanted,
    offerings: &'a SiteOfferings,
    site: &'a Observed,
    contacts: Option<&'a Observed>,
    site_numbers: Numbers,
    contact_numbers: Option<Numbers>,
    index: HashMap<TagCase, u32, FixedState>,
    known: Vec<TagChanges>,
}

impl<'a> TagDiffer<'a> {
    /// Each system with its rules for the names of tags.
    pub(crate) fn new(
        plan: &'a Plan,
        wanted: &'a Wanted,
        offerings: &'a SiteOfferings,
        (site, site_rules): (&'a Observed, &TagRules),
        (contacts, contact_rules): (Option<&'a Observed>, &TagRules),
    ) -> Self {
        let tags = &wanted.tags;
        Self {
            plan,
            wanted,
            site,
            contacts,
            offerings,
            site_numbers: Numbers::new(site, tags, offerings.more_tags(), site_rules),
            contact_numbers: contacts.map(|contacts| Numbers::new(contacts, tags, &[], contact_rules)),
            index: HashMap::with_hasher(FixedState::default()),
            known: Vec::new(),
        }
    }

    /// The changes of a case.
    pub(crate) fn find(&mut self, case: TagCase) -> usize {
        if let Some(at) = self.index.get(&case) {
            return *at as usize;
        }
        let changes = self.work_out(self.wanted.resolved(case.entitlement), &case);
        self.known.push(changes);
        self.index
            .insert(case, u32::try_from(self.known.len() - 1).unwrap_or(u32::MAX));
        self.known.len() - 1
    }

    /// What [`Self::find`] found.
    pub(crate) fn get(&self, at: usize) -> &TagChanges {
        &self.known[at]
    }

    fn work_out(&self, resolved: &Resolved, case: &TagCase) -> TagChanges {
        let on_site = self.site_numbers.held(self.site, case.site_set);
        let site_tags: BTreeSet<u16> = on_site.iter().map(|(tag, _)| *tag).collect();
        let ours: BTreeSet<u16> = on_site
            .iter()
            .filter(|(_, ours)| *ours)
            .map(|(tag, _)| *tag)
            .collect();
        let contact_tags: Option<BTreeSet<u16>> =
            match (self.contacts, &self.contact_numbers, case.contact_set) {
                (Some(contacts), Some(numbers), Some(set)) => Some(
                    numbers
                        .held(contacts, set)
                        .into_iter()
                        .map(|(tag, _)| tag)
                        .collect(),
                ),
                _ => None,
            };
        let mut changes = self.there(resolved, case, &site_tags, &ours);
        if case.blocked {
            self.access_after(resolved, case, &site_tags, &mut changes);
            return changes;
        }
        let mut add: Vec<(u16, Reason)> = Vec::new();
        let mut remove: Vec<(u16, Reason)> = Vec::new();
        if resolved.wanted() {
            add.extend(resolved.hold.iter().map(|wanted| (wanted.tag, wanted.reason)));
            remove.extend(resolved.lift.iter().map(|tag| (*tag, Reason::GrantLiftsRevoke)));
            self.wider(resolved, &site_tags, &ours, &mut changes);
        }
        for offering in &resolved.revoke {
            self.revoke(
                *offering,
                (&site_tags, &ours),
                &mut changes,
                &mut add,
                &mut remove,
            );
        }
        for offering in changes.gone.clone() {
            self.gone(offering, (&site_tags, &ours), &mut changes, &mut add, &mut remove);
        }
        let mut after = site_tags.clone();
        if case.on_site {
            after.extend(add.iter().map(|(tag, _)| *tag));
            after.retain(|tag| !remove.iter().any(|(removed, _)| removed == tag));
        }
        let moves = add
            .into_iter()
            .map(|(tag, reason)| (Action::AddTag, tag, reason))
            .chain(
                remove
                    .into_iter()
                    .map(|(tag, reason)| (Action::RemoveTag, tag, reason)),
            );
        for (action, tag, reason) in moves {
            let what = What::Tag(tag);
            let needed = |held: &BTreeSet<u16>| held.contains(&tag) == (action == Action::RemoveTag);
            if contact_tags.as_ref().is_some_and(needed) {
                changes.kinds.push(ChangeKind {
                    side: Side::Contacts,
                    action,
                    what,
                    reason,
                });
            }
            if case.on_site && needed(&site_tags) {
                let reason = if contact_tags.is_some() {
                    Reason::CopyOfContact
                } else {
                    reason
                };
                changes.kinds.push(ChangeKind {
                    side: Side::Site,
                    action,
                    what,
                    reason,
                });
            }
        }
        self.access_after(resolved, case, &after, &mut changes);
        changes.kinds.sort_unstable();
        changes
    }

    /// What of the access is gained and lost with the tags that the member has afterwards; what no record asks for is
    /// told tag by tag.
    fn access_after(
        &self,
        resolved: &Resolved,
        case: &TagCase,
        after: &BTreeSet<u16>,
        changes: &mut TagChanges,
    ) {
        let holds = |tag: u16| after.contains(&tag);
        for (offering, today) in self.offerings.today() {
            let Some(rule) = self.offerings.after(offering) else {
                continue;
            };
            let asked = |offerings: &[u16]| !case.blocked && offerings.contains(&offering);
            let (reason, rule) = match (changes.has.contains(&offering), case.user.1 && rule.allows(holds)) {
                (false, true) => {
                    changes.gains.push(offering);
                    let granted = asked(&resolved.access);
                    (
                        if granted {
                            Reason::Granted
                        } else {
                            Reason::OfferingOpens
                        },
                        rule,
                    )
                }
                (true, false) => {
                    changes.loses.push(offering);
                    let reason = match (asked(&resolved.revoke), asked(&resolved.absent)) {
                        (true, _) => Reason::Revoked,
                        (_, true) => Reason::Gone,
                        _ => Reason::OfferingCloses,
                    };
                    (reason, today)
                }
                _ => continue,
            };
            let own = |kind: &ChangeKind| matches!(kind.what, What::Tag(tag) if rule.has(tag));
            let asked = !matches!(reason, Reason::OfferingOpens | Reason::OfferingCloses);
            if asked && changes.kinds.iter().any(own) {
                continue;
            }
            let tag = rule.access().iter().copied().find(|tag| holds(*tag));
            changes.kinds.extend(tag.map(|tag| ChangeKind {
                side: Side::Site,
                action: Action::Nothing,
                what: What::Tag(tag),
                reason,
            }));
        }
        changes.kinds.sort_unstable();
        changes.kinds.dedup();
    }

    /// The access that is there, and from what of it the member is gone.
    fn there(
        &self,
        resolved: &Resolved,
        case: &TagCase,
        site_tags: &BTreeSet<u16>,
        ours: &BTreeSet<u16>,
    ) -> TagChanges {
        let mut changes = TagChanges::default();
        let holds = |tag: u16| site_tags.contains(&tag);
        for (offering, rule) in self.offerings.today() {
            if case.user.0 && rule.allows(holds) {
                changes.has.insert(offering);
            }
            if rule.contradicts(holds) {
                changes.both.push(offering);
            }
        }
        for offering in resolved.absent.iter().filter(|_| case.on_site) {
            let theirs = self.access(*offering).any(|tag| ours.contains(&tag));
            if theirs && self.opens(*offering, site_tags) {
                changes.gone.push(*offering);
            }
        }
        changes
    }

    /// Whether these tags give access to an offering to whoever is a user: today, or as it will be.
    fn opens(&self, offering: u16, held: &BTreeSet<u16>) -> bool {
        let rules = [self.offerings.before(offering), self.offerings.after(offering)];
        rules
            .into_iter()
            .flatten()
            .any(|rule| rule.allows(|tag| held.contains(&tag)))
    }

    /// The tags that give access to an offering today, and as it will be.
    fn access(&self, offering: u16) -> impl Iterator<Item = u16> {
        let rules = [self.offerings.after(offering), self.offerings.before(offering)];
        let tags: BTreeSet<u16> = rules
            .into_iter()
            .flatten()
            .flat_map(AccessRule::access)
            .copied()
            .collect();
        tags.into_iter()
    }

    /// Says which tags of earlier runs open more of an offering than is granted now. Access is taken by the
    /// revoke tag alone, which would take what is granted too.
    fn wider(
        &self,
        resolved: &Resolved,
        held: &BTreeSet<u16>,
        ours: &BTreeSet<u16>,
        changes: &mut TagChanges,
    ) {
        let tags = &self.wanted.tags;
        let wanted = |tag: u16| resolved.hold.iter().any(|hold| hold.tag == tag);
        for offering in &resolved.access {
            let (instant, modules) = (tags.instant(*offering), tags.modules(*offering));
            if instant.is_some_and(wanted) || modules.iter().all(|tag| wanted(*tag)) {
                continue;
            }
            let opening = instant.into_iter().chain(modules.iter().copied());
            let wider = opening.filter(|tag| held.contains(tag) && ours.contains(tag) && !wanted(*tag));
            changes.kinds.extend(wider.map(|tag| ChangeKind {
                side: Side::Site,
                action: Action::Nothing,
                what: What::Tag(tag),
                reason: Reason::WiderKept,
            }));
        }
    }

    /// Revokes what Rehome granted and nobody touched since; says so where it may not. One access tag
    /// that somebody else gave is access that is not Rehome's to take.
    fn revoke(
        &self,
        offering: u16,
        (held, ours): (&BTreeSet<u16>, &BTreeSet<u16>),
        changes: &mut TagChanges,
        add: &mut Vec<(u16, Reason)>,
        remove: &mut Vec<(u16, Reason)>,
    ) {
        let tags = &self.wanted.tags;
        let Some(revoke) = tags.revoke(offering) else {
            return;
        };
        if !self.opens(offering, held) {
            return;
        }
        let access: Vec<u16> = self.access(offering).filter(|tag| held.contains(tag)).collect();
        if access.iter().all(|tag| ours.contains(tag)) {
            add.push((revoke, Reason::Revoked));
            if self.plan.policy.remove_tags {
                remove.extend(self.removed(access));
            }
        } else {
            changes.kinds.push(ChangeKind {
                side: Side::Site,
                action: Action::Nothing,
                what: What::Tag(revoke),
                reason: Reason::NotOurs,
            });
        }
    }

    /// What becomes of an offering from which somebody is gone who has access to it.
    fn gone(
        &self,
        offering: u16,
        (held, ours): (&BTreeSet<u16>, &BTreeSet<u16>),
        changes: &mut TagChanges,
        add: &mut Vec<(u16, Reason)>,
        remove: &mut Vec<(u16, Reason)>,
    ) {
        let tags = &self.wanted.tags;
        let access: Vec<u16> = self.access(offering).filter(|tag| held.contains(tag)).collect();
        let revoke = tags.revoke(offering);
        // A line speaks of a tag: the revoke tag, and one that gives access where there is none.
        let Some(tag) = revoke.or_else(|| access.first().copied()) else {
            return;
        };
        let (action, reason) = match (access.iter().all(|tag| ours.contains(tag)), revoke) {
            (false, _) => (Action::Nothing, Reason::NotOurs),
            (true, revoke) => match (self.wanted.when_gone(offering), revoke) {
                (Some(WhenGone::Revoked), Some(revoke)) => {
                    add.push((revoke, Reason::Gone));
                    if self.plan.policy.remove_tags {
                        remove.extend(self.removed(access));
                    }
                    return;
                }
                (Some(WhenGone::Unsure), _) => (Action::Hold, Reason::GoneUnsure),
                _ => (Action::Nothing, Reason::GoneReported),
            },
        };
        changes.kinds.push(ChangeKind {
            side: Side::Site,
            action,
            what: What::Tag(tag),
            reason,
        });
    }

    /// Access tags that go with a revoke: none that the plan does not own.
    fn removed(&self, access: Vec<u16>) -> impl Iterator<Item = (u16, Reason)> {
        let own = self.wanted.tags.names().len();
        let own = access.into_iter().filter(move |tag| usize::from(*tag) < own);
        own.map(|tag| (tag, Reason::RevokedAndRemoved))
    }
}
