//! The files of `src/sources/profiles/` in; those that are not valid, or do not read their own example as it says.

use std::{collections::BTreeSet, fs, path::Path};

use rehome::{
    diagnostics::{Diagnostics, render},
    model::{Row, RowTrouble},
    people,
    plan::{self, ColumnsInUse, LoginRule, Pattern, Source, StatusSays, Statuses, Words, list_text},
    sources,
    wanted::{RuleIndex, cut},
};

/// The name and text of every file, in order of the names.
fn files() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sources/profiles");
    let mut files: Vec<(String, String)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn every_file_is_a_valid_profile_and_is_built_in() {
    for (name, text) in files() {
        let mut said = Diagnostics::default();
        let profile = plan::read_profile(&name, &name, &text, &mut said);
        assert!(said.is_empty(), "{name}: {}", render(&said, &name, &text, false));
        assert!(profile.is_some(), "{name}");
    }
    let built_in: Vec<&str> = sources::profiles().iter().map(|one| one.name.as_str()).collect();
    let names: Vec<String> = files().into_iter().map(|(name, _)| name).collect();
    assert_eq!(built_in, names);
}

#[test]
fn every_profile_reads_its_own_example() {
    for (name, text) in files() {
        let profile: toml::Table = text.parse().unwrap();
        let example = profile["example"].as_table().unwrap();
        let expected: Vec<toml::Table> = example["records"].clone().try_into().unwrap();
        let csv = example["csv"].as_str().unwrap();
        let read = read_example(&name, csv, &expected);
        for (at, (read, expected)) in read.iter().zip(&expected).enumerate() {
            assert_eq!(read, expected, "{name}, record {}", at + 1);
        }
        assert_eq!(read.len(), expected.len(), "{name}");
    }
}

#[test]
fn the_page_of_profiles_is_what_the_files_say() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/profiles.md");
    let text = rehome::report::profiles_page(sources::profiles());
    if std::env::var_os("REHOME_WRITE_DOCS").is_some() {
        fs::write(&page, &text).unwrap();
    }
    let written = fs::read_to_string(&page).unwrap_or_default();
    assert!(
        written == text,
        "REHOME_WRITE_DOCS=1 writes docs/profiles.md anew"
    );
}

/// What the reader makes of the rows of an example.
fn read_example(name: &str, csv: &str, expected: &[toml::Table]) -> Vec<toml::Table> {
    let (dates, lists) = (columns_of(expected, "dates"), columns_of(expected, "lists"));
    let source = source(name, &dates, &lists);
    let slots = ColumnsInUse::from_source(&source);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("example.csv");
    fs::write(&path, csv).unwrap();
    let mut said = Diagnostics::default();
    let mut records = Vec::new();
    let files = sources::read(0, &source, &slots, &[path], &mut said, &|_| {}, &mut |batch| {
        records.extend(
            batch
                .rows()
                .map(|row| record(&source, &slots, &row, &dates, &lists)),
        );
        Some(batch)
    });
    assert!(said.is_empty(), "{name}: {}", render(&said, name, "", false));
    let headers: BTreeSet<String> = files[0].headers.iter().map(|name| Pattern::fold(name)).collect();
    for column in &slots.columns {
        let known = column
            .names
            .iter()
            .any(|name| headers.contains(&Pattern::fold(name)));
        assert!(known, "{name}: its example has no column {:?}", column.names);
    }
    records
}

/// The columns that the records name below a key.
fn columns_of(expected: &[toml::Table], key: &str) -> Vec<String> {
    let tables = expected.iter().filter_map(|record| record.get(key)?.as_table());
    let names: BTreeSet<String> = tables.flat_map(|table| table.keys().cloned()).collect();
    names.into_iter().collect()
}

