//! `[same]`: what a plan makes of it.

use super::*;

fn same(lines: &str) -> Vec<(String, String)> {
    let text = changed("[expect]", &format!("[same]\n{lines}\n\n[expect]"));
    let plan = read_in(&text, None).0.expect("a plan");
    let text = |(old, new): (&Email, &Email)| (old.to_string(), new.to_string());
    plan.same.iter().map(text).collect()
}

fn pair(old: &str, new: &str) -> (String, String) {
    (old.to_owned(), new.to_owned())
}

#[test]
fn a_chain_leads_to_the_address_at_its_end() {
    let lines = "\"c@x.example\" = \"d@x.example\"\n\"a@x.example\" = \"b@x.example\"\n\"b@x.example\" = \"c@x.example\"";
    let end = "d@x.example";
    assert_eq!(
        same(lines),
        [
            pair("a@x.example", end),
            pair("b@x.example", end),
            pair("c@x.example", end)
        ]
    );
}

#[test]
fn addresses_are_read_as_the_cells_of_exports_are() {
    assert_eq!(
        same("\" Ana <ANA@Old.example>\" = \"mailto:ana@bücher.example\""),
        [pair("ana@old.example", "ana@xn--bcher-kva.example")]
    );
}

#[test]
fn two_old_addresses_may_be_one_person() {
    let lines = "\"a@x.example\" = \"c@x.example\"\n\"b@x.example\" = \"c@x.example\"";
    assert_eq!(same(lines).len(), 2);
}

#[test]
fn an_environment_adds_lines() {
    let text = changed(
        "[expect]",
        "[same]\n\"a@x.example\" = \"b@x.example\"\n\n[expect]",
    );
    let text = format!("{text}same = {{ \"c@x.example\" = \"d@x.example\" }}\n");
    let plan = read_in(&text, Some("staging")).0.expect("a plan");
    assert_eq!(plan.same.len(), 2);
}

#[test]
fn a_long_chain_is_followed_in_linear_time() {
    use std::fmt::Write as _;
    let mut lines = String::new();
    for at in 0..20_000 {
        let _ = writeln!(lines, "\"p{at}@x.example\" = \"p{}@x.example\"", at + 1);
    }
    assert!(same(&lines).iter().all(|(_, new)| new == "p20000@x.example"));
}

#[test]
fn renames_are_accepted_by_word_or_list() {
    for accept in ["\"renames\"", "[\"renames\"]"] {
        let text = changed("[expect]", &format!("[policy]\naccept = {accept}\n\n[expect]"));
        assert!(read_in(&text, None).0.expect("a plan").policy.accept_renames);
    }
}
