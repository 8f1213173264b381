//! A case in; whether its members have, on later days, what the plan and its lists say of these days.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{ToSpan, civil::Date};
use proptest::{prop_assert, prop_assert_eq, test_runner::TestCaseResult};
use rehome::wanted::{Wanted, WantedMember};

use super::{
    case::{Bug, Case},
    records::{given, members, tag_names, tags_of},
    world::{AS_OF, Dice, Row, Source},
};

/// As days go by, no one loses a module whose release has no end, and every module comes on the day that is listed.
pub(super) fn a_later_day_takes_no_module(case: &Case<'_>) -> TestCaseResult {
    let world = case.world.without_ends();
    let days = i64::try_from(Dice::new(&world.more).below(120)).expect("a number of days");
    let on = AS_OF.checked_add(days.days()).expect("a day of these years");
    let (plan, now) = case.gather(&world, AS_OF);
    let (_, later) = case.gather(&world, on);
    let (first, second) = (given(&now), given(&later));
    for (email, (access, tags, _)) in &first {
        let (more_access, more_tags, _) = &second[email];
        prop_assert!(
            access.is_subset(more_access),
            "{email} has {access:?}, and {more_access:?} on {on}"
        );
        prop_assert!(
            tags.is_subset(more_tags),
            "{email} has {tags:?}, and {more_tags:?} on {on}"
        );
    }
    for one in now.upcoming(&plan).filter(|one| one.day <= on) {
        let email = now.email(one.member).expect("a member");
        let tag = now.tags.modules(one.offering)[usize::from(one.module) - 1];
        let tag = now.tags.names()[usize::from(tag)].to_string().to_lowercase();
        let has = |on: Date| given(&case.gather(&world, on).1)[email].1.contains(&tag);
        prop_assert!(has(one.day), "{tag} of {email} does not come on {}", one.day);
        let eve = one.day.yesterday().expect("a day before");
        prop_assert!(!has(eve), "{tag} of {email} comes before {}", one.day);
    }
    Ok(())
}

/// What members have access to, and the tags that give it.
fn access(wanted: &Wanted) -> BTreeMap<String, BTreeSet<String>> {
    let offerings = |member: &WantedMember<'_>| {
        let granted = &member.resolved.access;
        let tags = granted.iter().flat_map(|one| wanted.tags.access(*one));
        let own: BTreeSet<String> = tag_names(wanted, tags)
            .iter()
            .map(|tag| tag.to_lowercase())
            .collect();
        let tags = tags_of(wanted, member)
            .into_iter()
            .filter(|tag| own.contains(tag));
        tags.chain(granted.iter().map(|one| format!("o{one}"))).collect()
    };
    members(wanted)
        .filter(|one| !one.resolved.access.is_empty())
        .map(|one| (one.email.to_owned(), offerings(&one)))
        .collect()
}

/// A record whose status says that it has ended grants nothing; until the last day that a status has, all is as if it
/// said nothing.
pub(super) fn a_status_ends_what_its_record_grants(case: &Case<'_>) -> TestCaseResult {
    let mut without = case.world.clone();
    for source in &mut without.sources {
        let over = |source: &Source, row: &Row| source.status_end(row).is_some_and(|day| day < AS_OF);
        let rows = std::mem::take(&mut source.rows);
        source.rows = rows.into_iter().filter(|row| !over(source, row)).collect();
        source.statuses = false;
    }
    let all = access(&case.wanted);
    let without = access(&case.gather(&without, AS_OF).1);
    prop_assert_eq!(all, without, "a status gives or takes something");
    Ok(())
}

