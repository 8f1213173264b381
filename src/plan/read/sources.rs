//! `[sources.KEY]`: where people come from.

use std::collections::HashMap;

use super::{
    absence::{self, Absence},
    columns::{check_numbers, column},
    corrections,
    described::Described,
    ends, events,
    fields::check_agreement,
    given::{Given, Load, is_missing, keyed},
    identity::{check_was, site_key},
    list_cells::ListColumns,
    map_files,
    offerings::Offerings,
    profile_file::{is_profile_file, read_profile},
    profile_merge::merge,
    rules, statuses, table_keys,
    table_reader::{TableReader, line, table},
    tags::Tags,
    tree::Entry,
};
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    model::SourceKey,
    plan::{
        CellFormats, ColumnMap, ColumnUse, ColumnsInUse, Ends, Files, MemberColumns, Pattern, Profile,
        RuleEffect, Source, SourceFiles, SourceGives, SourcePayments, TextSpan,
    },
    text::nearest::{did_you_mean, list, show},
};

const MAX_SOURCES: usize = 1_000;

pub(super) fn read(
    root: &TableReader<'_>,
    given: &Given<'_>,
    offerings: &mut Offerings,
    tags: &mut Tags,
    out: &mut Diagnostics,
) -> Vec<Source> {
    let entries = keyed(root, "sources", MAX_SOURCES, out);
    if is_missing(root, "sources") {
        out.push(
            Diagnostic::error(Code::MissingKey, "the plan has no sources")
                .at(
                    root.optional("sources").map_or(0..0, |entry| entry.key_span.clone()),
                    "no members to move",
                )
                .remedy("Set where the members come from, for example: [sources.people] and, below it, profile = \"table\" and file = \"people.csv\""),
        );
    }
    let (sources, absences): (Vec<Source>, Vec<Option<Absence>>) = entries
        .iter()
        .filter_map(|entry| {
            let what = format!("[sources.{}]", entry.key);
            let reader = TableReader::open_entry(entry, table_keys::SOURCE, what, out)?;
            let absence = absence::read(&reader, out);
            check_was(entry, &reader, entries, out);
            let mut source = source(entry, &reader, given, offerings, tags, out)?;
            source.gone = absence.as_ref().map(|absence| absence.gone);
            Some((source, absence))
        })
        .unzip();
    check_agreement(&sources, out);
    // A reference that failed would leave a source granting less than it does.
    if !out.has_errors() {
        absence::check(&sources, &absences, offerings, out);
    }
    sources
}

fn source(
    entry: &Entry,
    own: &TableReader<'_>,
    given: &Given<'_>,
    offerings: &mut Offerings,
    tags: &mut Tags,
    out: &mut Diagnostics,
) -> Option<Source> {
    let named = own.required("profile", "profile = \"table\"", out);
    let profile = named.and_then(|entry| profile(entry, given, out));
    let merged = match (&profile, named) {
        (Some(profile), Some(named)) => Some(merge(profile, own.table(), &named.node.span)),
        _ => None,
    };
    let reader = &merged
        .as_ref()
        .map_or_else(|| own.over(own.table()), |table| own.over(table));
    let files = files(own, out);
    let columns = own.optional("columns").and_then(|entry| {
        let what = format!("columns of {}", own.what());
        TableReader::open_entry(entry, table_keys::COLUMNS, what, out)
    });
    let mut named = |key: &str| {
        let entry = columns.as_ref()?.optional(key)?;
        column(entry, out)
    };
    let (email, first_name, last_name, full_name) = (
        named("email"),
        named("first_name"),
        named("last_name"),
        named("name"),
    );
    check_email(entry, own, profile.as_ref(), columns.as_ref(), out);
    let Described {
        encoding,
        delimiter,
        header,
        skip_lines,
        registered,
        person_key,
        consent,
        login,
        dates,
        numbers,
        lists,
        fields,
    } = Described::read(reader, out);
    let mut maps = maps(own, &lists, given.load, offerings, tags, out);
    let mut each_row = own
        .optional("each_row")
        .and_then(|entry| rules::each_row(entry, own.what(), offerings, tags, out));
    lists.cut_conditions(&mut maps, each_row.as_mut());
    lists.check_used(own, &maps, each_row.as_ref(), out);
    check_gives(entry, own, out);
    let ends = ends_of(own, reader, (&maps, each_row.as_ref()), offerings, out);
    let granting = (&maps[..], each_row.as_ref());
    let statuses = statuses::of_source(own, profile.as_ref(), granting, offerings, out);
    let events = events::words(own, profile.as_ref(), out);
    let billing_stays = events::billing_stays(own, out);
    let (paths, span) = files?;
    let mut source = Source {
        key: SourceKey::new(&entry.key),
        was: Some(site_key(entry))
            .filter(|was| *was != entry.key)
            .map(SourceKey::new),
        span: entry.key_span.clone(),
        profile: profile?,
        files: SourceFiles {
            names: paths,
            span,
            encoding,
            delimiter,
            header,
            skip_lines,
        },
        person: MemberColumns {
            email,
            first_name,
            last_name,
            full_name,
            key: person_key,
            consent,
            registered,
            login,
        },
        gives: SourceGives {
            maps,
            each_row,
            ends,
            statuses,
        },
        fields,
        formats: CellFormats { dates, numbers },
        payments: SourcePayments {
            words: events,
            billing_stays,
        },
        gone: None,
        corrections: None,
        in_use: ColumnsInUse::default(),
    };
    add_columns_in_use(&mut source, own, given, out);
    Some(source)
}