/// A source of a plan that uses what the profile knows and these columns.
fn source(name: &str, dates: &[String], lists: &[String]) -> Source {
    let mut text = format!(
        "[migration]\nname = \"example\"\n[site]\nkind = \"local\"\npath = \"site.sqlite\"\n[contacts]\nsystem = \"managed\"\n\
         [offerings.seen]\nname = \"Seen\"\n[sources.people]\nprofile = \"{name}\"\nfile = \"example.csv\"\n\
         each_row = {{ grant = \"seen\" }}\n"
    );
    if name == "table" {
        text += "columns.email = \"Anything\"\n";
    }
    let known = sources::profiles().iter().find(|profile| profile.name == name);
    if let Some(statuses) = known.and_then(|profile| profile.statuses.as_ref()) {
        text += &statuses_of(statuses);
    }
    for (at, column) in dates.iter().enumerate() {
        text += &format!("fields.date-{at} = {{ column = {column:?}, type = \"date\" }}\n");
    }
    for column in lists {
        text += &format!("[sources.people.map.{column:?}]\n\"*\" = {{ ignore = \"an example\" }}\n");
    }
    let mut said = Diagnostics::default();
    let none = |_: &str| Err("no files".to_owned());
    let plan = plan::read(&text, None, rehome::app::known(), &none, &mut said);
    let mut plan = plan.unwrap_or_else(|| panic!("{}", render(&said, "plan.toml", &text, false)));
    plan.sources.remove(0)
}

/// The statuses of a profile as a plan takes them over, with the owner's choice made.
fn statuses_of(statuses: &Statuses) -> String {
    let list = |words: &Words| format!("{:?}", words.texts().collect::<Vec<_>>());
    let until = statuses.until.as_ref().map_or_else(String::new, |until| {
        let (words, column) = (list(&until.words), &until.column.name);
        format!("until = {{ words = {words}, column = {column:?} }}, ")
    });
    let ended: Vec<&str> = statuses.ended.texts().chain(statuses.choose.texts()).collect();
    format!(
        "statuses = {{ column = {:?}, gives = {}, {until}ended = {ended:?} }}\n",
        statuses.column.name,
        list(&statuses.gives),
    )
}

/// A row as an example writes it: what is blank is left out.
fn record(
    source: &Source,
    slots: &ColumnsInUse,
    row: &Row<'_>,
    dates: &[String],
    lists: &[String],
) -> toml::Table {
    let mut record = toml::Table::new();
    let text = |slot: Option<usize>| slot.map_or("", |slot| people::trim(row.cell(slot)));
    let day_text = |slot, column: &str| day(source, text(slot), column);
    if source.profile.name != "table" {
        put(&mut record, "email", text(slots.person.email));
    }
    put(&mut record, "first_name", text(slots.person.first_name));
    put(&mut record, "last_name", text(slots.person.last_name));
    put(&mut record, "name", text(slots.person.full_name));
    put(&mut record, "key", text(slots.person.key));
    if let Some(LoginRule::Column(_)) = &source.person.login {
        put(&mut record, "username", text(slots.person.login));
    }
    if let Some(column) = &source.person.registered {
        put(
            &mut record,
            "registered",
            &day_text(slots.person.registered, &column.name),
        );
    }
    if let Some(ends) = &source.gives.ends {
        put(&mut record, "ends", &day_text(slots.ends, &ends.column.name));
    }
    if row.trouble == Some(RowTrouble::Deleted) {
        record.insert("deleted".to_owned(), true.into());
    }
    if let (Some(statuses), Some(slot)) = (&source.profile.statuses, slots.status) {
        let until = statuses.until.as_ref().map(|until| until.column.name.as_str());
        let says = match statuses.says(text(Some(slot))) {
            StatusSays::Gives => "gives".to_owned(),
            StatusSays::Until => format!(
                "until {}",
                day_text(slots.status_until, until.unwrap_or_default())
            ),
            StatusSays::Ended => "ended".to_owned(),
            StatusSays::Choose => "choose".to_owned(),
            StatusSays::Unknown => panic!("{}: no list has {:?}", source.profile.name, text(Some(slot))),
        };
        put(&mut record, "status", says.trim());
    }
    if let Some(consent) = &source.person.consent {
        let word = Pattern::fold(text(slots.person.consent));
        if consent.opted_out.matches(&word) {
            put(&mut record, "consent", "opted out");
        } else if consent.opted_in.matches(&word) {
            put(&mut record, "consent", "opted in");
        }
    }
    let mut fields = toml::Table::new();
    let mut days = toml::Table::new();
    for (field, slot) in source.fields.iter().zip(&slots.fields) {
        let name = field.column.name.as_str();
        if dates.iter().any(|column| column == name) {
            put(&mut days, name, &day_text(Some(*slot), name));
        } else {
            put(&mut fields, field.field.as_str(), text(Some(*slot)));
        }
    }
    let mut values = toml::Table::new();
    for (map, slot) in source.gives.maps.iter().zip(&slots.maps) {
        let cell = text(Some(*slot));
        let separator = map.separator.as_deref().unwrap_or_else(|| panic!("{lists:?}"));
        if !cell.is_empty() {
            assert!(!separator.is_empty());
            let cut: Vec<toml::Value> = cut(&list_text(cell, separator), &RuleIndex::of(map))
                .counted()
                .iter()
                .map(|piece| piece.value.clone().into())
                .collect();
            values.insert(map.column.name.clone(), cut.into());
        }
    }
    let event = event(source, slots, row);
    for (key, table) in [
        ("fields", fields),
        ("dates", days),
        ("lists", values),
        ("event", event),
    ] {
        if !table.is_empty() {
            record.insert(key.to_owned(), table.into());
        }
    }
    record
}

