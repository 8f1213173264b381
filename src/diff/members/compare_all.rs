//! Partitions of members in; all of them compared, on two threads, and listed in order, out.

use std::{
    sync::mpsc::{channel, sync_channel},
    thread,
};

use super::{
    compare_members::{MemberComparison, Sums},
    context::CompareContext,
    listed_member::{ListedMember, ListedMembers},
    partition::Partition,
};

/// Walks all parts; `tell` hears of every member with something to tell, in order of e-mail.
pub(crate) fn walk_all<'a>(
    ground: &'a CompareContext<'a>,
    parts: &[Partition],
    mut tell: impl FnMut(ListedMember<'_>),
) -> Sums {
    thread::scope(|scope| {
        let walks: Vec<_> = (0..WALKS)
            .map(|first| {
                let (full, lists) = sync_channel::<ListedMembers<'a>>(1);
                let (empty, spares) = channel::<ListedMembers<'a>>();
                let walk = move || {
                    let mut walk = MemberComparison::new(ground);
                    for part in parts.iter().skip(first).step_by(WALKS) {
                        let mut told = spares.try_recv().unwrap_or_default();
                        walk.part(part, &mut told);
                        // The other end is gone only where telling panicked, and then nothing matters.
                        let _ = full.send(told);
                    }
                    walk.sums
                };
                (scope.spawn(walk), lists, empty)
            })
            .collect();
        for number in 0..parts.len() {
            let (_, lists, empty) = &walks[number % WALKS];
            // A walk that panicked sends nothing more: it is joined below.
            let Ok(mut told) = lists.recv() else { break };
            told.each(&mut tell);
            told.clear();
            let _ = empty.send(told);
        }
        let mut sums = Sums::new(ground.plan, ground.offerings.others());
        for (walk, lists, _) in walks {
            drop(lists);
            match walk.join() {
                Ok(some) => sums.add(&some),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        sums
    })
}

/// Parts are walked in turns by so many threads.
pub(crate) const WALKS: usize = 2;
