//! A case in; whether its records are counted, and mean what the plan says.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{prop_assert, prop_assert_eq, test_runner::TestCaseResult};
use rehome::{
    model::{Attribute, Change},
    wanted::{LeftOut, Wanted, WantedMember},
};

use super::{
    case::{Bug, Case},
    world::AS_OF,
};

/// By address, names instead of numbers, so that two plans can be compared.
type Given = BTreeMap<String, (BTreeSet<u16>, BTreeSet<String>, String)>;

/// What is gained and lost, and the changes of tags.
type AccessAndTags = (Vec<u16>, Vec<u16>, BTreeSet<String>);

pub(super) fn tag_names(wanted: &Wanted, tags: impl Iterator<Item = u16>) -> BTreeSet<String> {
    tags.map(|tag| wanted.tags.names()[usize::from(tag)].to_string())
        .collect()
}

/// The tags of a member in lowercase: of a tag that comes from values the first spelling counts.
pub(super) fn tags_of(wanted: &Wanted, member: &WantedMember<'_>) -> BTreeSet<String> {
    let names = tag_names(wanted, member.resolved.hold.iter().map(|one| one.tag));
    names.iter().map(|name| name.to_lowercase()).collect()
}

pub(super) fn members(wanted: &Wanted) -> impl Iterator<Item = WantedMember<'_>> {
    (0..wanted.len()).filter_map(|at| wanted.get(at))
}

/// What every member is given, without what the order of records may change.
pub(super) fn given(wanted: &Wanted) -> Given {
    let one = |member: WantedMember<'_>| {
        let resolved = member.resolved;
        let rest = format!(
            "{} {} {} {} {:?} {:?} {:?} {:?}",
            member.opted_out,
            resolved.user,
            resolved.contact,
            resolved.ended,
            resolved.revoke,
            resolved.absent,
            resolved.disputed,
            tag_names(wanted, resolved.lift.iter().copied()),
        );
        let access = resolved.access.iter().copied().collect();
        (member.email.to_owned(), (access, tags_of(wanted, &member), rest))
    };
    members(wanted).map(one).collect()
}

/// Every record and every member is counted once, in every source.
pub(super) fn everything_is_counted_once(case: &Case<'_>) -> TestCaseResult {
    let Case {
        world,
        wanted,
        meanings,
        ..
    } = case;
    let accounting = &wanted.accounting;
    prop_assert!(accounting.adds_up(), "{accounting:#?}");
    for (source, count) in world.sources.iter().zip(&accounting.sources) {
        let rejected = source.rows.iter().filter(|row| world.who(row).is_none());
        prop_assert_eq!(count.read, source.rows.len() as u64);
        prop_assert_eq!(count.rejected_total(), rejected.count() as u64);
        prop_assert_eq!(
            count.read,
            count.members + count.merged + count.rejected_total() + count.ignored
        );
    }
    prop_assert_eq!(accounting.members, meanings.len() as u64);
    let users = meanings.values().filter(|one| one.user).count() as u64;
    let contacts_only = meanings.values().filter(|one| one.contact && !one.user).count() as u64;
    prop_assert_eq!(
        (accounting.users, accounting.contacts_only),
        (users, contacts_only)
    );
    let mut left_out: BTreeMap<LeftOut, u64> = BTreeMap::new();
    for one in meanings.values().filter(|one| one.left_out()) {
        let why = match (one.later, one.ended, one.revoke.is_empty()) {
            (true, ..) => LeftOut::NotYet,
            (_, true, _) => LeftOut::Ended,
            (.., true) => LeftOut::NothingGranted,
            (.., false) => LeftOut::OnlyRevoked,
        };
        *left_out.entry(why).or_default() += 1;
    }
    prop_assert_eq!(&accounting.left_out, &left_out);
    Ok(())
}

