//! Laws over random small plans, people and sites, through the library: what holds whatever the data are.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use proptest::{prelude::*, sample::subsequence};
use rehome::{
    diagnostics::Diagnostics,
    diff::{Difference, MemberDiff, Observations, Shapes},
    model::{
        Account, Attribute, Change, ContactId, HeldTag, MemberState, Observed, ObservedBuilder,
        ObservedMember, RowBatch, Side, TagName,
    },
    plan::{self, Plan},
    wanted::{RecordFold, Wanted},
};

use crate::in_parts::compare_in_any_parts;

/// What a record can say, as titles of the map.
const TITLES: [&str; 7] = ["Course", "Light", "Club", "Bundle", "VIP", "Alumni", "Webinar"];

/// Tags that somebody may hold on the site already; the last one is in no plan.
const TAGS: [&str; 8] = [
    "Course",
    "Course (revoked)",
    "Light",
    "Club",
    "Club (revoked)",
    "Everything",
    "VIP",
    "Other",
];

const REVOKES_THE_GONE: &str = "complete = true\ngone = \"revoke\"";

#[derive(Debug, Clone)]
struct Choices {
    users: &'static str,
    contacts: &'static str,
    existing_fields: &'static str,
    remove_tags: bool,
    /// What the source says of whoever is not in it any more.
    gone: &'static str,
    /// What the field says of values that are there, where it says so.
    own: Option<&'static str>,
    /// How long a field may be on the site.
    max_field_chars: Option<u32>,
}

#[derive(Debug, Clone)]
struct Record {
    who: usize,
    first: &'static str,
    phone: &'static str,
    marketing: &'static str,
    titles: Vec<&'static str>,
    active: bool,
}

#[derive(Debug, Clone, Default)]
struct Site {
    people: BTreeMap<String, Person>,
    next: u32,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Person {
    state: MemberState,
    ours: BTreeSet<TagName>,
}

fn address(who: usize) -> String {
    format!("person{who}@example.com")
}

fn choices() -> impl Strategy<Value = Choices> {
    (
        prop::sample::select(vec!["granted", "all", "none"]),
        prop::sample::select(vec!["granted", "mapped", "all"]),
        prop::sample::select(vec!["keep", "fill-blanks", "overwrite"]),
        any::<bool>(),
        prop::option::of(prop::sample::select(vec!["keep", "fill-blanks", "overwrite"])),
        prop::option::of(0..4u32),
        prop::sample::select(vec!["", "complete = true", REVOKES_THE_GONE]),
    )
        .prop_map(
            |(users, contacts, existing_fields, remove_tags, own, max_field_chars, gone)| Choices {
                users,
                contacts,
                existing_fields,
                remove_tags,
                gone,
                own,
                max_field_chars,
            },
        )
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    let record = (
        0..8usize,
        prop::sample::select(vec!["", "Ana", "Bo"]),
        prop::sample::select(vec!["", "1", "2"]),
        prop::sample::select(vec!["", "yes", "no", "perhaps"]),
        subsequence(TITLES.to_vec(), 0..=3),
        any::<bool>(),
    )
        .prop_map(|(who, first, phone, marketing, titles, active)| Record {
            who,
            first,
            phone,
            marketing,
            titles,
            active,
        });
    prop::collection::vec(record, 0..24)
}

fn site() -> impl Strategy<Value = Site> {
    let person = (
        prop::sample::select(vec!["", "Ana", "Cy"]),
        prop::sample::select(vec!["", "1", "3"]),
        any::<bool>(),
        any::<bool>(),
        prop::bool::weighted(0.1),
        subsequence(TAGS.to_vec(), 0..=4),
        any::<u8>(),
    );
    prop::collection::btree_map(0..11usize, person, 0..8).prop_map(|people| {
        let mut site = Site::default();
        for (who, (first, phone, user, opted_out, privileged, tags, ours)) in people {
            let mut person = Person::default();
            let state = &mut person.state;
            state.contact_ids.push(site.new_contact());
            state.login = user.then(|| address(who));
            state.privileged = user && privileged;
            state.first_name = (!first.is_empty()).then(|| first.to_owned());
            if !phone.is_empty() {
                state
                    .fields
                    .insert(rehome::model::FieldName::new("phone"), phone.to_owned());
            }
            state.opted_out = opted_out;
            state.tags = tags.iter().map(TagName::new).collect();
            person.ours = (0u8..)
                .zip(&person.state.tags)
                .filter(|(at, _)| ours >> at & 1 == 1)
                .map(|(_, tag)| tag.clone())
                .collect();
            site.people.insert(address(who), person);
        }
        site
    })
}

impl Site {
    fn new_contact(&mut self) -> ContactId {
        self.next += 1;
        ContactId::new(self.next.to_string())
    }

