//! The tables of a plan in; the validated plan out.

use super::{
    checkpoints, contacts, dates, emails, expect,
    given::Given,
    offerings, policy, same_people, site, sources, table_keys,
    table_reader::{self, TableReader, line, texts},
    tags,
    tree::{Entry, Table, Value},
};
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    model::{Email, Targets, Zone, is_folder_name},
    plan::Plan,
    text::nearest::show,
};

/// The plan of a tree in which the environment is laid over already.
pub(crate) fn plan_of(root: &Table, given: &Given<'_>, out: &mut Diagnostics) -> Option<Plan> {
    let root = TableReader::open(root, table_keys::PLAN, "the plan", 0..0, out);
    let (migration, was, as_of, zone) = migration(&root, out);
    let site = site::site(&root, out);
    let contacts = contacts::contacts(&root, given.known.systems, out);
    let members = policy::members(&root, out);
    let canary = canary(&root, out);
    let mut names = tags::TagNames::default();
    let mut offerings = offerings::read(&root, &mut names, out);
    let mut tags = tags::read(&root, contacts.as_ref(), &mut names, out);
    let (emails, email_items) = emails::read(&root, &offerings, given.load, out);
    let checkpoints = checkpoints::read(&root, out);
    let sources = sources::read(&root, given, &mut offerings, &mut tags, out);
    let same = same_people::read(&root, out);
    let policy = policy::policy(&root, out);
    let expect = expect::read(&root, &offerings, out);
    // A reference that failed would leave its target looking unused.
    if !out.has_errors() {
        expect::check(&expect, &offerings, out);
    }
    if !out.has_errors() {
        offerings.warn_of_unused(out);
        tags.warn_of_unused(out);
    }
    Some(Plan {
        targets: Targets {
            migration: migration?,
            was,
            environment: given.environment.map(ToOwned::to_owned),
            standing_checkpoints: checkpoints::standing(
                site.as_ref()?,
                contacts.as_ref()?,
                given.known.systems,
            ),
            site: site?,
            contacts: contacts?,
            offerings: offerings.targets,
            tags: tags.targets,
            emails,
            checkpoints,
            canary,
        },
        tag_entries: tags.entries,
        offering_items: offerings.items,
        email_items,
        as_of,
        zone,
        members,
        sources,
        policy,
        expect,
        same,
        reaches: offerings.reaches,
    })
}

pub(crate) fn migration(
    root: &TableReader<'_>,
    out: &mut Diagnostics,
) -> (
    Option<String>,
    Vec<String>,
    Option<jiff::civil::Date>,
    Option<Zone>,
) {
    let Some(reader) = root
        .required(
            "migration",
            "[migration] and, below it, name = \"spring-move\"",
            out,
        )
        .and_then(|entry| TableReader::open_entry(entry, table_keys::MIGRATION, "[migration]", out))
    else {
        return (None, Vec::new(), None, None);
    };
    let name = reader
        .required("name", "name = \"spring-move\"", out)
        .and_then(|entry| migration_name(entry, out));
    let was = reader.optional("was").map(|entry| texts(entry, out));
    let was = was.unwrap_or_default().into_iter();
    let was = was.map(|(name, _)| name.to_owned()).collect();
    let as_of = reader.optional("as_of").and_then(|entry| date(entry, out));
    let zone = reader.optional("zone").and_then(|entry| dates::zone(entry, out));
    if let (Some(day), Some(zone)) = (reader.optional("as_of"), reader.optional("zone")) {
        out.push(
            Diagnostic::warning(Code::Unused, "`zone` has no effect beside `as_of`")
                .at(zone.key_span.clone(), "no effect")
                .at(day.key_span.clone(), "the day is fixed here")
                .remedy(
                    "Keep `zone` if the plan is to follow the calendar, `as_of` if it is to stay on one day",
                ),
        );
    }
    (name, was, as_of, zone)
}

/// The site stores the name with every grant, and it names the folder of the run state.
pub(crate) fn migration_name(entry: &Entry, out: &mut Diagnostics) -> Option<String> {
    let name = line(entry, out)?;
    if !is_folder_name(name) {
        table_reader::bad_value(
            entry.node.span.clone(),
            "the migration's name cannot be used as the name of a folder",
            "Use at most 100 characters without / \\ and :, and no dot at the start",
            out,
        );
        return None;
    }
    Some(name.to_owned())
}

pub(crate) fn date(entry: &Entry, out: &mut Diagnostics) -> Option<jiff::civil::Date> {
    if let Value::Date(Some(date)) = entry.node.value {
        return Some(date);
    }
    out.push(
        Diagnostic::error(Code::WrongType, format!("{} must be a date", show(&entry.key)))
            .at(
                entry.node.span.clone(),
                format!("this is {}", entry.node.value.kind()),
            )
            .remedy("Write the date without quotes and without a time, for example: as_of = 2026-12-01"),
    );
    None
}

pub(crate) fn canary(root: &TableReader<'_>, out: &mut Diagnostics) -> Option<Email> {
    let entry = root.optional("canary")?;
    let reader = TableReader::open_entry(entry, table_keys::CANARY, "[canary]", out)?;
    let entry = reader.required("email", "email = \"test.member@your-domain.example\"", out)?;
    let text = line(entry, out)?;
    let email = Email::from_normalised(text);
    if email.is_none() {
        let lower = text.to_lowercase();
        let remedy = match Email::from_normalised(&lower) {
            Some(lower) => format!("Write it in lowercase: email = \"{lower}\""),
            None => {
                "Write only the address, such as test.member@your-domain.example, with at most 100 characters"
                    .to_owned()
            }
        };
        table_reader::bad_value(
            entry.node.span.clone(),
            format!("{} is not a valid email address for a member", show(text)),
            remedy,
            out,
        );
    }
    email
}
