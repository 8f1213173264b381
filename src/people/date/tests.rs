//! Dates as exports write them.

use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::model::{DayMonthOrder, Zone};

fn plausible() -> RangeInclusive<Date> {
    date(1900, 1, 1)..=date(2100, 12, 31)
}

fn rule(formats: &[&str]) -> DateRule {
    DateRule {
        formats: formats
            .iter()
            .map(|text| DateFormat::parse(text).expect(text))
            .collect(),
        ..DateRule::default()
    }
}

fn in_zone(zone: &str, formats: &[&str]) -> DateRule {
    DateRule {
        zone: Zone::parse(zone).expect(zone),
        ..rule(formats)
    }
}

/// The moment or the day of a cell, or its problem, as text.
fn read_with(rule: &DateRule, cell: &str) -> String {
    match read_date(cell, rule, &plausible()) {
        Ok(None) => "no date".to_owned(),
        Ok(Some(stamp)) => stamp
            .moment()
            .map_or_else(|| stamp.day().to_string(), |moment| moment.to_string()),
        Err(problem) => format!("{problem:?}"),
    }
}

fn read(cell: &str) -> String {
    read_with(&DateRule::default(), cell)
}

#[test]
fn what_reads_only_one_way_needs_no_format() {
    for (cell, expected) in [
        ("2026-08-01", "2026-08-01"),
        ("2026-8-1", "2026-08-01"),
        ("2025/11/08", "2025-11-08"),
        ("2026-08-01 09:00", "2026-08-01T09:00:00Z"),
        ("2026-08-01 09:00:00", "2026-08-01T09:00:00Z"),
        ("2026-08-01 09:00:00 UTC", "2026-08-01T09:00:00Z"),
        ("2018-08-27T15:06:27.713Z", "2018-08-27T15:06:27.713Z"),
        ("2018-08-27T15:06:27+02:00", "2018-08-27T13:06:27Z"),
        ("2025-11-08 04:11:00 -0700", "2025-11-08T11:11:00Z"),
        ("2025-11-08 04:11:00-07", "2025-11-08T11:11:00Z"),
        ("Nov 28, 2025", "2025-11-28"),
        ("Nov. 28 2025", "2025-11-28"),
        ("28 Nov 2025", "2025-11-28"),
        ("28-NOV-2025", "2025-11-28"),
        ("28. November 2025", "2025-11-28"),
        ("November 28, 2025", "2025-11-28"),
        ("Sept 3, 2025", "2025-09-03"),
        ("Nov 28, 2025, 12:05 AM", "2025-11-28T00:05:00Z"),
        ("Nov 28, 2025 1:05\u{202f}PM", "2025-11-28T13:05:00Z"),
        ("03/03/2025", "2025-03-03"),
    ] {
        assert_eq!(read(cell), expected, "{cell}");
    }
}

#[test]
fn day_and_month_as_numbers_are_not_guessed() {
    for (cell, day_first, month_first) in [
        ("03/04/2025", true, true),
        ("3.4.2025", true, true),
        ("03-04-2025", true, true),
        ("03/04/2025 10:00", true, true),
        ("28/01/2018", true, false),
        ("01/28/2018", false, true),
    ] {
        assert_eq!(
            read_date(cell, &DateRule::default(), &plausible()),
            Err(DateProblem::DayMonth {
                day_first,
                month_first
            }),
            "{cell}"
        );
    }
}

#[test]
fn a_known_order_of_day_and_month_is_used_and_never_turned_round() {
    let ordered = |order| DateRule {
        order: Some(order),
        ..DateRule::default()
    };
    let day_first = ordered(DayMonthOrder::DayFirst);
    assert_eq!(read_with(&day_first, "03/04/2025"), "2025-04-03");
    assert_eq!(read_with(&day_first, "3.4.2025 10:00"), "2025-04-03T10:00:00Z");
    assert_eq!(
        read_with(&day_first, "01/28/2018"),
        "DayMonth { day_first: false, month_first: true }"
    );
    let month_first = ordered(DayMonthOrder::MonthFirst);
    assert_eq!(read_with(&month_first, "03/04/2025"), "2025-03-04");
    assert_eq!(read_with(&month_first, "2025-04-03"), "2025-04-03");
}

#[test]
fn blank_zero_and_the_words_of_the_rule_are_no_date() {
    let rule = DateRule {
        never: vec!["lifetime".to_owned(), "jamais expiré".to_owned()],
        ..rule(&["%d/%m/%Y"])
    };
    for cell in [
        "",
        "  ",
        "N/A",
        "null",
        "0",
        "0000-00-00",
        "0000-00-00 00:00:00",
        "Lifetime",
        "JAMAIS EXPIRÉ",
    ] {
        assert_eq!(read_with(&rule, cell), "no date", "{cell:?}");
    }
    assert_eq!(read_with(&rule, "never"), "Unreadable");
}

