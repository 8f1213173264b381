//! One integration binary: the real command from outside, and laws over the library.

#[cfg(test)]
mod absence;
#[cfg(test)]
mod change_sets;
#[cfg(test)]
mod changing_offerings;
#[cfg(test)]
mod companion;
#[cfg(test)]
mod conditions;
#[cfg(test)]
mod contact_systems;
#[cfg(test)]
mod contracts;
#[cfg(test)]
mod cookbook;
#[cfg(test)]
mod counted_words;
#[cfg(test)]
mod dates;
#[cfg(test)]
mod drip;
#[cfg(test)]
mod ends;
#[cfg(test)]
mod env;
#[cfg(test)]
mod export_rules;
#[cfg(test)]
mod fields;
#[cfg(test)]
mod files;
#[cfg(test)]
mod first_hour;
#[cfg(test)]
mod growth;
#[cfg(test)]
mod guarded;
#[cfg(test)]
mod headers;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod invite_files;
#[cfg(test)]
mod keap;
#[cfg(test)]
mod kills;
#[cfg(test)]
mod kit;
#[cfg(test)]
mod later;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod layers;
#[cfg(test)]
mod logins;
#[cfg(test)]
mod lumen;
#[cfg(test)]
mod mapping;
#[cfg(test)]
mod mistakes;
#[cfg(test)]
mod other_systems;
#[cfg(test)]
mod own_profiles;
#[cfg(test)]
mod packaging;
#[cfg(test)]
mod page;
#[cfg(test)]
mod patchwork;
#[cfg(test)]
mod payments;
#[cfg(test)]
mod plan_drip;
#[cfg(test)]
mod plan_plugin;
#[cfg(test)]
mod plan_rename_cleanup;
#[cfg(test)]
mod plan_staged_move;
#[cfg(test)]
mod plan_staying_billing;
#[cfg(test)]
mod plan_two_platforms;
#[cfg(test)]
mod practice;
#[cfg(test)]
mod preconditions;
#[cfg(test)]
mod profiles;
#[cfg(test)]
mod readme;
#[cfg(test)]
mod registered;
#[cfg(test)]
mod signing_off;
#[cfg(test)]
mod statuses;
#[cfg(test)]
mod stopping;
#[cfg(test)]
mod style;
#[cfg(test)]
mod support;
#[cfg(test)]
mod tag_identity;
#[cfg(test)]
mod verbs;
#[cfg(test)]
mod weekly;
#[cfg(test)]
mod whole_way;
#[cfg(test)]
mod wordpress;
#[cfg(test)]
mod wrong;

use std::{fs, path::Path};

#[test]
fn no_test_file_is_forgotten() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it");
    let main = fs::read_to_string(folder.join("main.rs")).unwrap();
    let forgotten: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter_map(|name| name.strip_suffix(".rs").map(str::to_owned))
        .filter(|name| name != "main" && !main.contains(&format!("\nmod {name};\n")))
        .collect();
    assert!(forgotten.is_empty(), "not in main.rs: {forgotten:?}");
}
