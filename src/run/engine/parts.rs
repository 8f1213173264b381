//! Members of a step whose changes are in several requests: what is still open for each of them.

use std::collections::BTreeMap;

use crate::{
    journal::Status,
    model::{MemberWrite, Seq, SeqSet},
};

/// What is open for one member.
#[derive(Debug, Clone, Copy)]
struct Part {
    /// Requests with changes of this member that are not at their end.
    open: u32,
    /// The system has taken one of them already.
    taken: bool,
}

/// The members of a step who are in more than one request. A step of a member is confirmed when all of its requests
/// are. Until then the journal calls the member accepted: another start reads back what is in place, and sends the
/// rest.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    by_member: BTreeMap<Seq, Part>,
}

impl Parts {
    /// Requests that begin a step.
    pub(crate) fn begin(&mut self, requests: &[Vec<MemberWrite>]) {
        for (seq, open) in counts(requests) {
            if open > 1 {
                self.by_member.insert(seq, Part { open, taken: false });
            }
        }
    }

    /// Requests that continue with changes of one request that has ended: one of each member is open already.
    pub(crate) fn go_on(&mut self, requests: &[Vec<MemberWrite>]) {
        for (seq, open) in counts(requests) {
            if open > 1 {
                let fresh = Part { open: 1, taken: true };
                self.by_member.entry(seq).or_insert(fresh).open += open - 1;
            }
        }
    }

    /// What a request's outcomes say of each member's step.
    pub(crate) fn settle(&mut self, outcomes: &mut BTreeMap<Status, SeqSet>) {
        if self.by_member.is_empty() {
            return;
        }
        let mut begun = SeqSet::new();
        for status in [Status::Confirmed, Status::Accepted, Status::Again] {
            for (from, to) in outcomes.get(&status).map(SeqSet::ranges).unwrap_or_default() {
                for (seq, part) in self.by_member.range_mut(*from..*to) {
                    match status {
                        Status::Confirmed => part.open = part.open.saturating_sub(1),
                        Status::Accepted => part.taken = true,
                        _ => {}
                    }
                    part.taken |= status == Status::Confirmed;
                    if part.open > 0 && part.taken {
                        begun.insert(*seq);
                    }
                }
            }
        }
        for status in [Status::Confirmed, Status::Again] {
            if let Some(set) = outcomes.get_mut(&status) {
                set.subtract(&begun);
            }
        }
        outcomes.entry(Status::Accepted).or_default().extend(&begun);
        self.by_member.retain(|_, part| part.open > 0);
    }
}

/// In how many requests each member is.
fn counts(requests: &[Vec<MemberWrite>]) -> BTreeMap<Seq, u32> {
    let mut counts = BTreeMap::new();
    for write in requests.iter().flatten() {
        *counts.entry(write.seq).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Email;

    fn request(seqs: &[Seq]) -> Vec<MemberWrite> {
        let write = |seq: &Seq| MemberWrite {
            seq: *seq,
            email: Email::from_normalised("a@example.com").unwrap(),
            contact_id: None,
            expect: crate::model::Preconditions::default(),
            changes: Vec::new(),
        };
        seqs.iter().map(write).collect()
    }

    /// What becomes of outcomes, as members by status.
    fn settled(parts: &mut Parts, status: Status, seqs: &[Seq]) -> Vec<(Status, Vec<Seq>)> {
        let mut outcomes = BTreeMap::from([(status, seqs.iter().copied().collect::<SeqSet>())]);
        parts.settle(&mut outcomes);
        let members = outcomes.into_iter().filter(|(_, set)| !set.is_empty());
        members
            .map(|(status, set)| (status, set.iter().collect()))
            .collect()
    }

    #[test]
    fn a_member_is_confirmed_with_the_last_request() {
        let mut parts = Parts::default();
        parts.begin(&[request(&[1, 2]), request(&[2])]);
        let first = settled(&mut parts, Status::Confirmed, &[1, 2]);
        assert_eq!(first, [(Status::Confirmed, vec![1]), (Status::Accepted, vec![2])]);
        let last = settled(&mut parts, Status::Confirmed, &[2]);
        assert_eq!(last, [(Status::Confirmed, vec![2])]);
    }

    #[test]
    fn what_is_sent_again_hides_nothing_that_was_taken() {
        let mut parts = Parts::default();
        parts.begin(&[request(&[1]), request(&[1])]);
        assert_eq!(
            settled(&mut parts, Status::Again, &[1]),
            [(Status::Again, vec![1])]
        );
        settled(&mut parts, Status::Accepted, &[1]);
        assert_eq!(
            settled(&mut parts, Status::Again, &[1]),
            [(Status::Accepted, vec![1])]
        );
    }

    #[test]
    fn changes_that_go_on_in_several_requests_are_open_until_all_are_through() {
        let mut parts = Parts::default();
        parts.go_on(&[request(&[1]), request(&[1])]);
        assert_eq!(
            settled(&mut parts, Status::Confirmed, &[1]),
            [(Status::Accepted, vec![1])]
        );
        assert_eq!(
            settled(&mut parts, Status::Confirmed, &[1]),
            [(Status::Confirmed, vec![1])]
        );
    }
}
