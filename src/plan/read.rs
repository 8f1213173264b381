//! Plan text in, a validated [`Plan`] out, or all that is wrong with it at once.

mod absence;
mod bundles;
mod checkpoints;
mod columns;
mod conditions;
mod corrections;
mod dates;
mod emails;
mod ends;
mod environments;
mod events;
mod expect;
mod fields;
mod list_cells;
mod logins;
mod map_files;
mod offerings;
mod policy;
mod release;
mod release_text;
mod rules;
mod same_people;
mod sheet;
mod site;
mod sources;
pub(super) mod table_keys;
mod table_reader;
mod tags;
mod tree;
pub(super) mod vocabulary;

#[cfg(test)]
mod tests;

use toml::de::DeTable;

use self::table_reader::{TableReader, check_key, line, table};
use self::tree::{Entry, Table, Value};
use super::Plan;
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::model::{Email, Profile, Targets};
use crate::text::nearest::show;

/// The longest plan that is read, in bytes.
pub const MAX_PLAN_BYTES: usize = 4 * 1024 * 1024;

/// More syntax errors than this are counted, not shown.
const MAX_SYNTAX_ERRORS: usize = 50;

/// More diagnostics than this are counted, not kept: no person reads them.
const MAX_DIAGNOSTICS: usize = 1_000;

/// Reads a file that the plan names by a path relative to itself; the error is a sentence.
type Load<'a> = dyn Fn(&str) -> Result<String, String> + 'a;

/// What reading needs beside the plan's text.
struct Given<'a> {
    environment: Option<&'a str>,
    profiles: &'a [Profile],
    load: &'a Load<'a>,
}

/// The text of a plan's bytes: UTF-8, with or without a byte order mark.
pub fn text_of(bytes: &[u8]) -> Result<&str, Diagnostic> {
    let unreadable = |message: String, remedy: &str| {
        Diagnostic::error(Code::PlanUnreadable, message).remedy(remedy.to_owned())
    };
    if bytes.len() > MAX_PLAN_BYTES {
        return Err(too_long(bytes.len()));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(unreadable(
            "the plan is saved as UTF-16".to_owned(),
            "Save it as UTF-8 in your editor",
        ));
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        let message = format!(
            "the plan holds a NUL byte on line {}: it is no text file",
            line_of(bytes, at)
        );
        return Err(unreadable(
            message,
            "Give the plan's text file, not a database, spreadsheet or archive",
        ));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        unreadable(
            format!(
                "the plan is not UTF-8 text: the first wrong byte is on line {}",
                line_of(bytes, error.valid_up_to())
            ),
            "Save it as UTF-8 in your editor",
        )
    })
}

fn line_of(bytes: &[u8], at: usize) -> usize {
    bytes.iter().take(at).filter(|byte| **byte == b'\n').count() + 1
}

fn too_long(len: usize) -> Diagnostic {
    Diagnostic::error(
        Code::PlanUnreadable,
        format!("the plan is {len} bytes long; at most {MAX_PLAN_BYTES} are read"),
    )
    .remedy("Check that this is the plan and not an export; use patterns with `*` for long maps")
}

/// Reads a plan for an environment. Reports everything that is wrong; `None` only if something is.
///
/// `load` reads a file that the plan names (the body of an email, a mapping file, corrections), by its path
/// relative to the plan.
pub fn read(
    text: &str,
    environment: Option<&str>,
    profiles: &[Profile],
    load: &dyn Fn(&str) -> Result<String, String>,
    out: &mut Diagnostics,
) -> Option<Plan> {
    let mut found = Diagnostics::default();
    let given = Given {
        environment,
        profiles,
        load,
    };
    let plan = parse(text, &mut found).and_then(|root| {
        let chosen = environments::choose(&root, environment, &mut found);
        let plan = plan_of(&chosen, &given, &mut found);
        environments::check_others(&root, &given, &mut found);
        plan
    });
    let plan = plan.filter(|_| !found.has_errors());
    let more = found.cut(MAX_DIAGNOSTICS);
    if more > 0 {
        let message = format!("{more} more places of the plan are wrong or doubtful");
        let diagnostic = match plan {
            Some(_) => Diagnostic::warning(Code::TooMany, message),
            None => Diagnostic::error(Code::TooMany, message),
        };
        out.push(diagnostic.remedy("Mend those that are shown first"));
    }
    out.append(found);
    plan
}

fn parse(text: &str, out: &mut Diagnostics) -> Option<Table> {
    if text.len() > MAX_PLAN_BYTES {
        out.push(too_long(text.len()));
        return None;
    }
    let (root, errors) = DeTable::parse_recoverable(text);
    let root = tree::convert(root.into_inner(), out);
    let only_doubles = errors.iter().all(|error| error.message() == "duplicate key");
    for error in errors.iter().take(MAX_SYNTAX_ERRORS) {
        out.push(syntax_error(error));
    }
    if let Some(more) = errors
        .len()
        .checked_sub(MAX_SYNTAX_ERRORS)
        .filter(|more| *more > 0)
    {
        out.push(Diagnostic::error(
            Code::Syntax,
            format!("{more} more places are not TOML"),
        ));
    }
    // What a broken text leaves behind would only give misleading errors; doubled keys leave all behind.
    only_doubles.then_some(root)
}

