//! A case in; whether the changes of its members are those that they may see, and whether they are counted.

use std::collections::BTreeSet;

use proptest::{prop_assert, prop_assert_eq, test_runner::TestCaseResult};
use rehome::{
    diff::Refusal,
    model::{Action, Attribute, Change, Side},
};

use super::{
    case::Case,
    meaning::{Absence, Meaning, Open},
    systems::{ListedMember, Members, Person, Systems},
    world::{Source, World},
};

fn number(offering: usize) -> u16 {
    u16::try_from(offering).expect("few offerings")
}

/// The address of a member on the site before the run.
fn old_address<'a>(email: &'a str, members: &'a Members) -> &'a str {
    let changes = members.get(email).into_iter().flat_map(ListedMember::work);
    let mut renames = changes.filter(|one| one.action == Action::Rename && one.side == Side::Site);
    renames
        .next()
        .and_then(|one| one.before.as_deref())
        .unwrap_or(email)
}

/// A member whom a record grants an offering now does not lose it, and gets all of it unless blocked.
pub(super) fn the_granted_have_access(case: &Case<'_>) -> TestCaseResult {
    let Case {
        world,
        meanings,
        members,
        before,
        after,
        ..
    } = case;
    for (email, meaning) in meanings {
        for offering in meaning.access.keys() {
            let loses = |member: &ListedMember| member.loses.contains(&number(*offering));
            prop_assert!(
                !members.get(email).is_some_and(loses),
                "{email} is granted o{offering} and listed to lose it"
            );
            let has = |systems: &Systems, email: &str| {
                let person = systems.site.get(email);
                person.is_some_and(|one| one.has_access(world, *offering))
            };
            let had = has(before, old_address(email, members));
            prop_assert!(
                has(after, email) || !had,
                "{email} is granted o{offering} and loses it"
            );
        }
    }
    // A user who is created is a member since the day that the records say.
    for (email, member) in members {
        let made = |what: &Attribute| {
            let change = member.work().find(|one| one.attribute == *what);
            change.map(|one| one.after.clone())
        };
        let since = meanings
            .get(email)
            .and_then(|one| one.registered)
            .filter(|_| made(&Attribute::User).is_some());
        let since = since.map(|day| Some(format!("{day}T00:00:00Z")));
        prop_assert_eq!(made(&Attribute::Registered), since, "{}", email);
    }
    // A member who is wanted as a user and is not blocked has all that is granted, and as much of it.
    for (email, meaning) in meanings.iter().filter(|(_, one)| one.user) {
        let blocked = |change: &Change| {
            let whole = matches!(
                change.attribute,
                Attribute::Address | Attribute::User | Attribute::Contact | Attribute::ContactLink
            );
            whole && matches!(change.action, Action::Hold | Action::Conflict)
        };
        if members
            .get(email)
            .is_some_and(|one| one.changes.iter().any(blocked))
        {
            continue;
        }
        for (offering, open) in &meaning.access {
            let person = &after.site[email];
            // A bundle without tags of its own gives access to nothing but what it includes.
            let tags = world.tags_for(*offering, *open);
            prop_assert!(
                tags.is_empty() || person.has_access(world, *offering),
                "{email} has no o{offering}"
            );
            let lacks = tags.iter().find(|tag| !person.holds(tag));
            prop_assert!(lacks.is_none(), "{email} lacks {lacks:?}");
        }
    }
    Ok(())
}

/// Nothing happens to members who are left out, to privileged users, and to what the plan does not own.
pub(super) fn only_what_the_plan_owns_changes(case: &Case<'_>) -> TestCaseResult {
    let Case {
        world,
        meanings,
        members,
        before,
        after,
        ..
    } = case;
    let absences = world.absences();
    let not_in_any_source = Meaning::default();
    for (email, member) in members {
        let meaning = meanings.get(email).unwrap_or(&not_in_any_source);
        let was = before.site.get(old_address(email, members));
        let privileged = was.is_some_and(|one| one.state.privileged);
        prop_assert!(!(privileged && member.has_work()), "{email} is privileged");
        if meaning.left_out() {
            prop_assert!(
                was.is_some() || !member.has_work(),
                "{email} is left out and does not exist: {:?}",
                member.changes
            );
        }
        let taken: BTreeSet<usize> = absences
            .iter()
            .filter(|(one, what)| **what == Absence::Revoked && !meaning.named.contains(*one))
            .map(|(one, _)| *one)
            .chain(meaning.revoke.iter().copied())
            .collect();
        for change in member.work() {
            let fits = allowed(world, meaning, &taken, was, change);
            prop_assert!(fits, "{email}: {change:?} of {meaning:#?}");
        }
    }
    // Without changes to apply, members stay as they are.
    let touched = |email: &str| members.get(email).is_some_and(ListedMember::has_work);
    let renamed: BTreeSet<&str> = members.keys().map(|email| old_address(email, members)).collect();
    for (email, person) in &before.site {
        if !touched(email) && !renamed.contains(email.as_str()) {
            prop_assert_eq!(after.site.get(email), Some(person), "{}", email);
        }
    }
    let created = after
        .site
        .keys()
        .filter(|email| !before.site.contains_key(*email));
    for email in created {
        let moved = old_address(email, members) != email;
        let wanted = meanings.get(email).is_some_and(|one| !one.left_out());
        prop_assert!(moved || wanted, "{email} is created");
    }
    Ok(())
}

