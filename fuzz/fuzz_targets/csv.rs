//! Any bytes as an export, under several settings: every row that is sent is counted.
#![no_main]

use std::{fs, sync::LazyLock};

use libfuzzer_sys::fuzz_target;
use rehome::{
    diagnostics::Diagnostics,
    plan::{self, Plan},
    sources,
};

const PLAN: &str = r#"
[migration]
name = "fuzz"
as_of = 2026-12-01
[site]
kind = "local"
path = "site.sqlite"
[contacts]
system = "managed"
[tags.vip]
name = "VIP"
[sources.plain]
profile = "table"
file = "a.csv"
columns = { email = "email" }
each_row = { tag = "vip" }
[sources.bare]
profile = "table"
file = "a.csv"
header = false
skip_lines = 1
delimiter = ";"
encoding = "windows-1252"
columns = { email = "1" }
each_row = { tag = "vip" }
"#;

static PARSED: LazyLock<Plan> = LazyLock::new(|| {
    let mut out = Diagnostics::default();
    let load = |_: &str| Err("no other file".to_owned());
    plan::read(PLAN, None, rehome::app::known(), &load, &mut out).expect("a sound plan")
});

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.csv");
    fs::write(&path, bytes).expect("written");
    for source in &PARSED.sources {
        let (mut out, mut rows) = (Diagnostics::default(), 0);
        let mut send = |batch: rehome::model::RowBatch| {
            rows += batch.len();
            Some(batch)
        };
        let files = [path.clone()];
        let read = sources::read(0, source, &source.in_use, &files, &mut out, &|_| (), &mut send);
        assert_eq!(read[0].rows, rows as u64);
    }
});
