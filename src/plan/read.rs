//! Plan text in, a validated [`Plan`] out, or all that is wrong with it at once.

mod absence;
mod bundles;
mod checkpoints;
mod columns;
mod conditions;
mod consequences;
mod contacts;
mod corrections;
mod dates;
mod described;
mod emails;
mod ends;
mod environments;
mod events;
mod expect;
mod field_words;
mod fields;
mod given;
mod identity;
mod list_cells;
mod logins;
mod map_files;
mod offerings;
mod parse;
mod policy;
mod profile_file;
mod profile_keys;
mod profile_merge;
mod profile_rules;
mod release;
mod release_text;
mod rules;
mod same_people;
mod sheet;
mod site;
mod sources;
mod statuses;
mod system_keys;
pub(super) mod table_keys;
mod table_reader;
mod tags;
pub(super) mod tree;
pub(super) mod vocabulary;

mod whole_plan;

#[cfg(test)]
pub(in crate::plan) mod tests;

pub use given::Known;
pub use profile_file::{is_profile_file, read_profile};

use super::{
    Plan,
    read::{given::Given, parse::parse, whole_plan::plan_of},
};
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    text::amount,
};

/// The longest plan that is read, in bytes.
pub const MAX_PLAN_BYTES: usize = 4 * 1024 * 1024;

/// More diagnostics than this are counted, not kept: no person reads them.
const MAX_DIAGNOSTICS: usize = 1_000;

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
            "the plan contains a NUL byte on line {}: it is not a text file",
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
        format!(
            "the plan is {} bytes long; at most {} are read",
            amount(len as u64),
            amount(MAX_PLAN_BYTES as u64)
        ),
    )
    .remedy("Check that this is the plan and not an export; use patterns with `*` for long maps")
}

/// Reads a plan for an environment. Reports everything that is wrong; `None` only if something is.
///
/// `load` reads a file that the plan names (the body of an email, a mapping file, an own profile), by its path
/// relative to the plan.
pub fn read(
    text: &str,
    environment: Option<&str>,
    known: Known<'_>,
    load: &dyn Fn(&str) -> Result<String, String>,
    out: &mut Diagnostics,
) -> Option<Plan> {
    let mut found = Diagnostics::default();
    let given = Given {
        environment,
        known,
        load,
    };
    let root = if text.len() > MAX_PLAN_BYTES {
        found.push(too_long(text.len()));
        None
    } else {
        parse(text, &mut found)
    };
    let plan = root.and_then(|root| {
        let chosen = environments::choose(&root, &given, &mut found);
        let plan = plan_of(&chosen, &given, &mut found);
        environments::check_others(&root, &given, &mut found);
        plan
    });
    let mut found = consequences::without(&found);
    let plan = plan.filter(|_| !found.has_errors());
    let more = found.cut(MAX_DIAGNOSTICS);
    if more > 0 {
        let message = format!("{more} more problems in the plan are not shown");
        let diagnostic = match plan {
            Some(_) => Diagnostic::warning(Code::TooMany, message),
            None => Diagnostic::error(Code::TooMany, message),
        };
        out.push(diagnostic.remedy("Fix the ones shown first"));
    }
    out.append(found);
    plan
}
