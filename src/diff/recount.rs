//! The listed members of a difference in; its sums, counted once more, and why apply refuses, out.

use super::{
    Accepted, ChangeKind, Difference, Limits, MemberDiff, Refusal, ShapeCount, Shapes, Value, What,
    limits::beyond,
    members::{listed_member::ListedMember, totals::Totals},
};
use crate::model::{Action, OfferingTags, Side, Targets};

/// A member as a row of a change set lists them.
#[derive(Debug, Clone, Copy)]
pub struct ListedRow<'a> {
    /// The member.
    pub email: &'a str,
    /// The contact's ID; blank if there is no contact.
    pub contact_id: &'a str,
    /// Whether the member is on the site already.
    pub found: bool,
    /// Whether there is a user now whose contact it is.
    pub user: bool,
    /// What is done.
    pub kinds: &'a [ChangeKind],
    /// A value for each kind.
    pub values: &'a [Value<'a>],
    /// Offerings of which effective access is gained.
    pub gains: &'a [u16],
    /// Offerings of which effective access is lost.
    pub loses: &'a [u16],
}

/// Counts members as the comparison counts them.
#[derive(Debug)]
pub struct Recount {
    totals: Totals,
    /// Members who gain and lose each offering.
    access: Vec<(u64, u64)>,
    /// The tags of each offering of the plan, by the indexes of the difference.
    tags: Vec<AccessTags>,
}

/// By index, on the site.
#[derive(Debug)]
struct AccessTags {
    access: Vec<u16>,
    revoke: Option<u16>,
}

impl Recount {
    /// Of no member.
    pub fn new(targets: &Targets, stated: &Difference) -> Self {
        let names = &stated.changes.names;
        let of = |tags: &OfferingTags| AccessTags {
            access: tags
                .access()
                .filter_map(|tag| names.tag_index(Side::Site, tag))
                .collect(),
            revoke: tags
                .revoke
                .as_ref()
                .and_then(|tag| names.tag_index(Side::Site, tag)),
        };
        Self {
            totals: Totals::default(),
            access: vec![(0, 0); stated.offerings.len() + stated.other_offerings.len()],
            tags: targets.offerings.iter().map(|one| of(&one.tags)).collect(),
        }
    }

    /// Takes the next member, in order of email. Gives the place among those with something to apply.
    pub fn row(&mut self, row: ListedRow<'_>) -> Result<Option<u32>, String> {
        for (offerings, gained) in [(row.gains, true), (row.loses, false)] {
            for offering in offerings {
                let (gain, lose) = self
                    .access
                    .get_mut(usize::from(*offering))
                    .ok_or("a row names no offering")?;
                if gained {
                    *gain += 1;
                } else {
                    *lose += 1;
                }
            }
        }
        if let Some(offering) = self.opened_unsaid(&row) {
            return Err(format!(
                "{} gets access to offering {offering} and is not counted",
                row.email
            ));
        }
        let mut seq = None;
        let mut take = |member: &MemberDiff<'_>, _: &Shapes| seq = member.seq;
        self.totals.tell(
            ListedMember {
                email: row.email,
                contact_id: row.contact_id,
                found: row.found,
                user: row.user,
                kinds: row.kinds,
                values: row.values,
                gains: row.gains,
                loses: row.loses,
                both: &[],
                gone: &[],
            },
            &mut take,
        );
        Ok(seq)
    }

    /// An offering whose access a row takes by its tags without counting it as lost. A user who gets the revoke tag has
    /// no access afterwards; whether there was any before, only the row says.
    fn opened_unsaid(&self, row: &ListedRow<'_>) -> Option<u16> {
        let does = |action, tag: u16| {
            row.kinds
                .iter()
                .any(|kind| kind.side == Side::Site && kind.action == action && kind.what == What::Tag(tag))
        };
        (0u16..).zip(&self.tags).find_map(|(offering, tags)| {
            let taken = tags.revoke.is_some_and(|revoke| does(Action::AddTag, revoke));
            let given = tags.access.iter().any(|tag| does(Action::AddTag, *tag));
            // A revoke tag and a gain of the same offering contradict each other.
            (taken && (given || row.gains.contains(&offering))).then_some(offering)
        })
    }

