//! Told how far the work is; shown by the command line.

/// Takes progress from any thread.
pub trait ProgressReporter: Sync {
    /// `done` of `total` units of a phase are done. `phase` is a verb with its object, `unit` a plural.
    fn progress(&self, phase: &'static str, done: u64, total: Option<u64>, unit: &'static str);
}

/// No progress is shown.
impl ProgressReporter for () {
    fn progress(&self, _: &'static str, _: u64, _: Option<u64>, _: &'static str) {}
}
