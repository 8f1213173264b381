//! `[sources.KEY.statuses]`, or `[statuses]` of a profile, in; what the words of the column mean out.

use super::columns::{check_pattern, column};
use super::ends::REVOKING;
use super::offerings::Offerings;
use super::table_keys;
use super::table_reader::{TableReader, texts};
use super::tree::Entry;
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    plan::{ColumnMap, Pattern, Profile, RuleEffect, Statuses, TextSpan, UntilDay, Words},
    text::nearest::show,
};

const EXAMPLE: &str = "statuses = { column = \"Status\", gives = [\"active\"], ended = [\"expired\"] }";

/// Reads `statuses` of a source, which must grant something.
pub(super) fn of_source(
    source: &TableReader<'_>,
    profile: Option<&Profile>,
    (maps, each_row): (&[ColumnMap], Option<&RuleEffect>),
    offerings: &Offerings,
    out: &mut Diagnostics,
) -> Option<Statuses> {
    let entry = source.optional("statuses")?;
    let what = format!("statuses of {}", source.what());
    let reader = TableReader::open_entry(entry, table_keys::STATUSES, what, out)?;
    if profile.is_some_and(|profile| profile.event.is_some()) {
        out.push(
            Diagnostic::error(Code::KeysClash, "`statuses` has no meaning where a row is an event")
                .at(entry.key_span.clone(), "does not apply here")
                .remedy("Say with `events` what the words for payments mean, and with `ends` until when they give access"),
        );
        return None;
    }
    let of_maps = maps.iter().flat_map(|map| &map.rules).map(|rule| &rule.effect);
    let granted: Vec<u16> = of_maps
        .chain(each_row)
        .filter_map(|effect| effect.grant)
        .collect();
    // Where something was wrong above, a grant may be there and not be known.
    if granted.is_empty() && !out.has_errors() {
        out.push(
            Diagnostic::error(
                Code::DoesNothing,
                format!("`statuses` has no effect: {} grants nothing", source.what()),
            )
            .at(entry.span(), "no grant that a status decides")
            .remedy("Grant an offering in a map or with each_row, or remove `statuses`; tags do not end"),
        );
    }
    let statuses = read(&reader, entry, false, out)?;
    if statuses.until.is_some() || !statuses.ended.is_empty() {
        offerings.check_revoke(granted, (entry.span(), REVOKING), "`statuses`", out);
    }
    Some(statuses)
}

/// Reads `[statuses]` of a profile, which proposes them.
pub(super) fn of_profile(profile: &TableReader<'_>, out: &mut Diagnostics) -> Option<Statuses> {
    let entry = profile.optional("statuses")?;
    let keys = table_keys::STATUSES.with(["choose"].into_iter());
    let what = format!("statuses of {}", profile.what());
    let reader = TableReader::open_entry(entry, &keys, what, out)?;
    read(&reader, entry, true, out)
}

fn read(
    reader: &TableReader<'_>,
    entry: &Entry,
    may_choose: bool,
    out: &mut Diagnostics,
) -> Option<Statuses> {
    let named = reader
        .required("column", EXAMPLE, out)
        .and_then(|entry| column(entry, out));
    let mut seen: Vec<(String, TextSpan)> = Vec::new();
    let gives = words(reader, "gives", &mut seen, out);
    let until = reader.optional("until").and_then(|entry| {
        let what = format!("`until` of {}", reader.what());
        let until = TableReader::open_entry(entry, table_keys::STATUS_UNTIL, what, out)?;
        let example = "until = { words = [\"cancelled\"], column = \"Expiration Date\" }";
        until.required("words", example, out);
        let column = until
            .required("column", example, out)
            .and_then(|entry| column(entry, out));
        let words = words(&until, "words", &mut seen, out);
        Some(UntilDay {
            words,
            column: column?,
        })
    });
    let ended = words(reader, "ended", &mut seen, out);
    let choose = if may_choose {
        words(reader, "choose", &mut seen, out)
    } else {
        Words::default()
    };
    if seen.is_empty() && !out.has_errors() {
        out.push(
            Diagnostic::error(Code::DoesNothing, format!("{} lists no words", reader.what()))
                .at(entry.key_span.clone(), "no words")
                .remedy("List each word of the column in `gives`, `until` or `ended`"),
        );
    }
    Some(Statuses {
        column: named?,
        gives,
        until,
        ended,
        choose,
        span: entry.key_span.clone(),
    })
}

/// The words of one list; a word that another list has as well is an error.
fn words(
    reader: &TableReader<'_>,
    key: &str,
    seen: &mut Vec<(String, TextSpan)>,
    out: &mut Diagnostics,
) -> Words {
    let listed = reader
        .optional(key)
        .map(|entry| texts(entry, out))
        .unwrap_or_default();
    for (word, span) in &listed {
        check_pattern(word, span, out);
        let folded = Pattern::fold(word);
        if let Some((_, first)) = seen.iter().find(|(known, _)| *known == folded) {
            out.push(
                Diagnostic::error(
                    Code::SameLine,
                    format!("the status {} is listed twice", show(word)),
                )
                .at(span.clone(), "the second one")
                .at(first.clone(), "the first one")
                .remedy("Keep it in one of the lists"),
            );
        } else {
            seen.push((folded, span.clone()));
        }
    }
    Words::new(listed.iter().map(|(word, _)| *word))
}
