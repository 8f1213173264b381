//! `[emails.KEY]`: emails that should exist on the site; nothing here sends any.

use super::{
    given::{Load, keyed},
    identity::{check_was, item, site_key},
    offerings::Offerings,
    table_keys,
    table_reader::{TableReader, bad_value, choice, line, number, texts},
    tree::{Entry, Value},
    vocabulary::EMAIL_VIA,
};
use crate::{
    diagnostics::{Code, Diagnostic, Diagnostics},
    letter::{self, Part, Problem, Template, Wrong},
    model::{EmailKey, EmailTarget, EmailVia},
    plan::PlanItem,
    text::nearest::{did_you_mean, list, show},
};

const MAX_EMAILS: usize = 1_000;

pub(super) fn read(
    root: &TableReader<'_>,
    offerings: &Offerings,
    load: &Load<'_>,
    out: &mut Diagnostics,
) -> (Vec<EmailTarget>, Vec<PlanItem>) {
    let entries = keyed(root, "emails", MAX_EMAILS, out);
    entries
        .iter()
        .filter_map(|entry| email(entry, entries, offerings, load, out))
        .unzip()
}

fn email(
    entry: &Entry,
    entries: &[Entry],
    offerings: &Offerings,
    load: &Load<'_>,
    out: &mut Diagnostics,
) -> Option<(EmailTarget, PlanItem)> {
    let what = format!("[emails.{}]", entry.key);
    let reader = TableReader::open_entry(entry, table_keys::EMAIL, what, out)?;
    check_was(entry, &reader, entries, out);
    let item = item(entry, Some(&reader), out);
    let mut members_of = Vec::new();
    if let Some(list) = reader.required("for", "for = [\"photo-101\"]", out) {
        let keys = texts(list, out);
        if matches!(&list.node.value, Value::List(nodes) if nodes.is_empty()) {
            bad_value(
                list.node.span.clone(),
                format!("{} has no recipients", reader.what()),
                "List the offerings whose members get it",
                out,
            );
        }
        for (key, span) in keys {
            if let Some(offering) = offerings.find(key, &span, out) {
                members_of.extend(offerings.site_key(offering));
            }
        }
    }
    let via = reader
        .required("via", "via = \"site\"", out)
        .and_then(|entry| choice(entry, EMAIL_VIA, out));
    let per_hour = reader
        .optional("per_hour")
        .and_then(|entry| number(entry, 1, 1_000_000, out))
        .and_then(|number| u32::try_from(number).ok());
    let subject_entry = reader.required("subject", "subject = \"Your new home\"", out);
    let subject = subject_entry.and_then(|entry| line(entry, out));
    let body_entry = reader.required("body", "body = \"emails/welcome.md\"", out);
    let body = body_entry.and_then(|entry| body(entry, load, out));
    // Where a tag starts it, another system fills it, with fields of its own.
    if let (Some(subject), Some(body), Some(EmailVia::Site | EmailVia::File)) = (subject, &body, via) {
        for problem in Template::parse(subject, body).err().unwrap_or_default() {
            let entry = match problem.part {
                Part::Subject => subject_entry,
                Part::Body => body_entry,
            };
            if let Some(entry) = entry {
                out.push(unfit(&problem, reader.what(), entry));
            }
        }
    }
    let target = EmailTarget {
        key: EmailKey::new(site_key(entry)),
        offerings: members_of,
        via: via?,
        per_hour,
        subject: subject?.to_owned(),
        body: body?,
    };
    Some((target, item))
}

fn body(entry: &Entry, load: &Load<'_>, out: &mut Diagnostics) -> Option<String> {
    let path = line(entry, out)?;
    let (message, remedy) = match load(path) {
        Ok(text) if text.trim().is_empty() => (
            format!("the file {} is empty", show(path)),
            "Write the text of the email in this file",
        ),
        Ok(text) => return Some(text),
        Err(problem) => (
            format!("the file {} cannot be read: {problem}", show(path)),
            "Paths are relative to the plan; check the name and that you may read it",
        ),
    };
    out.push(
        Diagnostic::error(Code::BodyUnreadable, message)
            .at(entry.node.span.clone(), "this file")
            .remedy(remedy),
    );
    None
}

/// What is wrong with a text, placed in the plan and, for a body, in its file.
fn unfit(problem: &Problem, what: &str, entry: &Entry) -> Diagnostic {
    let (code, message, note, remedy) = match &problem.wrong {
        Wrong::UnknownField(name) => {
            let known: Vec<&str> = letter::known().collect();
            let all = format!("The merge fields are {}", list(&known));
            let near = did_you_mean(name, letter::known());
            (
                Code::UnknownMergeField,
                format!("{what} uses {}, which is not a merge field", show(name)),
                format!("{} is here", show(name)),
                near.map_or(all.clone(), |near| format!("{near} {all}")),
            )
        }
        Wrong::Unreadable(why) => (
            Code::BadEmailText,
            format!("{what} cannot be filled with the fields of a member: {why}"),
            "here".to_owned(),
            "A field is written `{{ member.first_name }}`; with a fallback for blanks: \
             `{{ member.first_name or \"friend\" }}`"
                .to_owned(),
        ),
        Wrong::Html(html) => (
            Code::BadEmailText,
            format!("{what} contains HTML: {}", show(html)),
            "here".to_owned(),
            "Write Markdown; Rehome turns it into HTML and plain text. Write notes to yourself as `{# ... #}`"
                .to_owned(),
        ),
        Wrong::Link(to) => (
            Code::BadEmailText,
            format!(
                "{what} has a link to {}, which does not work in an email",
                show(to)
            ),
            "here".to_owned(),
            "Write the whole address, with https://, or start it with the site's: `{{ site.url }}/courses`"
                .to_owned(),
        ),
    };
    let diagnostic = Diagnostic::error(code, message);
    let diagnostic =
        match (problem.part, &entry.node.value) {
            (Part::Body, Value::Text(path)) => diagnostic
                .at(entry.node.span.clone(), "in this file")
                .in_file(path.clone(), problem.line, note),
            _ => diagnostic.at(entry.node.span.clone(), note),
        };
    diagnostic.remedy(remedy)
}
