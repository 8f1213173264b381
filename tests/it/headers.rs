//! `rehome headers`: what it shows of an export, and that no cell is among it.

use proptest::prelude::*;

use crate::{
    env::TestEnv,
    verbs::{documented, keys},
};

/// An export with something that nobody may see in every cell.
const EXPORT: &str = "Name,E-mail,Joined,Paid,Plan,Note\n\
    Ana Secretsen,ana@secret.example,2025-01-05,29.50,Secret Club,\n\
    Bo Secretsen,bo@secret.example,2025-02-07,19.00,Secret Club,hidden\n";

fn env(export: &str) -> TestEnv {
    TestEnv::small(&[]).and_file("export.csv", export)
}

#[test]
fn it_shows_names_types_shares_and_magnitudes() {
    let env = env(EXPORT);
    let path = env.path("export.csv");
    env.run(&["headers", path.to_str().unwrap()])
        .exits(0)
        .is("headers");
}

#[test]
fn its_document_has_the_keys_of_the_page() {
    let env = env(EXPORT);
    let path = env.path("export.csv");
    let document = env
        .run(&["headers", path.to_str().unwrap(), "--format", "json"])
        .exits(0)
        .json();
    let (all, _) = documented("headers");
    assert_eq!(keys(&document), all);
    assert_eq!(document["columns"][5]["filled_percent"], 50);
    assert_eq!(document["columns"][4]["values_at_least"], 1);
}

#[test]
fn a_file_without_a_header_shows_numbers() {
    let (_, rows) = EXPORT.split_once('\n').unwrap();
    let env = env(rows);
    let path = env.path("export.csv");
    env.run(&["headers", path.to_str().unwrap()])
        .exits(0)
        .says("The first row looks like data")
        .never_says("Secret")
        .never_says("secret");
}

#[test]
fn what_is_no_table_is_said_with_what_to_do() {
    let env = TestEnv::small(&[])
        .and_file("workbook.xlsx", b"PK\x03\x04rest")
        .and_file("empty.csv", "");
    for (name, why) in [
        ("workbook.xlsx", "unpack the ZIP"),
        ("empty.csv", "it is empty"),
        ("none.csv", "cannot read"),
    ] {
        let path = env.path(name);
        env.run(&["headers", path.to_str().unwrap()]).exits(1).says(why);
    }
}

/// Under a header, whatever the cells are, no word of them is printed.
#[test]
fn no_cell_is_ever_printed() {
    let mut runner = proptest::test_runner::TestRunner::new_with_rng(
        ProptestConfig::with_cases(24),
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let cell = "q[a-z0-9 .:/+-]{3,12}q";
    let rows = proptest::collection::vec(proptest::collection::vec(cell, 3), 1..20);
    runner
        .run(&rows, |rows| {
            let mut export = String::from("Email,Zwei,Drei\n");
            for row in &rows {
                export.push_str(&row.join(","));
                export.push('\n');
            }
            let env = env(&export);
            let path = env.path("export.csv");
            for format in ["text", "json"] {
                let said = env.run(&["headers", path.to_str().unwrap(), "--format", format]);
                for cell in rows.iter().flatten() {
                    prop_assert!(!said.stdout.contains(cell.as_str()), "{cell} in {}", said.stdout);
                }
            }
            Ok(())
        })
        .unwrap();
}
