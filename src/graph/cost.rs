//! A difference and what the systems can do in; how many requests apply takes, and how long, out. All numbers come
//! from the forms by which requests are batched and from the limits on their rate.

use std::collections::BTreeMap;

use super::{COHORT, Waves, build::waves_of};
use crate::{
    diff::{Cost, Costs, Difference, What},
    model::{Action, Batch, Capabilities, Operation, Seq, Side},
};

/// Seconds of a day.
const DAY: u64 = 86_400;

/// How fast a system may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rate {
    /// Thousandths of requests in so many seconds.
    even: Option<(u64, u64)>,
    per_day: Option<u64>,
}

impl Rate {
    /// The limits of a system, of which this run takes `share` thousandths: those of all requests, or of a class.
    fn new(can: &Capabilities, share: u16, class: Option<&str>) -> Self {
        let shared = |requests: u64| (requests * u64::from(share) / 1_000).max(1);
        Self {
            even: can.limits.strictest(class).map(|limit| {
                let requests = (u64::from(limit.requests) * u64::from(share)).max(1);
                (requests, limit.per.seconds())
            }),
            per_day: can.limits.per_day(class).map(|quota| shared(u64::from(quota))),
        }
    }

    /// The time that so many requests take, and the days.
    fn time(self, requests: u64) -> (Option<u64>, Option<u64>) {
        let at_rate = |requests: u64| {
            let even = self.even;
            even.map_or(0, |(most, seconds)| (requests * seconds * 1_000).div_ceil(most))
        };
        match self.per_day {
            // Nothing is sent on a day whose quota is used up.
            Some(quota) if requests > 0 => {
                let full = (requests - 1) / quota;
                let last = at_rate(requests - full * quota);
                (Some(full * DAY + last), Some(full + 1))
            }
            None if self.even.is_none() => (None, None),
            _ => {
                let seconds = at_rate(requests);
                (Some(seconds), Some(seconds.div_ceil(DAY)))
            }
        }
    }
}

/// What apply takes of both systems, as far as it is known what they can do. `share` is the part of the contact
/// system's limits that the plan takes, in thousandths.
pub fn costs(
    difference: &Difference,
    site: Option<&Capabilities>,
    contacts: Option<&Capabilities>,
    share: u16,
) -> Costs {
    Costs {
        site: site.map(|can| cost(difference, Side::Site, can, 1_000)),
        contacts: contacts.map(|can| cost(difference, Side::Contacts, can, share)),
    }
}

fn cost(difference: &Difference, side: Side, can: &Capabilities, share: u16) -> Cost {
    let setup = &difference.setup;
    let created = match side {
        Side::Site => setup.offerings.len() + setup.site_tags.len() + setup.emails.len(),
        Side::Contacts => setup.contact_tags.len(),
    };
    let mut requests = created as u64;
    let mut lookups = 0;
    let mut by_class: BTreeMap<&str, u64> = BTreeMap::new();
    for operation in Operation::sequence(true).filter(|operation| operation.side() == side) {
        for part in operation_cost(difference, operation, can) {
            requests += part.requests;
            lookups += part.lookups;
            let classes = [
                (part.class, part.requests),
                (can.classes.probe.as_deref(), part.lookups),
            ];
            for (class, requests) in classes {
                if let Some(class) = class {
                    *by_class.entry(class).or_default() += requests;
                }
            }
        }
    }
    // All limits hold at the same time: the slowest decides.
    let (mut seconds, mut days) = Rate::new(can, share, None).time(requests + lookups);
    for (class, requests) in by_class {
        let (more_seconds, more_days) = Rate::new(can, share, Some(class)).time(requests);
        seconds = seconds.max(more_seconds);
        days = days.max(more_days);
    }
    Cost {
        requests,
        seconds,
        days,
    }
}

/// The requests of one kind.
struct KindCost<'c> {
    requests: u64,
    /// The lookups before them.
    lookups: u64,
    /// The class in which the requests count.
    class: Option<&'c str>,
}

