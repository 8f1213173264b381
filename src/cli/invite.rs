//! `rehome invite`: a plan in; its emails sent, and what came of them, out.

use std::collections::BTreeSet;

use super::{
    Exit, Printer,
    common::{address, again, asked, moment, now_ms, read_plan},
    invite_args::InviteVerb,
    progress::Progress,
    shared_args::Format,
};
use crate::run::Reply;
use crate::{
    app::{
        AppError, EmailReport, InviteEnd, InviteHost, InviteOptions, InviteView, Invited, Listed,
        ViewedEmail, invite,
    },
    model::EmailVia,
    text::{amount, counted},
};

/// People of a list who are named.
const NAMED: usize = 20;
/// Lines of an email that are shown.
const LINES: usize = 30;

pub(super) fn run(verb: &InviteVerb, printer: &mut Printer) -> Result<Exit, AppError> {
    let options = InviteOptions {
        state: verb.plan.state.clone(),
        emails: verb.email.clone(),
        yes: verb.yes,
        limit: verb.limit,
        again: verb
            .again
            .iter()
            .map(|text| address(text))
            .collect::<Result<BTreeSet<_>, _>>()?,
        to: verb.to.as_deref().map(address).transpose()?,
        out: verb.out.clone(),
        from: verb.from.as_deref().map(sender).transpose()?,
    };
    let file = read_plan(&verb.plan.plan, verb.plan.env.as_deref(), printer)?;
    let progress = Progress::new();
    let mut terminal = Terminal {
        verb,
        progress: &progress,
        printer,
        said: None,
    };
    let invited = invite(&file, moment(), &options, &mut terminal, &progress);
    progress.clear();
    let invited = invited?;
    match verb.format {
        Format::Json => printer.json(&json(&invited)),
        Format::Text => printer.result(&text(&invited, verb)),
    }
    if let InviteEnd::Interrupted | InviteEnd::MailerFails { .. } | InviteEnd::Stopped { .. } = invited.end {
        printer.say(&format!("To resume: rehome invite {}\n", command(verb)));
    }
    Ok(exit(&invited))
}

/// Name and address of a sender.
fn sender(text: &str) -> Result<(String, String), AppError> {
    let (name, inner) = match text
        .trim()
        .strip_suffix('>')
        .and_then(|text| text.rsplit_once('<'))
    {
        Some((name, inner)) => (name.trim().trim_matches('"').trim(), inner),
        None => ("", text),
    };
    if name.chars().any(char::is_control) {
        return Err(AppError::Usage(
            "the name in --from contains control characters".to_owned(),
        ));
    }
    Ok((name.to_owned(), address(inner)?))
}

/// How a next command names the same plan and email.
fn command(verb: &InviteVerb) -> String {
    let mut text = again(&verb.plan);
    for key in &verb.email {
        text.push_str(&format!(" --email {key}"));
    }
    if let Some(out) = &verb.out {
        text.push_str(&format!(" --out {}", out.display()));
    }
    text
}

fn exit(invited: &Invited) -> Exit {
    let troubled = |report: &EmailReport| report.new_troubles > 0 || !report.not_again.is_empty();
    match &invited.end {
        InviteEnd::Done | InviteEnd::Nothing if invited.emails.iter().any(troubled) => Exit::Partly,
        InviteEnd::Done | InviteEnd::Nothing => Exit::Done,
        InviteEnd::Tested { mails } if mails.iter().all(|(_, _, why)| why.is_none()) => Exit::Done,
        InviteEnd::Tested { .. } | InviteEnd::Declined | InviteEnd::Stopped { .. } => Exit::Error,
        InviteEnd::MailerFails { .. } => Exit::Partly,
        InviteEnd::Interrupted => Exit::Interrupted,
    }
}

fn json(invited: &Invited) -> serde_json::Value {
    let mut value = serde_json::to_value(invited).unwrap_or_default();
    value["version"] = 1.into();
    value
}

