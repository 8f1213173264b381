//! Any bytes as a journal: an error, or runs that can be read in every way.
#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use rehome::journal::Journal;

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("journal.sqlite");
    fs::write(&path, bytes).expect("written");
    let Ok(Some(journal)) = Journal::open_to_read(&path) else { return };
    let _ = (journal.open_run(), journal.confirmations(), journal.events(), journal.pacing("site"));
    for run in journal.runs().unwrap_or_default() {
        let _ = (journal.progress(run.id), journal.doubts(run.id), journal.exceptions(run.id));
        let _ = journal.learned(run.id, 0, u32::MAX);
    }
});
