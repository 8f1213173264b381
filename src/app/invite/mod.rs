//! A plan in; its emails sent by the site, or written to files, out: at most once per person and email.

mod choose;
mod error;
mod files;
mod pace;
mod send;
mod view;
mod wordpress;

use crate::app::invite::error::no_test;
use std::collections::{BTreeMap, BTreeSet};

pub use self::view::{
    EmailReport, InviteEnd, InviteHost, InviteOptions, InviteView, Invited, Listed, ViewedEmail,
};
use self::{
    choose::{Choice, Chosen, Mailing, Person},
    files::write_files,
    pace::Pace,
    send::{SendEnd, SendResult},
    wordpress::MailSite,
};
use super::{
    AppError, Moment, PlanFile, ProgressReporter, Seen, StateDir,
    state::identity::{lease, who},
    verbs::compute::read,
};
use crate::run::Reply;
use crate::text::printable;
use crate::{
    check::Gathered,
    journal::{Asked, Journal, Level},
    letter::Template,
    model::{EmailTarget, EmailVia, InviteOutcome, Mark, SitePages, SiteTarget},
    plan::{Plan, PlanItem},
};

/// One email under way.
struct Work<'p> {
    email: &'p EmailTarget,
    template: Template<'p>,
    marks: BTreeMap<String, Mark>,
    asked: Asked,
    people: Vec<Person>,
    report: EmailReport,
}

/// Sends the emails of a plan.
pub fn invite(
    file: &PlanFile,
    moment: Moment,
    options: &InviteOptions,
    host: &mut dyn InviteHost,
    watch: &dyn ProgressReporter,
) -> Result<Invited, AppError> {
    let targets = &file.plan.targets;
    let (by_tag, emails) = wanted_emails(&file.plan, options)?;
    let mut invited = Invited {
        emails: Vec::new(),
        by_tag,
        end: InviteEnd::Nothing,
    };
    let by_site = emails.iter().any(|email| email.via == EmailVia::Site);
    if let (true, SiteTarget::Local { path, .. }) = (by_site, &targets.site) {
        let keys = emails.iter().filter(|email| email.via == EmailVia::Site);
        return Err(AppError::NoMail {
            place: format!("the embedded site {path}"),
            emails: keys
                .map(|email| email.key.as_str())
                .collect::<Vec<_>>()
                .join(", "),
        });
    }
    if emails.is_empty() {
        return Ok(invited);
    }
    let state = StateDir::find(targets, &file.folder, options.state.as_deref())?;
    state.make()?;
    let _lock = state.lock_invitations()?;
    let mut journal = state.journal()?;
    let (bound, gathered, seen) = read(file, file.plan.day(moment.now_ms), moment.last_write_ms, watch)?;
    for warning in other_keys(file, &journal, &seen)? {
        host.say(&warning);
    }
    let site = MailSite::open(targets, &file.folder, lease(&journal))?;
    let pages = site.as_ref().map(MailSite::pages).cloned().unwrap_or_default();
    let mut work = Vec::new();
    for email in emails {
        work.push(begin(email, site.as_ref(), &pages, &journal)?);
    }
    let mut folks = Vec::new();
    for one in &work {
        folks.push(choice(one, &bound, &gathered, &seen, &pages, options).choose());
    }
    for (one, chosen) in work.iter_mut().zip(folks) {
        one.take(chosen, options.limit);
    }
    if let Some(to) = &options.to {
        let mut mails = Vec::new();
        for one in &work {
            let test = choice(one, &bound, &gathered, &seen, &pages, options).test(to, &one.people);
            let (like, letter) = test.map_err(AppError::Usage)?;
            mails.push((one.email, like, letter));
        }
        let site = site.as_ref().ok_or_else(no_test)?;
        invited.end = site.test(to, mails, &mut journal, host)?;
        return Ok(invited);
    }
    let nobody = work.iter().all(|one| one.people.is_empty());
    let reply = if nobody {
        None
    } else {
        Some(agreed(&work, &seen, &pages, site.as_ref(), options, host)?)
    };
    let unasked = match reply {
        Some(Reply::Yes) => None,
        None => Some(InviteEnd::Nothing),
        Some(Reply::Interrupted) => Some(InviteEnd::Interrupted),
        Some(Reply::No) => Some(InviteEnd::Declined),
    };
    if let Some(end) = unasked {
        invited.end = end;
    } else {
        drop((gathered, seen));
        invited.end = carry_out(&mut work, site.as_ref(), options, &mut journal, host, watch)?;
    }
    invited.emails = work.into_iter().map(|one| one.report).collect();
    Ok(invited)
}

