//! The difference: wanted members and observed rows, compared on two threads, reported by email address on this one.

use super::{
    Accepted, Ahead, ChangeGroups, Difference, MemberDiff, MemberTotals, NamedMembers, Names, Shapes,
    limits::refusals,
    members::{
        compare_all::walk_all,
        compare_members::Sums,
        context::CompareContext,
        partition::{MEMBERS, parts},
        totals::Totals,
    },
    observations::{Observations, Sink},
    setup::setup,
};
use crate::{
    model::{TagName, TagRefs, resolve_tags},
    plan::Plan,
    wanted::Wanted,
};

impl<F: FnMut(&MemberDiff<'_>, &Shapes)> Sink for F {
    fn member(&mut self, member: &MemberDiff<'_>, shapes: &Shapes) {
        self(member, shapes);
    }
}

/// The difference between what is wanted and what exists. What a person accepted for this run counts
/// in place of the plan's own limits.
pub fn compare(
    plan: &Plan,
    wanted: &Wanted,
    seen: Observations<'_>,
    accepted: Accepted,
    sink: &mut dyn Sink,
) -> Difference {
    compare_in_parts(plan, wanted, seen, accepted, MEMBERS, sink)
}

/// The same, so many members at a time: that makes no difference.
pub fn compare_in_parts(
    plan: &Plan,
    wanted: &Wanted,
    seen: Observations<'_>,
    accepted: Accepted,
    members: usize,
    sink: &mut dyn Sink,
) -> Difference {
    let ground = CompareContext::of(plan, wanted, seen, accepted);
    let mut ledger = Totals::default();
    let sums = walk_all(&ground, &parts(wanted, seen, members), |told| {
        ledger.tell(told, sink);
    });
    finish(ground, ledger, sums, accepted)
}

/// The tags as each system knows them.
fn tag_refs(names: &[TagName], seen: Observations<'_>) -> TagRefs {
    let contacts = seen
        .contacts
        .map(|contacts| &contacts.tags[..])
        .unwrap_or_default();
    TagRefs {
        site: resolve_tags(names, &seen.site.tags, seen.site_tag_rules),
        contacts: resolve_tags(names, contacts, seen.contact_tag_rules),
    }
}

fn finish(ground: CompareContext<'_>, ledger: Totals, walked: Sums, accepted: Accepted) -> Difference {
    let CompareContext {
        plan,
        wanted,
        seen,
        kept,
        claims,
        offerings,
        ..
    } = ground;
    let mut sums = ledger.finish();
    sums.counts.found = walked.found;
    sums.counts.unchanged = walked.unchanged;
    sums.counts.unknown = walked.unknown;
    let mut renames = claims.counts;
    renames.accepted = renames.accepted.saturating_sub(walked.not_renamed);
    let accounting = &wanted.accounting;
    let mut lines = walked.offerings;
    let other_offerings = lines.split_off(plan.targets.offerings.len());
    let tags = [wanted.tags.names(), offerings.more_tags()].concat();
    let refusals = refusals(
        plan,
        &accepted,
        &sums.counts,
        accounting.users + accounting.contacts_only,
        &lines,
        walked.undecided,
    );
    let names = Names {
        fields: plan.field_names().into_iter().cloned().collect(),
        keys: plan
            .keyed_sources()
            .filter_map(|source| Some(plan.sources.get(source)?.site_key().clone()))
            .collect(),
        tag_refs: tag_refs(&tags, seen),
        tags,
    };
    Difference {
        totals: MemberTotals {
            counts: sums.counts,
            logins: walked.logins,
            names_altered: kept.count(),
            actions: sums.actions,
        },
        offerings: lines,
        other_offerings,
        changes: ChangeGroups {
            names,
            shapes: sums.shapes,
            by_shape: sums.by_shape,
        },
        named: NamedMembers {
            gainers: sums.gainers,
            losers: sums.losers,
            holders_of_both: sums.both,
            waiting: sums.waiting,
        },
        ahead: Ahead::of(wanted, plan),
        renames,
        idle_canary: None,
        setup: setup(&plan.targets, &wanted.tags, seen),
        carried: wanted.carried.clone(),
        refusals,
        cost: super::Costs::default(),
    }
}
