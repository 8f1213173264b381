//! `complete` and `gone` of several sources in; what it means to be gone from each offering, out.

use super::*;
use crate::plan::{Gone, absences};

/// Two offerings and a bundle of both; sources with these keys, each granting an offering to every row.
fn plan_with(sources: &[(&str, &str)]) -> String {
    use std::fmt::Write as _;
    let mut text = r#"[migration]
name = "lumen"
[site]
kind = "local"
path = "site.sqlite"
[contacts]
system = "managed"
[offerings.ink]
name = "Ink"
[offerings.colour]
name = "Colour"
[offerings.all]
name = "All"
includes = ["ink", "colour"]
"#
    .to_owned();
    for (number, (grant, keys)) in sources.iter().enumerate() {
        let _ = write!(
            text,
            "[sources.s{number}]\nprofile = \"table\"\nfile = \"s{number}.csv\"\ncolumns.email = \"E\"\n\
             {keys}\neach_row = {{ grant = \"{grant}\" }}\n"
        );
    }
    text
}

/// What it means to be gone from ink, colour and the bundle; and the codes of what is said.
fn means(sources: &[(&str, &str)]) -> (Vec<Option<Gone>>, Vec<Code>) {
    let (plan, out) = read_in(&plan_with(sources), None);
    let plan = plan.expect("a sound plan");
    let codes = out.iter().map(|one| one.code).collect();
    (absences(&plan.sources, &plan.reaches), codes)
}

const REPORT: &str = "complete = true";
const REVOKE: &str = "complete = true\ngone = \"revoke\"";

#[test]
fn a_source_that_is_complete_speaks_for_all_that_its_grants_reach() {
    let (means, said) = means(&[("all", REVOKE)]);
    assert_eq!(means, [Some(Gone::Revoke); 3]);
    assert_eq!(said, []);
}

#[test]
fn the_milder_of_two_wishes_counts() {
    let (means, said) = means(&[("all", REVOKE), ("ink", REPORT)]);
    assert_eq!(
        means,
        [Some(Gone::Report), Some(Gone::Revoke), Some(Gone::Revoke)]
    );
    assert_eq!(said, []);
}

#[test]
fn where_one_source_need_not_name_everybody_absence_says_nothing_and_a_warning_says_so() {
    let (means, said) = means(&[("all", REVOKE), ("colour", "")]);
    assert_eq!(means, [Some(Gone::Revoke), None, Some(Gone::Revoke)]);
    assert_eq!(said, [Code::AbsenceSaysNothing]);
}

#[test]
fn without_complete_nobody_is_gone() {
    let (means, said) = means(&[("all", ""), ("ink", "complete = false")]);
    assert_eq!(means, [None; 3]);
    assert_eq!(said, []);
}
