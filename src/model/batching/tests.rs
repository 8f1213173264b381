//! Cohorts of every kind in; that every request obeys its form and nothing is lost or doubled, out.

use proptest::prelude::*;

use super::*;
use crate::model::{Email, Reason, Side, TagName};

fn change(action: Action, tag: u16) -> Change {
    let held = || Some("held".to_owned());
    let adds = action == Action::AddTag;
    Change {
        side: Side::Contacts,
        action,
        attribute: Attribute::Tag(TagName::new(format!("tag {tag}"))),
        reason: Reason::Granted,
        before: if adds { None } else { held() },
        after: if adds { held() } else { None },
    }
}

/// A member for each list of tags: those below 100 are added, the others are removed.
fn cohort(members: &[Vec<u16>]) -> Vec<MemberWrite> {
    (0..)
        .zip(members)
        .filter(|(_, tags)| !tags.is_empty())
        .map(|(seq, tags)| MemberWrite {
            expect: crate::model::Preconditions::default(),
            seq,
            email: Email::from_normalised(&format!("m{seq:04}@example.com")).unwrap(),
            contact_id: None,
            changes: tags
                .iter()
                .map(|tag| {
                    let action = if *tag < 100 {
                        Action::AddTag
                    } else {
                        Action::RemoveTag
                    };
                    change(action, *tag)
                })
                .collect(),
        })
        .collect()
}

fn batching(add_tags: Batch, remove_tags: Batch) -> Batching {
    Batching {
        add_tags,
        remove_tags,
        ..Batching::new(3)
    }
}

/// Every change as (member, tag), sorted.
fn pairs(writes: &[MemberWrite]) -> Vec<(u32, String)> {
    let mut pairs: Vec<_> = writes
        .iter()
        .flat_map(|write| {
            write
                .changes
                .iter()
                .map(|change| (write.seq, change.attribute.to_string()))
        })
        .collect();
    pairs.sort();
    pairs
}

/// What is wrong with a split.
fn wrong(all: &[MemberWrite], batching: &Batching, batches: &[Writes]) -> Option<String> {
    if let Some(batch) = batches
        .iter()
        .find(|batch| batch.is_empty() || !batching.fits(Operation::ContactTags, batch))
    {
        return Some(format!("does not obey its form: {:?}", pairs(batch)));
    }
    let in_order = |batch: &Writes| batch.is_sorted_by(|one, other| one.seq < other.seq);
    if !batches.iter().all(in_order) {
        return Some("a member twice in a request, or out of order".to_owned());
    }
    let mut found: Vec<_> = batches.iter().flat_map(|batch| pairs(batch)).collect();
    found.sort();
    (found != pairs(all)).then(|| "a change is lost or doubled".to_owned())
}

/// The fewest requests by tag alone and by sets of tags alone, and by pairs.
fn bounds(all: &[MemberWrite], limit: usize) -> (usize, usize, usize) {
    let mut by_tag: BTreeMap<&Attribute, usize> = BTreeMap::new();
    let mut by_set: BTreeMap<Vec<&Attribute>, usize> = BTreeMap::new();
    for write in all {
        let mut set: Vec<_> = write.changes.iter().map(|change| &change.attribute).collect();
        for tag in &set {
            *by_tag.entry(tag).or_default() += 1;
        }
        set.sort();
        *by_set.entry(set).or_default() += 1;
    }
    (
        by_tag.values().map(|count| count.div_ceil(limit)).sum(),
        by_set.values().map(|count| count.div_ceil(limit)).sum(),
        pairs(all).len().div_ceil(limit),
    )
}

fn form() -> impl Strategy<Value = Batch> {
    prop_oneof![
        (1usize..6).prop_map(Batch::Members),
        (1usize..6).prop_map(Batch::OneTag),
        (1usize..6).prop_map(Batch::SameTags),
        (1usize..6).prop_map(Batch::Pairs),
        Just(Batch::One),
    ]
}

