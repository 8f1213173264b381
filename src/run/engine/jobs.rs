//! Jobs that systems apply after they have answered, and the members by which they are polled.

use std::collections::BTreeMap;

use crate::{
    journal::{Status, StepKey},
    model::{JobHandle, Seq, SeqSet},
};

/// The jobs that are not known to be over, by step. A member may have several: one for each request that its changes
/// are in.
#[derive(Debug, Default)]
pub(crate) struct Jobs(BTreeMap<StepKey, Vec<(SeqSet, JobHandle)>>);

impl Jobs {
    /// As the journal has them. Some may be over: those are not polled, or their members were sent again.
    pub(crate) fn new(known: Vec<(StepKey, SeqSet, JobHandle)>) -> Self {
        let mut jobs = Self::default();
        for (step, seqs, handle) in known {
            jobs.add(step, seqs, handle);
        }
        jobs
    }

    /// One more.
    pub(crate) fn add(&mut self, step: StepKey, seqs: SeqSet, handle: JobHandle) {
        self.0.entry(step).or_default().push((seqs, handle));
    }

    /// Members who are no longer only accepted have no job.
    pub(crate) fn settle<'a>(
        &mut self,
        step: &StepKey,
        outcomes: impl IntoIterator<Item = (&'a Status, &'a SeqSet)>,
    ) {
        let Some(of_step) = self.0.get_mut(step) else {
            return;
        };
        for (status, seqs) in outcomes {
            if *status != Status::Accepted {
                forget(of_step, seqs);
            }
        }
    }

    /// The jobs of members, each once.
    pub(crate) fn about(
        &self,
        step: &StepKey,
        members: &(impl Iterator<Item = Seq> + Clone),
    ) -> Vec<JobHandle> {
        let of_step = self.0.get(step).map(Vec::as_slice).unwrap_or_default();
        let about = |(seqs, _): &&(SeqSet, JobHandle)| members.clone().any(|seq| seqs.contains(seq));
        of_step
            .iter()
            .filter(about)
            .map(|(_, handle)| handle.clone())
            .collect()
    }
}

fn forget(jobs: &mut Vec<(SeqSet, JobHandle)>, seqs: &SeqSet) {
    for (of_job, _) in &mut *jobs {
        of_job.subtract(seqs);
    }
    jobs.retain(|(of_job, _)| !of_job.is_empty());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Operation;

    #[test]
    fn all_jobs_of_a_member_are_asked_for_until_the_member_is_settled() {
        let (contacts, tags) = (
            StepKey::operation(Operation::Contacts),
            StepKey::operation(Operation::ContactTags),
        );
        let job =
            |handle: &str, from, to| (contacts.clone(), SeqSet::range(from, to), JobHandle::new(handle));
        let mut jobs = Jobs::new(vec![job("a", 0, 4), job("b", 3, 6)]);
        let about = |jobs: &Jobs, step: &StepKey, members: std::ops::Range<Seq>| -> Vec<String> {
            let found = jobs.about(step, &members);
            found.iter().map(ToString::to_string).collect()
        };
        assert_eq!(about(&jobs, &contacts, 0..9), ["a", "b"]);
        assert_eq!(about(&jobs, &contacts, 3..4), ["a", "b"]);
        assert_eq!(about(&jobs, &contacts, 4..5), ["b"]);
        assert!(about(&jobs, &tags, 0..9).is_empty());
        let (done, waits) = (SeqSet::range(3, 6), SeqSet::range(0, 1));
        jobs.settle(
            &contacts,
            [(&Status::Confirmed, &done), (&Status::Accepted, &waits)],
        );
        assert_eq!(about(&jobs, &contacts, 0..9), ["a"]);
    }
}
