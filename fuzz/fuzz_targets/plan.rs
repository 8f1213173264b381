//! Any bytes as a plan: a plan or errors, and the errors can be shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rehome::{diagnostics, plan, sources};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = plan::text_of(bytes) else { return };
    let mut out = diagnostics::Diagnostics::default();
    let load = |_: &str| Ok("Welcome, {{ member.first_name }}".to_owned());
    let plan = plan::read(text, None, rehome::app::known(), &load, &mut out);
    assert_eq!(plan.is_none(), out.has_errors());
    diagnostics::render(&out, "plan.toml", text, false);
});
