//! A case in; whether its difference is the same, however many members are compared at a time.

use proptest::{prelude::TestCaseError, test_runner::TestCaseResult};

use super::case::{Bug, Case};
use crate::support::in_parts::{Listed, unlike_in_parts};

/// So no law is worth less for its small worlds.
pub(super) fn the_size_of_the_parts_makes_no_difference(case: &Case<'_>) -> TestCaseResult {
    let bug = |listed: &mut Vec<Listed>| {
        if case.bug == Some(Bug::LoseTheLastOfAPart) {
            listed.pop();
        }
    };
    let unlike = case.before.observed(case.world, &case.plan, case.bug, |seen| {
        unlike_in_parts(&case.plan, &case.wanted, seen, bug)
    });
    unlike.map_or(Ok(()), |unlike| Err(TestCaseError::fail(unlike)))
}