fn members(tags: impl Strategy<Value = u16> + Clone + 'static) -> impl Strategy<Value = Vec<Vec<u16>>> {
    let set = prop::collection::btree_set(tags, 0..5).prop_map(|set| set.into_iter().collect());
    prop::collection::vec(set, 0..40)
}

proptest! {
    #[test]
    fn every_change_is_in_exactly_one_request_that_obeys_its_form(
        (add, remove) in (form(), form()),
        lists in members(prop_oneof![0u16..4, 100u16..103]),
        most in 1usize..8,
    ) {
        let (all, batching) = (cohort(&lists), batching(add, remove));
        let batches = batching.split(Operation::ContactTags, all.clone(), most);
        prop_assert_eq!(wrong(&all, &batching, &batches), None);
        prop_assert_eq!(batching.split(Operation::ContactTags, all, most), batches);
    }

    #[test]
    fn the_requests_are_as_few_as_their_form_allows(form in form(), lists in members(0u16..4)) {
        let all = cohort(&lists);
        let batches = batching(form, form).split(Operation::ContactTags, all.clone(), usize::MAX);
        let (by_tag, by_set, by_pair) = bounds(&all, form.limit());
        match form {
            Batch::Members(most) => prop_assert_eq!(batches.len(), all.len().div_ceil(most)),
            Batch::OneTag(_) | Batch::One => prop_assert_eq!(batches.len(), by_tag),
            Batch::SameTags(_) => prop_assert!(batches.len() <= by_tag.min(by_set)),
            Batch::Pairs(_) => prop_assert_eq!(batches.len(), by_pair),
        }
    }

    #[test]
    fn counting_gives_the_number_that_splitting_gives(form in form(), lists in members(0u16..4)) {
        let batches = batching(form, form).split(Operation::ContactTags, cohort(&lists), usize::MAX);
        let counted = form.requests(lists.iter().map(|tags| (tags.as_slice(), 1)));
        prop_assert_eq!(counted, batches.len() as u64);
    }
}

/// The checks notice splits that are wrong.
#[test]
fn a_split_that_loses_doubles_or_mixes_is_noticed() {
    let all = cohort(&[vec![1, 2], vec![2], vec![1, 101]]);
    let batching = batching(Batch::OneTag(2), Batch::One);
    let right = batching.split(Operation::ContactTags, all.clone(), 10);
    assert_eq!(wrong(&all, &batching, &right), None);
    let mut loses = right.clone();
    loses.pop();
    assert!(wrong(&all, &batching, &loses).is_some_and(|why| why.contains("lost")));
    let mut doubles = right.clone();
    doubles.push(right[0].clone());
    assert!(wrong(&all, &batching, &doubles).is_some_and(|why| why.contains("doubled")));
    let mut mixes = right.clone();
    let other = mixes.remove(1);
    mixes[0].extend(other);
    assert!(wrong(&all, &batching, &mixes).is_some_and(|why| why.contains("form")));
}

#[test]
fn one_tag_for_many_members_is_one_request_for_each_tag() {
    // 30 tags, each on 10 of 100 members: one request for each tag, not one for each member or pack.
    let lists: Vec<Vec<u16>> = (0..100)
        .map(|member| (0..3).map(|at| (member % 10) * 3 + at).collect())
        .collect();
    let split = |form| {
        batching(form, form)
            .split(Operation::ContactTags, cohort(&lists), usize::MAX)
            .len()
    };
    assert_eq!(split(Batch::OneTag(100)), 30);
    assert_eq!(split(Batch::SameTags(100)), 10);
    assert_eq!(split(Batch::Pairs(100)), 3);
    assert_eq!(split(Batch::Members(100)), 1);
    assert_eq!(split(Batch::One), 300);
}

#[test]
fn members_with_sets_that_overlap_go_by_tag_where_that_takes_fewer() {
    let lists = [vec![1, 2], vec![1], vec![2]];
    let batches = batching(Batch::SameTags(10), Batch::One).split(Operation::ContactTags, cohort(&lists), 10);
    assert_eq!(batches.len(), 2);
}