/// Finds the columns that a source uses, and reads what is about them.
fn add_columns_in_use(source: &mut Source, own: &TableReader<'_>, given: &Given<'_>, out: &mut Diagnostics) {
    source.in_use = ColumnsInUse::from_source(source);
    check_dropped(source, out);
    if !source.files.header {
        check_numbers(source, out);
    }
    if let Some(entry) = own.optional("corrections") {
        source.corrections = corrections::read(entry, source, given.load, out);
    }
}

/// `ends` of the plan, or of the profile where the plan has none.
fn ends_of(
    own: &TableReader<'_>,
    merged: &TableReader<'_>,
    (maps, each_row): (&[ColumnMap], Option<&RuleEffect>),
    offerings: &Offerings,
    out: &mut Diagnostics,
) -> Option<Ends> {
    match (own.optional("ends"), merged.optional("ends")) {
        (Some(entry), _) => ends::ends(entry, own, maps, each_row, offerings, out),
        (None, Some(entry)) => ends::of_profile(entry, own, maps, each_row, offerings, out),
        (None, None) => None,
    }
}

/// A source whose rows become nothing is a slip.
fn check_gives(entry: &Entry, reader: &TableReader<'_>, out: &mut Diagnostics) {
    let keys = ["map", "map_file", "each_row"];
    if keys.iter().all(|key| reader.optional(key).is_none()) {
        out.push(
            Diagnostic::error(Code::DoesNothing, format!("no member gets anything from {}", reader.what()))
                .at(entry.key_span.clone(), "neither a map, a mapping file nor each_row")
                .remedy(format!(
                    "Set what the values of a column become, [sources.{}.map.\"COLUMN\"], or what every row becomes, each_row = {{ grant = \"offering-key\" }}",
                    entry.key
                )),
        );
    }
}

/// A column of password hashes, session tokens or card data is never read.
fn check_dropped(source: &Source, out: &mut Diagnostics) {
    let drop = &source.profile.rules.drop;
    for column in &source.in_use.columns {
        let dropped = column.names.iter().find(|name| drop.matches(name));
        if let (Some(name), Some(span)) = (dropped, &column.span) {
            out.push(
                Diagnostic::error(
                    Code::KeysClash,
                    format!(
                        "the profile {} never reads the column {}",
                        show(&source.profile.name),
                        show(name)
                    ),
                )
                .at(span.clone(), "used here")
                .remedy("Remove it from the plan: it contains password hashes, session tokens or card data"),
            );
        }
    }
}

/// The profile or the plan must name the column of the email address.
fn check_email(
    entry: &Entry,
    reader: &TableReader<'_>,
    profile: Option<&Profile>,
    columns: Option<&TableReader<'_>>,
    out: &mut Diagnostics,
) {
    if let Some(profile) = profile
        && profile.columns.email.is_empty()
        && columns.is_none_or(|columns| columns.optional("email").is_none())
    {
        out.push(
            Diagnostic::error(
                Code::MissingKey,
                format!(
                    "{} does not set which column contains the email address",
                    reader.what()
                ),
            )
            .at(
                entry.key_span.clone(),
                format!("the profile {} does not know it", show(&profile.name)),
            )
            .remedy("Add, for example: columns = { email = \"E-mail\", name = \"Full name\" }"),
        );
    }
}

