//! Laws over random records: what `check` shows of conditions, consent and blank words, against a plain second count.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rehome::{
    diagnostics::Diagnostics,
    model::RowBatch,
    plan::{self, Plan},
    wanted::{ConsentSays, RecordFold, Wanted},
};

const PLAN: &str = r#"[migration]
name = "counted"
[site]
kind = "local"
path = "site.sqlite"
[contacts]
system = "managed"
[offerings.course]
name = "Course"
[offerings.club]
name = "Club"
[sources.people]
profile = "table"
file = "people.csv"
columns = { email = "Email" }
consent = { column = "Marketing", opted_out = ["no", "un*"], opted_in = ["yes"] }
each_row = { grant = "course", when = { Until = { after = "as-of - 10 days" } } }
[sources.people.map.Product]
"Club" = { grant = "club", when = { Status = ["active*", "", "trail"] } }
"Mug" = { ignore = "no course" }
"#;

#[derive(Debug, Clone)]
struct Record {
    product: &'static str,
    status: &'static str,
    marketing: &'static str,
    until: &'static str,
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    let one_of = |values: &[&'static str]| prop::sample::select(values.to_vec());
    let record = (
        one_of(&["Club", "club ", "Mug", "", "\\N", "(null)"]),
        one_of(&["active", "Active (yearly)", "ended", "", "N/A", "trial"]),
        one_of(&["yes", "no", "unsubscribed", "perhaps", "", "\u{2013}"]),
        one_of(&["2026-11-20", "2026-11-21", "2026-11-22", "2026-12-24", "", "NULL"]),
    )
        .prop_map(|(product, status, marketing, until)| Record {
            product,
            status,
            marketing,
            until,
        });
    prop::collection::vec(record, 0..40)
}

fn read() -> Plan {
    let mut said = Diagnostics::default();
    let plan = plan::read(
        PLAN,
        None,
        rehome::app::known(),
        &|_| Err(String::new()),
        &mut said,
    );
    assert!(!said.has_errors(), "{said:#?}");
    plan.unwrap()
}

fn fold(plan: &Plan, records: &[Record]) -> Wanted {
    let mut fold = RecordFold::new(plan, jiff::civil::date(2026, 12, 1), records.len());
    let slots = fold.slots(0).clone();
    let mut batch = RowBatch::new(0, 0, slots.columns.len());
    for (at, record) in records.iter().enumerate() {
        let email = format!("p{at}@example.com");
        for column in &slots.columns {
            batch.cell(match column.names[0].as_str() {
                "Email" => &email,
                "Product" => record.product,
                "Status" => record.status,
                "Marketing" => record.marketing,
                "Until" => record.until,
                other => panic!("{other}"),
            });
        }
        batch.end_row(u32::try_from(at + 2).unwrap(), None);
    }
    fold.take(&batch);
    fold.finish().unwrap()
}

fn is_blank(cell: &str) -> bool {
    ["", "\\N", "(null)", "N/A", "\u{2013}", "NULL"].contains(&cell)
}

/// What was counted of the conditions: column, met, count.
fn asked(wanted: &Wanted) -> BTreeMap<(String, bool), u64> {
    let mut counts = BTreeMap::new();
    for asked in &wanted.problems.asked {
        for value in &asked.values {
            *counts
                .entry((asked.column().name.clone(), value.met))
                .or_default() += value.count;
        }
    }
    counts
}

/// The plain second count. With `once`, each distinct answer counts once: the fault that the law must notice.
fn counted(records: &[Record], once: bool) -> BTreeMap<(String, bool), u64> {
    let mut counts: BTreeMap<(String, bool), u64> = BTreeMap::new();
    let mut seen = Vec::new();
    for record in records {
        let club = record.product.trim().eq_ignore_ascii_case("club");
        let active = is_blank(record.status) || record.status.to_lowercase().starts_with("active");
        let open = !is_blank(record.until) && record.until > "2026-11-21";
        for (column, is_asked, met, cell) in [
            ("Until", true, open, record.until),
            ("Status", club, active, record.status),
        ] {
            if is_asked && !(once && seen.contains(&(column, cell))) {
                seen.push((column, cell));
                *counts.entry((column.to_owned(), met)).or_default() += 1;
            }
        }
    }
    counts
}

proptest! {
    #[test]
    fn every_record_is_counted_once_for_each_condition_that_it_is_asked(records in records()) {
        let wanted = fold(&read(), &records);
        prop_assert_eq!(asked(&wanted), counted(&records, false));
    }

    #[test]
    fn a_word_is_missing_exactly_where_no_record_has_it(records in records()) {
        let wanted = fold(&read(), &records);
        let club: Vec<&Record> = records.iter().filter(|one| one.product.trim().eq_ignore_ascii_case("club")).collect();
        let held = |word: &str| club.iter().any(|one| match word {
            "" => is_blank(one.status),
            "active*" => one.status.to_lowercase().starts_with("active"),
            word => one.status == word,
        });
        let status = wanted.problems.asked.iter().find(|asked| asked.column().name == "Status");
        let missing: Vec<&str> = status.map(|asked| asked.missing_words()).unwrap_or_default();
        let expected: Vec<&str> = ["active*", "", "trail"].into_iter().filter(|word| !held(word)).collect();
        prop_assert!(club.is_empty() || missing == expected, "{missing:?} but {expected:?}");
    }

    #[test]
    fn consent_and_blank_words_are_counted_and_nobody_in_doubt_is_opted_in(records in records()) {
        let wanted = fold(&read(), &records);
        for (at, record) in records.iter().enumerate() {
            let member = wanted.find(&format!("p{at}@example.com")).and_then(|at| wanted.get(at)).unwrap();
            prop_assert_eq!(member.opted_out, record.marketing != "yes", "{}", record.marketing);
        }
        let says = |says: ConsentSays| -> u64 {
            wanted.problems.consent[0].values.iter().filter(|value| value.says == says).map(|value| value.count).sum()
        };
        let of = |test: &dyn Fn(&str) -> bool| records.iter().filter(|one| test(one.marketing)).count() as u64;
        prop_assert_eq!(says(ConsentSays::OptedIn), of(&|cell| cell == "yes"));
        prop_assert_eq!(says(ConsentSays::OptedOut), of(&|cell| cell == "no" || cell == "unsubscribed"));
        prop_assert_eq!(says(ConsentSays::Unclear), of(&|cell| cell == "perhaps"));
        prop_assert_eq!(says(ConsentSays::Blank), of(&is_blank));
        let product = &wanted.coverage.sources[0][0];
        let markers: u64 = product.null_markers.values().sum();
        let of = |test: &dyn Fn(&str) -> bool| records.iter().filter(|one| test(one.product)).count() as u64;
        prop_assert_eq!(markers, of(&|cell| is_blank(cell) && !cell.is_empty()));
        prop_assert_eq!(product.blank, of(&str::is_empty));
        prop_assert_eq!(product.unmapped().count(), 0);
    }
}

#[test]
fn the_law_of_counts_notices_values_that_are_counted_once() {
    let club = Record {
        product: "Club",
        status: "active",
        marketing: "yes",
        until: "2026-12-24",
    };
    let records = [club.clone(), club];
    assert_ne!(asked(&fold(&read(), &records)), counted(&records, true));
}
