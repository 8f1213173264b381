//! Laws over random exports: what is read, against a plain second reading of the same lines.

use std::{cell::RefCell, collections::BTreeMap, fs};

use proptest::{prelude::*, sample::Index, strategy::ValueTree, test_runner::TestRunner};

use super::{read, testing, testing::column};
use crate::{
    diagnostics::Diagnostics,
    model::{RowBatch, RowTrouble},
    plan::{ColumnsInUse, Encoding, Source},
};

/// What became of a line: its cells, or nothing where its row was rejected.
type Lines = BTreeMap<u32, Option<Vec<String>>>;

fn source() -> Source {
    let mut source = testing::source("table");
    source.person.email = Some(column("email"));
    source.person.first_name = Some(column("first"));
    source.person.full_name = Some(column("note"));
    source
}

fn rejects(trouble: Option<RowTrouble>) -> bool {
    !matches!(
        trouble,
        None | Some(RowTrouble::Short | RowTrouble::NulBytes | RowTrouble::LooseQuote)
    )
}

/// Every line that was read, and what the warnings say.
fn read_lines(text: &str) -> (Lines, String) {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("people.csv");
    fs::write(&path, text).expect("written");
    let (source, lines) = (source(), RefCell::new(Lines::new()));
    let slots = ColumnsInUse::from_source(&source);
    let mut told = Diagnostics::default();
    let mut send = |batch: RowBatch| {
        for row in batch.rows() {
            let cells = ["email", "first", "note"].map(|name| {
                let slot = slots.named(name).expect("a column");
                row.cell(slot).to_owned()
            });
            let cells = (!rejects(row.trouble)).then(|| cells.to_vec());
            lines.borrow_mut().insert(row.record.line, cells);
        }
        None
    };
    read(0, &source, &slots, &[path], &mut told, &|_| (), &mut send);
    (lines.into_inner(), format!("{told:?}"))
}

/// As a reader does it that joins what follows a closing quote, silently: the fault that the law must notice.
fn read_joining(text: &str) -> (Lines, String) {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_bytes());
    let lines = reader.records().map(|row| {
        let row = row.expect("UTF-8");
        let line = row.position().map_or(0, csv::Position::line);
        let cells = (0..3)
            .map(|at| row.get(at).unwrap_or_default().to_owned())
            .collect();
        (u32::try_from(line).expect("few"), Some(cells))
    });
    (lines.collect(), String::new())
}

#[derive(Debug, Clone)]
struct Export {
    /// First name and note of each person; the address is made of the number.
    people: Vec<(String, String)>,
    /// Cells are in quotes.
    quoted: bool,
    /// What is put where.
    damage: Vec<(Index, char)>,
}

fn exports() -> impl Strategy<Value = Export> {
    let people = proptest::collection::vec(("[A-Z][a-z]{1,3}", "[a-z ]{0,6}"), 1..8);
    let damage = proptest::collection::vec(
        (any::<Index>(), prop_oneof![Just('"'), Just('\\'), Just(' ')]),
        0..4,
    );
    (people, any::<bool>(), damage).prop_map(|(people, quoted, damage)| Export {
        people,
        quoted,
        damage,
    })
}

impl Export {
    fn rows(&self) -> Vec<[String; 3]> {
        let row = |(number, (first, note)): (usize, &(String, String))| {
            [
                format!("p{number}@example.com"),
                first.clone(),
                note.trim().to_owned(),
            ]
        };
        self.people.iter().enumerate().map(row).collect()
    }

    /// The text, and which of its lines were damaged.
    fn text(&self) -> (String, Vec<u32>) {
        let written = |row: [String; 3]| {
            if self.quoted {
                row.map(|cell| format!("\"{cell}\"")).join(",")
            } else {
                row.join(",")
            }
        };
        let mut lines: Vec<String> = self.rows().into_iter().map(written).collect();
        let mut damaged = Vec::new();
        for (at, sign) in &self.damage {
            let number = at.index(lines.len());
            let place = at.index(lines[number].len() + 1);
            lines[number].insert(place, *sign);
            damaged.push(u32::try_from(number + 2).expect("few"));
        }
        (format!("email,first,note\n{}\n", lines.join("\n")), damaged)
    }
}

