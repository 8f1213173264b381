//! What a person says of invitations, is shown of them, and is told afterwards.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use crate::run::Reply;
use crate::{letter::Letter, model::EmailTarget};

/// How invitations are wanted.
#[derive(Debug, Clone, Default)]
pub struct InviteOptions {
    /// Root of the state directories, where it is not the user's own.
    pub state: Option<PathBuf>,
    /// Only these emails.
    pub emails: Vec<String>,
    /// Nothing is asked.
    pub yes: bool,
    /// At most so many people of each email.
    pub limit: Option<usize>,
    /// Only these people, and again if it is not known whether the email was sent.
    pub again: BTreeSet<String>,
    /// One mail to look at, to this address.
    pub to: Option<String>,
    /// Where emails are written as files.
    pub out: Option<PathBuf>,
    /// Name and address of the sender in those files.
    pub from: Option<(String, String)>,
}

/// The person at the invitations.
pub trait InviteHost {
    /// Is shown what is about to happen and asked whether it should.
    fn agree(&mut self, view: &InviteView<'_>) -> Reply;
    /// Is told that nothing is sent before a moment, in Unix milliseconds.
    fn waiting(&mut self, until: i64);
    /// Gets something to show.
    fn say(&mut self, text: &str);
    /// The time, in Unix milliseconds.
    fn now_ms(&self) -> i64;
}

/// What is about to happen.
#[derive(Debug)]
pub struct InviteView<'a> {
    /// Where the site is, and what it says of itself.
    pub place: String,
    /// The site's word for what it is, where that is not production.
    pub environment: Option<&'a str>,
    /// By email.
    pub emails: Vec<ViewedEmail<'a>>,
}

/// What is about to happen with one email.
#[derive(Debug)]
pub struct ViewedEmail<'a> {
    /// The email.
    pub email: &'a EmailTarget,
    /// What is known beforehand.
    pub report: &'a EmailReport,
    /// About how long it takes, in milliseconds.
    pub takes: u64,
    /// How many have no first name, where the email uses it.
    pub nameless: u64,
    /// Up to three of the emails: the first, one of the middle, the last.
    pub samples: Vec<(String, Letter)>,
}

/// An address and what there is to say of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Listed {
    /// The address.
    pub email: String,
    /// Why it is listed.
    pub why: String,
}

/// What became of one email.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct EmailReport {
    /// Its key.
    pub email: String,
    /// People to write to, before.
    pub people: u64,
    /// Sent, or written to files, by this command.
    pub sent: u64,
    /// Written to before.
    pub already: u64,
    /// Not reached: it ended early.
    pub left: u64,
    /// Who are not written to, by reason.
    pub left_out: BTreeMap<&'static str, u64>,
    /// Who may have got the email or not: from before, and now.
    pub doubts: Vec<Listed>,
    /// To whom the site's mailer would not send.
    pub failed: Vec<Listed>,
    /// Whom the site refused.
    pub refused: Vec<Listed>,
    /// Whom a person named, and who are not written to again.
    pub not_again: Vec<Listed>,
    /// How many of the doubts and failures are of this command.
    #[serde(skip)]
    pub new_troubles: u64,
    /// Where files were written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "end", rename_all = "kebab-case")]
pub enum InviteEnd {
    /// Every member was reached.
    Done,
    /// There was no one to email.
    Nothing,
    /// The person said no.
    Declined,
    /// The person stopped it.
    Interrupted,
    /// The site's mailer fails for one after the other.
    MailerFails {
        /// Its words.
        why: String,
    },
    /// It could not continue.
    Stopped {
        /// Why.
        why: String,
    },
    /// A test email was sent, or not.
    Tested {
        /// What came of it, by email: as whose mail, and why it did not go out.
        mails: Vec<(String, String, Option<String>)>,
    },
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Invited {
    /// By email.
    pub emails: Vec<EmailReport>,
    /// Emails that are started by tags.
    pub by_tag: Vec<String>,
    /// How it ended.
    #[serde(flatten)]
    pub end: InviteEnd,
}