/// A record that has ended grants nothing, and one that ends today still grants.
pub(super) fn only_a_record_that_has_ended_grants_nothing(case: &Case<'_>) -> TestCaseResult {
    let mut world = case.world.clone();
    for line in world.sources.iter_mut().flat_map(Source::lines_mut) {
        line.ends = None;
    }
    let mut without = world.clone();
    let mut timeless = world.clone();
    for (source, timeless) in without.sources.iter_mut().zip(&mut timeless.sources) {
        let ends = source.ends;
        let past = |row: &Row| ends.and_then(|end| end.last(row)).is_some_and(|day| day < AS_OF);
        source.rows.retain(|row| !past(row));
        timeless.rows.retain(|row| !past(row));
        timeless.ends = None;
    }
    let all = access(&case.gather(&world, AS_OF).1);
    let without = access(&case.gather(&without, AS_OF).1);
    let timeless = access(&case.gather(&timeless, AS_OF).1);
    prop_assert_eq!(all, without.clone(), "ended records grant something");
    prop_assert_eq!(without, timeless, "an end ahead takes something");
    Ok(())
}

/// A member whose access is listed to end has it on that day, and not on the day after.
pub(super) fn access_ends_on_the_day_that_is_listed(case: &Case<'_>) -> TestCaseResult {
    let world = case.world;
    let lines = || world.sources.iter().flat_map(Source::lines);
    // Conditions on the day, and releases, can change on any day.
    let moving = lines().any(|line| !line.when.is_empty());
    let drips = lines().any(|line| line.release.is_some());
    for one in case.wanted.expiring(&case.plan) {
        let email = case.wanted.email(one.member).expect("a member");
        let has = |on: Date| {
            let wanted = case.gather(world, on).1;
            let member = wanted.find(email).and_then(|at| wanted.get(at));
            member.expect("a member").resolved.access.contains(&one.offering)
        };
        let last = match case.bug {
            Some(Bug::ListEndsADayLate) => one.last_day.tomorrow().expect("a day after"),
            _ => one.last_day,
        };
        prop_assert!(
            moving || has(last),
            "o{} of {email} is gone on {last}",
            one.offering
        );
        let next = last.tomorrow().expect("a day after");
        prop_assert!(
            moving || drips || !has(next),
            "o{} of {email} is there on {next}",
            one.offering
        );
    }
    Ok(())
}

/// Until the day that a change set names for a member, the member has access to the same; where it names none, on every
/// day. When modules open is the law of [`a_later_day_takes_no_module`].
pub(super) fn nothing_changes_before_the_day_that_a_change_set_says(case: &Case<'_>) -> TestCaseResult {
    let world = case.world;
    // Conditions on the day can change on any day.
    if world
        .sources
        .iter()
        .flat_map(Source::lines)
        .any(|line| !line.when.is_empty())
    {
        return Ok(());
    }
    let (plan, now) = case.gather(world, AS_OF);
    let late = i64::from(case.bug == Some(Bug::ChangesADayLate));
    let changes: BTreeMap<String, Date> = now
        .changes_by_itself(&plan)
        .into_iter()
        .map(|(member, day)| {
            let email = now.email(member).expect("a member");
            (
                email.to_owned(),
                day.checked_add(late.days()).expect("a day of these years"),
            )
        })
        .collect();
    let first = given(&now);
    let some_day = AS_OF.checked_add(
        i64::try_from(Dice::new(&world.more).below(400))
            .expect("days")
            .days(),
    );
    let some_day = some_day.expect("a day of these years");
    let mut days: BTreeSet<Date> = changes
        .values()
        .filter_map(|day| day.yesterday().ok())
        .take(6)
        .collect();
    days.insert(some_day);
    for on in days.into_iter().filter(|on| *on > AS_OF) {
        let later = given(&case.gather(world, on).1);
        for (email, one) in &first {
            let (access, then) = (&one.0, later.get(email).map(|later| &later.0));
            let same = changes.get(email).is_some_and(|day| *day <= on) || then == Some(access);
            prop_assert!(
                same,
                "{email} has {access:?} now and {then:?} on {on}, but {:?} is said",
                changes.get(email)
            );
        }
    }
    Ok(())
}
