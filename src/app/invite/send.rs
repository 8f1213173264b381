//! People in; requests to the site, each noted before it leaves and after its answer, out.

use std::time::Duration;

use super::{
    super::{AppError, ProgressReporter},
    InviteHost,
    choose::{Mailing, Person},
    pace::Pace,
};
use crate::{
    journal::{AskedState, Journal},
    letter::Template,
    model::{
        EmailTarget, Fault, HttpRequest, HttpResponse, Invitation, InviteAnswer, InviteItem, InviteOutcome,
        Recipient,
    },
    run::{Interrupts, Stop},
    systems::{Mailer, Wire, transport::Patience},
};

/// Failures in a row after which the mailer is taken for broken.
const FAILURES: usize = 3;
/// Waits that are worth a word.
const WORTH_A_WORD: Duration = Duration::from_secs(20);

/// How the sending of an email ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SendEnd {
    /// Everybody was reached.
    Done,
    /// The person wants it to stop.
    Interrupted,
    /// The site's mailer fails for one after the other.
    MailerFails { why: String },
    /// It cannot go on.
    Stopped { why: String },
}

/// What came of the people of one email.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SendResult {
    /// Address, outcome and why, of everybody who was reached.
    pub(super) items: Vec<(String, InviteItem)>,
    pub(super) ended: SendEnd,
}

/// The way to the site.
pub(super) struct Sender<'a> {
    pub(super) mailer: &'a dyn Mailer,
    pub(super) wire: &'a dyn Wire,
    pub(super) who: &'a str,
}

/// How a request ended.
enum Answered {
    Whole { response: HttpResponse, lost: bool },
    Stopped(String),
    GivenUp,
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

    /// Sends a small write, and tries again where that may help; what it answers is not looked at.
    pub(super) async fn tell(
        &self,
        request: &HttpRequest,
        wish: &mut SendOrder,
        host: &mut dyn InviteHost,
    ) -> Result<(), SendEnd> {
        match self.patiently(request, wish, host).await {
            Answered::Whole { .. } => Ok(()),
            Answered::Stopped(why) => Err(SendEnd::Stopped { why }),
            Answered::GivenUp => Err(SendEnd::Interrupted),
        }
    }

    /// Asks until there is a whole answer. A lost one does no harm: the site's marks answer the repetition.
    async fn ask(
        &self,
        invitation: &Invitation,
        wish: &mut SendOrder,
        host: &mut dyn InviteHost,
    ) -> Result<InviteAnswer, SendEnd> {
        let request = self.mailer.invite(invitation);
        let mut cut = 0;
        loop {
            let (response, lost) = match self.patiently(&request, wish, host).await {
                Answered::Whole { response, lost } => (response, lost || cut > 0),
                Answered::Stopped(why) => return Err(SendEnd::Stopped { why }),
                Answered::GivenUp => return Err(SendEnd::Interrupted),
            };
            match self.mailer.read_invite(invitation, &response) {
                Ok(mut answer) => {
                    for item in &mut answer.items {
                        // What the lost request sent counts as sent now.
                        if lost && item.outcome == InviteOutcome::Already {
                            item.outcome = InviteOutcome::Sent;
                            item.before = false;
                        }
                    }
                    return Ok(answer);
                }
                Err(Fault::Ambiguous { why }) if cut < Patience::default().tries => {
                    cut += 1;
                    host.say(&format!("{why}: asking again"));
                }
                Err(fault) => {
                    return Err(SendEnd::Stopped { why: reason(&fault) });
                }
            }
        }
    }

    async fn patiently(
        &self,
        request: &HttpRequest,
        wish: &mut SendOrder,
        host: &mut dyn InviteHost,
    ) -> Answered {
        let patience = Patience::default();
        let mut random = fastrand::Rng::new();
        let (mut failed, mut lost) = (0, false);
        loop {
            // The first wish to stop waits for the answer; the second does not.
            let answer = {
                let sending = self.wire.send(request);
                tokio::pin!(sending);
                loop {
                    tokio::select! {
                        answer = &mut sending => break answer,
                        () = wish.next() => {
                            if wish.urgent() {
                                return Answered::GivenUp;
                            }
                            host.say("Stopping as soon as the site answers; press Ctrl-C again to stop now");
                        }
                    }
                }
            };
            let pause = match answer {
                Ok(response) => return Answered::Whole { response, lost },
                Err(Fault::Throttled { wait_ms }) => Duration::from_millis(wait_ms),
                Err(fault @ (Fault::Transient { .. } | Fault::Ambiguous { .. })) => {
                    lost |= matches!(fault, Fault::Ambiguous { .. });
                    failed += 1;
                    if failed >= patience.tries {
                        return Answered::Stopped(format!("{} ({failed} tries)", reason(&fault)));
                    }
                    patience.pause(failed, &mut random)
                }
                Err(fault) => return Answered::Stopped(reason(&fault)),
            };
            if wish.asked() {
                return Answered::GivenUp;
            }
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = wish.next() => return Answered::GivenUp,
            }
        }
    }
}

/// Waits until a moment; false where the person wants it to stop.
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

/// The mail for one person.
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