/// Emails that were sent under a key that the plan does not contain: whoever got one would get another under the new key.
fn other_keys(file: &PlanFile, journal: &Journal, seen: &Seen) -> Result<Vec<String>, AppError> {
    let sent = journal.invitation_counts()?;
    let knows = |key: &str| {
        file.plan
            .targets
            .emails
            .iter()
            .any(|email| email.key.as_str() == key)
    };
    let mut people: BTreeMap<&str, u64> = BTreeMap::new();
    for one in sent.iter().filter(|one| !knows(&one.email)) {
        *people.entry(&one.email).or_default() += one.people;
    }
    let new = file.plan.targets.emails.iter().zip(&file.plan.email_items);
    let new = new
        .filter(|(email, _)| sent.iter().all(|one| one.email != email.key.as_str()))
        .map(|(email, item)| (item.key.as_str(), &email.subject));
    let new: Vec<(&str, &String)> = new.collect();
    let warnings = people.into_iter().map(|(key, people)| {
        let subject = seen.site.emails.iter().find(|(there, _)| there.as_str() == key);
        let same = subject.and_then(|(_, there)| new.iter().find(|(_, subject)| **subject == there.subject));
        let now = same.or(new.first()).map_or("KEY", |(key, _)| *key);
        let was = if people == 1 { "1 person was".to_owned() } else { format!("{people} people were") };
        format!(
            "warning: {was} emailed under the key \"{key}\", which the plan does not contain. If only its key \
             was changed, write in [emails.{now}]: was = \"{key}\". Otherwise they get the new one too",
        )
    });
    Ok(warnings.collect())
}

/// The emails that are meant: those started by tags, by key, and the others.
fn wanted_emails<'p>(
    plan: &'p Plan,
    options: &InviteOptions,
) -> Result<(Vec<String>, Vec<&'p EmailTarget>), AppError> {
    let known = || plan.email_items.iter().map(|item| item.key.as_str());
    if let Some(unknown) = options
        .emails
        .iter()
        .find(|key| !known().any(|known| known == *key))
    {
        let known = known().collect::<Vec<_>>().join(", ");
        let known = if known.is_empty() {
            "none".to_owned()
        } else {
            known
        };
        return Err(AppError::Usage(format!(
            "the plan has no email \"{}\"; it has {known}",
            printable(unknown)
        )));
    }
    let meant = |item: &PlanItem| options.emails.is_empty() || options.emails.contains(&item.key);
    let all = plan.targets.emails.iter().zip(&plan.email_items);
    let (tags, emails): (Vec<_>, Vec<_>) = all
        .filter(|(_, item)| meant(item))
        .map(|(email, _)| email)
        .partition(|email| email.via == EmailVia::Tag);
    let to_test = |email: &&EmailTarget| options.to.is_none() || email.via == EmailVia::Site;
    let emails: Vec<&EmailTarget> = emails.into_iter().filter(to_test).collect();
    if let (None, Some(email)) = (
        &options.out,
        emails.iter().find(|email| email.via == EmailVia::File),
    ) {
        return Err(AppError::Usage(format!(
            "the email {} has `via = \"file\"`; pass --out DIR to set where its files are written",
            email.key
        )));
    }
    if options.to.is_some() && emails.is_empty() {
        return Err(AppError::Usage(
            "a test (--to) needs an email with `via = \"site\"`, and there is none".to_owned(),
        ));
    }
    Ok((tags.iter().map(|email| email.key.to_string()).collect(), emails))
}

fn begin<'p>(
    email: &'p EmailTarget,
    site: Option<&MailSite>,
    pages: &SitePages,
    journal: &Journal,
) -> Result<Work<'p>, AppError> {
    let template = Template::parse(&email.subject, &email.body).map_err(|problems| {
        AppError::Usage(format!(
            "the text of the email {} is wrong: {problems:?}",
            email.key
        ))
    })?;
    let of_the_site = ["site.name", "site.url", "lost_password_url"];
    if let (true, Some(field)) = (
        pages.url.is_empty(),
        of_the_site.iter().find(|field| template.uses(field)),
    ) {
        return Err(AppError::Usage(format!(
            "the email {} uses {field}, which the embedded site does not have",
            email.key
        )));
    }
    let marks = match (site, email.via) {
        (Some(site), EmailVia::Site) => site.marks(email)?,
        _ => BTreeMap::new(),
    };
    Ok(Work {
        email,
        template,
        marks,
        asked: journal.asked_of(email.key.as_str())?,
        people: Vec::new(),
        report: EmailReport {
            email: email.key.to_string(),
            ..EmailReport::default()
        },
    })
}

fn choice<'a>(
    work: &'a Work<'_>,
    file: &'a PlanFile,
    gathered: &'a Gathered,
    seen: &'a Seen,
    pages: &'a SitePages,
    options: &'a InviteOptions,
) -> Choice<'a> {
    Choice {
        plan: &file.plan,
        email: work.email,
        template: &work.template,
        wanted: &gathered.wanted,
        seen,
        pages,
        marks: &work.marks,
        asked: &work.asked,
        again: &options.again,
    }
}

