//! The invented school `plans/lumen/`: two sets of four exports, the labelled cases, the expected numbers.

use std::{fs, path::Path};

use fastrand::Rng;

use crate::{
    Result, by_hand, cases,
    ledger::Ledger,
    mess, outcome,
    rows::{Label, Row, Table, Truth},
    school::{OFFERINGS, PEOPLE, PROGRESS, SUBSCRIPTIONS},
    students::{File, Maker, Student},
};

const SEED: u64 = 0x4c55_4d45_4e01;
const STUDENTS: usize = 1_880;

/// Writes everything and says the numbers.
pub(crate) fn write(dir: &Path) -> Result<String> {
    let mut maker = Maker::new(SEED);
    let mut students: Vec<Student> = (0..STUDENTS).map(|_| maker.student()).collect();
    first_stories(&mut maker, &mut students);
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
    later_stories(&mut maker, &mut students);
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
        text += &format!("{key} = {}\n", range(first.holders(bit), later.holders(bit)));
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

/// People whose story starts in the first set.
fn first_stories(maker: &mut Maker, students: &mut Vec<Student>) {
    let dates = [
        ("date-kajabi", "Nov 28, 2025"),
        ("date-with-offset", "2025-11-08 04:11:00 -0700"),
        ("date-utc", "2026-08-01 09:00:00 UTC"),
        ("date-day-first", "28/01/2018"),
        ("date-month-first", "01/28/2018"),
        ("date-iso", "2018-08-27T15:06:27.713Z"),
        ("date-unix", "1756306800"),
        ("date-excel-serial", "45992"),
        ("date-zeros", "0000-00-00 00:00:00"),
        ("date-zero", "0"),
        ("date-n-a", "N/A"),
        ("date-localised", "28. Februar 2025"),
        ("date-future", "Jan 1, 2031"),
    ];
    for (case, created) in dates {
        let mut student = maker.person();
        let mut subscription = maker.subscribe("active");
        subscription.created = created;
        student.subscriptions.push(subscription);
        student.label(
            File::Subscriptions,
            case,
            "note",
            "dates are kept as they are: this plan reads none",
        );
        students.push(student);
    }
    for (case, amount) in [
        ("money-dollar", "$1,089.00"),
        ("money-euro", "1.089,00 EUR"),
        ("money-comma", "22,00"),
    ] {
        let mut student = maker.person();
        let mut subscription = maker.subscribe("active");
        subscription.amount = amount;
        student.subscriptions.push(subscription);
        student.label(
            File::Subscriptions,
            case,
            "note",
            "amounts are kept as they are: this plan reads none",
        );
        students.push(student);
    }

    let mut student = maker.person();
    student.subscriptions = vec![maker.subscribe("canceled"), maker.subscribe("active")];
    student.label(
        File::Subscriptions,
        "cancelled-and-rebought",
        "finding:grant-beats-revoke",
        "grants=club",
    );
    students.push(student);

    let mut student = maker.person();
    student.contact.products = vec!["Studio Club Lifetime"];
    student.subscriptions = vec![maker.subscribe("canceled")];
    student.label(
        File::Subscriptions,
        "lifetime-and-cancelled",
        "finding:grant-beats-revoke",
        "grants=club",
    );
    students.push(student);

    let mut student = maker.person();
    student.subscriptions = vec![maker.subscribe("active"), maker.subscribe("active")];
    student.label(
        File::Subscriptions,
        "team-seats",
        "merged",
        "one buyer, two active subscriptions",
    );
    students.push(student);

    for status in ["canceled", "expired", "paused"] {
        let mut student = maker.person();
        student.in_people = false;
        student.subscriptions = vec![maker.subscribe(status)];
        student.label(
            File::Subscriptions,
            "revoke-alone",
            "left-out:revoke-alone",
            "a revoke never creates anybody",
        );
        students.push(student);
    }

    let mut student = maker.person();
    student.in_people = false;
    student.subscriptions = vec![maker.subscribe("active")];
    student.label(
        File::Subscriptions,
        "only-subscribed",
        "finding:name-split",
        "in no other file",
    );
    students.push(student);

    let mut student = maker.person();
    student.in_people = false;
    student.workshop = Some(File::Oslo);
    student.label(
        File::Oslo,
        "only-workshop",
        "member",
        "grants=darkroom|tags=workshop",
    );
    students.push(student);

    let mut student = maker.person();
    student.in_people = false;
    student.contact.email.clear();
    student.contact.rejected = Some("no-email");
    student.subscriptions = vec![maker.subscribe("active")];
    student.label(
        File::Subscriptions,
        "subscription-no-email",
        "rejected:no-email",
        "turned away in plan",
    );
    students.push(student);

    let mut student = maker.person();
    student.contact.products = vec!["Photography 101"];
    student.contact.marketing = "no";
    student.label(File::People, "opted-out", "member", "opted_out=true");
    students.push(student);

    let mut student = maker.person();
    student.subscriptions = vec![maker.subscribe("active")];
    let mut other = maker.subscribe("active");
    other.offer = "Portfolio Review";
    other.amount = "120.00";
    student.subscriptions.push(other);
    student.label(
        File::Subscriptions,
        "offer-ignored",
        "merged",
        "an offer that is not moved",
    );
    students.push(student);
}

/// What happens in the weeks between the two sets.
fn later_stories(maker: &mut Maker, students: &mut Vec<Student>) {
    let ordinary = STUDENTS.min(students.len());
    for student in students.iter_mut() {
        student.labels.clear();
    }
    let Some((regulars, _)) = students.split_at_mut_checked(ordinary) else {
        return;
    };

    let active = |student: &&mut Student| {
        student.subscriptions.len() == 1
            && student.subscriptions.iter().all(|one| one.status == "active")
            && !student.contact.products.contains(&"Studio Club Lifetime")
    };
    for student in regulars.iter_mut().filter(active).take(24) {
        if let Some(subscription) = student.subscriptions.first_mut() {
            subscription.status = "canceled";
            subscription.canceled = "Nov 12, 2026";
        }
        student.label(File::Subscriptions, "membership-cancelled", "note", "loses=club");
    }
    let left = |student: &&mut Student| {
        student.subscriptions.len() == 1
            && student
                .subscriptions
                .iter()
                .all(|one| one.status == "canceled" && one.canceled != "Nov 12, 2026")
            && !student.contact.products.contains(&"Studio Club Lifetime")
    };
    for student in regulars.iter_mut().filter(left).take(8) {
        let mut again = maker.subscribe("active");
        again.created = "Nov 9, 2026";
        student.subscriptions.push(again);
        student.label(
            File::Subscriptions,
            "membership-rebought",
            "finding:grant-beats-revoke",
            "gains=club",
        );
    }
    let untouched = |student: &&mut Student| student.labels.is_empty();
    let plain = |student: &&mut Student| student.labels.is_empty() && student.subscriptions.is_empty();
    for student in regulars
        .iter_mut()
        .filter(plain)
        .filter(|one| one.contact.products.is_empty())
        .take(6)
    {
        student.contact.products.push("Photography 101");
        student.label(File::People, "first-purchase", "member", "gains=photo-101");
    }
    for student in regulars
        .iter_mut()
        .filter(untouched)
        .filter(|one| one.contact.products == ["Photography 101"])
        .take(14)
    {
        student.contact.products.push("Light, Shadow, Colour");
        student.label(File::People, "second-purchase", "member", "gains=light");
    }
    for student in regulars
        .iter_mut()
        .filter(plain)
        .filter(|one| one.workshop.is_none())
        .skip(40)
        .take(9)
    {
        maker.rename(&mut student.contact);
        student.label(
            File::People,
            "renamed-at-source",
            "member",
            "fill-blanks keeps the name that is there",
        );
    }
    for student in regulars
        .iter_mut()
        .filter(untouched)
        .filter(|one| one.contact.marketing == "yes" && !one.contact.products.is_empty())
        .skip(60)
        .take(5)
    {
        student.contact.marketing = "no";
        student.label(File::People, "opted-out-since", "member", "opted_out=true");
    }
    let mut gone = 0;
    let mut number = 0;
    students.retain(|student| {
        number += 1;
        let goes = gone < 60 && number % 29 == 0 && number <= ordinary && student.labels.is_empty();
        gone += u32::from(goes);
        !goes
    });
    for number in 0..80 {
        let mut student = maker.student();
        if number < 3 {
            student.contact.products = vec!["Photography 101"];
            student.label(File::People, "came-since", "member", "new at the source");
        }
        students.push(student);
    }
}