    fn observed(&self) -> Observed {
        self.observed_by(Side::Site, |_| true)
    }

    /// The people of one side, without the others.
    fn observed_by(&self, side: Side, there: impl Fn(&Person) -> bool) -> Observed {
        let account = Account {
            side,
            kind: "local".to_owned(),
            id: "1".to_owned(),
            place: "here".to_owned(),
        };
        let mut into = ObservedBuilder::new(account, self.people.len());
        for (email, person) in self.people.iter().filter(|(_, person)| there(person)) {
            let state = &person.state;
            let held: Vec<HeldTag> = state
                .tags
                .iter()
                .map(|tag| HeldTag {
                    tag: into.tag(tag.as_str()).unwrap(),
                    ours: person.ours.contains(tag),
                })
                .collect();
            let fields: Vec<(u16, &str)> = state
                .fields
                .iter()
                .map(|(name, value)| (into.field(name.as_str()).unwrap(), value.as_str()))
                .collect();
            let row = ObservedMember {
                email,
                user: state.login.is_some(),
                login: state.login.as_deref().unwrap_or_default(),
                first: state.first_name.as_deref().unwrap_or_default(),
                last: state.last_name.as_deref().unwrap_or_default(),
                contact: state.contact_ids.first().map_or("", ContactId::as_str),
                privileged: state.privileged,
                opted_out: state.opted_out,
                set: 0,
            };
            into.push(row, &held, &fields).unwrap();
        }
        into.finish()
    }

