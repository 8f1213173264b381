//! A difference, computed in one part as usual and in parts of a few members besides: no test that uses it is
//! worth less for having small data.

use rehome::{
    diff::{
        Accepted, Difference, MemberDiff, Observations, OwnedDiff, Shapes, Sink, compare, compare_in_parts,
    },
    plan::Plan,
    wanted::Wanted,
};

/// As `rehome::diff::compare`, with nothing accepted. Panics where the size of the parts makes a difference.
pub(crate) fn compare_in_any_parts(
    plan: &Plan,
    wanted: &Wanted,
    seen: Observations<'_>,
    sink: &mut dyn Sink,
) -> Difference {
    let difference = compare(plan, wanted, seen, Accepted::default(), sink);
    let told = |members| {
        let mut told: Vec<(OwnedDiff, Option<u32>, String)> = Vec::new();
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
            told.push((member.to_owned_diff(shapes), member.seq, rest));
        };
        let difference = compare_in_parts(plan, wanted, seen, Accepted::default(), members, &mut hear);
        (serde_json::to_value(&difference).unwrap(), told)
    };
    let whole = told(usize::MAX);
    assert_eq!(serde_json::to_value(&difference).unwrap(), whole.0);
    for members in 1..=3 {
        let parts = told(members);
        assert_eq!(parts.0, whole.0, "parts of {members}");
        assert_eq!(parts.1, whole.1, "parts of {members}");
    }
    difference
}