fn text(invited: &Invited, verb: &InviteVerb) -> String {
    let mut text = String::new();
    for key in &invited.by_tag {
        text.push_str(&format!(
            "{key}: started by a tag (via = \"tag\"), so nothing is sent from here. The automation that sends it belongs into \
             AccessAlly or the contact system; it runs when `rehome apply` gives the tag.\n"
        ));
    }
    if invited.end != InviteEnd::Declined {
        for report in &invited.emails {
            text.push_str(&report_text(report, verb));
            if invited.end == InviteEnd::Nothing {
                // Nothing was shown before.
                text.push_str(&left_out_text(report));
            }
        }
    }
    match &invited.end {
        InviteEnd::Done => {}
        InviteEnd::Nothing if invited.emails.is_empty() && invited.by_tag.is_empty() => {
            text.push_str("Nothing to do: the plan has no emails.\n");
        }
        InviteEnd::Nothing => text.push_str("Nothing to do: there is no one to email.\n"),
        InviteEnd::Declined => text.push_str("Nothing was sent, because it was not confirmed.\n"),
        InviteEnd::Interrupted => text.push_str("Stopped.\n"),
        InviteEnd::MailerFails { why } => text.push_str(&format!(
            "Stopped: the site's mailer keeps failing: {why}\nSend a test first: rehome invite {} --to ADDRESS\n",
            again(&verb.plan)
        )),
        InviteEnd::Stopped { why } => text.push_str(&format!("Stopped: {why}\n")),
        InviteEnd::Tested { mails } => {
            let to = verb.to.as_deref().unwrap_or_default();
            for (key, like, why) in mails {
                text.push_str(&match why {
                    None => format!("{key}: a test went to {to}, as {like} would get it. No one counts as invited.\n"),
                    Some(why) => format!("{key}: the test to {to} was not sent: {why}\n"),
                });
            }
        }
    }
    text
}

fn report_text(report: &EmailReport, verb: &InviteVerb) -> String {
    let done = if report.folder.is_some() {
        "written"
    } else {
        "sent"
    };
    let mut text = format!(
        "{}: {} {done}, {} already had it, {} in doubt, {} failed, {} rejected, {} left.\n",
        report.email,
        amount(report.sent),
        amount(report.already),
        amount(report.doubts.len() as u64),
        amount(report.failed.len() as u64),
        amount(report.refused.len() as u64),
        amount(report.left)
    );
    if let Some(folder) = &report.folder {
        text.push_str(&format!("  in {}\n", folder.display()));
    }
    let key = &report.email;
    let once_more = format!(
        "rehome invite {} --email {key} --again ADDRESS",
        again(&verb.plan)
    );
    list(
        &mut text,
        &format!("In doubt; not sent again automatically. Ask them, then run {once_more}"),
        &report.doubts,
    );
    list(
        &mut text,
        &format!("Failed; not sent again automatically. Fix the cause, then run {once_more}"),
        &report.failed,
    );
    list(&mut text, "Rejected by the site", &report.refused);
    list(&mut text, "Not emailed again", &report.not_again);
    text
}

fn list(text: &mut String, head: &str, listed: &[Listed]) {
    if listed.is_empty() {
        return;
    }
    text.push_str(&format!("  {head}:\n"));
    for one in listed.iter().take(NAMED) {
        text.push_str(&format!("    {}: {}\n", one.email, one.why));
    }
    if listed.len() > NAMED {
        text.push_str(&format!(
            "    … and {} more (--format json lists all)\n",
            listed.len() - NAMED
        ));
    }
}

/// The person at the terminal, if there is one.
struct Terminal<'a> {
    verb: &'a InviteVerb,
    progress: &'a Progress,
    printer: &'a mut Printer,
    /// Until when was waited last.
    said: Option<i64>,
}

