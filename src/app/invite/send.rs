//! People in; requests to the site, each noted before it leaves and after its answer, out.

use std::{
    cell::RefCell,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use super::{
    super::{AppError, ProgressReporter},
    InviteHost,
    choose::{Mailing, Person},
    pace::Pace,
};
use crate::{
    journal::{AskedState, Journal},
    letter::Template,
    model::{EmailTarget, Fault, Invitation, InviteAnswer, InviteItem, InviteOutcome, Recipient},
    run::{Interrupts, Stop},
    systems::{
        Exchange, Mailer, Wire,
        transport::{RetryPolicy, Watcher, drive_watched},
    },
};

/// Failures in a row after which the mailer is taken for broken.
const FAILURES: usize = 3;
/// Waits that are worth a word.
const WORTH_A_WORD: Duration = Duration::from_secs(20);

/// How the sending of an email ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SendEnd {
    /// Every member was reached.
    Done,
    /// The person wants it to stop.
    Interrupted,
    /// The site's mailer fails for one after the other.
    MailerFails { why: String },
    /// It cannot continue.
    Stopped { why: String },
}

/// What came of the people of one email.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SendResult {
    /// Address, outcome and reason of every member who was reached.
    pub(super) items: Vec<(String, InviteItem)>,
    pub(super) ended: SendEnd,
}

/// The way to the site.
pub(super) struct Sender<'a> {
    pub(super) mailer: &'a dyn Mailer,
    pub(super) wire: &'a dyn Wire,
    pub(super) who: &'a str,
}

impl Sender<'_> {
    /// Sends an email to people, no faster than it may.
    pub(super) async fn send(
        &self,
        mailing: Mailing<'_>,
        journal: &mut Journal,
        wish: &mut SendOrder,
        host: &mut dyn InviteHost,
        watch: &dyn ProgressReporter,
    ) -> Result<SendResult, AppError> {
        let Mailing {
            email,
            template,
            people,
        } = mailing;
        let key = email.key.as_str();
        let pace = Pace::of(email.per_hour, self.mailer.most());
        let mut next = journal
            .last_asked(key)?
            .map_or(0, |(at, mails)| at.saturating_add_unsigned(pace.after(mails)));
        let mut items: Vec<(String, InviteItem)> = Vec::with_capacity(people.len());
        let end = |items, ended| Ok(SendResult { items, ended });
        while items.len() < people.len() {
            if wish.asked() || !wait(next, wish, host).await {
                return end(items, SendEnd::Interrupted);
            }
            let some = &people[items.len()..people.len().min(items.len() + pace.together())];
            let invitation = Invitation {
                email: email.key.clone(),
                per_hour: email.per_hour,
                test: false,
                recipients: some
                    .iter()
                    .map(|one| recipient(template, one))
                    .collect::<Result<_, _>>()?,
            };
            let addresses = || some.iter().map(Person::email);
            journal.asking(key, addresses(), self.who, host.now_ms())?;
            let answer = match self.ask(&invitation, wish, host).await {
                Ok(answer) => answer,
                Err(ended) => return end(items, ended),
            };
            let came = addresses().zip(&answer.items);
            let came = came.map(|(address, item)| (address, state(item), item.why.as_str()));
            let not_reached = addresses().skip(answer.items.len());
            journal.asked(key, came, not_reached, host.now_ms())?;
            let reached = answer.items.len();
            let attempts = answer
                .items
                .iter()
                .filter(|item| !item.before && item.outcome != InviteOutcome::Refused);
            let attempts = attempts.count() as u64;
            items.extend(addresses().map(str::to_owned).zip(answer.items));
            watch.progress(
                "sending invitations",
                items.len() as u64,
                Some(people.len() as u64),
                "people",
            );
            if let Some(why) = fails(&items) {
                return end(items, SendEnd::MailerFails { why });
            }
            let wait = answer
                .wait
                .map_or_else(|| pace.after(attempts), |wait| wait.saturating_mul(1_000));
            if reached < some.len() || attempts > 0 {
                next = host.now_ms().saturating_add_unsigned(wait);
            }
        }
        end(items, SendEnd::Done)
    }

    /// One mail to look at.
    pub(super) async fn test(
        &self,
        email: &EmailTarget,
        recipient: Recipient,
        wish: &mut SendOrder,
        host: &mut dyn InviteHost,
    ) -> Result<InviteItem, SendEnd> {
        let invitation = Invitation {
            email: email.key.clone(),
            per_hour: None,
            test: true,
            recipients: vec![recipient],
        };
        let answer = self.ask(&invitation, wish, host).await?;
        answer.items.into_iter().next().ok_or_else(|| SendEnd::Stopped {
            why: "the site does not report it".to_owned(),
        })
    }

    async fn ask(
        &self,
        invitation: &Invitation,
        wish: &mut SendOrder,
        host: &mut dyn InviteHost,
    ) -> Result<InviteAnswer, SendEnd> {
        let mut exchange = self.mailer.invite(invitation);
        self.patiently(&mut *exchange, wish, host).await
    }

    /// Drives an exchange to its end. The first wish to stop waits for the answer that is under way; the second does
    /// not.
    pub(super) async fn patiently<T>(
        &self,
        exchange: &mut dyn Exchange<T>,
        wish: &mut SendOrder,
        host: &mut dyn InviteHost,
    ) -> Result<T, SendEnd> {
        let stop = StopSignal::default();
        let host = RefCell::new(host);
        let mut watcher = SendWatcher {
            stop: &stop,
            host: &host,
        };
        let policy = RetryPolicy::random();
        let driving = drive_watched(exchange, self.wire, policy, &mut watcher);
        tokio::pin!(driving);
        loop {
            tokio::select! {
                ended = &mut driving => return match ended {
                    Ok(Ok(value)) => Ok(value),
                    Ok(Err(fault)) => Err(SendEnd::Stopped { why: reason(&fault) }),
                    Err(Interrupted) => Err(SendEnd::Interrupted),
                },
                () = wish.next() => {
                    if wish.urgent() || stop.pausing.load(Ordering::Relaxed) {
                        return Err(SendEnd::Interrupted);
                    }
                    host.borrow_mut().say("Stopping as soon as the site answers; press Ctrl-C again to stop now");
                    stop.asked.store(true, Ordering::Relaxed);
                }
            }
        }
    }
}

