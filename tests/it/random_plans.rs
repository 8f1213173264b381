//! Laws over whole random plans, with exports that fit them and a random site: what holds whatever the
//! plan says. A failure shows plan and rows, and how to run that one again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{ToSpan, civil::Date};
use proptest::prelude::*;
use rehome::{
    diff::Refusal,
    model::{Action, Attribute, Change, Side},
    plan::Plan,
    wanted::{LeftOut, Wanted, WantedMember},
};

use crate::{
    random_meaning::{Absence, Meaning, Open},
    random_sites::{ListedMember, Members, Person, There},
    random_worlds::{AS_OF, Row, Source, World, address, worlds},
};

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 120,
        max_shrink_iters: 20_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// By address, names instead of numbers, so that two plans can be compared.
type Given = BTreeMap<String, (BTreeSet<u16>, BTreeSet<String>, String)>;

/// What is gained and lost, and the changes of tags.
type AccessAndTags = (Vec<u16>, Vec<u16>, BTreeSet<String>);

fn tag_names(wanted: &Wanted, tags: impl Iterator<Item = u16>) -> BTreeSet<String> {
    tags.map(|tag| wanted.tags.names()[usize::from(tag)].to_string())
        .collect()
}

/// Of a tag carried over the first spelling counts, so capitals make no difference here.
fn hold(wanted: &Wanted, member: &WantedMember<'_>) -> BTreeSet<String> {
    let names = tag_names(wanted, member.resolved.hold.iter().map(|one| one.tag));
    names.iter().map(|name| name.to_lowercase()).collect()
}

fn members(wanted: &Wanted) -> impl Iterator<Item = WantedMember<'_>> {
    (0..wanted.len()).filter_map(|at| wanted.get(at))
}

/// What every member is given, without what the order of records may change.
fn given(wanted: &Wanted) -> Given {
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
        (member.email.to_owned(), (access, hold(wanted, &member), rest))
    };
    members(wanted).map(one).collect()
}

fn number(offering: usize) -> u16 {
    u16::try_from(offering).expect("few offerings")
}

/// A world with all that is computed from it.
struct Case {
    plan: Plan,
    wanted: Wanted,
    /// By address.
    meanings: BTreeMap<String, Meaning>,
    there: There,
}

impl Case {
    fn of(world: &World) -> Self {
        let plan = world.plan();
        let wanted = world.gather(&plan, AS_OF);
        let meanings = world
            .meanings(AS_OF)
            .into_iter()
            .map(|(who, one)| (address(who), one));
        Self {
            meanings: meanings.collect(),
            wanted,
            plan,
            there: There::of(world),
        }
    }
}

/// The address under which a member was there before the run, on the site.
fn before<'a>(email: &'a str, members: &'a Members) -> &'a str {
    let changes = members.get(email).into_iter().flat_map(ListedMember::work);
    let mut renames = changes.filter(|one| one.action == Action::Rename && one.side == Side::Site);
    renames
        .next()
        .and_then(|one| one.before.as_deref())
        .unwrap_or(email)
}

