//! `release`: how much of an offering with modules a grant opens.

use super::columns::column;
use super::offerings::Offerings;
use super::table_keys;
use super::table_reader::{TableReader, bad_value, choice, number, text};
use super::tree::{Entry, Table, Value};
use super::vocabulary::{RELEASE, ReleaseWord};
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    model::Period,
    plan::{Release, TextSpan},
    text::nearest::show,
};

const EXAMPLE: &str =
    "\"all\", \"start\", { modules = 3 } or { from = \"Activated At\", every = \"7 days\" }";

/// Reads `release`; whether it fits the grant is [`check`]ed.
pub(super) fn release(entry: &Entry, out: &mut Diagnostics) -> Option<Release> {
    match &entry.node.value {
        Value::Text(_) => choice(entry, RELEASE, out).map(|word| match word {
            ReleaseWord::All => Release::All,
            ReleaseWord::Start => Release::Modules(1),
        }),
        Value::Table(table) => parts(entry, table, out),
        other => {
            out.push(
                Diagnostic::error(
                    Code::WrongType,
                    format!("`release` must be a word or a table, not {}", other.kind()),
                )
                .at(entry.node.span.clone(), format!("this is {}", other.kind()))
                .remedy(format!("Write {EXAMPLE}")),
            );
            None
        }
    }
}

fn parts(entry: &Entry, table: &Table, out: &mut Diagnostics) -> Option<Release> {
    let reader = TableReader::open(
        table,
        table_keys::RELEASE,
        "`release`",
        entry.key_span.clone(),
        out,
    );
    let (modules, from, every) = (
        reader.optional("modules"),
        reader.optional("from"),
        reader.optional("every"),
    );
    match (modules, from.or(every)) {
        (Some(modules), Some(drip)) => {
            out.push(
                Diagnostic::error(
                    Code::KeysClash,
                    format!(
                        "`modules` and {} exclude each other in `release`",
                        show(&drip.key)
                    ),
                )
                .at(drip.key_span.clone(), "opens one module after another")
                .at(modules.key_span.clone(), "opens a fixed number")
                .remedy("Keep `modules`, or `from` and `every`"),
            );
            None
        }
        (Some(modules), None) => {
            let count = number(modules, 1, u64::from(super::offerings::MAX_MODULES), out)?;
            u16::try_from(count).ok().map(Release::Modules)
        }
        (None, Some(_)) => {
            let example = "{ from = \"Activated At\", every = \"7 days\" }";
            let from = reader.required("from", example, out);
            let every = reader.required("every", example, out);
            let from = from.and_then(|entry| column(entry, out));
            let every = every.and_then(|entry| period(entry, out));
            Some(Release::Drip {
                from: from?,
                every: every?,
            })
        }
        (None, None) => {
            if table.entries.is_empty() {
                out.push(
                    Diagnostic::error(Code::DoesNothing, "`release` is empty")
                        .at(entry.span(), "has no effect")
                        .remedy(format!("Write {EXAMPLE}")),
                );
            }
            None
        }
    }
}

/// `"7 days"`, `"1 month"`.
pub(super) fn period(entry: &Entry, out: &mut Diagnostics) -> Option<Period> {
    let written = text(entry, out)?;
    let period = written.parse().ok();
    if period.is_none() {
        bad_value(
            entry.node.span.clone(),
            format!("{} cannot be {}", show(&entry.key), show(written)),
            "Write days, weeks, months or years, such as \"7 days\", \"2 weeks\" or \"1 month\", at most ten years",
            out,
        );
    }
    period
}

/// What a line says of grant and release, as far as it could be read.
#[derive(Debug, Clone)]
pub(super) struct Granting<'a> {
    /// Where `grant` is, and the offering that it names.
    pub(super) grant: Option<(TextSpan, Option<u16>)>,
    /// The place of the key `release`, of the whole entry, and its value.
    pub(super) release: Option<(TextSpan, TextSpan, Option<&'a Release>)>,
}

/// A grant that reaches modules says how many it opens, and no other one does.
pub(super) fn check(granting: &Granting<'_>, offerings: &Offerings, out: &mut Diagnostics) {
    let Granting { grant, release } = granting;
    let Some((grant, offering)) = grant else {
        if let Some((release, ..)) = release {
            out.push(
                Diagnostic::error(Code::KeysClash, "`release` sets how much a grant opens")
                    .at(release.clone(), "no `grant` here")
                    .remedy("Add the grant, or remove `release`"),
            );
        }
        return;
    };
    let Some(offering) = offering else { return };
    let with_modules = offerings.with_modules(*offering);
    if with_modules.iter().any(|reached| reached.modules == 0) {
        // How many there are could not be read.
        return;
    }
    match release {
        None if with_modules.is_empty() => {}
        None => {
            let mut diagnostic = Diagnostic::error(
                Code::ReleaseMissing,
                "the grant does not set how much of an offering with modules it opens",
            )
            .at(grant.clone(), "no `release` here");
            for reached in with_modules.iter().take(5) {
                let note = format!("{} has {} modules", show(reached.key.as_str()), reached.modules);
                diagnostic = diagnostic.at(reached.span.clone(), note);
            }
            out.push(diagnostic.remedy(format!("Add release = {EXAMPLE}")));
        }
        Some((_, release, _)) if with_modules.is_empty() => {
            let (key, span) = offerings.place(*offering);
            out.push(
                Diagnostic::error(
                    Code::ReleaseWithoutModules,
                    format!("the offering {} has no modules to release", show(key)),
                )
                .at(release.clone(), "nothing to release")
                .at(span, "no `modules` here, nor in what it includes")
                .remedy("Remove `release`, or set how many modules the offering has: modules = 6"),
            );
        }
        Some((_, release, Some(Release::Modules(count)))) => {
            let largest = with_modules.iter().max_by_key(|reached| reached.modules);
            let Some(largest) = largest.filter(|largest| largest.modules < usize::from(*count)) else {
                return;
            };
            out.push(
                Diagnostic::error(
                    Code::BadValue,
                    format!(
                        "`release` opens {count} modules, but there are {}",
                        largest.modules
                    ),
                )
                .at(release.clone(), "too many")
                .at(
                    largest.span.clone(),
                    format!("{} has {} modules", show(largest.key.as_str()), largest.modules),
                )
                .remedy("Write how many are open now, or \"all\" for everything, now and later"),
            );
        }
        Some(_) => {}
    }
}
