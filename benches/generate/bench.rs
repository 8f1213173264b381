//! A number of records in; exports for the benchmarks, with their plans, written as a stream.

use std::{
    fs::{self, File},
    io::BufWriter,
    path::Path,
};

use fastrand::Rng;

use crate::Result;

const HEADER: [&str; 8] = [
    "Name",
    "First Name",
    "Last Name",
    "Email",
    "Products",
    "Tags",
    "Member ID",
    "Level (level)",
];
const FIRST: [&str; 16] = [
    "Ana", "Mateo", "Ingrid", "Tomasz", "Yuki", "Amara", "Lars", "Priya", "Hamid", "Bram", "Diego", "Nadia",
    "Leila", "Grace", "Viktor", "Elif",
];
const LAST: [&str; 16] = [
    "Costa",
    "Lindqvist",
    "Okafor",
    "Nowak",
    "Tanaka",
    "Sharma",
    "Dubois",
    "Ferreira",
    "Jansen",
    "Haddad",
    "Byrne",
    "Moreno",
    "Rahimi",
    "Dlamini",
    "Petrov",
    "Castillo",
];
const COURSES: [&str; 4] = [
    "Photography 101",
    "Light, Shadow, Colour",
    "Digital Darkroom",
    "Studio Club",
];
const EXTRAS: [&str; 4] = [
    "Old Webinar 2021",
    "Old Webinar 2022",
    "Digital Darkroom",
    "Photography 101",
];
const TAGS: [&str; 6] = [
    "VIP",
    "lead-summer",
    "alumni-2019",
    "newsletter",
    "Ambassador",
    "lead-spring",
];
const LEVELS: [&str; 4] = ["gold", "silver", "bronze", ""];

pub(crate) type Out = csv::Writer<BufWriter<File>>;

/// One person, made of a number: the same number is the same person in every file.
pub(crate) struct Person {
    pub(crate) number: u64,
    pub(crate) first: &'static str,
    pub(crate) last: &'static str,
    pub(crate) email: String,
    pub(crate) products: Vec<&'static str>,
    pub(crate) tags: Vec<&'static str>,
    pub(crate) level: &'static str,
}

impl Person {
    pub(crate) fn new(number: u64, domain: &str) -> Self {
        let mut rng = Rng::with_seed(number ^ 0x5245_484f_4d45);
        let first = one(&mut rng, &FIRST);
        let last = one(&mut rng, &LAST);
        let mut products = vec![one(&mut rng, &COURSES)];
        if rng.u8(..3) == 0 {
            products.push(one(&mut rng, &EXTRAS));
        }
        let tags = (0..rng.u8(..4)).map(|_| one(&mut rng, &TAGS)).collect();
        let level = if number.is_multiple_of(CHANGED_EVERY) {
            "gold"
        } else {
            one(&mut rng, &LEVELS)
        };
        let spread = number.wrapping_mul(0x9e37_79b1) & 0xffff_ffff;
        let email = format!(
            "{}.{}.{spread:08x}@{domain}",
            first.to_lowercase(),
            last.to_lowercase()
        );
        Self {
            number,
            first,
            last,
            email,
            products,
            tags,
            level,
        }
    }

    fn write(&self, out: &mut Out) -> Result<()> {
        let name = format!("{} {}", self.first, self.last);
        let key = (2_190_000_000 + self.number).to_string();
        let (products, tags) = (self.products.join(", "), self.tags.join(", "));
        let cells = [
            &name,
            self.first,
            self.last,
            &self.email,
            &products,
            &tags,
            &key,
            self.level,
        ];
        out.write_record(cells)?;
        Ok(())
    }
}

/// Of those on the site, who differs from what the export wants: one in five, and the site has every second.
const CHANGED_EVERY: u64 = 10;

