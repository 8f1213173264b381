//! Offerings that exist and change: who gains and loses access is judged by the site, and no one is locked out in between.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{prelude::*, sample::subsequence};
use rehome::{
    changeset::{ChangeSetKind, FORMAT, Header},
    diff::{Difference, MemberDiff, Observations, Shapes},
    graph::{StepKind, Waves, build},
    model::{
        Account, Action, Attribute, Change, HeldTag, Observed, ObservedBuilder, ObservedMember, OfferingKey,
        OfferingKind, OfferingTags, OfferingTarget, RowBatch, Side, TagName, TagRefs, TagRules,
    },
    plan::Plan,
    wanted::{RecordFold, Wanted},
};

use crate::{
    env::TestEnv,
    support::{in_parts::compare_in_any_parts, plan::plan},
};

const TAGS: [&str; 6] = ["One", "Two", "Three", "Stop", "Halt", "VIP"];

/// The tags of an offering: base, instant, revoke, by number in [`TAGS`].
type Tags = (usize, Option<usize>, Option<usize>);

#[derive(Debug, Clone)]
struct World {
    /// The plan's offerings `a` and `b`.
    planned: [Tags; 2],
    /// The site's offerings `a` and `b`, where they exist, and one that only the site has.
    there: [Option<Tags>; 3],
    /// For each person: the tags, whether the migration granted them, whether there is a user, what the export says.
    people: Vec<(Vec<usize>, bool, bool, Option<usize>)>,
}

fn tags() -> impl Strategy<Value = Tags> {
    (
        0..3_usize,
        prop::option::of(0..3_usize),
        prop::option::of(3..5_usize),
    )
        .prop_map(|(base, instant, revoke)| (base, instant.filter(|instant| *instant != base), revoke))
}

fn worlds() -> impl Strategy<Value = World> {
    let planned = (tags(), tags()).prop_filter("no tag is of two offerings of a plan", |(a, b)| {
        let all = |tags: &Tags| {
            [Some(tags.0), tags.1, tags.2]
                .into_iter()
                .flatten()
                .collect::<BTreeSet<_>>()
        };
        all(a).is_disjoint(&all(b))
    });
    let there = prop::array::uniform3(prop::option::weighted(0.8, tags()));
    let person = (
        subsequence((0..TAGS.len()).collect::<Vec<_>>(), 0..=4),
        any::<bool>(),
        prop::bool::weighted(0.8),
        prop::option::of(0..2_usize),
    );
    (planned, there, prop::collection::vec(person, 1..8)).prop_map(|((a, b), there, people)| World {
        planned: [a, b],
        there,
        people,
    })
}

fn target(key: &str, tags: Tags) -> OfferingTarget {
    let name = |tag: usize| TagName::new(TAGS[tag]);
    OfferingTarget {
        key: OfferingKey::new(key),
        name: key.to_uppercase(),
        kind: OfferingKind::Course,
        includes: Vec::new(),
        tags: OfferingTags {
            base: Some(name(tags.0)),
            instant: tags.1.map(name),
            revoke: tags.2.map(name),
            modules: Vec::new(),
        },
    }
}

fn address(person: usize) -> String {
    format!("p{person}@example.com")
}

impl World {
    fn plan(&self) -> Plan {
        let mut plan = plan("law")
            .offering("a", "A")
            .offering("b", "B")
            .tag("vip", "VIP")
            .source("people")
            .map("Gets", [("a", "a"), ("b", "b")])
            .read();
        for (offering, tags) in plan.targets.offerings.iter_mut().zip(self.planned) {
            *offering = target(offering.key.as_str(), tags);
        }
        plan
    }

    fn wanted(&self, plan: &Plan) -> Wanted {
        let mut fold = RecordFold::new(plan, jiff::civil::date(2026, 12, 1), self.people.len());
        let columns = fold.slots(0).clone().columns;
        let mut batch = RowBatch::new(0, 0, columns.len());
        for (line, (person, (.., gets))) in (2u32..).zip(self.people.iter().enumerate()) {
            let Some(gets) = gets else { continue };
            for column in &columns {
                batch.cell(&if column.names == ["Email"] {
                    address(person)
                } else {
                    ["a", "b"][*gets].to_owned()
                });
            }
            batch.end_row(line, None);
        }
        fold.take(&batch);
        fold.finish().unwrap()
    }

