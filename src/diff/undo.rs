//! What a run did to a member, and the member as it is now, in; the changes that take back what is
//! still ours out. People are never deleted, and nobody is re-subscribed.

use std::collections::BTreeSet;

use super::{
    Ahead, ChangeKind, Difference, KeptAccess, Names, OfferingLine, Renames, Setup, Sink, Value, What,
    members::{listed_member::ListedMember, totals::Totals},
};
use crate::{
    model::{Action, Attribute, LoginCounts, MemberState, Reason, Side, Targets},
    wanted::TagTable,
};

/// One change that a run carried out, with what it found and what it wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// What was done.
    pub kind: ChangeKind,
    /// As it was.
    pub before: Option<String>,
    /// As it was written.
    pub after: Option<String>,
}

/// Collects the way back, member by member in order of e-mail.
#[derive(Debug)]
pub struct Undo<'a> {
    targets: &'a Targets,
    names: &'a Names,
    tags: TagTable,
    ledger: Totals,
    offerings: Vec<OfferingLine>,
}

/// A member as both sides hold it now, and the tags on the site that this migration granted and
/// nobody touched since.
#[derive(Debug, Clone, Copy)]
pub struct Now<'a> {
    /// The site.
    pub site: &'a MemberState,
    /// The contact system; `None` with managed contacts.
    pub contacts: Option<&'a MemberState>,
    /// Tags of the site that are still ours.
    pub ours: &'a BTreeSet<String>,
}

impl<'a> Undo<'a> {
    /// Starts the way back of a run whose change set speaks of `names`.
    pub fn new(targets: &'a Targets, names: &'a Names) -> Self {
        Self {
            targets,
            names,
            tags: TagTable::of(targets, []),
            ledger: Totals::default(),
            offerings: targets
                .offerings
                .iter()
                .map(|one| OfferingLine::new(one.key.clone()))
                .collect(),
        }
    }

    /// Takes a member of the run.
    pub fn member(&mut self, email: &str, done: &[Done], now: Now<'_>, sink: &mut dyn Sink) {
        let mut lines: Vec<(ChangeKind, Option<String>, Option<String>)> =
            done.iter().filter_map(|done| self.back(done, now)).collect();
        lines.sort();
        if now.site.privileged && lines.iter().any(|(kind, ..)| kind.action.is_work()) {
            // Whoever became one since the run is left alone, in the contact system too.
            let kind = ChangeKind {
                side: Side::Site,
                action: Action::Hold,
                what: What::User,
                reason: Reason::Privileged,
            };
            lines = vec![(kind, None, None)];
        }
        let (has, after) = self.access(&lines, now.site);
        for (offering, line) in (0u16..).zip(&mut self.offerings) {
            let (has, after) = (has.contains(&offering), after.contains(&offering));
            line.today += u64::from(has);
            line.lose += u64::from(has && !after);
            line.gain += u64::from(!has && after);
            line.wanted += u64::from(after);
            line.already_have += u64::from(has && after);
        }
        let gains: Vec<u16> = after.difference(&has).copied().collect();
        let loses: Vec<u16> = has.difference(&after).copied().collect();
        let kinds: Vec<ChangeKind> = lines.iter().map(|(kind, ..)| *kind).collect();
        let values: Vec<Value<'_>> = lines
            .iter()
            .map(|(_, before, after)| Value {
                before: before.as_deref(),
                after: after.as_deref(),
            })
            .collect();
        let contact = now.contacts.unwrap_or(now.site).contact_ids.first();
        let told = ListedMember {
            email,
            contact_id: contact.map_or("", |id| id.as_str()),
            found: true,
            kinds: &kinds,
            values: &values,
            gains: &gains,
            loses: &loses,
            both: &[],
            gone: &[],
        };
        self.ledger.tell(told, sink);
    }

    /// The line that takes one change back, or says why it stays; `None` where it is gone already.
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
        let now: BTreeSet<u16> = site.tags.iter().filter_map(|name| self.tags.find(name)).collect();
        let mut after = now.clone();
        for (kind, ..) in lines.iter().filter(|(kind, ..)| kind.side == Side::Site) {
            let What::Tag(tag) = kind.what else { continue };
            let Some(tag) = self
                .names
                .tags
                .get(usize::from(tag))
                .and_then(|name| self.tags.find(name))
            else {
                continue;
            };
            match kind.action {
                Action::AddTag => after.insert(tag),
                Action::RemoveTag => after.remove(&tag),
                _ => false,
            };
        }
        let of = |held: &BTreeSet<u16>| {
            (0u16..)
                .take(self.targets.offerings.len())
                .filter(|offering| self.tags.has_access(*offering, |tag| held.contains(&tag)))
                .collect()
        };
        (of(&now), of(&after))
    }

    /// The way back as a difference. What was made before any member stays: offerings, tags, emails.
    pub fn finish(self) -> Difference {
        let sums = self.ledger.finish();
        Difference {
            ahead: Ahead::default(),
            counts: sums.counts,
            logins: LoginCounts::default(),
            names_altered: 0,
            actions: sums.actions,
            offerings: self.offerings.into_iter().map(balanced).collect(),
            names: self.names.clone(),
            shapes: sums.shapes,
            by_shape: sums.by_shape,
            gainers: sums.gainers,
            losers: sums.losers,
            holders_of_both: sums.both,
            waiting: sums.waiting,
            renames: Renames::default(),
            idle_canary: None,
            setup: Setup::default(),
            carried: Vec::new(),
            refusals: Vec::new(),
            cost: super::Costs::default(),
        }
    }
}

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