    /// Carries the work of a member out, as a site would.
    fn carry_out(&mut self, email: &str, changes: &[Change]) {
        for change in changes.iter().filter(|change| change.action.is_work()) {
            let fresh = self.new_contact();
            let person = self.people.entry(email.to_owned()).or_default();
            let state = &mut person.state;
            let after = change.after.clone();
            match &change.attribute {
                Attribute::Contact | Attribute::ContactLink if state.contact_ids.is_empty() => {
                    state.contact_ids.push(fresh);
                }
                Attribute::Contact | Attribute::ContactLink | Attribute::Registered => {}
                Attribute::Address => state.address = after,
                Attribute::SourceKey(source) => {
                    state.keys.insert(source.clone(), after.unwrap_or_default());
                }
                Attribute::User => state.login = after,
                Attribute::FirstName => state.first_name = after,
                Attribute::LastName => state.last_name = after,
                Attribute::OptedOut => state.opted_out = after.as_deref() == Some("yes"),
                Attribute::Field(name) => {
                    state.fields.insert(name.clone(), after.unwrap_or_default());
                }
                Attribute::Tag(tag) if after.is_some() => {
                    state.tags.insert(tag.clone());
                    person.ours.insert(tag.clone());
                }
                Attribute::Tag(tag) => {
                    state.tags.remove(tag);
                    person.ours.remove(tag);
                }
            }
        }
    }
}

fn plan_of(choices: &Choices) -> Plan {
    let text = format!(
        r#"[migration]
name = "law"
as_of = 2026-11-16
[site]
kind = "local"
path = "s.sqlite"
[contacts]
system = "managed"
[members]
users = "{}"
contacts = "{}"
[offerings.course]
name = "Course"
[offerings.light]
name = "Light"
[offerings.club]
name = "Club"
kind = "membership"
[offerings.all]
name = "Everything"
kind = "bundle"
includes = ["course", "light"]
[tags.vip]
name = "VIP"
[tags.alumni]
name = "Alumni"
[policy]
existing_fields = "{}"
remove_tags = {}
[sources.people]
profile = "table"
file = "people.csv"
{}
columns = {{ email = "Email", first_name = "First" }}
lists = {{ Titles = "|" }}
consent = {{ column = "Marketing", opted_out = ["no"], opted_in = ["yes"] }}
[sources.people.fields]
phone = {{ column = "Phone"{} }}
[sources.people.map.Titles]
"Course" = {{ grant = "course", when = {{ Status = ["active"] }}, otherwise = "revoke" }}
"Light" = {{ grant = "light" }}
"Club" = {{ grant = "club", when = {{ Status = ["active"] }}, otherwise = "revoke" }}
"Bundle" = {{ grant = "all", when = {{ Status = ["active"] }}, otherwise = "revoke" }}
"VIP" = {{ tag = "vip" }}
"Alumni" = {{ tag = "alumni" }}
"Webinar" = {{ ignore = "retired" }}
"#,
        choices.users,
        choices.contacts,
        choices.existing_fields,
        choices.remove_tags,
        choices.gone,
        choices
            .own
            .map_or_else(String::new, |own| format!(", existing = \"{own}\""))
    );
    let mut said = Diagnostics::default();
    let plan = plan::read(
        &text,
        None,
        rehome::app::known(),
        &|_| Err(String::new()),
        &mut said,
    );
    assert!(!said.has_errors(), "{said:#?}");
    plan.unwrap()
}

fn gather(plan: &Plan, records: &[Record]) -> Wanted {
    let mut gatherer = RecordFold::new(plan, jiff::civil::date(2026, 12, 1), records.len());
    let slots = gatherer.slots(0).clone();
    let slot = |name: &str| {
        slots
            .columns
            .iter()
            .position(|column| column.names == [name])
            .unwrap()
    };
    let mut batch = RowBatch::new(0, 0, slots.columns.len());
    for (line, record) in (2u32..).zip(records) {
        let mut cells = vec![String::new(); slots.columns.len()];
        cells[slot("Email")] = address(record.who);
        cells[slot("First")] = record.first.to_owned();
        cells[slot("Phone")] = record.phone.to_owned();
        cells[slot("Marketing")] = record.marketing.to_owned();
        cells[slot("Titles")] = record.titles.join("|");
        cells[slot("Status")] = if record.active { "active" } else { "ended" }.to_owned();
        for cell in &cells {
            batch.cell(cell);
        }
        batch.end_row(line, None);
    }
    gatherer.take(&batch);
    gatherer.finish().unwrap()
}

/// The difference, and the changes of every member.
fn differ(
    plan: &Plan,
    wanted: &Wanted,
    site: &Site,
    max_field_chars: Option<u32>,
) -> (Difference, BTreeMap<String, Vec<Change>>) {
    let mut observed = site.observed();
    observed.offerings = plan
        .targets
        .offerings
        .iter()
        .map(|offering| (offering.key.clone(), offering.clone()))
        .collect();
    let mut members = Vec::new();
    let seen = Observations {
        max_field_chars,
        site: &observed,
        contacts: None,
        creates_opted_out: true,
        site_tag_rules: &rehome::model::TagRules::default(),
        contact_tag_rules: &rehome::model::TagRules::default(),
    };
    let difference = compare_in_any_parts(
        plan,
        wanted,
        seen,
        &mut |member: &MemberDiff<'_>, shapes: &Shapes| {
            members.push(member.to_owned_diff(shapes));
        },
    );
    let changes = members
        .iter()
        .map(|member| (member.email.clone(), member.changes(&difference.changes.names)))
        .collect();
    (difference, changes)
}

