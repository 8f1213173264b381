//! A site that sends mail, as the plan names it, in; its marks, and what came of emails, out.

use std::{collections::BTreeMap, path::Path};

use super::{
    InviteEnd, InviteHost,
    choose::Mailing,
    send::{SendEnd, SendOrder, SendResult, Sender},
};
use crate::{
    app::{AppError, ProgressReporter, connect::site::SiteConnection, state::identity::who},
    journal::{Journal, Level},
    letter::Letter,
    model::{EmailTarget, InviteOutcome, Mark, Recipient, SitePages, Targets},
    systems::{
        Lease, Mailer, Session, SystemError,
        transport::{PacedWire, RetryPolicy, drive},
    },
};

/// A site behind HTTP that sends mail.
pub(super) struct MailSite {
    session: Session,
    wire: PacedWire,
    pages: SitePages,
}

impl MailSite {
    /// Opens the site; `None` for the embedded one, which sends none.
    pub(super) fn open(targets: &Targets, folder: &Path, lease: Lease) -> Result<Option<Self>, AppError> {
        if matches!(targets.site, crate::model::SiteTarget::Local { .. }) {
            return Ok(None);
        }
        let SiteConnection::Remote(reached) = SiteConnection::open_to_write(targets, folder, lease)? else {
            return Ok(None);
        };
        let (session, wire) = reached.for_a_run()?;
        let pages = session.protocol.mailer().map(|mailer| mailer.pages().clone());
        Ok(pages.map(|pages| Self { session, wire, pages }))
    }

    /// What an email says of it.
    pub(super) fn pages(&self) -> &SitePages {
        &self.pages
    }

    /// The most recipients of a request.
    pub(super) fn most(&self) -> usize {
        self.session.protocol.mailer().map_or(1, Mailer::most)
    }

    fn mailer(&self) -> Result<&dyn Mailer, AppError> {
        self.session
            .protocol
            .mailer()
            .ok_or_else(crate::app::invite::error::no_test)
    }

    /// Every user with a record of an email.
    pub(super) fn marks(&self, email: &EmailTarget) -> Result<BTreeMap<String, Mark>, AppError> {
        let mailer = self.mailer()?;
        let mut reading = mailer.marks(&email.key);
        let marks = self.block_on(drive(&mut *reading, &self.wire, RetryPolicy::random()))??;
        Ok(marks.into_iter().map(|mark| (mark.email.clone(), mark)).collect())
    }

    /// Sends an email to people.
    pub(super) fn send(
        &self,
        mailing: Mailing<'_>,
        journal: &mut Journal,
        host: &mut dyn InviteHost,
        watch: &dyn ProgressReporter,
    ) -> Result<SendResult, AppError> {
        let who = who();
        let sender = self.sender(&who)?;
        self.block_on(async {
            let mut wish = wish()?;
            let came = match self.ensure(&sender, mailing.email, &mut wish, host).await {
                Ok(()) => sender.send(mailing, journal, &mut wish, host, watch).await?,
                Err(ended) => SendResult {
                    items: Vec::new(),
                    ended,
                },
            };
            self.release().await;
            Ok(came)
        })?
    }

    /// Sends test emails, each filled in as the email of one person.
    pub(super) fn test(
        &self,
        to: &str,
        mails: Vec<(&EmailTarget, String, Letter)>,
        journal: &mut Journal,
        host: &mut dyn InviteHost,
    ) -> Result<InviteEnd, AppError> {
        let who = who();
        let sender = self.sender(&who)?;
        let mut told = Vec::new();
        self.block_on(async {
            let mut wish = wish()?;
            for (email, like, letter) in mails {
                let key = email.key.to_string();
                let recipient = Recipient {
                    email: to.to_owned(),
                    subject: format!("[Test] {}", letter.subject),
                    html: letter.html,
                    text: letter.text,
                    again: None,
                };
                let came = match self.ensure(&sender, email, &mut wish, host).await {
                    Ok(()) => sender.test(email, recipient, &mut wish, host).await,
                    Err(ended) => Err(ended),
                };
                let why = match came {
                    Ok(item) if item.outcome == InviteOutcome::Sent => None,
                    Ok(item) => Some(item.why),
                    Err(SendEnd::Stopped { why } | SendEnd::MailerFails { why }) => Some(why),
                    Err(SendEnd::Interrupted | SendEnd::Done) => return Ok(InviteEnd::Interrupted),
                };
                let outcome = why.as_deref().unwrap_or("sent");
                let text = format!("a test of the email {key}: {outcome}, by {who}");
                journal.note(None, Level::Note, &text, host.now_ms())?;
                told.push((key, like, why));
            }
            self.release().await;
            Ok(InviteEnd::Tested { mails: told })
        })?
    }

    fn sender<'a>(&'a self, who: &'a str) -> Result<Sender<'a>, AppError> {
        Ok(Sender {
            mailer: self.mailer()?,
            wire: &self.wire,
            who,
        })
    }

    /// Makes the email on the site what the plan says: the site looks at it who may get it, and how many an hour.
    async fn ensure(
        &self,
        sender: &Sender<'_>,
        email: &EmailTarget,
        wish: &mut SendOrder,
        host: &mut dyn InviteHost,
    ) -> Result<(), SendEnd> {
        match sender.mailer.ensure(email) {
            Some(mut exchange) => sender.patiently(&mut *exchange, wish, host).await,
            None => Ok(()),
        }
    }

    /// Gives the lease back; where that fails it ends by itself.
    async fn release(&self) {
        if let Some(mut exchange) = self.session.protocol.lease(0) {
            let _ = drive(&mut *exchange, &self.wire, RetryPolicy::once()).await;
        }
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> Result<T, AppError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| SystemError::Unreachable {
            doing: "start the network for",
            place: self.session.account.place.clone(),
            why: error.to_string(),
        })?;
        Ok(runtime.block_on(work))
    }
}

fn wish() -> Result<SendOrder, AppError> {
    SendOrder::new().map_err(|error| AppError::Usage(format!("cannot listen to Ctrl-C: {error}")))
}
