//! A plan in, the steps of the run that apply would make out.

use super::compute::compute;
use crate::{
    app::{AppError, Moment, PlanFile, ProgressReporter},
    diff::{Accepted, MemberDiff, Shapes},
    graph::{COHORT, StepGraph, Waves, build},
    model::Seq,
};

/// The steps that apply would make of the difference as it is now.
pub fn steps(
    file: &PlanFile,
    moment: Moment,
    waves: Waves,
    watch: &dyn ProgressReporter,
) -> Result<StepGraph, AppError> {
    let mut canary: Option<Seq> = None;
    let mut sink = |member: &MemberDiff<'_>, _: &Shapes| {
        if file
            .plan
            .canary()
            .is_some_and(|email| email.as_str() == member.email)
        {
            canary = member.seq;
        }
    };
    let computed = compute(file, moment, Accepted::default(), None, &mut sink, watch)?;
    Ok(build(&computed.header, canary, waves, COHORT))
}