/// No line is lost, and no cell of a line that is in order comes from another one: each is read as it stands, or a
/// warning names the record that holds it. A damaged line is rejected, or keeps its address and joins no other.
fn holds(export: &Export, (lines, told): (Lines, String)) -> Result<(), String> {
    let (text, damaged) = export.text();
    let told_of_more = told.contains("everything up to there");
    for (line, cells) in (2..).zip(export.rows()) {
        match lines.get(&line) {
            None if told_of_more => {}
            None => return Err(format!("line {line} is lost: {text}")),
            Some(None) if damaged.contains(&line) => {}
            Some(None) => return Err(format!("line {line} is rejected for nothing: {text}")),
            Some(Some(read)) if damaged.contains(&line) => {
                let bare: String = read[0].chars().filter(|c| !" \\\"".contains(*c)).collect();
                if bare != cells[0] || read.iter().any(|cell| cell.contains('\n')) {
                    return Err(format!("line {line} reads {read:?}: {text}"));
                }
            }
            Some(Some(read)) if read.as_slice() == cells.as_slice() => {}
            Some(Some(read)) => return Err(format!("line {line} reads {read:?}: {text}")),
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_stray_quote_costs_its_own_line_at_most(export in exports()) {
        prop_assert_eq!(holds(&export, read_lines(&export.text().0)), Ok(()));
    }

    #[test]
    fn a_name_is_shown_as_it_was_written_and_never_garbled(
        name in prop_oneof!["[A-Z][a-z]{0,3}[łśćńżź][a-z]{1,3}", "[A-Z][a-z]{0,3}[éëüñ][a-z]{1,3}", "[А-Я][а-я]{2,6}"],
        page in prop_oneof![Just("windows-1250"), Just("windows-1251"), Just("windows-1252"), Just("iso-8859-2")],
    ) {
        let known = encoding_rs::Encoding::for_label(page.as_bytes()).expect("known");
        let (bytes, _, lossy) = known.encode(&name);
        prop_assume!(!lossy);
        let shown = super::encodings::readings(&bytes);
        prop_assert!(shown.iter().all(|(_, text)| !crate::people::misread::is_misread(text)));
        if page != "iso-8859-2" {
            let encoding = if page == "windows-1252" { Encoding::Windows1252 } else { Encoding::Page(page) };
            let own = shown.iter().any(|(found, text)| *text == name || *found == encoding);
            prop_assert!(own, "{name} in {page}: {shown:?}");
        }
    }
}

#[test]
fn the_law_of_quotes_notices_a_reader_that_joins() {
    let mut runner = TestRunner::deterministic();
    let noticed = (0..200).any(|_| {
        let export = exports().new_tree(&mut runner).expect("an export").current();
        holds(&export, read_joining(&export.text().0)).is_err()
    });
    assert!(noticed);
}

/// A name as a spreadsheet or a web page may hand it on: with signs that show nothing, or that look like its own.
fn decorated(name: &str, signs: &[(Index, char)]) -> String {
    let mut letters: Vec<String> = name.chars().map(String::from).collect();
    for (at, sign) in signs {
        let place = at.index(letters.len());
        letters[place].push(*sign);
    }
    letters.concat().replace('e', "\u{435}")
}

fn signs() -> impl Strategy<Value = Vec<(Index, char)>> {
    let sign = prop_oneof![
        Just('\u{200b}'),
        Just('\u{ad}'),
        Just('\u{feff}'),
        Just('\u{2060}'),
        Just('\u{200e}')
    ];
    proptest::collection::vec((any::<Index>(), sign), 0..4)
}

/// Whether a file with such headers is read as the plan means it, by whatever compares two names.
fn finds_columns(names: &[String], same: &dyn Fn(&str, &str) -> bool) -> bool {
    let wanted = ["email", "first", "note"];
    wanted.iter().zip(names).all(|(wanted, name)| same(wanted, name))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_header_is_found_whatever_it_has_that_nobody_sees(email in signs(), first in signs(), note in signs()) {
        let names = [decorated("email", &email), decorated("first", &first), decorated("note", &note)];
        let text = format!("{}\na@example.com,Ana,x\n", names.join(","));
        let cells = ["a@example.com", "Ana", "x"].map(str::to_owned).to_vec();
        prop_assert_eq!(read_lines(&text).0, Lines::from([(2, Some(cells))]));
        let seen = |wanted: &str, name: &str| crate::plan::alike(wanted) == crate::plan::alike(name);
        prop_assert!(finds_columns(&names, &seen));
    }

    /// The plain second count: the place of a repeated column makes no difference, nor does what nobody sees.
    #[test]
    fn a_column_that_the_plan_reads_is_there_once_or_nothing_is_read(
        twice in 0..3_usize, before in any::<bool>(), signs in signs(),
    ) {
        let mut names: Vec<String> = ["email", "first", "note"].map(str::to_owned).to_vec();
        let again = decorated(&names[twice], &signs);
        names.insert(if before { 0 } else { 3 }, again);
        let (lines, told) = read_lines(&format!("{}\na@example.com,b@example.com,c,d@example.com\n", names.join(",")));
        prop_assert!(lines.is_empty() && told.contains("DuplicateColumn"), "{told}");
    }
}

#[test]
fn the_law_of_headers_notices_a_comparison_of_letters() {
    let names = ["email", "first", "note"].map(|name| decorated(name, &[]));
    let by_letter =
        |wanted: &str, name: &str| crate::plan::Pattern::fold(wanted) == crate::plan::Pattern::fold(name);
    assert!(!finds_columns(&names, &by_letter));
}