/// Access is revoked only where every tag that gives it on the site comes from this migration. Contact systems do not
/// know who gave a tag.
pub(super) fn nobody_loses_what_others_gave(case: &Case<'_>) -> TestCaseResult {
    let Case {
        world,
        members,
        before,
        ..
    } = case;
    for (email, member) in members {
        let added = member.work().filter(|one| one.after.is_some());
        for (side, tag) in added.filter_map(|one| Some((one.side, one.attribute.tag()?))) {
            let is_revoke = |offering: &usize| world.tags_of(*offering).3.as_deref() == Some(tag.as_str());
            let Some(offering) = (0..world.offerings.len()).find(is_revoke) else {
                continue;
            };
            let Some(person) = before.site.get(old_address(email, members)) else {
                continue;
            };
            let (base, instant, modules, _) = world.tags_of(offering);
            let giving = base.into_iter().chain(instant).chain(modules);
            for own in giving.filter(|own| person.holds(own)) {
                let ours = person.ours.iter().any(|one| one.as_str() == own);
                prop_assert!(
                    ours,
                    "{email} loses o{offering} on the {side:?}, and {own:?} is not ours"
                );
            }
        }
    }
    Ok(())
}

/// Changes that were applied are in place and are not found again; what is blocked stays so, for the same reasons.
pub(super) fn what_was_applied_is_not_found_again(case: &Case<'_>) -> TestCaseResult {
    let Case {
        world,
        plan,
        wanted,
        members,
        difference,
        after,
        ..
    } = case;
    for (email, member) in members {
        for change in member.work() {
            let people = match change.side {
                Side::Site => &after.site,
                Side::Contacts => after.contacts.as_ref().expect("a contact system"),
            };
            let state = &people[email].state;
            prop_assert!(
                state.has(change),
                "{email}: {change:?} is not in place: {state:?}"
            );
        }
    }
    let (again, left) = after.differ(world, plan, wanted, case.bug);
    let work: Vec<_> = left.iter().filter(|(_, one)| one.has_work()).collect();
    prop_assert!(
        work.is_empty() && again.totals.counts.work == 0,
        "{work:#?}\nafter {members:#?}"
    );
    prop_assert_eq!(not_applied(members), not_applied(&left));
    for (was, is) in difference.offerings.iter().zip(&again.offerings) {
        prop_assert_eq!(was.after(), is.today, "{} afterwards", was.offering);
        prop_assert_eq!(
            (was.in_export, was.wanted, was.blocked),
            (is.in_export, is.wanted, is.blocked)
        );
    }
    Ok(())
}

/// Every row of the reconciliation is explained, and every count is that of the members listed.
pub(super) fn every_number_is_that_of_the_members_listed(case: &Case<'_>) -> TestCaseResult {
    let Case {
        world,
        plan,
        meanings,
        difference,
        members,
        before,
        after,
        ..
    } = case;
    for (offering, line) in difference.offerings.iter().enumerate() {
        prop_assert!(line.adds_up() && line.is_explained(), "{line:?}");
        let in_export = meanings
            .values()
            .filter(|one| one.access.contains_key(&offering))
            .count();
        prop_assert_eq!(line.in_export, in_export as u64, "o{} in the export", offering);
        if world.tags_for(offering, Open::All).is_empty() {
            // A bundle without tags of its own belongs to those who are granted it and have all of it.
            prop_assert_eq!(
                (line.after(), line.lose),
                (line.wanted - line.blocked, 0),
                "o{} after",
                offering
            );
            continue;
        }
        let with_access = |systems: &Systems| {
            let site = systems.site.values();
            site.filter(|one| one.has_access(world, offering)).count() as u64
        };
        prop_assert_eq!(line.today, with_access(before), "o{} today", offering);
        prop_assert_eq!(line.after(), with_access(after), "o{} after", offering);
        prop_assert_eq!(
            line.after(),
            line.wanted - line.blocked + line.other_holders + line.other_gain,
            "{:?}",
            line
        );
        let listed = |what: fn(&ListedMember) -> &Vec<u16>| {
            let some = members.values();
            some.filter(|one| what(one).contains(&number(offering))).count() as u64
        };
        prop_assert_eq!(
            (line.gain + line.other_gain, line.lose),
            (listed(|one| &one.gains), listed(|one| &one.loses)),
            "o{}",
            offering
        );
    }
    let counts = &difference.totals.counts;
    let count =
        |what: &dyn Fn(&ListedMember) -> bool| members.values().filter(|one| what(one)).count() as u64;
    prop_assert_eq!(counts.work, count(&ListedMember::has_work));
    prop_assert_eq!(counts.work, counts.created + counts.changed + counts.remembered);
    prop_assert_eq!(counts.listed, count(&|one| !one.has_work()));
    prop_assert_eq!(counts.gain, count(&|one| !one.gains.is_empty()));
    prop_assert_eq!(counts.lose, count(&|one| !one.loses.is_empty()));
    prop_assert!(counts.both >= count(&|one| one.both > 0));
    for (action, number) in &difference.totals.actions {
        let with = |one: &ListedMember| one.changes.iter().any(|change| change.action == *action);
        prop_assert_eq!(*number, count(&with));
    }
    let shapes = difference.changes.by_shape.iter().map(|shape| shape.count);
    prop_assert_eq!(shapes.sum::<u64>(), members.len() as u64);
    let limits = &plan.policy.limits;
    let refused = |fits: fn(&Refusal) -> bool| difference.refusals.iter().any(fits);
    prop_assert_eq!(
        refused(|one| matches!(one, Refusal::LostAccess { .. })),
        counts.lose > limits.lost_access
    );
    let allowed = match world.limits.map_or("30%", |(updates, _)| updates) {
        "2" => Some(2),
        share if counts.found >= 10 => {
            let percent: u64 = share.trim_end_matches('%').parse().expect("a number");
            Some(percent * counts.found / 100)
        }
        _ => None,
    };
    let too_many = allowed.is_some_and(|allowed| counts.changed > allowed);
    prop_assert_eq!(
        refused(|one| matches!(one, Refusal::Updates { .. })),
        too_many,
        "{:?}",
        difference.refusals
    );
    Ok(())
}