/// The write requests of one operation, by kind.
fn operation_cost<'c>(
    difference: &Difference,
    operation: Operation,
    can: &'c Capabilities,
) -> Vec<KindCost<'c>> {
    let batching = &can.batching;
    let forms: &[(Option<Action>, Batch)] = if batching.splits_members(operation) {
        &[
            (Some(Action::AddTag), batching.add_tags),
            (Some(Action::RemoveTag), batching.remove_tags),
        ]
    } else {
        &[(None, Batch::Members(batching.most(operation)))]
    };
    let mut kinds = Vec::with_capacity(forms.len());
    for (action, batch) in forms {
        let sets = tag_sets(difference, operation, *action, batching.tags_with_contact);
        let mut written = 0;
        each_cohort(difference.totals.counts.work, |part| {
            written += batch.requests(sets.iter().map(|(tags, count)| (tags.as_slice(), part(*count))));
        });
        let members = match batch {
            Batch::Members(_) | Batch::SameTags(_) => sets.iter().map(|(_, count)| count).sum::<u64>(),
            _ => sets.iter().map(|(tags, count)| tags.len() as u64 * count).sum(),
        };
        let lookups = if can.compares {
            0
        } else {
            written.max(members.div_ceil(batching.probe.max(1) as u64))
        };
        let class = match (operation, action) {
            (Operation::ContactTags, Some(Action::RemoveTag)) => &can.classes.remove_tags,
            (Operation::ContactTags, _) => &can.classes.add_tags,
            _ => &can.classes.contacts,
        };
        kinds.push(KindCost {
            requests: written,
            lookups,
            class: class.as_deref(),
        });
    }
    kinds
}

/// What an operation changes, as sets of numbers, and how many members have each set. Where the batches do not
/// depend on what is changed, one set stands for all.
fn tag_sets(
    difference: &Difference,
    operation: Operation,
    action: Option<Action>,
    tags_with_contact: bool,
) -> Vec<(Vec<u16>, u64)> {
    let mut sets: Vec<(Vec<u16>, u64)> = Vec::new();
    let mut any = 0;
    for shape in &difference.changes.by_shape {
        let mine = difference.changes.shapes.get(shape.shape).iter().filter(|kind| {
            let tag = matches!(kind.what, What::Tag(_));
            kind.action.is_work()
                && Operation::carrying_kind(kind.side, kind.action, tag, tags_with_contact) == operation
                && action.is_none_or(|action| kind.action == action)
        });
        if action.is_none() {
            any += if mine.count() > 0 { shape.count } else { 0 };
            continue;
        }
        let mut tags: Vec<u16> = mine
            .filter_map(|kind| match kind.what {
                What::Tag(tag) => Some(tag),
                _ => None,
            })
            .collect();
        tags.sort_unstable();
        if !tags.is_empty() {
            sets.push((tags, shape.count));
        }
    }
    if any > 0 {
        sets.push((vec![0], any));
    }
    sets
}

/// Calls for each cohort of a run with a function that gives the cohort's part of a number of members: a request
/// never exceeds a cohort, and the members are spread evenly over them.
fn each_cohort(members: u64, mut call: impl FnMut(&dyn Fn(u64) -> u64)) {
    let total = Seq::try_from(members).unwrap_or(Seq::MAX);
    for cohort in waves_of(total, None, Waves::Growing, COHORT)
        .into_iter()
        .flatten()
    {
        let up_to = |count: u64, end: Seq| count * u64::from(end) / u64::from(total.max(1));
        call(&|count| up_to(count, cohort.to) - up_to(count, cohort.from));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_follows_from_the_rate_and_days_from_the_quota() {
        let rate = |per_minute: Option<u64>, per_day| Rate {
            even: per_minute.map(|requests| (requests * 1_000, 60)),
            per_day,
        };
        assert_eq!(rate(None, None).time(500), (None, None));
        assert_eq!(rate(Some(60), None).time(0), (Some(0), Some(0)));
        assert_eq!(rate(Some(60), None).time(500), (Some(500), Some(1)));
        assert_eq!(rate(Some(1), None).time(2_000), (Some(120_000), Some(2)));
        let quota = rate(Some(240), Some(30_000));
        assert_eq!(quota.time(30_000), (Some(7_500), Some(1)));
        assert_eq!(quota.time(100_000), (Some(3 * DAY + 2_500), Some(4)));
    }

    #[test]
    fn the_parts_of_all_cohorts_are_the_whole() {
        for members in [0, 1, 5, 111, 112, 2_111, 7_000] {
            for count in [0, 1.min(members), members / 3, members] {
                let mut sum = 0;
                each_cohort(members, |part| sum += part(count));
                assert_eq!(sum, count, "{count} of {members}");
            }
        }
    }
}