#[test]
fn what_is_no_whole_date_is_unreadable() {
    for cell in [
        "2025-02-30",
        "28/13/2018",
        "45/45/2018",
        "03/04/25",
        "28-Nov-25",
        "Nov 28",
        "28 novembre 2025",
        "2025-11-08 25:00",
        "2025-11-08 10:61",
        "2025-11-08 13:00 PM",
        "2025-11-08 10:00 EST",
        "2025-11-08 10:00 +99:00",
        "2025-11-08 UTC",
        "2025-11-08x",
        "2025-11/08",
        "20251108",
        "45992",
        "1700000000",
        "2026\u{2011}08\u{2011}01",
        "٢٠٢٦-٠٨-٠١",
        "２０２６-08-01",
        "0025-01-01",
        "yesterday",
        "#####",
        "1-2",
        "99999999999999999999",
    ] {
        assert_eq!(read(cell), "Unreadable", "{cell}");
    }
}

#[test]
fn odd_blanks_around_a_date_are_taken_off() {
    for cell in [
        "\u{a0}2026-08-01",
        "2026-08-01\u{200b} ",
        "\u{feff}2026-08-01\t",
        " 2026-08-01",
    ] {
        assert_eq!(read(cell), "2026-08-01", "{cell:?}");
    }
}

#[test]
fn a_date_beyond_the_plausible_years_is_reported_with_what_it_reads_as() {
    for (cell, day) in [
        ("1899-12-31", date(1899, 12, 31)),
        ("2202-01-01", date(2202, 1, 1)),
    ] {
        assert_eq!(
            read_date(cell, &DateRule::default(), &plausible()),
            Err(DateProblem::Implausible(day))
        );
    }
}

#[test]
fn declared_formats_are_the_only_ones() {
    let day_first = rule(&["%d/%m/%Y", "%d.%m.%Y"]);
    assert_eq!(read_with(&day_first, "03/04/2025"), "2025-04-03");
    assert_eq!(read_with(&day_first, "3.4.2025"), "2025-04-03");
    for cell in [
        "2025-04-03",
        "01/28/2018",
        "03/04/25",
        "03/04/2025 10:00",
        "30/02/2025",
    ] {
        assert_eq!(read_with(&day_first, cell), "Unreadable", "{cell}");
    }
    assert_eq!(read_with(&rule(&["%b %d, %Y"]), "Nov 28, 2025"), "2025-11-28");
    assert_eq!(read_with(&rule(&["%d/%m/%y"]), "03/04/25"), "2025-04-03");
}

#[test]
fn a_time_counts_in_the_zone_that_the_cell_or_the_rule_names() {
    let rails = "%Y-%m-%d %H:%M:%S %z";
    assert_eq!(
        read_with(&rule(&[rails]), "2025-11-08 04:11:00 -0700"),
        "2025-11-08T11:11:00Z"
    );
    let utc = in_zone("America/New_York", &["%Y-%m-%d %H:%M:%S UTC"]);
    assert_eq!(read_with(&utc, "2026-08-01 09:00:00 UTC"), "2026-08-01T09:00:00Z");
    let paris = in_zone("Europe/Paris", &["%Y-%m-%d %H:%M"]);
    assert_eq!(read_with(&paris, "2026-08-01 01:00"), "2026-07-31T23:00:00Z");
    assert_eq!(
        read_with(&in_zone("+02:00", &[]), "2026-12-01 01:00"),
        "2026-11-30T23:00:00Z"
    );
}

#[test]
fn the_day_is_the_one_in_the_zone_of_the_rule() {
    let stamp = |zone| {
        read_date("2026-07-31T23:30:00Z", &in_zone(zone, &[]), &plausible())
            .expect("readable")
            .expect("a date")
            .day()
    };
    assert_eq!(stamp("UTC"), date(2026, 7, 31));
    assert_eq!(stamp("Europe/Paris"), date(2026, 8, 1));
}

#[test]
fn a_time_that_a_change_of_clocks_skips_or_repeats_still_reads() {
    let paris = in_zone("Europe/Paris", &[]);
    assert_eq!(read_with(&paris, "2026-03-29 02:30"), "2026-03-29T01:30:00Z");
    assert_eq!(read_with(&paris, "2026-10-25 02:30"), "2026-10-25T00:30:00Z");
}

