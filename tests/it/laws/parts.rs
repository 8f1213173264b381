//! A difference computed in parts of a few members; whether it is the one that was computed in one part.

use proptest::{prelude::TestCaseError, prop_assert_eq, test_runner::TestCaseResult};
use rehome::diff::{Accepted, MemberDiff, OwnedDiff, Shapes, compare_in_parts};

use super::case::{Bug, Case};

/// However many members are compared at a time, the difference is the same. So no law is worth less for its
/// small worlds.
pub(super) fn the_size_of_the_parts_makes_no_difference(case: &Case<'_>) -> TestCaseResult {
    let in_parts_of = |members: usize| {
        let mut listed: Vec<(OwnedDiff, Option<u32>, String)> = Vec::new();
        let mut hear = |member: &MemberDiff<'_>, shapes: &Shapes| {
            let MemberDiff {
                gains,
                loses,
                both,
                gone,
                shape,
                ..
            } = *member;
            let rest = format!("{gains:?} {loses:?} {both:?} {gone:?} {shape:?}");
            listed.push((member.to_owned_diff(shapes), member.seq, rest));
        };
        let difference = case.before.observed(case.world, case.bug, |seen| {
            compare_in_parts(
                &case.plan,
                &case.wanted,
                seen,
                Accepted::default(),
                members,
                &mut hear,
            )
        });
        if case.bug == Some(Bug::LoseTheLastOfAPart) && members < usize::MAX {
            listed.pop();
        }
        (serde_json::to_value(&difference).expect("JSON"), listed)
    };
    let whole = in_parts_of(usize::MAX);
    let difference =
        serde_json::to_value(&case.difference).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert_eq!(&difference, &whole.0);
    for members in 1..=3 {
        let parts = in_parts_of(members);
        prop_assert_eq!(&parts.0, &whole.0, "parts of {}", members);
        prop_assert_eq!(&parts.1, &whole.1, "parts of {}", members);
    }
    Ok(())
}