/// What is listed and not applied, with its reasons. What tags open and close by themselves is over once it happened.
fn not_applied(members: &Members) -> BTreeSet<String> {
    const BY_TAGS: [&str; 5] = ["offering-opens", "offering-closes", "granted", "revoked", "gone"];
    let mut all = BTreeSet::new();
    for (email, member) in members {
        let listed = |one: &&Change| !one.action.is_work() && !BY_TAGS.contains(&one.reason.code());
        for one in member.changes.iter().filter(listed) {
            all.insert(format!(
                "{email} {:?} {} {:?} {:?}",
                one.action, one.attribute, one.side, one.reason
            ));
        }
    }
    all
}

/// Whether a change is one that this member may see: `taken` are the offerings to revoke.
fn allowed(
    world: &World,
    meaning: &Meaning,
    taken: &BTreeSet<usize>,
    was: Option<&Person>,
    change: &Change,
) -> bool {
    let rule = |existing: &str| change.before.is_none() || existing == "overwrite";
    let blank = change.after.as_deref().is_none_or(str::is_empty);
    match &change.attribute {
        Attribute::OptedOut => meaning.opted_out && change.after.as_deref() == Some("yes"),
        Attribute::Address => !blank,
        Attribute::Tag(tag) => {
            let tag = tag.as_str();
            let revoke = |one: &usize| world.tags_of(*one).3.as_deref() == Some(tag);
            let gives = |one: &usize| {
                let (base, instant, modules, _) = world.tags_of(*one);
                base.into_iter()
                    .chain(instant)
                    .chain(modules)
                    .any(|own| own == tag)
            };
            let ours = was.is_some_and(|one| one.ours.iter().any(|own| own.as_str() == tag));
            if change.after.is_some() {
                let granted = |(one, open): (&usize, &Open)| world.tags_for(*one, *open).contains(tag);
                let mapped = meaning.tags.contains(&tag.to_lowercase()) || meaning.access.iter().any(granted);
                (mapped && !meaning.left_out()) || taken.iter().any(revoke)
            } else {
                (meaning.access.keys().any(revoke) && !meaning.left_out())
                    || (world.remove_tags && ours && taken.iter().any(gives))
            }
        }
        _ if meaning.left_out() => false,
        Attribute::FirstName | Attribute::LastName => !blank && rule(world.existing_fields),
        Attribute::Field(name) => {
            let field = world.fields.iter().find(|(field, _)| field.name == name.as_str());
            let own = field.and_then(|(_, existing)| *existing).filter(|_| {
                let says = |source: &Source| {
                    source
                        .fields
                        .iter()
                        .any(|(at, says)| *says && world.fields[*at].0.name == name.as_str())
                };
                world.sources.iter().any(says)
            });
            let fits = |after: &String| {
                world
                    .max_field_chars
                    .is_none_or(|max| after.chars().count() <= max as usize)
            };
            !blank && rule(own.unwrap_or(world.existing_fields)) && change.after.as_ref().is_some_and(fits)
        }
        // Who is there as a user keeps the login; a key is kept once.
        Attribute::User => meaning.user && change.before.is_none() && !blank,
        Attribute::SourceKey(_) => change.before.is_none() && !blank,
        // Only with a new user.
        Attribute::Registered => {
            let moment = meaning.registered.map(|day| format!("{day}T00:00:00Z"));
            meaning.user && was.is_none_or(|one| one.state.login.is_none()) && change.after == moment
        }
        Attribute::Contact | Attribute::ContactLink => meaning.contact,
    }
}
