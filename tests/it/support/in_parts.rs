//! A difference, computed in one part as usual and in parts of a few members: no test is worth less for its small data.

use rehome::{
    diff::{
        Accepted, Difference, MemberDiff, Observations, OwnedDiff, Shapes, Sink, compare, compare_in_parts,
    },
    plan::Plan,
    wanted::Wanted,
};

/// What is said of one member: its changes, its number, and the rest.
pub(crate) type Listed = (OwnedDiff, Option<u32>, String);

/// As `rehome::diff::compare`, with nothing accepted. Panics if the size of the parts makes a difference.
#[track_caller]
pub(crate) fn compare_in_any_parts(
    plan: &Plan,
    wanted: &Wanted,
    seen: Observations<'_>,
    sink: &mut dyn Sink,
) -> Difference {
    let unlike = unlike_in_parts(plan, wanted, seen, |_| {});
    assert!(unlike.is_none(), "{}", unlike.unwrap_or_default());
    compare(plan, wanted, seen, Accepted::default(), sink)
}

/// Which size of the parts makes which difference. `bug` is done to the lists that were computed in parts.
pub(crate) fn unlike_in_parts(
    plan: &Plan,
    wanted: &Wanted,
    seen: Observations<'_>,
    bug: impl Fn(&mut Vec<Listed>),
) -> Option<String> {
    let in_parts_of = |members: usize| {
        let mut listed: Vec<Listed> = Vec::new();
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
        let difference = compare_in_parts(plan, wanted, seen, Accepted::default(), members, &mut hear);
        (serde_json::to_value(&difference).expect("JSON"), listed)
    };
    let whole = in_parts_of(usize::MAX);
    (1..=3).find_map(|members| {
        let mut parts = in_parts_of(members);
        bug(&mut parts.1);
        (parts != whole).then(|| format!("parts of {members}: {parts:#?}\nthe whole: {whole:#?}"))
    })
}