    fn site(&self) -> Observed {
        let account = Account {
            side: Side::Site,
            kind: "local".to_owned(),
            id: "1".to_owned(),
            place: "here".to_owned(),
        };
        let mut into = ObservedBuilder::new(account, self.people.len());
        for (key, tags) in ["a", "b", "c"].into_iter().zip(self.there) {
            if let Some(tags) = tags {
                into.offering(target(key, tags));
            }
        }
        for (person, (tags, ours, user, _)) in self.people.iter().enumerate() {
            let held: Vec<HeldTag> = tags
                .iter()
                .map(|tag| HeldTag {
                    tag: into.tag(TAGS[*tag]).unwrap(),
                    ours: *ours,
                })
                .collect();
            let (email, contact) = (address(person), format!("{}", person + 1));
            let row = ObservedMember {
                email: &email,
                user: *user,
                login: if *user { &email } else { "" },
                first: "",
                last: "",
                contact: &contact,
                privileged: false,
                opted_out: false,
                set: 0,
            };
            into.push(row, &held, &[]).unwrap();
        }
        into.finish()
    }
}

/// What everyone has on a site, as plainly as it can be said.
#[derive(Debug, Clone)]
struct Live {
    offerings: BTreeMap<OfferingKey, OfferingTarget>,
    people: BTreeMap<String, (bool, BTreeSet<TagName>)>,
}

impl Live {
    fn new(world: &World, site: &Observed) -> Self {
        let people = world
            .people
            .iter()
            .enumerate()
            .map(|(person, (tags, _, user, _))| {
                let tags = tags.iter().map(|tag| TagName::new(TAGS[*tag])).collect();
                (address(person), (*user, tags))
            });
        Self {
            offerings: site.offerings.clone(),
            people: people.collect(),
        }
    }

    /// Who has access to what.
    fn access(&self) -> BTreeSet<(String, OfferingKey)> {
        let mut all = BTreeSet::new();
        for (email, (user, tags)) in &self.people {
            for offering in self.offerings.values().filter(|_| *user) {
                let own = &offering.tags;
                let opens = [&own.base, &own.instant]
                    .into_iter()
                    .flatten()
                    .any(|tag| tags.contains(tag));
                let closes = own.revoke.as_ref().is_some_and(|tag| tags.contains(tag));
                if opens && !closes {
                    all.insert((email.clone(), offering.key.clone()));
                }
            }
        }
        all
    }

    fn carry_out(&mut self, email: &str, changes: &[Change]) {
        let (user, tags) = self.people.entry(email.to_owned()).or_default();
        for change in changes {
            match (change.action, &change.attribute) {
                (Action::Create, Attribute::User) => *user = true,
                (Action::AddTag, Attribute::Tag(tag)) => drop(tags.insert(tag.clone())),
                (Action::RemoveTag, Attribute::Tag(tag)) => drop(tags.remove(tag)),
                _ => {}
            }
        }
    }
}

/// Changes of a member, and the numbers of the offerings gained and lost.
type ToldOf = (Vec<Change>, Vec<u16>, Vec<u16>);

struct Told {
    difference: Difference,
    members: BTreeMap<String, ToldOf>,
}

fn differ(plan: &Plan, wanted: &Wanted, site: &Observed) -> Told {
    let rules = TagRules::default();
    let seen = Observations {
        site,
        contacts: None,
        creates_opted_out: true,
        max_field_chars: None,
        site_tag_rules: &rules,
        contact_tag_rules: &rules,
    };
    let mut told = Vec::new();
    let difference = compare_in_any_parts(
        plan,
        wanted,
        seen,
        &mut |member: &MemberDiff<'_>, shapes: &Shapes| {
            told.push((
                member.to_owned_diff(shapes),
                member.gains.to_vec(),
                member.loses.to_vec(),
            ));
        },
    );
    let members = told.into_iter().map(|(diff, gains, loses)| {
        (
            diff.email.clone(),
            (diff.changes(&difference.changes.names), gains, loses),
        )
    });
    Told {
        members: members.collect(),
        difference,
    }
}

/// The first thing that the difference says wrongly of who gains and loses access, by the offerings that `judged` has.
fn wrong_about_access(world: &World, judged: &Observed) -> Option<String> {
    let plan = world.plan();
    let wanted = world.wanted(&plan);
    let told = differ(&plan, &wanted, judged);
    let mut live = Live::new(world, &world.site());
    let before = live.access();
    for (email, (changes, ..)) in &told.members {
        live.carry_out(email, changes);
    }
    for offering in &plan.targets.offerings {
        live.offerings.insert(offering.key.clone(), offering.clone());
    }
    let after = live.access();
    let keys: Vec<&OfferingKey> = told
        .difference
        .offerings
        .iter()
        .chain(&told.difference.other_offerings)
        .map(|line| &line.offering)
        .collect();
    let mut said = (BTreeSet::new(), BTreeSet::new());
    for (email, (_, gains, loses)) in &told.members {
        said.0.extend(
            gains
                .iter()
                .map(|offering| (email.clone(), keys[usize::from(*offering)].clone())),
        );
        said.1.extend(
            loses
                .iter()
                .map(|offering| (email.clone(), keys[usize::from(*offering)].clone())),
        );
    }
    let gained: BTreeSet<_> = after.difference(&before).cloned().collect();
    let lost: BTreeSet<_> = before.difference(&after).cloned().collect();
    if said != (gained.clone(), lost.clone()) {
        return Some(format!("says {said:?}, and it is {gained:?}, {lost:?}"));
    }
    for line in told
        .difference
        .offerings
        .iter()
        .chain(&told.difference.other_offerings)
    {
        let count = |all: &BTreeSet<(String, OfferingKey)>| {
            all.iter().filter(|(_, key)| *key == line.offering).count() as u64
        };
        let numbers = (line.today, line.lose, line.gain + line.other_gain, line.after());
        let real = (count(&before), count(&lost), count(&gained), count(&after));
        if numbers != real || !line.adds_up() || !line.is_explained() {
            return Some(format!("{line:?}, and it is {real:?}"));
        }
    }
    None
}