impl Work<'_> {
    /// Takes what was decided; of the people, the first `limit`.
    fn take(&mut self, chosen: Chosen, limit: Option<usize>) {
        let listed = |(email, why): (String, String)| Listed { email, why };
        self.people = chosen.people;
        let all = self.people.len();
        self.people.truncate(limit.unwrap_or(all));
        let report = &mut self.report;
        report.people = self.people.len() as u64;
        report.left = all as u64;
        report.already = chosen.already;
        report.doubts = chosen.doubts.into_iter().map(listed).collect();
        report.failed = chosen.failed.into_iter().map(listed).collect();
        report.not_again = chosen.not_again.into_iter().map(listed).collect();
        report.left_out = chosen
            .left_out
            .into_iter()
            .map(|(why, count)| (why.said(), count))
            .collect();
    }

    fn mailing(&self) -> Mailing<'_> {
        Mailing {
            email: self.email,
            template: &self.template,
            people: &self.people,
        }
    }

    /// Takes what came of the people.
    fn came(&mut self, came: SendResult) -> SendEnd {
        let report = &mut self.report;
        report.left -= came.items.len() as u64;
        for (email, item) in came.items {
            let listed = Listed { email, why: item.why };
            match item.outcome {
                InviteOutcome::Sent => report.sent += 1,
                InviteOutcome::Already => report.already += 1,
                InviteOutcome::Refused => {
                    report.new_troubles += 1;
                    report.refused.push(listed);
                }
                InviteOutcome::Doubt => {
                    report.new_troubles += 1;
                    report.doubts.push(listed);
                }
                InviteOutcome::Failed => {
                    report.new_troubles += 1;
                    report.failed.push(listed);
                }
            }
        }
        came.ended
    }
}

/// Shows what is about to happen, and asks.
fn agreed(
    work: &[Work<'_>],
    seen: &Seen,
    pages: &SitePages,
    site: Option<&MailSite>,
    options: &InviteOptions,
    host: &mut dyn InviteHost,
) -> Result<Reply, AppError> {
    let mut emails = Vec::new();
    for one in work {
        let most = site.map_or(1, MailSite::most);
        let takes = match one.email.via {
            EmailVia::Site => Pace::of(one.email.per_hour, most).about(one.people.len() as u64),
            _ => 0,
        };
        let last = one.people.len().saturating_sub(1);
        let shown: BTreeSet<usize> = [0, last / 2, last].into_iter().collect();
        let samples = shown.into_iter().filter_map(|at| one.people.get(at));
        let samples = samples.map(|person| {
            let letter = one.template.render(&person.fields).map_err(AppError::Usage)?;
            Ok((person.email().to_owned(), letter))
        });
        let nameless = one
            .people
            .iter()
            .filter(|person| person.fields.first_name.is_empty());
        emails.push(ViewedEmail {
            email: one.email,
            report: &one.report,
            takes,
            nameless: if one.template.uses("member.first_name") {
                nameless.count() as u64
            } else {
                0
            },
            samples: samples.collect::<Result<_, AppError>>()?,
        });
    }
    let view = InviteView {
        place: seen.site.account.place.clone(),
        environment: Some(pages.environment.as_str()).filter(|word| !matches!(*word, "" | "production")),
        emails,
    };
    Ok(match host.agree(&view) {
        Reply::No if options.yes => Reply::Yes,
        reply => reply,
    })
}

/// Sends and writes, an email after the other.
fn carry_out(
    work: &mut [Work<'_>],
    site: Option<&MailSite>,
    options: &InviteOptions,
    journal: &mut Journal,
    host: &mut dyn InviteHost,
    watch: &dyn ProgressReporter,
) -> Result<InviteEnd, AppError> {
    let who = who();
    let mut end = InviteEnd::Done;
    for one in work.iter_mut().filter(|one| !one.people.is_empty()) {
        let key = one.email.key.to_string();
        let text = format!("invitations {key}: {} people, by {who}", one.people.len());
        journal.note(None, Level::Note, &text, host.now_ms())?;
        match (one.email.via, site, &options.out) {
            (EmailVia::Site, Some(site), _) => {
                let came = site.send(one.mailing(), journal, host, watch)?;
                end = match one.came(came) {
                    SendEnd::Done => InviteEnd::Done,
                    SendEnd::Interrupted => InviteEnd::Interrupted,
                    SendEnd::MailerFails { why } => InviteEnd::MailerFails { why },
                    SendEnd::Stopped { why } => InviteEnd::Stopped { why },
                };
            }
            (EmailVia::File, _, Some(out)) => {
                let total = one.people.len() as u64;
                let progress =
                    |done: usize| watch.progress("writing emails", done as u64, Some(total), "people");
                let written = write_files(one.mailing(), out, options, journal, &who, progress)?;
                one.report.sent = written.new;
                one.report.already += written.there;
                one.report.left -= total;
                one.report.folder = Some(written.folder);
            }
            _ => {}
        }
        let report = &one.report;
        let text = format!(
            "invitations {key}: {} sent, {} in doubt, failed or rejected, {} left",
            report.sent, report.new_troubles, report.left
        );
        journal.note(None, Level::Note, &text, host.now_ms())?;
        if end != InviteEnd::Done {
            break;
        }
    }
    Ok(end)
}