impl InviteHost for Terminal<'_> {
    fn agree(&mut self, view: &InviteView<'_>) -> Reply {
        self.progress.clear();
        let shown = view_text(view);
        match self.verb.format {
            Format::Text => self.printer.result(&shown),
            Format::Json => self.printer.say(&shown),
        }
        let people: u64 = view.emails.iter().map(|email| email.report.people).sum();
        let question = format!(
            "Email {}?",
            counted(people, "person").replace("persons", "people")
        );
        asked(&question, self.verb.yes, self.printer)
    }

    fn waiting(&mut self, until: i64) {
        // A word an hour is enough.
        if self.said.is_some_and(|said| until < said + 3_600_000) {
            return;
        }
        self.said = Some(until);
        let at = super::status::moment(until);
        self.say(&format!(
            "Waiting until {at} because of the hourly limit; Ctrl-C stops, and the same command resumes"
        ));
    }

    fn say(&mut self, text: &str) {
        self.printer.say(&format!("{text}\n"));
    }

    fn now_ms(&self) -> i64 {
        now_ms()
    }
}

fn view_text(view: &InviteView<'_>) -> String {
    let mut text = format!("Invitations on {}", view.place);
    if let Some(environment) = view.environment {
        text.push_str(&format!(
            ", whose environment is {environment}. Do these members expect this email?"
        ));
    }
    text.push('\n');
    for email in &view.emails {
        text.push_str(&email_text(email));
    }
    text
}

fn email_text(viewed: &ViewedEmail<'_>) -> String {
    let report = viewed.report;
    let how = match viewed.email.via {
        EmailVia::File => "files to write",
        _ => "emails to send",
    };
    let mut text = format!("\n{}: {} {how}", report.email, amount(report.people));
    if let (EmailVia::Site, Some(per_hour)) = (viewed.email.via, viewed.email.per_hour) {
        text.push_str(&format!(
            ", {} an hour: {}",
            amount(u64::from(per_hour)),
            takes(viewed.takes)
        ));
    }
    text.push('\n');
    let mut line = |count: u64, what: &str| {
        if count > 0 {
            text.push_str(&format!("  {} {what}\n", amount(count)));
        }
    };
    line(
        report.left.saturating_sub(report.people),
        "more are beyond --limit",
    );
    line(report.already, "already had it");
    line(report.doubts.len() as u64, "in doubt (left alone)");
    line(report.failed.len() as u64, "failed before (left alone)");
    line(viewed.nameless, "have no first name, which the email uses");
    text.push_str(&left_out_text(report));
    for (address, letter) in &viewed.samples {
        text.push_str(&format!("\n  To: {address}\n  Subject: {}\n\n", letter.subject));
        for line in letter.text.lines().take(LINES) {
            text.push_str(&format!("  | {line}\n"));
        }
        if letter.text.lines().nth(LINES).is_some() {
            text.push_str("  | …\n");
        }
    }
    text.push('\n');
    text
}

fn left_out_text(report: &EmailReport) -> String {
    let line =
        |(why, count): (&&str, &u64)| format!("  {} of the plan left out: they {why}\n", amount(*count));
    report.left_out.iter().map(line).collect()
}

/// A span of time, for people.
fn takes(ms: u64) -> String {
    let minutes = ms.div_ceil(60_000);
    match (minutes / 60, minutes % 60) {
        (0, 0) => "at once".to_owned(),
        (0, minutes) => format!("about {minutes} min"),
        (hours @ 1..=47, minutes) => format!("about {hours} h {minutes} min"),
        (hours, _) => format!("about {} days", hours.div_ceil(24)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_an_address_with_or_without_a_name() {
        let pair = |name: &str, address: &str| (name.to_owned(), address.to_owned());
        assert_eq!(
            sender("Hello@Lumen.example").unwrap(),
            pair("", "hello@lumen.example")
        );
        assert_eq!(
            sender("\"Lumen, Ltd\" <hello@lumen.example>").unwrap(),
            pair("Lumen, Ltd", "hello@lumen.example")
        );
        assert!(sender("Lumen").is_err());
        assert!(sender("a\r\nBcc: x@y.example <hello@lumen.example>").is_err());
    }

    #[test]
    fn spans_are_said_in_words() {
        for (ms, words) in [
            (0, "at once"),
            (59_000, "about 1 min"),
            (3_600_000 * 2 + 60_000, "about 2 h 1 min"),
            (3_600_000 * 100, "about 5 days"),
        ] {
            assert_eq!(takes(ms), words);
        }
    }
}