/// What a member is given by all records, in words that do not depend on the order of the records.
fn given(wanted: &Wanted) -> String {
    let mut text = String::new();
    for at in 0..wanted.len() {
        let member = wanted.get(at).unwrap();
        let _ = writeln!(
            text,
            "{} {} {:?}",
            member.email, member.opted_out, member.resolved
        );
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_record_and_every_member_is_counted_once(choices in choices(), records in records()) {
        let plan = plan_of(&choices);
        let accounting = gather(&plan, &records).accounting;
        prop_assert!(accounting.adds_up(), "{accounting:#?}");
        prop_assert_eq!(accounting.total().read, records.len() as u64);
        let distinct: BTreeSet<usize> = records.iter().map(|record| record.who).collect();
        prop_assert_eq!(accounting.members, distinct.len() as u64);
    }

    #[test]
    fn what_the_records_give_does_not_depend_on_their_order(
        choices in choices(),
        (records, shuffled) in records().prop_flat_map(|records| (Just(records.clone()), Just(records).prop_shuffle())),
    ) {
        let plan = plan_of(&choices);
        let (one, other) = (gather(&plan, &records), gather(&plan, &shuffled));
        prop_assert_eq!(given(&one), given(&other));
        prop_assert_eq!((one.accounting.users, one.accounting.contacts_only), (other.accounting.users, other.accounting.contacts_only));
    }

    #[test]
    fn a_grant_of_any_record_beats_every_revoke(choices in choices(), records in records()) {
        let plan = plan_of(&choices);
        let wanted = gather(&plan, &records);
        for (title, offering) in [("Course", 0u16), ("Light", 1), ("Club", 2), ("Bundle", 3)] {
            for at in 0..wanted.len() {
                let member = wanted.get(at).unwrap();
                let granted = records.iter().any(|record| {
                    address(record.who) == member.email
                        && record.titles.contains(&title)
                        && (record.active || title == "Light")
                });
                prop_assert!(!granted || member.resolved.access.contains(&offering), "{title} of {}", member.email);
                prop_assert!(
                    !(member.resolved.access.contains(&offering) && member.resolved.revoke.contains(&offering)),
                    "{} has {title} granted and revoked", member.email
                );
            }
        }
    }

    #[test]
    fn what_was_carried_out_is_not_found_again(choices in choices(), records in records(), mut site in site()) {
        let plan = plan_of(&choices);
        let wanted = gather(&plan, &records);
        let (before, changes) = differ(&plan, &wanted, &site, choices.max_field_chars);
        for (email, changes) in &changes {
            site.carry_out(email, changes);
            let state = &site.people.get(email).cloned().unwrap_or_default().state;
            for change in changes.iter().filter(|change| change.action.is_work()) {
                prop_assert!(state.has(change), "{email}: {change:?} is not in place: {state:?}");
            }
        }
        let (after, left) = differ(&plan, &wanted, &site, choices.max_field_chars);
        let work: Vec<_> = left.iter().filter(|(_, changes)| changes.iter().any(|one| one.action.is_work())).collect();
        prop_assert!(work.is_empty() && after.totals.counts.work == 0, "{work:#?}\nbefore: {changes:#?}");
        // Holds, conflicts and kept values stay listed, with the same reasons.
        let listed = |changes: &BTreeMap<String, Vec<Change>>| -> BTreeSet<(String, String)> {
            changes
                .iter()
                .flat_map(|(email, changes)| changes.iter().map(move |one| (email.clone(), one)))
                // What tags open and close by themselves is over once it happened.
                .filter(|(_, one)| !one.action.is_work() && !["offering-opens", "offering-closes", "granted", "revoked", "gone"].contains(&one.reason.code()))
                .map(|(email, one)| (email, format!("{:?} {} {:?}", one.action, one.attribute, one.reason)))
                .collect()
        };
        prop_assert_eq!(listed(&changes), listed(&left));
        for (was, is) in before.offerings.iter().zip(&after.offerings) {
            prop_assert_eq!(was.after(), is.today, "{} after", was.offering);
        }
    }

    #[test]
    fn whoever_is_as_wanted_or_left_out_or_unknown_or_privileged_is_not_touched(
        choices in choices(), records in records(), site in site(),
    ) {
        let plan = plan_of(&choices);
        let wanted = gather(&plan, &records);
        let (difference, changes) = differ(&plan, &wanted, &site, choices.max_field_chars);
        let named: BTreeSet<String> = records.iter().map(|record| address(record.who)).collect();
        let mut work = 0;
        for (email, changes) in &changes {
            let touched = changes.iter().any(|one| one.action.is_work());
            work += u64::from(touched);
            let there = site.people.get(email);
            let gone = choices.gone == REVOKES_THE_GONE;
            prop_assert!(!touched || gone || named.contains(email), "{email} is in no source");
            prop_assert!(!touched || !there.is_some_and(|person| person.state.privileged), "{email} is privileged");
            let left_out = wanted.find(email).and_then(|at| wanted.get(at)).and_then(|member| member.left_out());
            prop_assert!(
                left_out.is_none() || there.is_some() || !touched,
                "{email} is left out and not there, and yet {changes:?}"
            );
            if left_out.is_some() || !named.contains(email) {
                let more = changes.iter().filter(|one| one.action.is_work()).find(|one| match &one.attribute {
                    Attribute::Tag(tag) => one.after.is_some() != tag.as_str().ends_with("(revoked)"),
                    Attribute::OptedOut => false,
                    _ => true,
                });
                prop_assert!(more.is_none(), "{email} is left out and gets more than revokes: {more:?}");
            }
            for change in changes.iter().filter(|one| one.action.is_work()) {
                if let (Attribute::Tag(tag), None) = (&change.attribute, &change.after) {
                    let ours = there.is_some_and(|person| person.ours.contains(tag));
                    prop_assert!(
                        tag.as_str().ends_with("(revoked)") || (choices.remove_tags && ours),
                        "{email} loses {tag} that is not ours to take"
                    );
                }
                if change.attribute == Attribute::OptedOut {
                    prop_assert_eq!(change.after.as_deref(), Some("yes"), "{} is subscribed again", email);
                }
                let blank = change.before.is_none();
                let rule = match change.attribute {
                    Attribute::FirstName => choices.existing_fields,
                    Attribute::Field(_) => choices.own.unwrap_or(choices.existing_fields),
                    _ => continue,
                };
                let after = change.after.as_deref().unwrap_or_default();
                prop_assert!(!after.is_empty(), "a blank overwrites");
                prop_assert!(blank || rule == "overwrite", "{change:?}");
                if let (Attribute::Field(_), Some(max)) = (&change.attribute, choices.max_field_chars) {
                    prop_assert!(after.chars().count() <= max as usize, "too long: {change:?}");
                }
            }
        }
        prop_assert_eq!(difference.totals.counts.work, work);
        for line in &difference.offerings {
            prop_assert!(line.adds_up() && line.is_explained(), "{line:?}");
            prop_assert_eq!(line.after(), line.wanted - line.blocked + line.other_holders + line.other_gain, "{:?}", line);
        }
    }

    #[test]
    fn every_number_of_an_offering_is_explained_with_a_contact_system_too(
        choices in choices(), records in records(), site in site(), contacts in site(),
    ) {
        let plan = plan_of(&choices);
        let wanted = gather(&plan, &records);
        let users = site.observed_by(Side::Site, |person| person.state.login.is_some());
        let contacts = contacts.observed_by(Side::Contacts, |person| person.state.login.is_none());
        let seen = Observations {
            max_field_chars: None,
            site: &users,
            contacts: Some(&contacts),
            creates_opted_out: true,
            site_tag_rules: &rehome::model::TagRules::default(),
            contact_tag_rules: &rehome::model::TagRules::default(),
        };
        let difference = compare_in_any_parts(&plan, &wanted, seen, &mut |_: &MemberDiff<'_>, _: &Shapes| {});
        for line in &difference.offerings {
            prop_assert!(line.adds_up() && line.is_explained(), "{line:?}");
        }
    }

    #[test]
    fn nobody_loses_what_somebody_else_granted_and_nobody_who_is_granted_it_or_named_with_it(
        choices in choices(), records in records(), site in site(),
    ) {
        let plan = plan_of(&choices);
        let wanted = gather(&plan, &records);
        let (difference, changes) = differ(&plan, &wanted, &site, None);
        let titles = ["Course", "Light", "Club", "Everything"];
        for (email, changes) in &changes {
            let revoked = changes.iter().filter(|one| one.action.is_work()).filter_map(|one| match &one.attribute {
                Attribute::Tag(tag) if one.after.is_some() => tag.as_str().strip_suffix(" (revoked)"),
                _ => None,
            });
            let member = wanted.find(email).and_then(|at| wanted.get(at));
            for title in revoked {
                let person = &site.people[email];
                let access: Vec<&TagName> =
                    person.state.tags.iter().filter(|tag| tag.as_str() == title || tag.as_str() == format!("{title} (instant)")).collect();
                prop_assert!(
                    access.iter().all(|tag| person.ours.contains(*tag)),
                    "{title} of {email} is not ours to take"
                );
                let offering = u16::try_from(titles.iter().position(|one| *one == title).unwrap()).unwrap();
                let granted = member.is_some_and(|member| member.resolved.access.contains(&offering));
                prop_assert!(!granted, "{email} is granted {title} and loses it");
                let asked = member.is_some_and(|member| member.resolved.revoke.contains(&offering));
                prop_assert!(asked || choices.gone == REVOKES_THE_GONE, "{email} loses {title} for nothing");
            }
        }
        let lose = difference.offerings.iter().map(|line| line.lose).max().unwrap_or_default();
        prop_assert!(difference.totals.counts.lose >= lose);
        prop_assert!(difference.refused() || difference.totals.counts.lose == 0);
    }

    #[test]
    fn where_no_source_is_complete_nobody_is_gone(choices in choices(), records in records(), site in site()) {
        let plan = plan_of(&Choices { gone: "", ..choices });
        let wanted = gather(&plan, &records);
        prop_assert!(wanted.stranger().absent.is_empty());
        let (_, changes) = differ(&plan, &wanted, &site, None);
        let gone = |one: &Change| one.reason.code().starts_with("gone");
        prop_assert!(!changes.values().flatten().any(gone));
    }
}