/// Members are given what the plan says, and nothing else. A grant of any record beats every revoke.
pub(super) fn members_are_given_what_the_plan_says(case: &Case<'_>) -> TestCaseResult {
    let Case {
        world,
        plan,
        wanted,
        meanings,
        ..
    } = case;
    prop_assert_eq!(wanted.len(), meanings.len());
    let absences = world.absences();
    for member in members(wanted) {
        let (email, resolved) = (member.email, member.resolved);
        let meaning = &meanings[email];
        let set = |of: &[u16]| of.iter().copied().map(usize::from).collect::<BTreeSet<_>>();
        let granted: BTreeSet<usize> = meaning.access.keys().copied().collect();
        prop_assert!(granted.is_disjoint(&set(&resolved.revoke)), "{}", email);
        prop_assert_eq!(set(&resolved.access), granted, "access of {}", email);
        prop_assert_eq!(
            set(&resolved.revoke),
            meaning.revoke.clone(),
            "revoked of {}",
            email
        );
        let access = meaning.access.iter();
        let of_offerings = access.flat_map(|(offering, open)| world.tags_for(*offering, *open));
        let all: BTreeSet<String> = of_offerings
            .map(|tag| tag.to_lowercase())
            .chain(meaning.tags.iter().cloned())
            .collect();
        prop_assert_eq!(tags_of(wanted, &member), all, "tags of {}", email);
        prop_assert_eq!(
            (resolved.user, resolved.contact),
            (meaning.user, meaning.contact),
            "{}",
            email
        );
        prop_assert_eq!(member.opted_out, meaning.opted_out, "consent of {}", email);
        prop_assert_eq!(
            (member.first_name, member.last_name),
            (meaning.first, meaning.last),
            "{}",
            email
        );
        let at = wanted.find(email).expect("a member");
        for (field, value) in &meaning.fields {
            let name = world.fields[*field].0.name;
            let names = plan.field_names();
            let there = names.iter().position(|one| one.as_str() == name);
            prop_assert_eq!(
                wanted.field(at, there.expect("a field of the plan")),
                *value,
                "{} of {}",
                name,
                email
            );
        }
        let missing: BTreeSet<usize> = absences
            .keys()
            .copied()
            .filter(|one| !meaning.named.contains(one))
            .collect();
        prop_assert_eq!(set(&resolved.absent), missing, "missing from {}", email);
    }
    Ok(())
}

/// What members are given depends neither on the order of records nor on that of sources.
pub(super) fn the_order_of_records_and_sources_makes_no_difference(case: &Case<'_>) -> TestCaseResult {
    let shuffled = case.world.shuffled(&case.world.more);
    let other = Case::new(&shuffled, case.bug);
    prop_assert_eq!(given(&case.wanted), given(&other.wanted));
    let sums = |wanted: &Wanted| {
        let all = &wanted.accounting;
        (all.members, all.users, all.contacts_only, all.left_out.clone())
    };
    prop_assert_eq!(sums(&case.wanted), sums(&other.wanted));
    // Of several keys of a person the first is kept, so renames may depend on the order.
    if case.world.sources.iter().any(|source| source.keyed) {
        return Ok(());
    }
    let listed = |case: &Case<'_>| -> BTreeMap<String, AccessAndTags> {
        let (_, members) = case
            .before
            .differ(case.world, &case.plan, &case.wanted, None::<Bug>);
        let tags = |changes: &[Change]| -> BTreeSet<String> {
            let of_tags = changes
                .iter()
                .filter(|change| matches!(change.attribute, Attribute::Tag(_)));
            of_tags
                .map(|change| format!("{change:?}").to_lowercase())
                .collect()
        };
        members
            .into_iter()
            .map(|(email, one)| (email, (one.gains, one.loses, tags(&one.changes))))
            .filter(|(_, (gains, loses, tags))| !(gains.is_empty() && loses.is_empty() && tags.is_empty()))
            .collect()
    };
    prop_assert_eq!(listed(case), listed(&other));
    Ok(())
}

/// Where no source is complete, no one is missing.
pub(super) fn nobody_is_missing_from_a_source_that_is_not_complete(case: &Case<'_>) -> TestCaseResult {
    let mut world = case.world.clone();
    for source in &mut world.sources {
        source.complete = None;
    }
    let (plan, wanted) = case.gather(&world, AS_OF);
    prop_assert!(wanted.stranger().absent.is_empty());
    let (_, members) = case.before.differ(&world, &plan, &wanted, case.bug);
    for (email, member) in &members {
        let missing = member
            .changes
            .iter()
            .find(|one| one.reason.code().starts_with("gone"));
        prop_assert!(missing.is_none(), "{email}: {missing:?}");
    }
    Ok(())
}
