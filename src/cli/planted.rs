//! The deliberate fault that a harness build is started with: `REHOME_PLANT=send-before-intent`.

use crate::run::PlantedBug;

/// The fault that the environment names; none where it names none.
pub(super) fn chosen() -> Option<PlantedBug> {
    match std::env::var("REHOME_PLANT").ok()?.as_str() {
        "send-before-intent" => Some(PlantedBug::SendBeforeIntent),
        "repeat-without-look" => Some(PlantedBug::RepeatWithoutLook),
        "accepted-is-done" => Some(PlantedBug::AcceptedIsDone),
        "overwrite-moved" => Some(PlantedBug::OverwriteMoved),
        "forget-missing" => Some(PlantedBug::ForgetMissing),
        "forget-outcomes" => Some(PlantedBug::ForgetOutcomes),
        "forget-jobs" => Some(PlantedBug::ForgetJobs),
        "busy-stops-all" => Some(PlantedBug::BusyStopsAll),
        "forget-tag-ids" => Some(PlantedBug::ForgetTagIds),
        "ignore-rejected" => Some(PlantedBug::IgnoreRejected),
        "forget-rest" => Some(PlantedBug::ForgetRest),
        "rest-is-no-doubt" => Some(PlantedBug::RestIsNoDoubt),
        "first-batch-is-all" => Some(PlantedBug::FirstBatchIsAll),
        "repeat-setup" => Some(PlantedBug::RepeatSetup),
        "forget-preconditions" => Some(PlantedBug::ForgetPreconditions),
        "forget-confirmed" => Some(PlantedBug::ForgetConfirmed),
        "no-limit-in-flight" => Some(PlantedBug::NoLimitInFlight),
        _ => None,
    }
}
