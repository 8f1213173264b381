//! Any bytes as a change set: an error, or members that can be read in every way.
#![no_main]

use std::{fs, ops::ControlFlow};

use libfuzzer_sys::fuzz_target;
use rehome::{changeset::ChangeSet, model::Email};

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.changes");
    // Whoever makes a change set can make its checksum too, and the fuzzer cannot: it gets one here.
    let (length, hash) = (bytes.len() as u64, blake3::hash(bytes));
    let sealed = [bytes, b"rehome\xffC", &length.to_le_bytes(), hash.as_bytes()].concat();
    fs::write(&path, sealed).expect("written");
    let Ok(set) = ChangeSet::open(&path) else { return };
    let _ = set.range(0, set.header().members);
    let _ = set.each(|_| ControlFlow::Continue(()));
    let _ = set.find(&Email::from_normalised("ada@example.com").expect("an address"));
});
