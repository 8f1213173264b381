//! The invented school `plans/lumen/`: two sets of four exports, the labelled cases, the expected numbers.

use std::{fs, path::Path};

use fastrand::Rng;

use crate::{
    Result, by_hand, cases,
    ledger::Ledger,
    mess, outcome,
    rows::{Label, Row, Table, Truth},
    school::{OFFERINGS, PEOPLE, PROGRESS, SUBSCRIPTIONS},
    stories,
    students::{File, Maker, Student},
};

const SEED: u64 = 0x4c55_4d45_4e01;

/// Writes everything and says the numbers.
pub(crate) fn write(dir: &Path) -> Result<String> {
    let mut maker = Maker::new(SEED);
    let mut students: Vec<Student> = (0..stories::STUDENTS).map(|_| maker.student()).collect();
    stories::first(&mut maker, &mut students);
    let groups: Vec<(u64, cases::Group)> = cases::all(2_290_000_000)
        .into_iter()
        .map(|group| (maker.place(), group))
        .collect();

    let first_paths = [
        "exports/people.csv",
        "exports/subscriptions.csv",
        "exports/workshop-lisbon.csv",
        "exports/workshop-oslo.csv",
    ];
    let mut tables = Vec::new();
    let first = export(dir, first_paths, &students, &groups, &mut tables)?;
    stories::later(&mut maker, &mut students);
    let later_paths = [
        "later/people.csv",
        "later/subscriptions.csv",
        "later/workshop-lisbon.csv",
        "later/workshop-oslo.csv",
    ];
    let later = export(dir, later_paths, &students, &groups, &mut tables)?;

    let ordinary = students
        .iter()
        .filter(|student| student.in_people)
        .map(|student| student.contact.normal.clone())
        .collect();
    let by_hand = by_hand::changes(&first, &later, &ordinary)?;
    fs::write(dir.join("by-hand.sql"), by_hand.sql)?;
    let count = outcome::write_cases(&dir.join("cases.csv"), &tables, &by_hand.cases)?;
    mess::write(&dir.join("mess"))?;
    let expected = serde_json::json!({ "exports": first.json(), "later": later.json() });
    let text = serde_json::to_string_pretty(&expected)? + "\n";
    fs::write(dir.join("expected.json"), &text)?;
    Ok(format!(
        "{text}{count} labelled rows\n\n{}",
        expectations(&first, &later)
    ))
}

/// `[expect]` of the plan: ranges in which both sets lie.
fn expectations(first: &Ledger, later: &Ledger) -> String {
    let range = |a: u64, b: u64| format!("\"{}..{}\"", a.min(b), a.max(b));
    let mut text = format!(
        "[expect]\nmembers = {}\n[expect.offerings]\n",
        range(first.wanted(), later.wanted())
    );
    for (key, bit) in OFFERINGS {
        text.push_str(key);
        text.push_str(" = ");
        text.push_str(&range(first.holders(bit), later.holders(bit)));
        text.push('\n');
    }
    text
}

fn export(
    dir: &Path,
    [people, subscriptions, lisbon, oslo]: [&'static str; 4],
    students: &[Student],
    groups: &[(u64, cases::Group)],
    tables: &mut Vec<Table>,
) -> Result<Ledger> {
    let mut order: Vec<&Student> = students.iter().collect();
    order.sort_by_key(|student| student.place);

    let mut placed: Vec<(u64, Vec<Row>)> = groups.to_vec();
    placed.extend(
        order
            .iter()
            .filter(|student| student.in_people)
            .map(|student| (student.place, vec![student.people_row()])),
    );
    placed.sort_by_key(|(place, _)| *place);
    let mut rows: Vec<Row> = placed.into_iter().flat_map(|(_, rows)| rows).collect();
    rows.push(footer(rows.len()));

    let mut ledger = Ledger::default();
    let mut add = |path, bom, header: &[&str], rows| -> Result<()> {
        let table = Table::write(dir, path, bom, header, rows)?;
        ledger.add(&table.rows);
        tables.push(table);
        Ok(())
    };
    add(people, true, &PEOPLE, rows)?;
    order.sort_by_key(|student| student.subscriptions.first().map(|subscription| subscription.id));
    let rows = order
        .iter()
        .flat_map(|student| student.subscription_rows())
        .collect();
    add(subscriptions, false, &SUBSCRIPTIONS, rows)?;
    order.sort_by_key(|student| student.place.rotate_left(32));
    for (path, file) in [(lisbon, File::Lisbon), (oslo, File::Oslo)] {
        let mut rows: Vec<Row> = order
            .iter()
            .filter(|student| student.workshop == Some(file))
            .map(|student| student.workshop_row(file, &mut Rng::with_seed(student.place)))
            .collect();
        percents(&mut rows, file);
        add(path, false, &PROGRESS, rows)?;
    }
    Ok(ledger)
}

/// The last line that some platforms write.
fn footer(rows: usize) -> Row {
    let mut cells = vec![String::new(); PEOPLE.len()];
    if let Some(cell) = cells.first_mut() {
        *cell = format!("Total: {rows} contacts");
    }
    let label = Label {
        case: "totals-footer",
        expect: "rejected:no-email",
        detail: "a last line that counts the rows",
    };
    Row {
        cells,
        truth: Truth::Rejected("no-email"),
        labels: vec![label],
    }
}

/// Percents as spreadsheets leave them.
fn percents(rows: &mut [Row], file: File) {
    let kinds = [
        ("percent-sign", "95%"),
        ("percent-bare", "95"),
        ("percent-share", "0.95"),
    ];
    if file == File::Oslo {
        for (row, (case, text)) in rows.iter_mut().skip(3).zip(kinds) {
            if let Some(cell) = row.cells.get_mut(9) {
                text.clone_into(cell);
            }
            row.labels.push(Label {
                case,
                expect: "note",
                detail: "progress is not moved",
            });
        }
    }
}
