//! Any text as an address: to normalise twice is to normalise once.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rehome::people::{email, name, suspicion};

fuzz_target!(|text: &str| {
    name::split(&name::clean(text));
    if let Ok((address, _)) = email::parse(text) {
        let (again, _) = email::parse(address.as_str()).expect("a normalised address is an address");
        assert_eq!(again, address);
        suspicion::alias_base(address.as_str());
        suspicion::suspicions(address.as_str()).count();
    }
});
