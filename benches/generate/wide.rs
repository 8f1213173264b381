//! A number of records in; a wide export out: eighteen columns, ten of them mapped, consent, keys and a last day.

use std::{fs, path::Path};

use fastrand::Rng;

use crate::{
    Result,
    bench::{Out, Person, create, one},
};

const HEADER: [&str; 18] = [
    "Name",
    "First Name",
    "Last Name",
    "Email",
    "Products",
    "Tags",
    "Member ID",
    "Level (level)",
    "Status",
    "Region",
    "Cohort",
    "Badges",
    "Channel",
    "Language",
    "Team",
    "Marketing",
    "Activated At",
    "Expires At",
];
const STATUSES: [&str; 3] = ["active", "trial", "canceled"];
const REGIONS: [&str; 4] = ["EMEA", "AMER", "APAC", ""];
const BADGES: [&str; 4] = ["Early bird", "Mentor", "Speaker", "Host"];
const CHANNELS: [&str; 4] = ["podcast", "search", "friend", "partner-north"];
const LANGUAGES: [&str; 4] = ["en", "es", "de", "pt"];
const TEAMS: [&str; 3] = ["", "", "Team seat"];

/// Writes `people.csv`, and `before.csv` whose apply makes the site that it is compared with.
pub(crate) fn write(records: u64, dir: &Path) -> Result<String> {
    fs::create_dir_all(dir)?;
    let people = records - records / 10;
    let mut out = create(&dir.join("people.csv"), &HEADER)?;
    for number in 0..people {
        row(&mut out, &Person::new(number, "example.com"), false)?;
        if number % 9 == 8 {
            let mut again = Person::new(Rng::with_seed(number).u64(..=number), "example.com");
            again.email = again.email.to_uppercase();
            row(&mut out, &again, false)?;
        }
    }
    out.flush()?;
    let mut out = create(&dir.join("before.csv"), &HEADER)?;
    let mut known = 0;
    for number in (0..people).step_by(2) {
        let person = Person::new(number, "example.com");
        row(&mut out, &person, number.is_multiple_of(10))?;
        known += 1;
    }
    for number in 0..(records / 2).saturating_sub(known) {
        row(&mut out, &Person::new(people + number, "example.org"), false)?;
    }
    out.flush()?;
    fs::write(dir.join("bench.toml"), plan("people.csv"))?;
    fs::write(dir.join("before.toml"), plan("before.csv"))?;
    Ok(format!(
        "people {people}\nof these people on the site before {known}\n"
    ))
}

/// One record. `earlier` has what has changed since.
fn row(out: &mut Out, person: &Person, earlier: bool) -> Result<()> {
    let mut rng = Rng::with_seed(person.number ^ 0x5749_4445);
    let name = format!("{} {}", person.first, person.last);
    let key = (2_190_000_000 + person.number).to_string();
    let (products, tags) = (person.products.join(", "), person.tags.join(", "));
    let cohort = format!("cohort-{}", 2015 + rng.u16(..11));
    let badges: Vec<&str> = (0..rng.u8(..3)).map(|_| one(&mut rng, &BADGES)).collect();
    let status = one(&mut rng, &STATUSES);
    let activated = day(2024, rng.u32(..700));
    // One in eight has ended, three in eight end later, the others never.
    let expires = match rng.u8(..8) {
        0 => day(2025, rng.u32(..365)),
        1..4 => day(2027, rng.u32(..365)),
        _ => String::new(),
    };
    let cells: [&str; 18] = [
        &name,
        person.first,
        if earlier { "Formerly" } else { person.last },
        &person.email,
        &products,
        &tags,
        &key,
        person.level,
        status,
        one(&mut rng, &REGIONS),
        &cohort,
        &badges.join("|"),
        one(&mut rng, &CHANNELS),
        one(&mut rng, &LANGUAGES),
        one(&mut rng, &TEAMS),
        if rng.u8(..20) == 0 { "no" } else { "yes" },
        &activated,
        &expires,
    ];
    out.write_record(cells)?;
    Ok(())
}

/// A moment, so many days after the start of a year.
fn day(year: u32, after: u32) -> String {
    let month = after / 28 % 12;
    let year = year + after / 336;
    format!(
        "{year}-{:02}-{:02} {:02}:30:00 UTC",
        month + 1,
        after % 28 + 1,
        after % 24
    )
}

fn plan(file: &str) -> String {
    include_str!("wide.toml").replace("people.csv", file)
}