fn bad_rows(world: &World, source: &Source) -> u64 {
    source.rows.iter().filter(|row| world.who(row).is_none()).count() as u64
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn every_record_and_every_member_is_counted_once_in_every_source(world in worlds()) {
        let Case { wanted, meanings, .. } = Case::of(&world);
        let accounting = &wanted.accounting;
        prop_assert!(accounting.adds_up(), "{accounting:#?}");
        for (source, count) in world.sources.iter().zip(&accounting.sources) {
            prop_assert_eq!(count.read, source.rows.len() as u64);
            prop_assert_eq!(count.rejected_total(), bad_rows(&world, source));
            prop_assert_eq!(count.read, count.members + count.merged + count.rejected_total() + count.ignored);
        }
        prop_assert_eq!(accounting.members, meanings.len() as u64);
        let users = meanings.values().filter(|one| one.user).count() as u64;
        let contacts_only = meanings.values().filter(|one| one.contact && !one.user).count() as u64;
        prop_assert_eq!((accounting.users, accounting.contacts_only), (users, contacts_only));
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
    }

    #[test]
    fn members_are_given_what_the_plan_says_and_nothing_else(world in worlds()) {
        let Case { plan, wanted, meanings, .. } = Case::of(&world);
        prop_assert_eq!(wanted.len(), meanings.len());
        for member in members(&wanted) {
            let (email, resolved) = (member.email, member.resolved);
            let meaning = &meanings[email];
            let set = |of: &[u16]| of.iter().copied().map(usize::from).collect::<BTreeSet<_>>();
            let granted: BTreeSet<usize> = meaning.access.keys().copied().collect();
            prop_assert_eq!(set(&resolved.access), granted, "access of {}", email);
            prop_assert_eq!(set(&resolved.revoke), meaning.revoke.clone(), "revoked of {}", email);
            let of_offerings = meaning.access.iter().flat_map(|(offering, open)| world.tags_for(*offering, *open));
            let all: BTreeSet<String> = of_offerings.map(|tag| tag.to_lowercase()).chain(meaning.tags.iter().cloned()).collect();
            prop_assert_eq!(hold(&wanted, &member), all, "tags of {}", email);
            prop_assert_eq!((resolved.user, resolved.contact), (meaning.user, meaning.contact), "{}", email);
            prop_assert_eq!(member.opted_out, meaning.opted_out, "consent of {}", email);
            prop_assert_eq!((member.first_name, member.last_name), (meaning.first, meaning.last), "{}", email);
            let at = wanted.find(email).unwrap();
            for (field, value) in &meaning.fields {
                let name = world.fields[*field].0.name;
                let there = plan.field_names().iter().position(|one| one.as_str() == name).unwrap();
                prop_assert_eq!(wanted.field(at, there), *value, "{} of {}", name, email);
            }
            let absences = world.absences();
            let gone: BTreeSet<usize> = absences.keys().copied().filter(|one| !meaning.named.contains(one)).collect();
            prop_assert_eq!(set(&resolved.absent), gone, "gone of {}", email);
        }
    }

    #[test]
    fn nobody_whom_a_record_grants_an_offering_now_loses_access_to_it(world in worlds()) {
        let Case { plan, wanted, meanings, mut there } = Case::of(&world);
        let (_, members) = there.differ(&world, &plan, &wanted);
        let site_before = there.site.clone();
        there.carry_out(&members);
        for (email, meaning) in &meanings {
            for offering in meaning.access.keys() {
                let told_lost = members.get(email).is_some_and(|told| told.loses.contains(&number(*offering)));
                prop_assert!(!told_lost, "{} is granted o{} and told to lose it", email, offering);
                let had = site_before.get(before(email, &members)).is_some_and(|one| one.has_access(&world, *offering));
                let has = there.site.get(email).is_some_and(|one| one.has_access(&world, *offering));
                prop_assert!(has || !had, "{} is granted o{} and loses it", email, offering);
            }
        }
        // Whoever is made as a user is a member since the day that the records say.
        for (email, told) in &members {
            let made = |what: &Attribute| told.work().find(|one| one.attribute == *what).map(|one| one.after.clone());
            let since = meanings.get(email).and_then(|one| one.registered).filter(|_| made(&Attribute::User).is_some());
            let since = since.map(|day| Some(format!("{day}T00:00:00Z")));
            prop_assert_eq!(made(&Attribute::Registered), since, "{}", email);
        }
        // Whoever is wanted as a user, and about whom nothing waits, has all that is granted, and how much of it.
        for (email, meaning) in meanings.iter().filter(|(_, one)| one.user) {
            let waits = members.get(email).is_some_and(|told| told.changes.iter().any(|one| {
                let whole = matches!(one.attribute, Attribute::Address | Attribute::User | Attribute::Contact | Attribute::ContactLink);
                whole && matches!(one.action, Action::Hold | Action::Conflict)
            }));
            for (offering, open) in meaning.access.iter().filter(|_| !waits) {
                let person = &there.site[email];
                // A bundle without tags of its own gives access to nothing but what it includes.
                let tags = world.tags_for(*offering, *open);
                prop_assert!(tags.is_empty() || person.has_access(&world, *offering), "{} has no o{}", email, offering);
                let lacks = tags.iter().find(|tag| !person.holds(tag));
                prop_assert!(lacks.is_none(), "{} lacks {:?}", email, lacks);
            }
        }
    }

    #[test]
    fn nothing_happens_to_the_left_out_the_privileged_and_what_the_plan_does_not_own(world in worlds()) {
        let Case { plan, wanted, meanings, mut there } = Case::of(&world);
        let (_, members) = there.differ(&world, &plan, &wanted);
        let before_run = there.clone();
        let absences = world.absences();
        let nobody = Meaning::default();
        for (email, told) in &members {
            let meaning = meanings.get(email).unwrap_or(&nobody);
            let was = before_run.site.get(before(email, &members));
            let privileged = was.is_some_and(|one| one.state.privileged);
            prop_assert!(!(privileged && told.has_work()), "{} is privileged", email);
            if meaning.left_out() {
                prop_assert!(was.is_some() || !told.has_work(), "{} is left out and not there: {:?}", email, told.changes);
            }
            let taken: BTreeSet<usize> = absences
                .iter()
                .filter(|(one, what)| **what == Absence::Revoked && !meaning.named.contains(*one))
                .map(|(one, _)| *one)
                .chain(meaning.revoke.iter().copied())
                .collect();
            for change in told.work() {
                let fits = allowed(&world, meaning, &taken, was, change);
                prop_assert!(fits, "{}: {:?} of {:#?}", email, change, meaning);
            }
        }
        // Whoever is told nothing to carry out, or is not told of, stays as they are.
        there.carry_out(&members);
        let touched = |email: &str| members.get(email).is_some_and(ListedMember::has_work);
        let renamed: BTreeSet<&str> = members.keys().map(|email| before(email, &members)).collect();
        for (email, person) in &before_run.site {
            if !touched(email) && !renamed.contains(email.as_str()) {
                prop_assert_eq!(there.site.get(email), Some(person), "{}", email);
            }
        }
        for email in there.site.keys().filter(|email| !before_run.site.contains_key(*email)) {
            let meaning = meanings.get(email);
            let moved = before(email, &members) != email;
            prop_assert!(moved || meaning.is_some_and(|one| !one.left_out()), "{} is made", email);
        }
    }

    #[test]
    fn what_was_carried_out_is_not_found_again_and_what_waits_waits_for_the_same_reasons(world in worlds()) {
        let Case { plan, wanted, mut there, .. } = Case::of(&world);
        let (first, members) = there.differ(&world, &plan, &wanted);
        there.carry_out(&members);
        let (again, left) = there.differ(&world, &plan, &wanted);
        let work: Vec<_> = left.iter().filter(|(_, told)| told.has_work()).collect();
        prop_assert!(work.is_empty() && again.totals.counts.work == 0, "{work:#?}\nafter {members:#?}");
        prop_assert_eq!(waiting(&members), waiting(&left));
        for (was, is) in first.offerings.iter().zip(&again.offerings) {
            prop_assert_eq!(was.after(), is.today, "{} afterwards", was.offering);
            prop_assert_eq!((was.in_export, was.wanted, was.blocked), (is.in_export, is.wanted, is.blocked));
        }
    }

    #[test]
    fn every_line_of_an_offering_is_explained_and_every_count_is_that_of_the_members_told(world in worlds()) {
        let Case { plan, wanted, meanings, mut there } = Case::of(&world);
        let (difference, members) = there.differ(&world, &plan, &wanted);
        let before_run = there.clone();
        there.carry_out(&members);
        for (offering, line) in difference.offerings.iter().enumerate() {
            prop_assert!(line.adds_up() && line.is_explained(), "{line:?}");
            let source = meanings.values().filter(|one| one.access.contains_key(&offering)).count() as u64;
            prop_assert_eq!(line.in_export, source, "o{} at the sources", offering);
            if world.tags_for(offering, Open::All).is_empty() {
                // A bundle without tags of its own is held by those who are granted it and have all of it.
                prop_assert_eq!((line.after(), line.lose), (line.wanted - line.blocked, 0), "o{} after", offering);
                continue;
            }
            let with_access = |there: &There| there.site.values().filter(|one| one.has_access(&world, offering)).count() as u64;
            prop_assert_eq!(line.today, with_access(&before_run), "o{} today", offering);
            prop_assert_eq!(line.after(), with_access(&there), "o{} after", offering);
            let told = |what: fn(&ListedMember) -> &Vec<u16>| {
                members.values().filter(|one| what(one).contains(&number(offering))).count() as u64
            };
            prop_assert_eq!((line.gain + line.other_gain, line.lose), (told(|one| &one.gains), told(|one| &one.loses)), "o{}", offering);
        }
        let counts = &difference.totals.counts;
        let count = |what: &dyn Fn(&ListedMember) -> bool| members.values().filter(|one| what(one)).count() as u64;
        prop_assert_eq!(counts.work, count(&ListedMember::has_work));
        prop_assert_eq!(counts.work, counts.created + counts.changed + counts.remembered);
        prop_assert_eq!(counts.listed, count(&|one| !one.has_work()));
        prop_assert_eq!(counts.gain, count(&|one| !one.gains.is_empty()));
        prop_assert_eq!(counts.lose, count(&|one| !one.loses.is_empty()));
        prop_assert!(counts.both >= count(&|one| one.both > 0));
        for (action, number) in &difference.totals.actions {
            prop_assert_eq!(*number, count(&|one| one.changes.iter().any(|change| change.action == *action)));
        }
        prop_assert_eq!(difference.changes.by_shape.iter().map(|shape| shape.count).sum::<u64>(), members.len() as u64);
        let limits = &plan.policy.limits;
        let refused = |fits: fn(&Refusal) -> bool| difference.refusals.iter().any(fits);
        prop_assert_eq!(refused(|one| matches!(one, Refusal::LostAccess { .. })), counts.lose > limits.lost_access);
        let allowed = match world.limits.map_or("30%", |(updates, _)| updates) {
            "2" => Some(2),
            share if counts.found >= 10 => Some(share.trim_end_matches('%').parse::<u64>().unwrap() * counts.found / 100),
            _ => None,
        };
        let too_many = allowed.is_some_and(|allowed| counts.changed > allowed);
        prop_assert_eq!(refused(|one| matches!(one, Refusal::Updates { .. })), too_many, "{:?}", difference.refusals);
    }

    #[test]
    fn what_members_are_given_does_not_depend_on_the_order_of_records_and_sources(
        world in worlds(), shuffle in prop::collection::vec(any::<u8>(), 40),
    ) {
        let other = world.shuffled(&shuffle);
        let (one, two) = (Case::of(&world), Case::of(&other));
        prop_assert_eq!(given(&one.wanted), given(&two.wanted));
        let sums = |wanted: &Wanted| {
            let all = &wanted.accounting;
            (all.members, all.users, all.contacts_only, all.left_out.clone())
        };
        prop_assert_eq!(sums(&one.wanted), sums(&two.wanted));
        // Of several keys of a person the first is kept, so renames may depend on the order.
        if world.sources.iter().any(|source| source.keyed) {
            return Ok(());
        }
        let told = |case: &Case| -> BTreeMap<String, AccessAndTags> {
            let (_, members) = one.there.differ(&world, &case.plan, &case.wanted);
            let tags = |changes: &[Change]| -> BTreeSet<String> {
                let of_tags = changes.iter().filter(|change| matches!(change.attribute, Attribute::Tag(_)));
                of_tags.map(|change| format!("{change:?}").to_lowercase()).collect()
            };
            members.into_iter().map(|(email, told)| (email, (told.gains, told.loses, tags(&told.changes))))
                .filter(|(_, (gains, loses, tags))| !(gains.is_empty() && loses.is_empty() && tags.is_empty()))
                .collect()
        };
        prop_assert_eq!(told(&one), told(&two));
    }

    #[test]
    fn a_later_day_never_takes_a_module_of_a_release_without_an_end(world in worlds(), days in 0..120i64) {
        let world = world.without_ends();
        let plan = world.plan();
        let now = world.gather(&plan, AS_OF);
        let on = AS_OF.checked_add(days.days()).unwrap();
        let later = world.gather(&plan, on);
        let (first, second) = (given(&now), given(&later));
        for (email, (access, hold, _)) in &first {
            let (more_access, more_hold, _) = &second[email];
            prop_assert!(access.is_subset(more_access), "{} has {:?}, and {:?} later", email, access, more_access);
            prop_assert!(hold.is_subset(more_hold), "{} holds {:?}, and {:?} later", email, hold, more_hold);
        }
        // What is told to come has come by its day, and had not on the day before.
        let upcoming: Vec<_> = now.upcoming(&plan).filter(|one| one.day <= on).collect();
        for one in upcoming {
            let email = now.email(one.member).unwrap();
            let tag = now.tags.modules(one.offering)[usize::from(one.module) - 1];
            let tag = now.tags.names()[usize::from(tag)].to_string().to_lowercase();
            let holds = |on: Date| given(&world.gather(&plan, on))[email].1.contains(&tag);
            prop_assert!(holds(one.day), "{} of {} is not there on {}", tag, email, one.day);
            prop_assert!(!holds(one.day.yesterday().unwrap()), "{} of {} is there before {}", tag, email, one.day);
        }
    }

    #[test]
    fn a_record_that_has_ended_grants_nothing_and_one_that_ends_today_still_does(mut world in worlds()) {
        world.sources.iter_mut().flat_map(Source::lines_mut).for_each(|line| line.ends = None);
        let plan = world.plan();
        let all = world.gather(&plan, AS_OF);
        let mut without = world.clone();
        let mut timeless = world.clone();
        for (source, timeless) in without.sources.iter_mut().zip(&mut timeless.sources) {
            let ends = source.ends;
            let past = |row: &Row| ends.and_then(|end| end.last(row)).is_some_and(|day| day < AS_OF);
            source.rows.retain(|row| !past(row));
            timeless.rows.retain(|row| !past(row));
            timeless.ends = None;
        }
        let access = |wanted: &Wanted| -> BTreeMap<String, BTreeSet<String>> {
            let offerings = |member: &WantedMember<'_>| {
                let tags = member.resolved.access.iter().flat_map(|one| wanted.tags.access(*one));
                let own: BTreeSet<String> = tag_names(wanted, tags).iter().map(|tag| tag.to_lowercase()).collect();
                hold(wanted, member).into_iter().filter(|tag| own.contains(tag)).chain(
                    member.resolved.access.iter().map(|one| format!("o{one}"))).collect()
            };
            members(wanted)
                .filter(|one| !one.resolved.access.is_empty())
                .map(|one| (one.email.to_owned(), offerings(&one)))
                .collect()
        };
        let without = without.gather(&plan, AS_OF);
        prop_assert_eq!(access(&all), access(&without), "ended records grant something");
        prop_assert_eq!(access(&without), access(&timeless.gather(&timeless.plan(), AS_OF)), "an end ahead takes something");
    }

    #[test]
    fn whose_access_is_told_to_end_has_it_on_that_day_and_not_on_the_day_after(world in worlds()) {
        let plan = world.plan();
        let all = world.gather(&plan, AS_OF);
        for one in all.expiring(&plan) {
            let email = all.email(one.member).unwrap();
            let has = |on: Date| {
                let wanted = world.gather(&plan, on);
                let at = wanted.find(email).unwrap();
                wanted.get(at).unwrap().resolved.access.contains(&one.offering)
            };
            let moving = world.sources.iter().flat_map(Source::lines).any(|line| !line.when.is_empty());
            prop_assert!(moving || has(one.last_day), "o{} of {} is not there on {}", one.offering, email, one.last_day);
            let next = one.last_day.tomorrow().unwrap();
            let drips = world.sources.iter().flat_map(Source::lines).any(|line| line.release.is_some());
            prop_assert!(moving || drips || !has(next), "o{} of {} is there on {}", one.offering, email, next);
        }
    }
}

/// Holds, conflicts and kept values, with their reasons.
fn waiting(members: &Members) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for (email, told) in members {
        let of_its_own = |one: &Change| {
            ["offering-opens", "offering-closes", "granted", "revoked", "gone"].contains(&one.reason.code())
        };
        for one in told
            .changes
            .iter()
            .filter(|one| !one.action.is_work() && !of_its_own(one))
        {
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
        // Only beside a user who is made.
        Attribute::Registered => {
            let moment = meaning.registered.map(|day| format!("{day}T00:00:00Z"));
            meaning.user && was.is_none_or(|one| one.state.login.is_none()) && change.after == moment
        }
        Attribute::Contact | Attribute::ContactLink => meaning.contact,
    }
}
