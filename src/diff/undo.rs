//! What a run did to a member, and the member as it is now, in; the changes that undo what is
//! still ours out. People are never deleted, and no one is re-subscribed.

use std::collections::BTreeSet;

use super::{
    Accepted, Ahead, ChangeGroups, ChangeKind, Difference, KeptAccess, MemberTotals, NamedMembers, Names,
    OfferingLine, Renames, Setup, Sink, Value, What,
    limits::lost_access,
    members::{listed_member::ListedMember, totals::Totals},
};
use crate::model::{
    Action, Attribute, MemberState, Observed, ObservedMember, OfferingTags, Reason, Side, TagName, Targets,
};
use crate::plan::Limits;

/// One change that a run applied, with what it found and what it wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// What was done.
    pub kind: ChangeKind,
    /// As it was.
    pub before: Option<String>,
    /// As it was written.
    pub after: Option<String>,
}

/// Collects the way back, member by member by email address.
#[derive(Debug)]
pub struct Undo<'a> {
    targets: &'a Targets,
    names: &'a Names,
    site: &'a Observed,
    ledger: Totals,
    /// A line an offering: those of the targets, then those that only the site has.
    offerings: Vec<OfferingLine>,
    /// Who loses access although nothing that the run gave them is taken back.
    others_lose: u64,
}

/// A member as both sides hold it now, and the tags on the site that this migration granted and
/// no one has changed since.
#[derive(Debug, Clone, Copy)]
pub struct Now<'a> {
    /// The site.
    pub site: &'a MemberState,
    /// The contact system; `None` with managed contacts.
    pub contacts: Option<&'a MemberState>,
    /// There is a user, linked to a contact.
    pub linked: bool,
    /// Tags of the site that are still ours.
    pub ours: &'a BTreeSet<String>,
}

impl<'a> Undo<'a> {
    /// Starts the way back of a run whose change set speaks of `names`. `targets` has the offerings as they will be,
    /// `site` as they are.
    pub fn new(targets: &'a Targets, names: &'a Names, site: &'a Observed) -> Self {
        let own = targets.offerings.iter().map(|one| &one.key);
        let others = site
            .offerings
            .keys()
            .filter(|key| !own.clone().any(|own| own == *key));
        Self {
            targets,
            names,
            site,
            ledger: Totals::default(),
            offerings: own
                .clone()
                .chain(others)
                .map(|key| OfferingLine::new(key.clone()))
                .collect(),
            others_lose: 0,
        }
    }

    /// Takes a user who is not a member of the run: only offerings change for them.
    pub fn stranger(&mut self, row: &ObservedMember<'_>, sink: &mut dyn Sink) {
        let set = self.site.sets().get(row.set as usize);
        let held = set.into_iter().flat_map(|set| set.iter());
        let names = held.filter_map(|held| self.site.tags.get(usize::from(held.tag)));
        let state = MemberState {
            login: row.user.then(|| row.login.to_owned()),
            tags: names.map(|tag| tag.name.clone()).collect(),
            ..MemberState::default()
        };
        let (has, after) = self.access(&[], &state);
        if has == after {
            return;
        }
        let kinds = self.closed_or_opened(&has, &after, &state.tags);
        self.tell(
            row.email,
            (row.contact, row.user),
            (&kinds, &vec![NO_VALUE; kinds.len()]),
            (&has, &after),
            sink,
        );
    }

