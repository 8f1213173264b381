//! `[emails.KEY]`: emails that shall exist on the site; nothing here sends any.

use super::choice::EMAIL_VIA;
use super::nearest::show;
use super::offerings::Offerings;
use super::table_reader::{TableReader, bad_value, choice, line, number, texts};
use super::tree::{Entry, Value};
use super::{Load, keyed, shape};
use crate::diagnostics::{Code, Diagnostic, Diagnostics};
use crate::model::{EmailKey, EmailTarget, OfferingKey};

const MAX_EMAILS: usize = 1_000;

pub(super) fn read(
    root: &TableReader<'_>,
    offerings: &Offerings,
    load: &Load<'_>,
    out: &mut Diagnostics,
) -> Vec<EmailTarget> {
    keyed(root, "emails", MAX_EMAILS, out)
        .iter()
        .filter_map(|entry| email(entry, offerings, load, out))
        .collect()
}

fn email(
    entry: &Entry,
    offerings: &Offerings,
    load: &Load<'_>,
    out: &mut Diagnostics,
) -> Option<EmailTarget> {
    let what = format!("[emails.{}]", entry.key);
    let reader = TableReader::open_entry(entry, shape::EMAIL, what, out)?;
    let mut members_of = Vec::new();
    if let Some(list) = reader.required("for", "for = [\"photo-101\"]", out) {
        let keys = texts(list, out);
        if matches!(&list.node.value, Value::List(nodes) if nodes.is_empty()) {
            bad_value(
                list.node.span.clone(),
                format!("{} is for nobody", reader.what()),
                "Name the offerings whose members it is for",
                out,
            );
        }
        for (key, span) in keys {
            if offerings.find(key, &span, out).is_some() {
                members_of.push(OfferingKey::new(key));
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
    let subject = reader
        .required("subject", "subject = \"Your new home\"", out)
        .and_then(|entry| line(entry, out));
    let body = reader
        .required("body", "body = \"emails/welcome.md\"", out)
        .and_then(|entry| body(entry, load, out));
    Some(EmailTarget {
        key: EmailKey::new(&entry.key),
        offerings: members_of,
        via: via?,
        per_hour,
        subject: subject?.to_owned(),
        body: body?,
    })
}

fn body(entry: &Entry, load: &Load<'_>, out: &mut Diagnostics) -> Option<String> {
    let path = line(entry, out)?;
    let (message, remedy) = match load(path) {
        Ok(text) if text.trim().is_empty() => (
            format!("the file {} is empty", show(path)),
            "Write the text of the email into it",
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