/// Carries the wish to stop to the wait between two attempts.
#[derive(Default)]
struct StopSignal {
    asked: AtomicBool,
    pausing: AtomicBool,
}

/// The person wants it to stop.
struct Interrupted;

struct SendWatcher<'a, 'h> {
    stop: &'a StopSignal,
    host: &'a RefCell<&'h mut dyn InviteHost>,
}

impl Watcher for SendWatcher<'_, '_> {
    type Stop = Interrupted;

    fn pause(&mut self, time: Duration) -> impl Future<Output = Result<(), Interrupted>> + Send {
        let stop = self.stop;
        async move {
            if stop.asked.load(Ordering::Relaxed) {
                return Err(Interrupted);
            }
            stop.pausing.store(true, Ordering::Relaxed);
            tokio::time::sleep(time).await;
            stop.pausing.store(false, Ordering::Relaxed);
            Ok(())
        }
    }

    fn again(&mut self, why: &str) {
        self.host.borrow_mut().say(&format!("{why}: asking again"));
    }
}

/// Waits until a moment; false if the person wants it to stop.
async fn wait(until: i64, wish: &mut SendOrder, host: &mut dyn InviteHost) -> bool {
    let wait = u64::try_from(until.saturating_sub(host.now_ms())).unwrap_or_default();
    if wait == 0 {
        return true;
    }
    let wait = Duration::from_millis(wait);
    if wait >= WORTH_A_WORD {
        host.waiting(until);
    }
    tokio::select! {
        () = tokio::time::sleep(wait) => true,
        () = wish.next() => false,
    }
}

/// Whether the person wants it to stop, and how much.
pub(super) struct SendOrder {
    stop: Stop,
    wished: u32,
}

impl SendOrder {
    /// Listens; within a runtime.
    pub(super) fn new() -> std::io::Result<Self> {
        let stop = Stop::new(Interrupts::Signals)?;
        Ok(Self { stop, wished: 0 })
    }

    async fn next(&mut self) {
        self.stop.next().await;
        self.wished += 1;
    }

    fn asked(&mut self) -> bool {
        if self.stop.asked() {
            self.wished += 1;
        }
        self.wished > 0
    }

    fn urgent(&self) -> bool {
        self.wished > 1
    }
}

/// A fault without the words that belong to a request of members.
fn reason(fault: &Fault) -> String {
    match fault {
        Fault::Broken { why } | Fault::Ambiguous { why } | Fault::Transient { why } => why.clone(),
        other => other.to_string(),
    }
}

/// The email for one person.
pub(super) fn recipient(template: &Template<'_>, person: &Person) -> Result<Recipient, AppError> {
    let letter = template.render(&person.fields).map_err(AppError::Usage)?;
    Ok(Recipient {
        email: person.email().to_owned(),
        subject: letter.subject,
        html: letter.html,
        text: letter.text,
        again: person.again,
    })
}

fn state(item: &InviteItem) -> AskedState {
    match item.outcome {
        InviteOutcome::Sent | InviteOutcome::Already => AskedState::Sent,
        InviteOutcome::Doubt => AskedState::Doubt,
        InviteOutcome::Failed => AskedState::Failed,
        InviteOutcome::Refused => AskedState::Refused,
    }
}

/// The mailer's words where it failed for one after the other.
fn fails(items: &[(String, InviteItem)]) -> Option<String> {
    let last = items.len().checked_sub(FAILURES)?;
    let failed = |item: &InviteItem| item.outcome == InviteOutcome::Failed && !item.before;
    items[last..]
        .iter()
        .all(|(_, item)| failed(item))
        .then(|| items[last].1.why.clone())
}