/// The profile that a source names: a built-in one, or a file of the consultant's own.
fn profile(entry: &Entry, given: &Given<'_>, out: &mut Diagnostics) -> Option<Profile> {
    let name = line(entry, out)?;
    if is_profile_file(name) {
        return match (given.load)(name) {
            Ok(text) => read_profile(name, name, &text, out),
            Err(problem) => {
                out.push(
                    Diagnostic::error(
                        Code::UnknownReference,
                        format!("the profile {} cannot be read: {problem}", show(name)),
                    )
                    .at(entry.node.span.clone(), "this file")
                    .remedy("Give the path of your profile, relative to the plan, or the name of a built-in profile; `rehome profiles` lists them"),
                );
                None
            }
        };
    }
    let profiles = given.known.profiles;
    let found = profiles.iter().find(|profile| profile.name == name);
    if found.is_none() {
        let names: Vec<&str> = profiles.iter().map(|profile| profile.name.as_str()).collect();
        out.push(
            Diagnostic::error(
                Code::UnknownReference,
                format!("there is no profile {}", show(name)),
            )
            .at(entry.node.span.clone(), "unknown profile")
            .remedy(did_you_mean(name, names.iter().copied()).unwrap_or_else(|| {
                format!(
                    "The profiles are {}; `table` reads any table with `columns`",
                    list(&names)
                )
            })),
        );
    }
    found.cloned()
}

fn files(reader: &TableReader<'_>, out: &mut Diagnostics) -> Option<(Files, TextSpan)> {
    match (reader.optional("file"), reader.optional("files")) {
        (Some(file), None) => {
            let path = line(file, out)?;
            Some((Files::One(path.to_owned()), file.node.span.clone()))
        }
        (None, Some(files)) => {
            let pattern = line(files, out)?;
            if pattern.matches('*').count() != 1 {
                out.push(
                    Diagnostic::error(Code::BadPattern, "`files` needs exactly one `*`")
                        .at(files.node.span.clone(), "this pattern")
                        .remedy(
                            "Write, for example: files = \"exports/people-*.csv\"; for one file use `file`",
                        ),
                );
                return None;
            }
            Some((Files::Pattern(pattern.to_owned()), files.node.span.clone()))
        }
        (Some(file), Some(files)) => {
            out.push(
                Diagnostic::error(
                    Code::KeysClash,
                    format!("{} has both `file` and `files`", reader.what()),
                )
                .at(files.key_span.clone(), "this one")
                .at(file.key_span.clone(), "the other")
                .remedy("Keep `file` for one file, or `files` for all that match a pattern"),
            );
            None
        }
        (None, None) => {
            reader.required("file", "file = \"exports/people.csv\"", out);
            None
        }
    }
}

fn maps(
    reader: &TableReader<'_>,
    lists: &ListColumns,
    load: &Load<'_>,
    offerings: &mut Offerings,
    tags: &mut Tags,
    out: &mut Diagnostics,
) -> Vec<ColumnMap> {
    let mut seen: HashMap<String, TextSpan> = HashMap::new();
    let mut maps = Vec::new();
    let map_entry = reader.optional("map");
    let entries = map_entry.and_then(|entry| table(entry, out));
    for entry in entries.map_or(&[][..], |table| &table.entries) {
        let folded = Pattern::fold(&entry.key);
        if let Some(first) = seen.get(&folded) {
            out.push(
                Diagnostic::error(
                    Code::SameLine,
                    format!("the column {} has two maps", show(&entry.key)),
                )
                .at(entry.key_span.clone(), "the second map")
                .at(first.clone(), "the first map")
                .remedy("Put all entries in one map; column names are not case-sensitive"),
            );
        }
        let what = format!("the map of {} in {}", show(&entry.key), reader.what());
        let rules = rules::rules(entry, &what, offerings, tags, out);
        seen.insert(folded, entry.key_span.clone());
        maps.push(ColumnMap {
            column: ColumnUse {
                name: entry.key.clone(),
                span: entry.key_span.clone(),
            },
            separator: None,
            rules,
            files: Vec::new(),
        });
    }
    if let (Some(map), true) = (map_entry, maps.is_empty()) {
        out.push(
            Diagnostic::error(
                Code::DoesNothing,
                format!("`map` of {} names no column", reader.what()),
            )
            .at(map.key_span.clone(), "no column")
            .remedy("Write the column's header after `map`: [sources.people.map.\"Products\"]"),
        );
    }
    map_files::add(reader, load, &mut maps, offerings, tags, out);
    for map in &mut maps {
        map.separator = lists.separator(&map.column.name).map(str::to_owned);
    }
    maps
}
