//! What each offering includes in, what a grant of each reaches out; circles are reported.

use std::collections::{BTreeSet, HashMap, VecDeque};

use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::model::OfferingTarget;
use crate::plan::TextSpan;

/// For each offering what a grant of it reaches, sorted; a cycle is reported with all that is in it.
pub(super) fn reaches(
    targets: &[OfferingTarget],
    includes: &[Vec<(u16, TextSpan)>],
    out: &mut Diagnostics,
) -> Vec<Vec<u16>> {
    let mut in_reported_cycle = BTreeSet::new();
    let mut all = Vec::with_capacity(targets.len());
    for start in (0u16..).take(targets.len()) {
        let mut reached: Vec<bool> = (0u16..).take(targets.len()).map(|at| at == start).collect();
        // For each offering reached, from where: the way of a cycle.
        let mut from: HashMap<u16, (u16, TextSpan)> = HashMap::new();
        let mut left = VecDeque::from([start]);
        let mut cycle = None;
        while let Some(at) = left.pop_front() {
            for (next, span) in includes.get(usize::from(at)).into_iter().flatten() {
                if *next == start && cycle.is_none() {
                    cycle = Some((at, span.clone()));
                }
                if let Some(new @ false) = reached.get_mut(usize::from(*next)) {
                    *new = true;
                    from.insert(*next, (at, span.clone()));
                    left.push_back(*next);
                }
            }
        }
        if let Some((last, span)) = cycle
            && !in_reported_cycle.contains(&start)
        {
            let mut way = vec![(last, span)];
            while let Some((before, span)) = way.last().and_then(|(at, _)| from.get(at)) {
                way.push((*before, span.clone()));
            }
            way.reverse();
            in_reported_cycle.extend(way.iter().map(|(at, _)| *at));
            out.push(cycle_error(targets, start, &way));
        }
        let reached = (0u16..).zip(reached).filter(|(_, reached)| *reached);
        all.push(reached.map(|(at, _)| at).collect());
    }
    all
}

fn cycle_error(targets: &[OfferingTarget], start: u16, way: &[(u16, TextSpan)]) -> Diagnostic {
    let key = |at: u16| {
        targets
            .get(usize::from(at))
            .map_or("", |target| target.key.as_str())
    };
    let mut keys: Vec<&str> = way.iter().map(|(at, _)| key(*at)).collect();
    keys.push(key(start));
    let mut diagnostic = Diagnostic::error(
        Code::BundleCycle,
        format!("a bundle includes itself: {}", keys.join(" → ")),
    );
    for ((at, span), next) in way.iter().zip(keys.iter().skip(1)) {
        diagnostic = diagnostic.at(span.clone(), format!("{} includes {next}", key(*at)));
    }
    diagnostic.remedy("Remove one of these from its `includes`")
}