    /// Puts the sums into a difference, for tests that write change sets by hand.
    #[cfg(test)]
    pub(crate) fn fill(self, difference: &mut Difference) {
        let sums = self.totals.finish();
        difference.totals.counts = sums.counts;
        difference.totals.counts.found = sums.counts.changed + sums.counts.remembered;
        difference.totals.actions = sums.actions;
        difference.changes.shapes = sums.shapes;
        difference.changes.by_shape = sums.by_shape;
        difference.named.gainers = sums.gainers;
        difference.named.losers = sums.losers;
        difference.named.waiting = sums.waiting;
    }

    /// Compares the sums with those that the difference states, and judges them.
    pub fn finish(
        self,
        stated: &Difference,
        limits: Option<Limits>,
        accepted: &Accepted,
        undo: bool,
    ) -> Result<Vec<Refusal>, String> {
        let sums = self.totals.finish();
        let (ours, theirs) = (sums.counts, stated.totals.counts);
        for (what, ours, theirs) in [
            ("to create", ours.created, theirs.created),
            ("to update", ours.changed, theirs.changed),
            ("with a new key only", ours.remembered, theirs.remembered),
            ("only listed", ours.listed, theirs.listed),
            ("who gain access", ours.gain, theirs.gain),
            ("who lose access", ours.lose, theirs.lose),
            (
                "whom offerings move",
                ours.moved_by_offerings,
                theirs.moved_by_offerings,
            ),
            ("with something to apply", ours.work, theirs.work),
        ] {
            if ours != theirs {
                return Err(format!(
                    "it says {theirs} members {what}, and its rows have {ours}"
                ));
            }
        }
        // An undo reads no list of members, so it does not say how many there are.
        if !undo && theirs.found < ours.changed + ours.remembered {
            return Err("it says that fewer members are on the site than it changes".to_owned());
        }
        if sums.actions != stated.totals.actions {
            return Err("the actions that it counts are not those of its rows".to_owned());
        }
        // The values of tags stand in no row: the shape says them.
        let shown = |shapes: &[ShapeCount], all: &Shapes| -> Vec<Shown> {
            shapes.iter().map(|one| shown(one, all.get(one.shape))).collect()
        };
        if shown(&sums.by_shape, &sums.shapes) != shown(&stated.changes.by_shape, &stated.changes.shapes)
            || sums.shapes.len() != stated.changes.shapes.len()
        {
            return Err("the groups that it shows are not those of its rows".to_owned());
        }
        if (&sums.gainers, &sums.losers, &sums.waiting)
            != (&stated.named.gainers, &stated.named.losers, &stated.named.waiting)
        {
            return Err("the members whom it names are not those of its rows".to_owned());
        }
        let lines = stated.offerings.iter().chain(&stated.other_offerings);
        let own = stated.offerings.len();
        for ((number, line), (gain, lose)) in lines.enumerate().zip(&self.access) {
            let bundle = self.tags.get(number).is_some_and(|tags| tags.access.is_empty()) && number < own;
            let gains = line.gain + line.other_gain;
            if line.lose != *lose || (gains != *gain && !bundle) {
                return Err(format!(
                    "it says that {gains} gain and {} lose \"{}\", and its rows have {gain} and {lose}",
                    line.lose, line.offering
                ));
            }
            if !undo && number < own && !(line.adds_up() && line.is_explained()) {
                return Err(format!("the line of \"{}\" does not add up", line.offering));
            }
        }
        let mut refusals = limits.map_or_else(Vec::new, |limits| beyond(limits, accepted, &theirs));
        let by_limit =
            |refusal: &&Refusal| matches!(refusal, Refusal::Updates { .. } | Refusal::LostAccess { .. });
        refusals.extend(stated.refusals.iter().filter(|one| !by_limit(one)).cloned());
        Ok(refusals)
    }
}

/// Address and personal values of a sample.
type ShownSample = (String, Vec<(Option<String>, Option<String>)>);

/// What a report shows of a shape: its kinds, how many members have it, and some of them.
type Shown = (Vec<ChangeKind>, u64, Vec<ShownSample>);

fn shown(one: &ShapeCount, kinds: &[ChangeKind]) -> Shown {
    let personal = |values: &[(Option<String>, Option<String>)]| {
        let values = kinds.iter().zip(values);
        let values = values.filter(|(kind, _)| !matches!(kind.what, What::Tag(_)));
        values.map(|(_, value)| value.clone()).collect()
    };
    let samples = one.samples.iter();
    let samples = samples.map(|sample| (sample.email.clone(), personal(&sample.values)));
    (kinds.to_vec(), one.count, samples.collect())
}
