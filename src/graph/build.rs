//! A change set's header in, its [`StepGraph`] out.

use std::collections::HashMap;

use petgraph::{
    Direction,
    graph::{DiGraph, NodeIndex},
};

use super::{Cohort, Step, StepGraph, StepId, StepKind, Waves, order::order};
use crate::{
    changeset::{ChangeSetKind, Header, OfferingSetup},
    model::{CheckpointBefore, OfferingKey, Operation, Seq, Side},
};

/// How many members go together, unless somebody says otherwise.
pub const COHORT: u32 = 2_000;

/// The sizes of the waves before the one with everybody else.
const WAVES: [u32; 3] = [1, 10, 100];

/// The steps of a run. `canary` is the place of the plan's test member, where that member has
/// something to carry out; `cohort` is how many members go together at most.
pub fn build(header: &Header, canary: Option<Seq>, waves: Waves, cohort: u32) -> StepGraph {
    let mut builder = Builder::default();
    let (last_offerings, first_offerings) = offerings_by_time(header);
    let before_all = builder.checkpoints(header, CheckpointBefore::Offerings, &[]);
    let prepared = builder.setup(header, &first_offerings, &before_all);
    let before_members = builder.checkpoints(header, CheckpointBefore::Contacts, &[prepared]);
    let mut gate = if before_members.is_empty() {
        vec![prepared]
    } else {
        before_members
    };
    let operations = Operation::sequence(header.targets.contacts.external().is_some());
    let waves = waves_of(header.members, canary, waves, cohort.max(1));
    let count = waves.len();
    for (at, cohorts) in waves.into_iter().enumerate() {
        let mut through = Vec::with_capacity(cohorts.len());
        let mut members = 0;
        for cohort in cohorts {
            members += cohort.len();
            let mut needs = gate.clone();
            for operation in operations.clone() {
                let kind = StepKind::Members {
                    side: operation.side(),
                    operation,
                    cohort,
                };
                needs = vec![builder.add(kind, &needs)];
            }
            through.append(&mut needs);
        }
        let kind = StepKind::Wave {
            wave: u32::try_from(at).unwrap_or(u32::MAX),
            members,
            last: at + 1 == count,
        };
        gate = vec![builder.add(kind, &through)];
    }
    let changed = last_offerings.iter();
    let changed: Vec<NodeIndex> = changed
        .map(|key| {
            let key = (*key).clone();
            builder.add(StepKind::Offering { key, last: true }, &gate)
        })
        .collect();
    if !changed.is_empty() {
        gate = changed;
    }
    let mut last = builder.checkpoints(header, CheckpointBefore::Verify, &gate);
    if last.is_empty() {
        last = gate;
    }
    builder.add(StepKind::Verify, &last);
    builder.finish()
}

/// The offerings that change after all members, and those that are created or changed before them. Whoever has access
/// before and after has it at every moment: an offering that gets other tags does so when members have them, and one that
/// gets its old tags back does so while members still have the new ones.
fn offerings_by_time<'h>(header: &'h Header) -> (Vec<&'h OfferingKey>, Vec<&'h OfferingKey>) {
    let forward = header.kind == ChangeSetKind::Plan;
    let closes = |one: &&OfferingSetup| {
        let mut targets = header.targets.offerings.iter();
        forward && targets.any(|target| target.key == one.key && one.closes(target))
    };
    let (last, first): (Vec<_>, Vec<_>) = header.setup.offerings.iter().partition(closes);
    let keys = |some: Vec<&'h OfferingSetup>| some.into_iter().map(|one| &one.key).collect();
    (keys(last), keys(first))
}

#[derive(Default)]
struct Builder {
    graph: DiGraph<StepKind, ()>,
}

impl Builder {
    fn add(&mut self, kind: StepKind, needs: &[NodeIndex]) -> NodeIndex {
        let node = self.graph.add_node(kind);
        for need in needs {
            self.graph.add_edge(*need, node, ());
        }
        node
    }

