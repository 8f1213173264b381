//! `rehome explain`: a plan and an address in, one member's story out; or a code or a word in, what it means out.

use super::{
    Exit, Printer,
    args::ExplainVerb,
    common::{NEAREST, address, moment, read_plan},
    progress::Progress,
    shared_args::Format,
};
use crate::text::printable;
use crate::{
    app::{AppError, explain},
    diagnostics::{self, Code},
    diff::{KeptAccess, NotWanted},
    model::{FindingCode, Reason},
    report::{explain_json, explain_text},
    text::nearest::nearest_few,
    wanted::LeftOut,
};

pub(super) fn run(verb: &ExplainVerb, printer: &mut Printer) -> Result<Exit, AppError> {
    let Some(email) = &verb.email else {
        return code(&verb.subject.to_string_lossy(), verb.format, printer);
    };
    let email = address(email)?;
    let file = read_plan(&verb.subject, verb.env.as_deref(), printer)?;
    let progress = Progress::new();
    let story = explain(&file, &email, moment(), &progress);
    progress.clear();
    let (story, nearest) = story?;
    if let Some(nearest) = nearest {
        printer.say(&format!(
            "No source has this address. The nearest one: {}\n",
            printable(&nearest)
        ));
    }
    match verb.format {
        Format::Text => printer.result(&explain_text(&story)),
        Format::Json => printer.json(&explain_json(&story)),
    }
    Ok(Exit::Done)
}

fn code(wanted: &str, format: Format, printer: &mut Printer) -> Result<Exit, AppError> {
    if std::path::Path::new(wanted).is_file() {
        return Err(AppError::Usage(format!(
            "\"{}\" is a file; add a member's address, for example: rehome explain {} ana@example.com",
            printable(wanted),
            printable(wanted)
        )));
    }
    let code = diagnostics::explain(wanted).or_else(|| short(wanted));
    let parts: Vec<String> = code
        .into_iter()
        .chain(diagnostics::explain_term(wanted))
        .collect();
    let text = parts.join("\n");
    if parts.is_empty() {
        let words = diagnostics::terms().map(|(term, _)| term);
        let near = nearest_few(wanted.trim(), all_codes().into_iter().chain(words), NEAREST);
        return Err(AppError::Usage(format!(
            "there is no code or word \"{}\". The nearest: {}. To explain a member: rehome explain PLAN EMAIL",
            printable(wanted),
            near.join(", ")
        )));
    }
    match format {
        Format::Text => printer.result(&text),
        Format::Json => printer.json(&serde_json::json!({ "version": 1, "text": text })),
    }
    Ok(Exit::Done)
}

/// Codes whose whole meaning is a sentence: findings, reasons, and why a member is left out.
fn short(wanted: &str) -> Option<String> {
    let same = |code: &str| code.eq_ignore_ascii_case(wanted.trim());
    let mut text = String::new();
    for finding in FindingCode::ALL.iter().filter(|one| same(one.code())) {
        let treated = if finding.rejects() {
            "The record is rejected. The source's rejected.csv (rehome plan PLAN --lists DIR) lists it with this reason, ready to be fixed and read again."
        } else {
            "It stops nothing. rehome audit PLAN lists every place."
        };
        text.push_str(&format!(
            "{}, a finding about the data: {}.\n\n{treated}\n",
            finding.code(),
            finding.sentence()
        ));
    }
    for reason in Reason::OWN.iter().filter(|one| same(one.code())) {
        text.push_str(&format!(
            "{}, the reason for a change: {}.\n\nrehome explain PLAN EMAIL shows which records cause it for one member.\n",
            reason.code(),
            reason.sentence()
        ));
    }
    for left in LeftOut::OWN.iter().filter(|one| same(one.code())) {
        text.push_str(&format!(
            "{}, why a member of the sources becomes neither a user nor a contact: {}.\n\n[members] in the plan sets who becomes what.\n",
            left.code(),
            left.sentence()
        ));
    }
    let others = KeptAccess::OWN.iter().filter(|one| same(one.code()));
    for (code, sentence) in others.map(|one| (one.code(), one.sentence())) {
        text.push_str(&format!(
            "{code}, why a member keeps access to an offering that no record grants: {sentence}.\n\nrehome plan PLAN counts them as other holders of the offering.\n"
        ));
    }
    for not_wanted in NotWanted::OWN.iter().filter(|one| same(one.code())) {
        text.push_str(&format!(
            "{}, why a member does not get an offering on the site although a record grants it: {}.\n\n[members] in the plan sets who becomes what.\n",
            not_wanted.code(),
            not_wanted.sentence()
        ));
    }
    (!text.is_empty()).then_some(text)
}

fn all_codes() -> Vec<&'static str> {
    let mut all: Vec<&str> = Code::ALL
        .iter()
        .flat_map(|one| [one.code(), one.slug()])
        .collect();
    all.extend(FindingCode::ALL.iter().map(|one| one.code()));
    all.extend(Reason::OWN.iter().map(|one| one.code()));
    all.extend(LeftOut::OWN.iter().map(|one| one.code()));
    all.extend(KeptAccess::OWN.iter().map(|one| one.code()));
    all.extend(NotWanted::OWN.iter().map(|one| one.code()));
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_that_a_report_shows_is_explained() {
        for code in all_codes() {
            assert!(
                diagnostics::explain(code).or_else(|| short(code)).is_some(),
                "{code}"
            );
        }
    }

    #[test]
    fn a_code_that_means_two_things_is_explained_in_both_senses() {
        let text = short("nothing-granted").expect("known");
        assert!(text.contains("reason for a change") && text.contains("neither a user nor a contact"));
    }
}
