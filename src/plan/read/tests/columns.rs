//! Columns with a meaning of their own: dates, ends, releases, conditions.

use super::*;
use crate::model::{Decimal, FieldType, Number};
use crate::plan::{DayBound, ExistingFields, Release, Source, Test};

fn first_source(text: &str) -> Source {
    good(text, None).sources.remove(0)
}

#[test]
fn modules_have_tags_by_the_convention_or_by_name() {
    let plan = good(FULL, None);
    let names: Vec<&str> = plan.targets.offerings[3]
        .tags
        .modules
        .iter()
        .map(crate::model::TagName::as_str)
        .collect();
    assert_eq!(
        names,
        [
            "Drip Course (module 1)",
            "Drip: week two",
            "Drip Course (module 3)"
        ]
    );
}

#[test]
fn a_release_is_a_word_a_number_of_modules_or_a_drip() {
    let plan = good(FULL, None);
    let releases: Vec<Option<&Release>> = plan.sources[1].gives.maps[0]
        .rules
        .iter()
        .map(|rule| rule.effect.release.as_ref())
        .collect();
    assert_eq!(releases[0], None);
    assert!(
        matches!(releases[1], Some(Release::Drip { from, every: crate::model::Period::Days(7) }) if from.name == "4")
    );
    assert_eq!(
        releases[2..],
        [
            Some(&Release::Modules(1)),
            Some(&Release::All),
            Some(&Release::Modules(2))
        ]
    );
}

#[test]
fn more_modules_than_tags_can_be_counted_are_refused() {
    use std::fmt::Write as _;
    let mut text = SMALL.to_owned();
    for number in 0..101 {
        write!(
            text,
            "\n[offerings.o{number}]\nname = \"O{number}\"\nmodules = 200\n"
        )
        .expect("a string");
    }
    assert!(codes(&text).contains(&Code::TooMany));
}

#[test]
fn conditions_are_values_days_or_numbers() {
    let plan = good(FULL, None);
    let tests: Vec<Test> = plan.sources[1].gives.maps[0].rules[3..]
        .iter()
        .flat_map(|rule| rule.effect.when.iter().map(|condition| condition.test.clone()))
        .collect();
    let day = |year| Some(DayBound::Day(jiff::civil::date(year, 1, 1)));
    assert_eq!(
        tests,
        [
            Test::Day {
                before: None,
                after: Some(DayBound::AsOf(0))
            },
            Test::Day {
                before: day(2025),
                after: day(2024)
            },
            Test::Number {
                at_least: Some(Number::whole(80)),
                at_most: Number::parse("99.5")
            },
        ]
    );
}

#[test]
fn bounds_with_something_between_them_are_good() {
    for condition in [
        "Created = { after = 2025-01-01, before = 2025-01-03 }",
        "Created = { after = \"as-of\", before = 2025-01-03 }",
        "Score = { at_least = 80, at_most = 80 }",
        "Score = { at_most = -0.5 }",
    ] {
        assert_eq!(
            codes(&changed("Status = [\"active\"]", condition)),
            [],
            "{condition}"
        );
    }
    for condition in [
        "Score = { at_least = nan }",
        "Score = { at_least = 1e3 }",
        "Score = { at_least = 9999999999999999999 }",
    ] {
        let found = codes(&changed("Status = [\"active\"]", condition));
        assert_eq!(found, [Code::BadValue], "{condition}");
    }
    assert_eq!(
        codes(&changed(
            "Status = [\"active\"]",
            "Status = [\"a\"], status = [\"b\"]"
        )),
        [Code::SameLine]
    );
}

#[test]
fn dates_are_declared_by_source_and_column() {
    let workshop = good(FULL, None).sources.remove(2);
    assert_eq!(
        workshop.gives.ends.as_ref().map(|ends| ends.column.name.as_str()),
        Some("Expires At")
    );
    assert_eq!(
        workshop
            .person
            .registered
            .as_ref()
            .map(|column| column.name.as_str()),
        Some("Activated At")
    );
    let ends = workshop.formats.dates.for_column("Expires At");
    assert_eq!(ends.formats.len(), 2);
    assert_eq!(
        (ends.zone.as_str(), ends.never.as_slice()),
        ("Europe/Madrid", &["2099-12-31".to_owned()][..])
    );
    let started = workshop.formats.dates.for_column("activated at");
    assert_eq!(started.formats[0].as_str(), "%d/%m/%Y %H:%M");
    assert_eq!(
        (started.zone.as_str(), started.never.as_slice()),
        ("UTC", &["never".to_owned()][..])
    );
    assert_eq!(workshop.formats.numbers.decimal, Some(Decimal::Comma));
    assert!(!first_source(FULL).formats.dates.declared("Created"));
}

