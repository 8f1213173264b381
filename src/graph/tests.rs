//! The order of steps, as sentences.

use proptest::prelude::*;

use super::*;
use crate::{
    changeset::{ChangeSetKind, EmailSetup, Header, OfferingSetup, Setup},
    model::{
        Account, Checkpoint, CheckpointBefore, CheckpointKey, ContactsTarget, EmailKey, ExternalContacts,
        OfferingKey, OfferingKind, OfferingTags, OfferingTarget, Side, SiteTarget, TagName, Targets,
    },
};

fn account(side: Side) -> Account {
    Account {
        side,
        kind: "local".to_owned(),
        id: "a".to_owned(),
        place: "site.sqlite".to_owned(),
    }
}

fn offering(key: &str, includes: &[&str]) -> OfferingTarget {
    OfferingTarget {
        key: OfferingKey::new(key),
        name: key.to_owned(),
        kind: OfferingKind::Course,
        includes: includes.iter().map(OfferingKey::new).collect(),
        tags: OfferingTags {
            base: Some(TagName::new(key)),
            instant: None,
            revoke: None,
            modules: Vec::new(),
        },
    }
}

fn new_offering(key: &str) -> OfferingSetup {
    OfferingSetup {
        key: OfferingKey::new(key),
        before: None,
    }
}

fn header(members: u32, contacts: ContactsTarget) -> Header {
    let standing_checkpoints = contacts
        .external()
        .map(|_| automations_off())
        .into_iter()
        .collect();
    Header {
        tags: crate::model::TagRefs::default(),
        format: 1,
        kind: ChangeSetKind::Plan,
        targets: Targets {
            migration: "lumen".to_owned(),
            was: Vec::new(),
            environment: None,
            site: SiteTarget::Local {
                path: "site.sqlite".to_owned(),
                like: None,
            },
            contacts,
            offerings: vec![offering("club", &["photo"]), offering("photo", &[])],
            tags: Vec::new(),
            emails: Vec::new(),
            standing_checkpoints,
            checkpoints: vec![Checkpoint {
                key: CheckpointKey::new("domain"),
                say: "Point the domain.".to_owned(),
                before: CheckpointBefore::Verify,
            }],
            canary: None,
        },
        base: ".".to_owned(),
        plan: String::new(),
        limits: None,
        site: account(Side::Site),
        contacts: None,
        inputs: "f".to_owned(),
        as_of: jiff::civil::date(2026, 12, 1),
        computed: 0,
        accepted: None,
        signature: None,
        setup: Setup {
            offerings: ["club", "photo"].map(new_offering).into(),
            site_tags: vec![TagName::new("VIP")],
            contact_tags: Vec::new(),
            emails: vec![EmailSetup {
                key: EmailKey::new("welcome"),
                before: None,
            }],
        },
        members,
    }
}

fn automations_off() -> Checkpoint {
    Checkpoint {
        key: CheckpointKey::new("automations"),
        say: "Switch the automations off.".to_owned(),
        before: CheckpointBefore::Contacts,
    }
}

fn outside() -> ContactsTarget {
    ContactsTarget::External(ExternalContacts::example("http://crm.example"))
}

fn labels(graph: &StepGraph) -> Vec<String> {
    graph
        .steps
        .iter()
        .map(|step| {
            let needs: Vec<String> = step.needs.iter().map(ToString::to_string).collect();
            format!("{} {} <- {}", step.id, step.label(), needs.join(" "))
        })
        .collect()
}

#[test]
fn a_bundle_comes_after_what_it_includes_and_members_after_everything() {
    let graph = build(&header(3, ContactsTarget::Managed), None, Waves::Off, 2);
    assert_eq!(
        labels(&graph),
        [
            "s0 offering photo <- ",
            "s1 offering club <- s0",
            "s2 tag \"VIP\" on the site <- ",
            "s3 email welcome <- ",
            "s4 everything that members need exists <- s0 s1 s2 s3",
            "s5 members on the site: numbers 1 to 2 <- s4",
            "s6 members on the site: number 3 <- s4",
            "s7 wave 1 complete (3 members) <- s5 s6",
            "s8 checkpoint domain <- s7",
            "s9 verification <- s8",
        ]
    );
}

#[test]
fn with_a_contact_system_somebody_says_that_automations_are_off_before_the_first_contact() {
    let graph = build(&header(1, outside()), None, Waves::Growing, 100);
    let labels = labels(&graph);
    assert_eq!(
        labels[5..9],
        [
            "s5 checkpoint automations <- s4",
            "s6 contacts in the contact system: number 1 <- s5",
            "s7 members on the site: number 1 <- s6",
            "s8 tags in the contact system: number 1 <- s7",
        ]
    );
}

#[test]
fn the_test_member_goes_first_and_is_in_no_other_cohort() {
    let graph = build(&header(300, ContactsTarget::Managed), Some(5), Waves::Growing, 50);
    let mut cohorts = Vec::new();
    for step in &graph.steps {
        if let StepKind::Members { cohort, .. } = step.kind {
            cohorts.push((cohort.wave, cohort.from, cohort.to));
        }
    }
    assert_eq!(
        cohorts,
        [
            (0, 5, 6),
            (1, 0, 5),
            (1, 6, 11),
            (2, 11, 61),
            (2, 61, 111),
            (3, 111, 161),
            (3, 161, 211),
            (3, 211, 261),
            (3, 261, 300),
        ]
    );
}