    fn checkpoints(
        &mut self,
        header: &Header,
        before: CheckpointBefore,
        needs: &[NodeIndex],
    ) -> Vec<NodeIndex> {
        // Where nobody is moved, nothing of what the systems do by themselves is to be feared.
        let all = if header.members > 0 {
            header.targets.all_checkpoints()
        } else {
            header.targets.checkpoints.clone()
        };
        all.into_iter()
            .filter(|checkpoint| checkpoint.before == before)
            .map(|checkpoint| self.add(StepKind::Checkpoint { checkpoint }, needs))
            .collect()
    }

    fn setup(&mut self, header: &Header, first: &[&OfferingKey], needs: &[NodeIndex]) -> NodeIndex {
        let setup = &header.setup;
        let mut all = needs.to_vec();
        let mut offerings = HashMap::new();
        for key in first {
            let kind = StepKind::Offering {
                key: (*key).clone(),
                last: false,
            };
            let node = self.add(kind, needs);
            offerings.insert(*key, node);
            all.push(node);
        }
        for target in &header.targets.offerings {
            for part in &target.includes {
                if let (Some(whole), Some(part)) = (offerings.get(&target.key), offerings.get(part)) {
                    self.graph.update_edge(*part, *whole, ());
                }
            }
        }
        let tags = [
            (Side::Site, &setup.site_tags),
            (Side::Contacts, &setup.contact_tags),
        ];
        for (side, tags) in tags {
            for tag in tags {
                let tag = tag.clone();
                all.push(self.add(StepKind::Tag { side, tag }, needs));
            }
        }
        for key in setup.emails.iter().map(|one| &one.key) {
            let target = header.targets.emails.iter().find(|email| email.key == *key);
            let mut needs = needs.to_vec();
            let whose = target.map(|email| email.offerings.as_slice());
            needs.extend(whose.into_iter().flatten().filter_map(|key| offerings.get(key)));
            needs.sort_unstable();
            needs.dedup();
            all.push(self.add(StepKind::Email { key: key.clone() }, &needs));
        }
        self.add(StepKind::Prepared, &all)
    }

    fn finish(self) -> StepGraph {
        let order = order(&self.graph);
        let mut place = vec![StepId(0); order.len()];
        for (id, node) in (0u32..).zip(&order) {
            place[node.index()] = StepId(id);
        }
        let steps = order
            .iter()
            .map(|node| {
                let id = place[node.index()];
                let mut needs: Vec<StepId> = self
                    .graph
                    .neighbors_directed(*node, Direction::Incoming)
                    .map(|need| place[need.index()])
                    .filter(|need| *need < id)
                    .collect();
                needs.sort_unstable();
                needs.dedup();
                Step {
                    id,
                    kind: self.graph[*node].clone(),
                    needs,
                }
            })
            .collect();
        StepGraph { steps }
    }
}

/// The cohorts of each wave. Waves without members are left out.
pub(super) fn waves_of(members: Seq, canary: Option<Seq>, waves: Waves, cohort: u32) -> Vec<Vec<Cohort>> {
    let canary = canary.filter(|canary| *canary < members);
    let mut sizes: Vec<u32> = match waves {
        Waves::Growing => WAVES.to_vec(),
        Waves::Off => Vec::new(),
    };
    sizes.push(u32::MAX);
    let mut list: Vec<Vec<Cohort>> = Vec::new();
    if let Some(canary) = canary {
        if waves == Waves::Growing {
            sizes.remove(0);
        }
        list.push(vec![Cohort {
            from: canary,
            to: canary.saturating_add(1),
            wave: 0,
        }]);
    }
    let mut next = 0;
    for size in sizes {
        let wave = u32::try_from(list.len()).unwrap_or(u32::MAX);
        let mut left = size;
        let mut cohorts = Vec::new();
        while left > 0 && next < members {
            if canary == Some(next) {
                next += 1;
                continue;
            }
            let wall = canary.filter(|canary| *canary > next).unwrap_or(members);
            let to = next.saturating_add(left.min(cohort)).min(wall).min(members);
            cohorts.push(Cohort { from: next, to, wave });
            left -= to - next;
            next = to;
        }
        if !cohorts.is_empty() {
            list.push(cohorts);
        }
    }
    list
}
