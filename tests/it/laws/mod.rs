//! Laws over whole random plans, with exports that fit them and a random site: what holds whatever the plan says.
//!
//! One table has every law with a bug that it must notice. A failure shows the law, the plan and its rows, and how to run
//! that world again.

mod addresses;
mod case;
mod changes;
mod days;
mod meaning;
mod parts;
mod records;
mod systems;
mod traces;
mod world;

use proptest::{
    prelude::TestCaseError,
    strategy::{Strategy, ValueTree},
    test_runner::{Config, TestCaseResult, TestRunner},
};

use case::{Bug, Case};
use world::worlds;

/// What is true of every world, and the bug that shows that the law can fail.
struct Law {
    name: &'static str,
    holds: fn(&Case<'_>) -> TestCaseResult,
    notices: Bug,
}

macro_rules! laws {
    ($($module:ident::$law:ident notices $bug:ident,)*) => {
        [$(Law { name: stringify!($law), holds: $module::$law, notices: Bug::$bug }),*]
    };
}

const LAWS: [Law; 16] = laws![
    records::everything_is_counted_once notices LoseARecord,
    records::members_are_given_what_the_plan_says notices IgnoreConditions,
    records::the_order_of_records_and_sources_makes_no_difference notices FirstRecordCounts,
    records::nobody_is_missing_from_a_source_that_is_not_complete notices EverySourceIsComplete,
    changes::the_granted_have_access notices RevokeTheGranted,
    changes::only_what_the_plan_owns_changes notices TouchThePrivileged,
    changes::nobody_loses_what_others_gave notices TakeTagsOfOthers,
    changes::what_was_applied_is_not_found_again notices ForgetFirstNames,
    changes::every_number_is_that_of_the_members_listed notices HideAMember,
    parts::the_size_of_the_parts_makes_no_difference notices LoseTheLastOfAPart,
    days::a_later_day_takes_no_module notices ClockRunsBack,
    days::only_a_record_that_has_ended_grants_nothing notices IgnoreEnds,
    days::a_status_ends_what_its_record_grants notices IgnoreStatuses,
    days::access_ends_on_the_day_that_is_listed notices ListEndsADayLate,
    days::nothing_changes_before_the_day_that_a_change_set_says notices ChangesADayLate,
    addresses::members_stay_one_when_addresses_change notices ForgetRenames,
];

/// Worlds that every law is held against.
const WORLDS: u32 = 400;
/// Worlds in which a planted bug must show.
const WORLDS_WITH_BUG: u32 = 200;

#[test]
fn every_law_holds_in_every_world() {
    let config = Config {
        cases: WORLDS,
        max_shrink_iters: 20_000,
        failure_persistence: None,
        ..Config::default()
    };
    let all = |world: world::World| {
        let case = Case::new(&world, None);
        for law in &LAWS {
            (law.holds)(&case).map_err(|broken| TestCaseError::fail(format!("{}: {broken}", law.name)))?;
        }
        Ok(())
    };
    if let Err(broken) = TestRunner::new(config).run(&worlds(), all) {
        panic!("{broken}");
    }
}

#[test]
fn every_law_notices_its_planted_bug() {
    let mut runner = TestRunner::deterministic();
    let mut unnoticed: Vec<&Law> = LAWS.iter().collect();
    for _ in 0..WORLDS_WITH_BUG {
        let world = worlds().new_tree(&mut runner).expect("a world").current();
        unnoticed.retain(|law| (law.holds)(&Case::new(&world, Some(law.notices))).is_ok());
    }
    let unnoticed: Vec<String> = unnoticed
        .iter()
        .map(|law| format!("{} does not notice {:?}", law.name, law.notices))
        .collect();
    assert!(unnoticed.is_empty(), "{}", unnoticed.join("\n"));
}