/// What a row says of a payment.
fn event(source: &Source, slots: &ColumnsInUse, row: &Row<'_>) -> toml::Table {
    let text = |slot: Option<usize>| slot.map_or("", |slot| people::trim(row.cell(slot)));
    let mut event = toml::Table::new();
    if let (Some(columns), Some(words)) = (slots.event, &source.payments.words) {
        put(&mut event, "id", text(columns.id));
        put(&mut event, "order", text(columns.order));
        let date = &slots.columns[columns.date].names[0];
        put(&mut event, "date", &day(source, text(Some(columns.date)), date));
        let amount = people::number::read_number(text(Some(columns.amount)), source.formats.numbers).unwrap();
        put(
            &mut event,
            "amount",
            &amount.map(|amount| amount.to_string()).unwrap_or_default(),
        );
        put(&mut event, "currency", text(columns.currency));
        // A word that is not certain has no meaning until a plan gives it one.
        let kind = columns.kind.map(|slot| Pattern::fold(text(Some(slot))));
        let kind = kind.and_then(|kind| words.kinds.get(&kind));
        event.extend(kind.map(|kind| ("kind".to_owned(), word(*kind))));
        let status = columns.status.map(|slot| Pattern::fold(text(Some(slot))));
        let status = status.and_then(|status| words.statuses.get(&status));
        event.extend(status.map(|status| ("status".to_owned(), word(*status))));
        let flags = slots.event_flags.iter();
        let set: Vec<toml::Value> = flags
            .filter(|(_, slot)| text(Some(*slot)) == "1")
            .map(|(flag, _)| format!("{flag:?}").to_lowercase().into())
            .collect();
        if !set.is_empty() {
            event.insert("flags".to_owned(), set.into());
        }
    }
    event
}

/// The day that a cell contains; blank if it is blank.
fn day(source: &Source, cell: &str, column: &str) -> String {
    let plausible = jiff::civil::date(1970, 1, 1)..=jiff::civil::date(2200, 1, 1);
    let read = people::date::read_date(cell, source.formats.dates.for_column(column), &plausible);
    let read = read.unwrap_or_else(|error| panic!("{column}: {error:?}"));
    read.map(|moment| moment.day().to_string()).unwrap_or_default()
}

/// The word of the plan language.
fn word(meaning: impl serde::Serialize) -> toml::Value {
    toml::Value::try_from(meaning).unwrap()
}

fn put(record: &mut toml::Table, key: &str, text: &str) {
    if !text.is_empty() {
        record.insert(key.to_owned(), text.into());
    }
}