    /// Why access changes although the tags do not: one listed change per tag.
    fn closed_or_opened(
        &self,
        has: &BTreeSet<u16>,
        after: &BTreeSet<u16>,
        held: &BTreeSet<TagName>,
    ) -> Vec<ChangeKind> {
        let changes = has.symmetric_difference(after);
        let mut kinds: Vec<ChangeKind> = changes
            .filter_map(|offering| {
                let (rule, reason) = if has.contains(offering) {
                    (self.today(*offering), Reason::OfferingCloses)
                } else {
                    (self.after(*offering), Reason::OfferingOpens)
                };
                let tag = rule?.access().find(|tag| held.contains(*tag))?;
                Some(ChangeKind {
                    side: Side::Site,
                    action: Action::Nothing,
                    what: What::Tag(self.names.tag_index(Side::Site, tag)?),
                    reason,
                })
            })
            .collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    fn today(&self, offering: u16) -> Option<&OfferingTags> {
        let line = self.offerings.get(usize::from(offering))?;
        Some(&self.site.offerings.get(&line.offering)?.tags)
    }

    fn after(&self, offering: u16) -> Option<&OfferingTags> {
        match self.targets.offerings.get(usize::from(offering)) {
            Some(target) => Some(&target.tags),
            None => self.today(offering),
        }
    }

    /// Takes a member of the run.
    pub fn member(&mut self, email: &str, done: &[Done], now: Now<'_>, sink: &mut dyn Sink) {
        let mut lines: Vec<(ChangeKind, Option<String>, Option<String>)> =
            done.iter().filter_map(|done| self.back(done, now)).collect();
        lines.sort();
        if now.site.privileged && lines.iter().any(|(kind, ..)| kind.action.is_work()) {
            // Anyone who became one since the run is left alone, in the contact system too.
            let kind = ChangeKind {
                side: Side::Site,
                action: Action::Hold,
                what: What::User,
                reason: Reason::Privileged,
            };
            lines = vec![(kind, None, None)];
        }
        let (has, after) = self.access(&lines, now.site);
        let kinds: Vec<ChangeKind> = lines.iter().map(|(kind, ..)| *kind).collect();
        let values: Vec<Value<'_>> = lines
            .iter()
            .map(|(_, before, after)| Value {
                before: before.as_deref(),
                after: after.as_deref(),
            })
            .collect();
        let contact = now.contacts.unwrap_or(now.site).contact_ids.first();
        let contact = contact.map_or("", |id| id.as_str());
        self.tell(
            email,
            (contact, now.linked),
            (&kinds, &values),
            (&has, &after),
            sink,
        );
    }

    fn tell(
        &mut self,
        email: &str,
        (contact_id, user): (&str, bool),
        (kinds, values): (&[ChangeKind], &[Value<'_>]),
        (has, after): (&BTreeSet<u16>, &BTreeSet<u16>),
        sink: &mut dyn Sink,
    ) {
        for (offering, line) in (0u16..).zip(&mut self.offerings) {
            let (has, after) = (has.contains(&offering), after.contains(&offering));
            line.today += u64::from(has);
            line.lose += u64::from(has && !after);
            line.gain += u64::from(!has && after);
            line.wanted += u64::from(after);
            line.already_have += u64::from(has && after);
        }
        let taken = kinds
            .iter()
            .any(|kind| kind.action.is_work() && matches!(kind.what, What::Tag(_)));
        self.others_lose += u64::from(!taken && has.difference(after).next().is_some());
        let gains: Vec<u16> = after.difference(has).copied().collect();
        let loses: Vec<u16> = has.difference(after).copied().collect();
        let told = ListedMember {
            email,
            contact_id,
            found: true,
            user,
            kinds,
            values,
            gains: &gains,
            loses: &loses,
            both: &[],
            gone: &[],
        };
        self.ledger.tell(told, sink);
    }

    /// The change that undoes one change, or says why it stays; `None` if it is already undone.
    fn back(&self, done: &Done, now: Now<'_>) -> Option<(ChangeKind, Option<String>, Option<String>)> {
        let ChangeKind {
            side, action, what, ..
        } = done.kind;
        let state = match side {
            Side::Site => now.site,
            Side::Contacts => now.contacts.unwrap_or(now.site),
        };
        let attribute = self.names.attribute_on(side, what);
        let value = state.value(&attribute).map(str::to_owned);
        let stays = |reason| {
            let kind = ChangeKind {
                side,
                action: Action::Nothing,
                what,
                reason,
            };
            Some((kind, value.clone(), value.clone()))
        };
        let line = |action| {
            let kind = ChangeKind {
                side,
                action,
                what,
                reason: Reason::Undone,
            };
            Some((kind, value.clone(), done.before.clone()))
        };
        match (action, what) {
            (Action::AddTag, What::Tag(_)) if value.is_none() => None,
            (Action::AddTag, What::Tag(tag)) => {
                let Attribute::Tag(name) = self.names.attribute_on(side, What::Tag(tag)) else {
                    return None;
                };
                let ours = side == Side::Contacts || now.ours.contains(name.as_str());
                if ours {
                    line(Action::RemoveTag)
                } else {
                    stays(Reason::ChangedSince)
                }
            }
            (Action::RemoveTag, What::Tag(_)) if value.is_some() => None,
            (Action::RemoveTag, What::Tag(_)) => line(Action::AddTag),
            (Action::Create, What::User | What::Contact) => {
                value.as_ref().and_then(|_| stays(Reason::NeverDeleted))
            }
            (Action::Rename, _) if value == done.before || value.is_none() => None,
            (Action::Rename, _) if value == done.after => line(Action::Rename),
            (Action::Update, What::OptedOut) => stays(Reason::NeverResubscribed),
            (Action::Update, _) if value == done.before => None,
            (Action::Update, _) if value == done.after => line(Action::Update),
            (Action::Update | Action::Rename, _) => stays(Reason::ChangedSince),
            _ => None,
        }
    }

    /// Offerings with effective access on the site, now and after these lines.
    fn access(
        &self,
        lines: &[(ChangeKind, Option<String>, Option<String>)],
        site: &MemberState,
    ) -> (BTreeSet<u16>, BTreeSet<u16>) {
        let mut after = site.tags.clone();
        for (kind, ..) in lines.iter().filter(|(kind, ..)| kind.side == Side::Site) {
            let What::Tag(tag) = kind.what else { continue };
            let Attribute::Tag(tag) = self.names.attribute_on(Side::Site, What::Tag(tag)) else {
                continue;
            };
            match kind.action {
                Action::AddTag => after.insert(tag),
                Action::RemoveTag => after.remove(&tag),
                _ => false,
            };
        }
        let all = || (0u16..).take(self.offerings.len());
        let gives = |rule: Option<&OfferingTags>, held: &BTreeSet<TagName>| {
            site.login.is_some() && rule.is_some_and(|tags| tags.give_access(|tag| held.contains(tag)))
        };
        (
            all()
                .filter(|offering| gives(self.today(*offering), &site.tags))
                .collect(),
            all()
                .filter(|offering| gives(self.after(*offering), &after))
                .collect(),
        )
    }

    /// The way back as a difference. What the run created besides members stays: offerings, tags, emails. What it changed
    /// of them, `setup` changes back. Whoever loses what the run gave is meant to; all others count towards the limit.
    pub fn finish(mut self, setup: Setup, limits: Limits, accepted: Accepted) -> Difference {
        let sums = self.ledger.finish();
        let other_offerings = self.offerings.split_off(self.targets.offerings.len());
        Difference {
            ahead: Ahead::default(),
            totals: MemberTotals {
                counts: sums.counts,
                actions: sums.actions,
                ..MemberTotals::default()
            },
            offerings: self.offerings.into_iter().map(balanced).collect(),
            other_offerings: other_offerings.into_iter().map(balanced).collect(),
            changes: ChangeGroups {
                names: self.names.clone(),
                shapes: sums.shapes,
                by_shape: sums.by_shape,
            },
            named: NamedMembers {
                gainers: sums.gainers,
                losers: sums.losers,
                holders_of_both: sums.both,
                waiting: sums.waiting,
            },
            renames: Renames::default(),
            idle_canary: None,
            setup,
            carried: Vec::new(),
            refusals: lost_access(self.others_lose, limits, accepted),
            cost: super::Costs::default(),
        }
    }
}

const NO_VALUE: Value<'static> = Value {
    before: None,
    after: None,
};

/// An undo wants only those who get access back: who has access and keeps it counts among the others.
fn balanced(mut line: OfferingLine) -> OfferingLine {
    let kept = std::mem::take(&mut line.already_have);
    line.in_export = line.gain;
    line.wanted = line.gain;
    line.other_holders = kept;
    if kept > 0 {
        line.other_holders_by_reason
            .insert(KeptAccess::NotTakenBack, kept);
    }
    line
}
