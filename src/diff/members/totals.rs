//! Members as they are compared in; numbered shapes, counts and samples out.

use std::collections::BTreeMap;

use super::listed_member::ListedMember;
use crate::{
    diff::{
        ChangeKind, MemberCounts, MemberDiff, NAMED, Sample, ShapeCount, ShapeId, Shapes, Sink, Waiting,
        What,
        difference::{Sampler, sample_rank},
    },
    model::{Action, Reason},
};

/// What is known of a shape while members are counted.
#[derive(Debug, Default)]
struct Tally {
    count: u64,
    work: bool,
    /// Nothing is applied except that the key of a source is stored.
    remembers: bool,
    actions: Vec<Action>,
    samples: Sampler<Sample>,
}

/// Gives members with work their numbers, and counts.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    pub(crate) counts: MemberCounts,
    shapes: Shapes,
    tallies: Vec<Tally>,
    gainers: Sampler<String>,
    losers: Sampler<String>,
    both: Sampler<String>,
    conflicts: Vec<Waiting>,
    holds: Vec<Waiting>,
    changed_since: Vec<Waiting>,
}

/// What a ledger gives to the difference.
pub(crate) struct Sums {
    pub(crate) counts: MemberCounts,
    pub(crate) actions: BTreeMap<Action, u64>,
    pub(crate) shapes: Shapes,
    pub(crate) by_shape: Vec<ShapeCount>,
    pub(crate) gainers: Vec<String>,
    pub(crate) losers: Vec<String>,
    pub(crate) both: Vec<String>,
    pub(crate) waiting: Vec<Waiting>,
}

impl Totals {
    /// Takes a member; `sink` gets those with lines.
    pub(crate) fn tell(&mut self, told: ListedMember<'_>, sink: &mut dyn Sink) {
        let ListedMember {
            email,
            contact_id,
            found,
            user,
            kinds,
            values,
            gains,
            loses,
            both,
            gone,
        } = told;
        if found && !both.is_empty() {
            self.counts.both += 1;
            self.both.offer(sample_rank(email), || email.to_owned());
        }
        if kinds.is_empty() {
            return;
        }
        let rank = sample_rank(email);
        let shape = self.shapes.intern(kinds);
        let tally = tally(&mut self.tallies, shape, kinds);
        tally.count += 1;
        let seq = tally
            .work
            .then_some(self.counts.work)
            .and_then(|seq| u32::try_from(seq).ok());
        match (tally.work, found) {
            (true, true) if tally.remembers => self.counts.remembered += 1,
            (true, true) => self.counts.changed += 1,
            (true, false) => self.counts.created += 1,
            (false, _) => self.counts.listed += 1,
        }
        self.counts.work += u64::from(tally.work);
        let moved = !gains.is_empty() || !loses.is_empty();
        self.counts.moved_by_offerings += u64::from(moved && found && !tally.work);
        if !gains.is_empty() {
            self.counts.gain += 1;
            self.gainers.offer(rank, || email.to_owned());
        }
        if !loses.is_empty() {
            self.counts.lose += 1;
            self.losers.offer(rank, || email.to_owned());
        }
        // The address under which the member is known, if it is another one.
        let old = || {
            let rename = kinds.iter().position(|kind| kind.what == What::Address)?;
            values.get(rename)?.before.map(str::to_owned)
        };
        let left_alone = |kind: &ChangeKind| match kind.action {
            Action::Nothing => kind.reason == Reason::ChangedSince,
            _ => true,
        };
        for (action, named) in [
            (Action::Conflict, &mut self.conflicts),
            (Action::Hold, &mut self.holds),
            (Action::Nothing, &mut self.changed_since),
        ] {
            if tally.actions.contains(&action) && named.len() < NAMED {
                let kind = kinds
                    .iter()
                    .find(|kind| kind.action == action && left_alone(kind));
                named.extend(kind.map(|kind| Waiting {
                    email: email.to_owned(),
                    action,
                    reason: kind.reason,
                    old: old(),
                }));
            }
        }
        let diff = MemberDiff {
            email,
            seq,
            contact_id,
            found,
            user,
            shape,
            values,
            gains,
            loses,
            both,
            gone,
        };
        tally.samples.offer(rank, || Sample::of(&diff));
        sink.member(&diff, &self.shapes);
    }

    /// The sums.
    pub(crate) fn finish(self) -> Sums {
        let mut actions = BTreeMap::new();
        for tally in &self.tallies {
            for action in &tally.actions {
                *actions.entry(*action).or_default() += tally.count;
            }
        }
        let by_shape = (0u32..)
            .zip(self.tallies)
            .map(|(number, tally)| {
                let mut samples = tally.samples.take();
                samples.sort_by(|a, b| a.email.cmp(&b.email));
                ShapeCount {
                    shape: ShapeId(number),
                    count: tally.count,
                    samples,
                }
            })
            .collect();
        Sums {
            counts: self.counts,
            actions,
            shapes: self.shapes,
            by_shape,
            gainers: self.gainers.take(),
            losers: self.losers.take(),
            both: self.both.take(),
            waiting: self
                .conflicts
                .into_iter()
                .chain(self.holds)
                .chain(self.changed_since)
                .collect(),
        }
    }
}

fn tally<'t>(tallies: &'t mut Vec<Tally>, shape: ShapeId, kinds: &[ChangeKind]) -> &'t mut Tally {
    let at = shape.0 as usize;
    if tallies.len() <= at {
        let mut actions: Vec<Action> = kinds.iter().map(|kind| kind.action).collect();
        actions.sort_unstable();
        actions.dedup();
        let work = actions.iter().any(|action| action.is_work());
        let mut done = kinds.iter().filter(|kind| kind.action.is_work());
        tallies.push(Tally {
            work,
            remembers: work && done.all(|kind| kind.reason == Reason::RemembersKey),
            actions,
            ..Tally::default()
        });
    }
    &mut tallies[at]
}