fn syntax_error(error: &toml::de::Error) -> Diagnostic {
    let span = error.span().unwrap_or(0..0);
    if error.message() == "duplicate key" {
        return Diagnostic::error(Code::Syntax, "the same key is given twice")
            .at(span, "the second time")
            .remedy("Keep one of the two");
    }
    Diagnostic::error(Code::Syntax, format!("this is not TOML: {}", error.message()))
        .at(span, "here")
        .remedy(
            "Texts stand in quotes, tables in [brackets] on a line of their own, lists in [ … ] with commas",
        )
}

/// The plan of a tree in which the environment is laid over already.
fn plan_of(root: &Table, given: &Given<'_>, out: &mut Diagnostics) -> Option<Plan> {
    let root = TableReader::open(root, table_keys::PLAN, "the plan", 0..0, out);
    let (migration, as_of) = migration(&root, out);
    let site = site::site(&root, out);
    let contacts = site::contacts(&root, out);
    let members = policy::members(&root, out);
    let canary = canary(&root, out);
    let mut names = tags::TagNames::default();
    let mut offerings = offerings::read(&root, &mut names, out);
    let mut tags = tags::read(&root, &mut names, out);
    let emails = emails::read(&root, &offerings, given.load, out);
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
            environment: given.environment.map(ToOwned::to_owned),
            site: site?,
            contacts: contacts?,
            offerings: offerings.targets,
            tags: tags.targets,
            emails,
            checkpoints,
            canary,
        },
        as_of,
        members,
        sources,
        policy,
        expect,
        same,
        reaches: offerings.reaches,
    })
}

fn migration(root: &TableReader<'_>, out: &mut Diagnostics) -> (Option<String>, Option<jiff::civil::Date>) {
    let Some(reader) = root
        .required(
            "migration",
            "[migration] and, below it, name = \"spring-move\"",
            out,
        )
        .and_then(|entry| TableReader::open_entry(entry, table_keys::MIGRATION, "[migration]", out))
    else {
        return (None, None);
    };
    let name = reader
        .required("name", "name = \"spring-move\"", out)
        .and_then(|entry| migration_name(entry, out));
    let as_of = reader.optional("as_of").and_then(|entry| date(entry, out));
    (name, as_of)
}

/// The name stands on the site beside what was granted, and names the folder of the state.
fn migration_name(entry: &Entry, out: &mut Diagnostics) -> Option<String> {
    let name = line(entry, out)?;
    let fits = name.chars().count() <= 100 && !name.starts_with('.') && !name.contains(['/', '\\', ':']);
    if !fits {
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

fn date(entry: &Entry, out: &mut Diagnostics) -> Option<jiff::civil::Date> {
    if let Value::Date(Some(date)) = entry.node.value {
        return Some(date);
    }
    out.push(
        Diagnostic::error(Code::WrongType, format!("{} must be a day", show(&entry.key)))
            .at(
                entry.node.span.clone(),
                format!("this is {}", entry.node.value.kind()),
            )
            .remedy("Write the day without quotes and without a time, for example: as_of = 2026-12-01"),
    );
    None
}

fn canary(root: &TableReader<'_>, out: &mut Diagnostics) -> Option<Email> {
    let entry = root.optional("canary")?;
    let reader = TableReader::open_entry(entry, table_keys::CANARY, "[canary]", out)?;
    let entry = reader.required("email", "email = \"test.member@your-domain.example\"", out)?;
    let text = line(entry, out)?;
    let email = Email::from_normalised(text);
    if email.is_none() {
        let lower = text.to_lowercase();
        let remedy = match Email::from_normalised(&lower) {
            Some(lower) => format!("Write it in small letters: email = \"{lower}\""),
            None => "Write the bare address, such as test.member@your-domain.example, at most 100 characters"
                .to_owned(),
        };
        table_reader::bad_value(
            entry.node.span.clone(),
            format!("{} is not an e-mail address as members are known by", show(text)),
            remedy,
            out,
        );
    }
    email
}

/// True where a table that must have entries is not there, or has none.
fn is_missing(root: &TableReader<'_>, name: &str) -> bool {
    root.optional(name)
        .is_none_or(|entry| matches!(&entry.node.value, Value::Table(table) if table.entries.is_empty()))
}

/// The entries of a table whose keys the author chose: `[offerings.KEY]`. At most `max` of them.
fn keyed<'t>(root: &TableReader<'t>, name: &str, max: usize, out: &mut Diagnostics) -> &'t [Entry] {
    let entries = keyed_by_text(root, name, max, out);
    for entry in entries {
        check_key(entry, out);
    }
    entries
}

/// The entries of a table whose keys are any text. At most `max` of them.
fn keyed_by_text<'t>(root: &TableReader<'t>, name: &str, max: usize, out: &mut Diagnostics) -> &'t [Entry] {
    let Some(entry) = root.optional(name) else {
        return &[];
    };
    let Some(table) = table(entry, out) else {
        return &[];
    };
    if let Some(first_too_many) = table.entries.get(max) {
        out.push(
            Diagnostic::error(
                Code::TooMany,
                format!(
                    "the plan has {} {name}; at most {max} are read",
                    table.entries.len()
                ),
            )
            .at(first_too_many.key_span.clone(), "the first too many")
            .remedy("Split the plan into several migrations"),
        );
    }
    table.entries.get(..max).unwrap_or(&table.entries)
}