#[test]
fn seconds_since_1970_read_where_declared() {
    let unix = rule(&["unix"]);
    assert_eq!(read_with(&unix, "1700000000"), "2023-11-14T22:13:20Z");
    assert_eq!(read_with(&unix, "1700000000.5"), "2023-11-14T22:13:20.5Z");
    assert_eq!(read_with(&unix, "-86400"), "1969-12-31T00:00:00Z");
    assert_eq!(read_with(&unix, "0"), "no date");
    for cell in ["1.7E+9", "1,700,000,000", "-", "--5", "1700000000000000"] {
        let read = read_with(&unix, cell);
        assert!(read == "Unreadable" || read == "no date", "{cell}: {read}");
    }
    assert!(read_with(&unix, "170000000000").starts_with("Implausible"));
}

#[test]
fn days_of_a_spreadsheet_read_where_declared() {
    let excel = rule(&["excel"]);
    for (cell, expected) in [
        ("45992", "2025-12-01"),
        ("45992.0", "2025-12-01"),
        ("45992.5", "2025-12-01T12:00:00Z"),
        ("45992.0416666667", "2025-12-01T01:00:00Z"),
        ("45992.9999999", "2025-12-01T23:59:59Z"),
        ("1", "1900-01-01"),
        ("59", "1900-02-28"),
        ("60", "Unreadable"),
        ("61", "1900-03-01"),
        ("-1", "Unreadable"),
        ("99999999", "Unreadable"),
        ("2025-12-01", "Unreadable"),
    ] {
        assert_eq!(read_with(&excel, cell), expected, "{cell}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_fail(cell in ".*") {
        for rule in [DateRule::default(), rule(&["%d/%m/%Y", "unix", "excel"])] {
            let _ = read_date(&cell, &rule, &plausible());
        }
    }

    #[test]
    fn nothing_like_a_date_makes_the_reader_fail(cell in "[0-9a-zA-Z:.,/+ é\u{a0}-]{0,30}") {
        for rule in [DateRule::default(), rule(&["%F %T %z", "%b %d, %Y", "unix", "excel"])] {
            let _ = read_date(&cell, &rule, &plausible());
        }
    }

    #[test]
    fn a_day_reads_back_from_every_way_to_write_it(days in 0_i32..73_000) {
        let day = date(1901, 1, 1).checked_add(jiff::Span::new().days(days)).expect("in range");
        for format in ["%Y-%m-%d", "%Y/%m/%d", "%b %d, %Y", "%B %e, %Y", "%d %b %Y", "%d/%m/%Y", "%m/%d/%y"] {
            let written = day.strftime(format).to_string();
            let declared = read_date(&written, &rule(&[format]), &plausible());
            let century_kept = !format.ends_with('y') || (1969..=2068).contains(&day.year());
            if century_kept {
                prop_assert_eq!(declared.expect("readable").expect("a date").day(), day);
            }
            match read_date(&written, &DateRule::default(), &plausible()) {
                Ok(Some(stamp)) => prop_assert_eq!(stamp.day(), day),
                problem => prop_assert!(format.contains("/%y") || format == "%d/%m/%Y", "{:?}", problem),
            }
        }
    }
}

#[test]
fn months_by_their_usual_english_names_are_read_by_a_format_with_short_names() {
    let rule = DateRule {
        formats: vec![DateFormat::parse("%d %b %Y").expect("a format")],
        ..DateRule::default()
    };
    let read = |cell: &str| {
        read_date(cell, &rule, &(Date::MIN..=Date::MAX)).map(|stamp| stamp.expect("a date").day())
    };
    for cell in ["06 Sept 2027", "06 Sept. 2027", "06 Sep. 2027", "06 sep 2027"] {
        assert_eq!(read(cell), Ok(date(2027, 9, 6)), "{cell}");
    }
    assert_eq!(read("06 June 2027"), Ok(date(2027, 6, 6)));
    assert_eq!(read("06 Septum 2027"), Err(DateProblem::Unreadable));
}

#[test]
fn milliseconds_are_read_as_what_they_are() {
    let rule = DateRule {
        formats: vec![
            DateFormat::parse("unix").expect("a format"),
            DateFormat::parse("unix-ms").expect("a format"),
        ],
        ..DateRule::default()
    };
    for cell in ["1798761600", "1798761600000"] {
        let day = read_date(cell, &rule, &(date(1990, 1, 1)..=date(2056, 1, 1)));
        assert_eq!(
            day.map(|stamp| stamp.expect("a date").day()),
            Ok(date(2027, 1, 1)),
            "{cell}"
        );
    }
}