/// Someone who has access before and after, and not at some moment between. `offerings_first` is the planted bug.
fn locked_out(world: &World, offerings_first: bool) -> Option<String> {
    let plan = world.plan();
    let wanted = world.wanted(&plan);
    let site = world.site();
    let told = differ(&plan, &wanted, &site);
    let work: Vec<(&String, &Vec<Change>)> = told
        .members
        .iter()
        .filter(|(_, (changes, ..))| changes.iter().any(|change| change.action.is_work()))
        .map(|(email, (changes, ..))| (email, changes))
        .collect();
    let header = Header {
        format: FORMAT,
        kind: ChangeSetKind::Plan,
        targets: plan.targets.clone(),
        base: ".".to_owned(),
        plan: String::new(),
        limits: None,
        site: site.account.clone(),
        contacts: None,
        inputs: String::new(),
        as_of: jiff::civil::date(2026, 12, 1),
        computed: 0,
        accepted: None,
        signature: None,
        setup: told.difference.setup.clone(),
        tags: TagRefs::default(),
        members: u32::try_from(work.len()).unwrap(),
    };
    let mut steps = build(&header, None, Waves::Growing, 2).steps;
    if offerings_first {
        steps.sort_by_key(|step| !matches!(step.kind, StepKind::Offering { .. }));
    }
    let mut live = Live::new(world, &site);
    let before = live.access();
    let mut moments = vec![before.clone()];
    for step in &steps {
        match &step.kind {
            StepKind::Offering { key, .. } => {
                let target = plan
                    .targets
                    .offerings
                    .iter()
                    .find(|target| target.key == *key)
                    .unwrap();
                live.offerings.insert(key.clone(), target.clone());
                moments.push(live.access());
            }
            StepKind::Members { cohort, .. } => {
                for (email, changes) in &work[cohort.from as usize..cohort.to as usize] {
                    live.carry_out(email, changes);
                    moments.push(live.access());
                }
            }
            _ => {}
        }
    }
    let after = live.access();
    let kept: Vec<_> = before.intersection(&after).collect();
    let out = kept
        .into_iter()
        .find(|one| moments.iter().any(|moment| !moment.contains(*one)));
    out.map(|one| format!("{one:?} is locked out for a while"))
}