#[test]
fn offerings_that_include_each_other_are_still_steps() {
    let mut header = header(0, ContactsTarget::Managed);
    header.targets.offerings = vec![offering("club", &["photo"]), offering("photo", &["club"])];
    let graph = build(&header, None, Waves::Off, 10);
    assert_eq!(
        graph
            .steps
            .iter()
            .filter(|s| matches!(s.kind, StepKind::Offering { .. }))
            .count(),
        2
    );
}

proptest! {
    #[test]
    fn every_member_is_in_one_cohort_and_every_need_is_earlier(
        members in 0u32..700, canary in prop::option::of(0u32..800), cohort in 0u32..90, off in any::<bool>()
    ) {
        let waves = if off { Waves::Off } else { Waves::Growing };
        let graph = build(&header(members, ContactsTarget::Managed), canary, waves, cohort);
        let mut seen = vec![0; members as usize];
        for step in &graph.steps {
            prop_assert!(step.needs.iter().all(|need| *need < step.id));
            if let StepKind::Members { cohort: range, .. } = step.kind {
                prop_assert!(range.len() <= cohort.max(1) && !range.is_empty());
                for seq in range.from..range.to {
                    seen[seq as usize] += 1;
                }
            }
        }
        prop_assert!(seen.iter().all(|count| *count == 1));
    }
}

#[test]
fn requests_and_time_follow_from_the_forms_and_the_rate() {
    use crate::{
        diff::{ChangeKind, Names, ShapeCount, Undo, What},
        model::{
            Action, AfterLost, Batch, Batching, Capabilities, RateLimits, RateSpan, Reason, RequestClasses,
            TagRules,
        },
    };
    let header = header(300, outside());
    let site = crate::model::ObservedBuilder::new(account(Side::Site), 0).finish();
    let mut difference = Undo::new(&header.targets, &Names::default(), &site).finish(
        Setup::default(),
        crate::plan::Limits::default(),
        crate::diff::Accepted::default(),
    );
    difference.totals.counts.work = 300;
    let kind = |action, what| ChangeKind {
        side: Side::Contacts,
        action,
        what,
        reason: Reason::Granted,
    };
    let create = kind(Action::Create, What::Contact);
    let tags = [7, 8].map(|tag| kind(Action::AddTag, What::Tag(tag)));
    let shape = difference.changes.shapes.intern(&[create, tags[0], tags[1]]);
    difference.changes.by_shape.push(ShapeCount {
        shape,
        count: 300,
        samples: Vec::new(),
    });
    let mut can = Capabilities {
        batching: Batching {
            contacts: 1,
            add_tags: Batch::OneTag(100),
            remove_tags: Batch::One,
            ..Batching::new(100)
        },
        limits: RateLimits::none().and(60, RateSpan::Minute),
        classes: RequestClasses::default(),
        in_flight: 1,
        visibility_ms: 0,
        compares: true,
        confirms: true,
        creates_opted_out: true,
        max_field_chars: None,
        tag_rules: TagRules::default(),
        after_lost_write: AfterLost::Repeat,
        after_lost_tags: AfterLost::Repeat,
        after_lost_setup: AfterLost::Repeat,
        cannot_write: None,
    };
    // 300 contacts; each of two tags in cohorts of 1, 10, 100 and 189 members.
    let requests = 300 + 2 * 5;
    let contacts = |can: &Capabilities| costs(&difference, None, Some(can), 500).contacts.unwrap();
    let cost = contacts(&can);
    assert_eq!(
        (cost.requests, cost.seconds, cost.days),
        (requests, Some(2 * requests), Some(1))
    );
    // Requests that add tags count in a class of their own too, and that limit is the slower one.
    let limits = can.limits.clone();
    can.classes.add_tags = Some("bulk".to_owned());
    can.limits = limits.clone().and_of("bulk", 50, RateSpan::Hour);
    assert_eq!(contacts(&can).seconds, Some(10 * 3_600 / 25));
    can.limits = limits.clone().and_of("bulk", 60, RateSpan::Minute);
    assert_eq!(contacts(&can).seconds, Some(2 * requests), "or not");
    can.limits = limits.clone().and_of("bulk", 8, RateSpan::Day { resets_at: 0 });
    assert_eq!(contacts(&can).days, Some(3));
    can.limits = limits;
    // Each request is preceded by a lookup.
    can.compares = false;
    assert_eq!(contacts(&can).seconds, Some(4 * (300 + 10)));
    can.compares = true;
    can.batching.tags_with_contact = true;
    assert_eq!(contacts(&can).requests, 300);
    can.batching.tags_with_contact = false;
    can.batching.add_tags = Batch::Pairs(100);
    assert_eq!(contacts(&can).requests, 300 + 1 + 1 + 2 + 4);
}
