//! Any cell with several values, cut by the lines of a map that overlap.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use rehome::{
    diagnostics::Diagnostics,
    plan::{self, Plan},
    sources,
    wanted::{CellCut, RuleIndex, cut},
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
[tags.a]
name = "A"
[tags.b]
name = "B"
[sources.people]
profile = "kajabi-contacts"
file = "a.csv"
[sources.people.map.Products]
"a" = { tag = "a" }
"b" = { tag = "b" }
"a, b" = { tag = "a" }
"b, a, b" = { tag = "b" }
"a *" = { tag = "$rest" }
"*, b" = { ignore = "both" }
"#;

static PARSED: LazyLock<Plan> = LazyLock::new(|| {
    let mut out = Diagnostics::default();
    let load = |_: &str| Err("no other file".to_owned());
    plan::read(PLAN, None, rehome::app::known(), &load, &mut out).expect("a sound plan")
});

static INDEXES: LazyLock<Vec<RuleIndex<'static>>> = LazyLock::new(|| {
    let maps = PARSED.sources[0].gives.maps.iter();
    maps.flat_map(|map| [None, Some(", "), Some(",")].map(|separator| RuleIndex::new(&map.rules, separator)))
        .collect()
});

fuzz_target!(|cell: &str| {
    for index in INDEXES.iter() {
        let (CellCut::Values(pieces) | CellCut::Ambiguous(pieces, _)) = cut(cell, index);
        assert!(pieces.iter().all(|piece| cell.contains(&piece.value)));
    }
});