/// Writes `people.csv`, and `before.csv` whose apply makes the site that it is compared with.
pub(crate) fn write(records: u64, dir: &Path) -> Result<String> {
    fs::create_dir_all(dir)?;
    let mut out = create(&dir.join("people.csv"), &HEADER)?;
    let mut people = 0;
    for record in 0..records {
        if record % 10 < 9 {
            Person::new(people, "example.com").write(&mut out)?;
            people += 1;
        } else {
            let mut again = Person::new(Rng::with_seed(record).u64(..people), "example.com");
            again.email = again.email.to_uppercase();
            again.products.truncate(1);
            again.write(&mut out)?;
        }
    }
    out.flush()?;

    let mut out = create(&dir.join("before.csv"), &HEADER)?;
    let (mut known, mut changed) = (0, 0);
    for number in (0..people).step_by(2) {
        let mut person = Person::new(number, "example.com");
        if number.is_multiple_of(CHANGED_EVERY) {
            person.level = "";
            if number.is_multiple_of(2 * CHANGED_EVERY) {
                person.last = "Formerly";
            }
            changed += 1;
        }
        person.write(&mut out)?;
        known += 1;
    }
    let others = (records / 2).saturating_sub(known);
    for number in 0..others {
        Person::new(people + number, "example.org").write(&mut out)?;
    }
    out.flush()?;
    fs::write(dir.join("bench.toml"), plan("people.csv"))?;
    fs::write(dir.join("before.toml"), plan("before.csv"))?;
    Ok(format!(
        "records {records}\npeople {people}\non the site before {}\nof these people {known}\ndifferent {changed}\nto create {}\n",
        known + others,
        people - known,
    ))
}

/// Writes `apply.csv`: every member gets the base tag of one course, and one other tag.
pub(crate) fn write_apply(members: u64, dir: &Path) -> Result<String> {
    fs::create_dir_all(dir)?;
    let mut out = create(&dir.join("apply.csv"), &HEADER)?;
    for number in 0..members {
        let mut person = Person::new(number, "example.com");
        person.products.truncate(1);
        person.tags = vec!["VIP"];
        person.level = "";
        person.write(&mut out)?;
    }
    out.flush()?;
    fs::write(dir.join("apply.toml"), plan("apply.csv"))?;
    Ok(format!("members {members}\ntags {}\n", 2 * members))
}

pub(crate) fn create(path: &Path, header: &[&str]) -> Result<Out> {
    let mut out = csv::Writer::from_writer(BufWriter::with_capacity(1 << 20, File::create(path)?));
    out.write_record(header)?;
    Ok(out)
}

pub(crate) fn one(rng: &mut Rng, from: &[&'static str]) -> &'static str {
    from.get(rng.usize(..from.len())).copied().unwrap_or_default()
}

fn plan(file: &str) -> String {
    format!(
        r#"[migration]
name = "bench"
as_of = 2026-11-16

[site]
kind = "local"
path = "site.sqlite"

[contacts]
system = "managed"

[offerings.photo-101]
name = "Photography 101"

[offerings.light]
name = "Light, Shadow, Colour"

[offerings.darkroom]
name = "Digital Darkroom"

[offerings.club]
name = "Studio Club"
kind = "membership"

[tags.vip]
name = "VIP"

[tags.ambassador]
name = "Ambassador"

[tags.alumni]
name = "Alumni"

[tags.gold]
name = "Gold level"

[tags.silver]
name = "Silver level"

[sources.people]
profile = "kajabi-contacts"
file = "{file}"

[sources.people.map.Products]
"Photography 101" = {{ grant = "photo-101" }}
"Light, Shadow, Colour" = {{ grant = "light" }}
"Digital Darkroom" = {{ grant = "darkroom" }}
"Studio Club" = {{ grant = "club" }}
"Old Webinar *" = {{ ignore = "retired" }}

[sources.people.map.Tags]
"VIP" = {{ tag = "vip" }}
"Ambassador" = {{ tag = "ambassador" }}
"alumni-*" = {{ tag = "alumni" }}
"lead-*" = {{ ignore = "marketing only" }}
"newsletter" = {{ ignore = "marketing only" }}

[sources.people.map."Level (level)"]
"gold" = {{ tag = "gold" }}
"silver" = {{ tag = "silver" }}
"bronze" = {{ ignore = "everybody has it" }}

[policy]
existing_fields = "overwrite"
"#
    )
}
