//! Random plans and records in; what `explain` says of each record and member, held against what the fold gave them.

use std::collections::BTreeSet;

use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use rehome::{
    model::{Attribute, RowBatch},
    plan::{Pattern, Plan, Rule},
    wanted::{
        ConsentSays, Entitlement, Grant, GrantState, GrantTrace, Opened, RowTrace, RowTracer, ValueOutcome,
        Wanted, origins,
    },
};

use super::world::{AS_OF, World, worlds};

fn config() -> ProptestConfig {
    ProptestConfig {
        cases: 120,
        max_shrink_iters: 20_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// What is said of a record before it is held against the fold; a planted bug says something else.
type Say = fn(&mut RowTrace<'_>);

/// What a record gives: all but tags, and the names of these.
type Given = (Entitlement, BTreeSet<String>);

/// The plan of a world, with entries for both halves of the title that contains a comma: its cells can be cut in two
/// ways, which mean the same only where the entries do.
fn plan_with_two_cuts(world: &World) -> Plan {
    let mut plan = world.plan();
    let maps = plan.sources.iter_mut().flat_map(|source| &mut source.gives.maps);
    for map in maps.filter(|map| map.separator.as_deref() == Some(",")) {
        let halves = ["Light", "Fast"].map(|text| Rule {
            pattern: Pattern::parse(text).expect("a pattern"),
            text: text.to_owned(),
            ..map.rules[0].clone()
        });
        map.rules.extend(halves);
    }
    plan
}

/// What the statements about a record add up to.
fn sum(trace: &RowTrace<'_>) -> Given {
    let (mut all, mut names) = (Entitlement::default(), BTreeSet::new());
    for value in &trace.values {
        match &value.outcome {
            ValueOutcome::NoEntry | ValueOutcome::Ambiguous | ValueOutcome::Ignored(_) => {}
            ValueOutcome::NotMet(offering) => all.mentioned.extend(*offering),
            ValueOutcome::Revokes(offering) => {
                all.revokes.insert(*offering);
            }
            ValueOutcome::Gives { grant, tags } => {
                names.extend(tags.iter().map(ToString::to_string));
                let Some(GrantTrace { offering, state, .. }) = *grant else {
                    continue;
                };
                match state {
                    GrantState::Open { opened, until } => {
                        let lasting = until.is_none();
                        all.grant(offering, Grant { opened, lasting });
                    }
                    GrantState::NotYet { .. } => {
                        all.mentioned.insert(offering);
                        all.later = true;
                    }
                    GrantState::Ended(_) => {
                        all.ended.insert(offering);
                    }
                }
            }
        }
    }
    (only_mentioned(all), names)
}

/// The same, where what is given or taken is not called mentioned besides.
fn only_mentioned(mut all: Entitlement) -> Entitlement {
    let (grants, revokes, ended) = (&all.grants, &all.revokes, &all.ended);
    all.mentioned
        .retain(|one| !grants.contains_key(one) && !revokes.contains(one) && !ended.contains(one));
    all
}

/// What the fold gave for a record.
fn given(wanted: &Wanted, gives: rehome::wanted::EntitlementId) -> Given {
    let mut all = wanted.entitlements().get(gives).clone();
    let tags = std::mem::take(&mut all.tags);
    let names = tags.iter().filter_map(|tag| wanted.tags.given(*tag));
    (only_mentioned(all), names.map(ToString::to_string).collect())
}

/// All records of a world are said to give what the fold gave for them, and all that it kept of a member comes from
/// a record that says it.
fn explained(world: &World, plan: &Plan, say: Say) -> Result<(), TestCaseError> {
    let wanted = world.gather(plan, AS_OF);
    let batches = world.batches(plan);
    let rows: Vec<_> = batches.iter().flat_map(RowBatch::rows).collect();
    let mut reader = RowTracer::new(plan, &wanted);
    for member in 0..wanted.len() {
        let email = wanted.email(member).expect("a member");
        let mut traces = Vec::new();
        for (record, gives) in wanted.records(member) {
            let row = rows.iter().find(|row| row.record == record).expect("its row");
            let mut trace = reader.trace(row).expect("its source");
            say(&mut trace);
            prop_assert_eq!(
                sum(&trace),
                given(&wanted, gives),
                "{} of {}: {:#?}",
                record.line,
                email,
                trace
            );
            traces.push(trace);
        }
        let origins = origins(plan, &wanted, member, &traces);
        let fields = plan.field_names();
        let one = wanted.get(member).expect("a member");
        let says = |says: ConsentSays| {
            let mut traces = traces.iter();
            traces.any(|trace| matches!(&trace.consent, Some((_, said)) if *said == says))
        };
        let blank = says(ConsentSays::Blank) && !says(ConsentSays::OptedIn);
        let out = says(ConsentSays::OptedOut) || says(ConsentSays::Unclear) || blank;
        prop_assert_eq!(out, one.opted_out, "consent of {}", email);
        let kept = [
            (Attribute::FirstName, one.first_name),
            (Attribute::LastName, one.last_name),
            (
                Attribute::Registered,
                wanted.registered(member).map_or("", |(moment, _)| moment),
            ),
        ];
        let fields = fields.iter().enumerate();
        let fields = fields.map(|(at, name)| (Attribute::Field((*name).clone()), wanted.field(member, at)));
        for (what, value) in kept.into_iter().chain(fields) {
            let origin = origins.iter().find(|origin| origin.what == what);
            let said = origin.map_or("", |origin| &origin.value);
            prop_assert_eq!(said, value, "{} of {}", what, email);
            let Some(origin) = origin else { continue };
            let counts = |(other, record): &(String, _)| match what {
                Attribute::Registered => origin.value < *other,
                _ => origin.record < *record,
            };
            prop_assert!(origin.others.iter().all(counts), "{:?} of {}", origin, email);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_said_of_a_record_is_what_the_fold_gave_for_it(world in worlds()) {
        explained(&world, &world.plan(), |_| {})?;
        explained(&world, &plan_with_two_cuts(&world), |_| {})?;
    }
}

fn outcomes<'t, 'p>(trace: &'t mut RowTrace<'p>) -> impl Iterator<Item = &'t mut ValueOutcome<'p>> {
    trace.values.iter_mut().map(|value| &mut value.outcome)
}

fn grants(trace: &mut RowTrace<'_>) -> Vec<GrantTrace> {
    let grant = |outcome: &mut ValueOutcome<'_>| match outcome {
        ValueOutcome::Gives { grant, .. } => *grant,
        _ => None,
    };
    outcomes(trace).filter_map(grant).collect()
}

/// The first cut of a cell that can be cut in two ways is said to count.
fn first_cut_counts(trace: &mut RowTrace<'_>) {
    for outcome in outcomes(trace).filter(|outcome| **outcome == ValueOutcome::Ambiguous) {
        *outcome = ValueOutcome::Revokes(0);
    }
}

/// What has ended is said to be open.
fn ends_are_forgotten(trace: &mut RowTrace<'_>) {
    for outcome in outcomes(trace) {
        if let ValueOutcome::Gives {
            grant: Some(grant), ..
        } = outcome
            && let GrantState::Ended(until) = grant.state
        {
            grant.state = GrantState::Open {
                opened: Opened::Whole,
                until,
            };
        }
    }
}

/// A condition that is not met is said not to matter where the entry would revoke.
fn revokes_are_forgotten(trace: &mut RowTrace<'_>) {
    for outcome in outcomes(trace) {
        if let ValueOutcome::Revokes(offering) = outcome {
            *outcome = ValueOutcome::NotMet(Some(*offering));
        }
    }
}

/// Of a gradual release everything is said to be open.
fn releases_are_whole(trace: &mut RowTrace<'_>) {
    for outcome in outcomes(trace) {
        if let ValueOutcome::Gives {
            grant: Some(grant), ..
        } = outcome
            && let (Some(_), GrantState::Open { opened, .. }) = (grant.drip, &mut grant.state)
        {
            *opened = Opened::All;
        }
    }
}

/// A member who opted out is said not to have.
fn refusals_are_forgotten(trace: &mut RowTrace<'_>) {
    if let Some((_, says)) = &mut trace.consent {
        *says = ConsentSays::OptedIn;
    }
}

/// Tags that are named after a value are left out.
fn tags_are_forgotten(trace: &mut RowTrace<'_>) {
    for outcome in outcomes(trace) {
        if let ValueOutcome::Gives { tags, .. } = outcome {
            tags.truncate(1);
        }
    }
}

#[test]
fn each_planted_slip_of_what_is_said_is_found() {
    let mut runner = TestRunner::deterministic();
    let strategy = worlds();
    let all: Vec<World> = (0..150)
        .map(|_| strategy.new_tree(&mut runner).expect("a world").current())
        .collect();
    for (name, say) in [
        ("first cut counts", first_cut_counts as Say),
        ("ends are forgotten", ends_are_forgotten),
        ("revokes are forgotten", revokes_are_forgotten),
        ("releases are whole", releases_are_whole),
        ("tags are forgotten", tags_are_forgotten),
        ("refusals are forgotten", refusals_are_forgotten),
    ] {
        let found = all
            .iter()
            .any(|world| explained(world, &plan_with_two_cuts(world), say).is_err());
        assert!(found, "nothing finds that {name}");
    }
}

#[test]
fn the_worlds_have_all_kinds_of_grants() {
    let mut runner = TestRunner::deterministic();
    let strategy = worlds();
    let mut seen = BTreeSet::new();
    for _ in 0..150 {
        let world = strategy.new_tree(&mut runner).expect("a world").current();
        let plan = world.plan();
        let wanted = world.gather(&plan, AS_OF);
        let mut tracer = RowTracer::new(&plan, &wanted);
        for batch in world.batches(&plan) {
            for row in batch.rows() {
                let mut trace = tracer.trace(&row).expect("its source");
                seen.extend(grants(&mut trace).into_iter().map(|grant| match grant.state {
                    GrantState::Open { until: None, .. } => "open",
                    GrantState::Open { until: Some(_), .. } => "open until",
                    GrantState::NotYet { .. } => "not yet",
                    GrantState::Ended(_) => "ended",
                }));
            }
        }
    }
    assert_eq!(seen.len(), 4, "{seen:?}");
}