/// Worlds in which no tag changes from one offering to another: see the next law.
fn moves_no_tag(world: &World) -> bool {
    let all = |tags: &Tags| {
        [Some(tags.0), tags.1, tags.2]
            .into_iter()
            .flatten()
            .collect::<BTreeSet<_>>()
    };
    world.planned.iter().enumerate().all(|(number, planned)| {
        let others = world
            .there
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != number);
        let mut others = others.filter_map(|(_, there)| there.as_ref());
        others.all(|there| all(there).is_disjoint(&all(planned)))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn who_gains_and_loses_access_is_what_the_site_will_answer(world in worlds()) {
        prop_assert_eq!(wrong_about_access(&world, &world.site()), None);
    }

    #[test]
    fn whoever_has_access_before_and_after_has_it_all_the_time(world in worlds().prop_filter("moves", moves_no_tag)) {
        prop_assert_eq!(locked_out(&world, false), None);
    }
}

/// A world in which the offering `a` gets another base tag, someone in the export has the old one, and someone else too.
fn renamed() -> World {
    World {
        planned: [(1, None, Some(3)), (2, None, Some(4))],
        there: [Some((0, None, Some(3))), None, None],
        people: vec![(vec![0], true, true, Some(0)), (vec![0], false, true, None)],
    }
}

#[test]
fn judging_today_by_the_plan_is_caught() {
    let world = renamed();
    let mut judged = world.site();
    let planned = target("a", world.planned[0]);
    judged.offerings.insert(planned.key.clone(), planned);
    assert!(wrong_about_access(&world, &judged).is_some());
    assert_eq!(wrong_about_access(&world, &world.site()), None);
}

#[test]
fn changing_offerings_before_members_is_caught() {
    assert!(locked_out(&renamed(), true).is_some());
    assert_eq!(locked_out(&renamed(), false), None);
}

const PLAN: &str = r#"
[migration]
name = "move"
as_of = 2026-11-16
[site]
kind = "local"
path = "site.sqlite"
[contacts]
system = "managed"
[offerings.photo]
name = "Photography"
[sources.people]
profile = "table"
file = "people.csv"
columns = { email = "Email", first_name = "First" }
each_row = { grant = "photo" }
"#;

/// Two in the export, and one who bought on the site.
fn with_a_walk_in() -> TestEnv {
    let env = TestEnv::with_plan(PLAN).and_file(
        "people.csv",
        "Email,First\nada@example.com,Ada\nbo@example.com,Bo\n",
    );
    env.apply().exits(0);
    env.on_the_site(
        "INSERT INTO contacts (email, id, contact_id) VALUES ('walk.in@example.com', 1900001, '1900001');
         INSERT INTO users (email, login, contact) VALUES ('walk.in@example.com', 'walk.in', 1900001);
         INSERT INTO holdings SELECT 1900001, id, 'shop' FROM tags WHERE name = 'Photography';",
    );
    env
}

fn who_has(env: &TestEnv) -> Vec<String> {
    let site = env.site();
    let mut query = site
        .prepare(
            "SELECT u.email FROM users u WHERE EXISTS (
               SELECT 1 FROM holdings h JOIN offering_tags o ON o.tag = h.tag
               WHERE h.contact = u.contact AND o.offering = 'photo' AND o.role = 'base') ORDER BY 1",
        )
        .unwrap();
    let rows = query.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

#[test]
fn a_renamed_offering_counts_who_has_it_today_and_locks_nobody_out() {
    let env = with_a_walk_in();
    env.change_plan("\"Photography\"", "\"Masterclass\"");
    env.verb("plan", &[])
        .is("offering-renamed")
        .says("walk.in@example.com")
        .says("REFUSED");
    env.apply().exits(4);
    assert_eq!(who_has(&env).len(), 3);
    env.change_plan(
        "[sources.people]",
        "[checkpoints.look]\nsay = \"look\"\nbefore = \"verify\"\n[sources.people]",
    );
    env.verb("apply", &["--yes", "--accept", "lost_access=1,updates=100%"])
        .exits(6);
    env.verb("undo", &["--yes"]);
    assert_eq!(
        who_has(&env).len(),
        3,
        "undo closes what waits, and gives the offering its tag back"
    );
}

#[test]
fn an_offering_stays_as_it_is_while_somebody_does_not_have_its_new_tag() {
    let env = with_a_walk_in();
    env.change_plan("\"Photography\"", "\"Masterclass\"");
    let plan = env.path("saved.changes");
    let plan = plan.to_str().unwrap();
    env.verb("plan", &["--accept", "lost_access=1,updates=100%", "--out", plan])
        .exits(0);
    env.on_the_site("UPDATE contacts SET first_name = 'Adela' WHERE email = 'ada@example.com'");
    env.on_the_site("UPDATE users SET role = 'editor' WHERE email = 'ada@example.com'");
    env.run(&["apply", plan, "--yes"])
        .exits(3)
        .says("offering photo is not as the plan says");
    assert_eq!(who_has(&env).len(), 3);
}

#[test]
fn the_tags_of_a_contact_without_a_user_give_no_access() {
    let env = with_a_walk_in();
    env.on_the_site("DELETE FROM users WHERE email = 'bo@example.com'");
    let line = env.verb("plan", &["--format", "json"]).json()["offerings"][0].clone();
    assert_eq!((&line["today"], &line["gain"]), (&2.into(), &1.into()), "{line}");
    env.verb("verify", &[]).exits(2).says("user is \"absent\"");
}

#[test]
fn a_tag_of_the_plan_that_opens_another_offering_is_told() {
    let env = with_a_walk_in();
    env.write(
        "second.toml",
        PLAN.replace("\"move\"", "\"second\"")
            .replace(
                "[offerings.photo]\nname = \"Photography\"",
                "[offerings.club]\nname = \"Club\"\n[tags.old]\nname = \"Photography\"\ntakes_over = \"move\"",
            )
            .replace("each_row = { grant = \"photo\" }", "each_row = { tag = \"old\" }")
            .replace("people.csv", "more.csv")
            + "[members]\nusers = \"all\"\n",
    );
    env.write("more.csv", "Email,First\ncy@example.com,Cy\n");
    let plan = env.path("second.toml");
    env.run(&["plan", plan.to_str().unwrap()])
        .says("photo is not an offering of this plan: 1 gain access")
        .says("cy@example.com");
}