#[test]
fn a_profile_says_how_dates_stand_where_the_plan_does_not() {
    let mut known = profiles();
    known[0] = profile(
        "table",
        "rows = \"person\"\ndates = { format = \"%b %d, %Y\", zone = \"+02:00\" }",
    );
    let read = |text: &str| {
        let mut out = Diagnostics::default();
        let plan = read(text, None, super::known(&known), &load, &mut out).expect("a good plan");
        plan.sources[0].formats.dates.clone()
    };
    let of_profile = read(SMALL);
    assert!(of_profile.declared("Created"));
    let zone = changed(
        "profile = \"table\"",
        "profile = \"table\"\ndates.zone = \"Europe/Paris\"",
    );
    let zone = read(&zone).for_column("Created").clone();
    assert_eq!(
        (zone.formats[0].as_str(), zone.zone.as_str()),
        ("%b %d, %Y", "Europe/Paris")
    );
    let own = changed(
        "profile = \"table\"",
        "profile = \"table\"\ndates.columns.Created.format = \"unix\"",
    );
    let own = read(&own);
    assert_eq!(own.for_column("Created").formats[0].as_str(), "unix");
    assert_eq!(own.for_column("Created").zone.as_str(), "+02:00");
    assert_eq!(own.for_column("Expires").formats[0].as_str(), "%b %d, %Y");
}

#[test]
fn without_a_header_the_columns_of_dates_are_numbers_too() {
    let text = changed(
        "columns = { email = \"E-mail\" }",
        "header = false\ncolumns = { email = 2 }\nends = \"Expires At\"\ndates.columns.Created.format = \"unix\"",
    )
    .replace("Products", "3")
    .replace("Status", "4");
    assert_eq!(codes(&text), [Code::BadValue, Code::BadValue]);
    let good = text.replace("\"Expires At\"", "5").replace("Created", "6");
    assert_eq!(codes(&good), []);
}

#[test]
fn fields_have_types_and_their_own_rules_for_what_is_there() {
    let plan = good(FULL, None);
    let fields = &plan.sources[0].fields;
    let FieldType::Date(birthday) = &fields[2].kind else {
        panic!("{:?}", fields[2])
    };
    assert_eq!(birthday.formats[0].as_str(), "%d/%m/%Y");
    assert!(matches!(&fields[3].kind, FieldType::Phone { country: Some(code) } if code.as_str() == "ES"));
    let policies = plan.field_policies();
    assert_eq!(policies[1..3], [ExistingFields::Overwrite, ExistingFields::Keep]);
}

#[test]
fn a_field_takes_the_dates_and_numbers_of_its_source() {
    let text = changed(
        "columns = { email = \"E-mail\" }",
        "columns = { email = \"E-mail\" }\nnumbers.decimal = \",\"\ndates = { format = \"%d.%m.%Y\", zone = \"+01:00\" }\n\
         [sources.people.fields]\nborn = { column = \"Born\", type = \"date\" }\npaid = { column = \"Paid\", type = \"number\" }",
    );
    let fields = first_source(&text).fields;
    let FieldType::Date(born) = &fields[0].kind else {
        panic!("{fields:?}")
    };
    assert_eq!(
        (born.formats[0].as_str(), born.zone.as_str()),
        ("%d.%m.%Y", "+01:00")
    );
    assert!(matches!(&fields[1].kind, FieldType::Number(rule) if rule.decimal == Some(Decimal::Comma)));
}

#[test]
fn one_source_may_say_for_a_field_what_the_other_leaves_open() {
    let text = SMALL.to_owned()
        + "\n[sources.people.fields]\ncity = { column = \"City\", existing = \"keep\" }\n\
           [sources.b]\nprofile = \"kajabi-contacts\"\nfile = \"b.csv\"\neach_row = { grant = \"club\" }\nfields.city = \"Town\"\n";
    assert_eq!(good(&text, None).field_policies(), [ExistingFields::Keep]);
}
