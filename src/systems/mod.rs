//! The outside world: one folder a system. Operations in, outcomes out.
//!
//! A system has one of two forms. [`Protocol`] is pure text: it says which HTTP request an operation
//! is and what a response means; one transport sends. [`Direct`] carries operations out itself.

mod contact_system;
mod contact_systems;
#[cfg(test)]
mod contract;
mod json;
pub mod local;
mod probe;
pub mod simulated;
pub mod transport;
pub mod wordpress;

pub use contact_system::{ContactSystem, OpenedContacts, Secrets};
pub use contact_systems::{CONTACT_SYSTEMS, DECLARATIONS, contact_system};

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use crate::model::{
    Account, Answer, Capabilities, EmailKey, EmailTarget, Fault, HttpMethod, HttpRequest, HttpResponse,
    Invitation, InviteAnswer, Looked, MarksPage, Observed, Request, SitePages,
};

/// For how long a run takes the lease, in seconds; every write renews it.
pub const LEASE_SECONDS: u32 = 300;

/// Who may write to a system, and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// Random id of the process that holds it.
    pub holder: String,
    /// For people: user, host and process.
    pub who: String,
}

/// Why a system cannot be opened or read. (A request's failure is a [`Fault`].)
#[derive(Debug, thiserror::Error)]
pub enum SystemError {
    /// The file or server is not what the plan says.
    #[error("{place} is not {expected}: {why}")]
    Unlike {
        /// File or URL.
        place: String,
        /// What it should have been.
        expected: String,
        /// What was found.
        why: String,
    },
    /// It cannot be reached, opened or read.
    #[error("cannot {doing} {place}: {why}")]
    Unreachable {
        /// What was tried, as a verb.
        doing: &'static str,
        /// File or URL.
        place: String,
        /// The system's own words.
        why: String,
    },
    /// Credentials are missing or refused.
    #[error("{place} refuses the credentials: {why}")]
    Unauthorised {
        /// File or URL.
        place: String,
        /// The system's own words.
        why: String,
    },
    /// What was read does not prove to be all: it would read as "create everybody".
    #[error("the reading of {place} is not complete: {why}")]
    Incomplete {
        /// File or URL.
        place: String,
        /// What is missing.
        why: String,
    },
    /// Another run holds the lease.
    #[error("{place} is in use by {who} for another {} s", .left.as_secs())]
    Leased {
        /// File or URL.
        place: String,
        /// Who holds it.
        who: String,
        /// How long at most.
        left: Duration,
    },
}

/// Told how far a long reading is: done so far, total where known.
pub type OnProgress<'a> = &'a mut dyn FnMut(u64, Option<u64>);

/// A system that carries operations out itself. Blocking; lives on a thread of its own.
pub trait Direct: Send {
    /// Who it says it is.
    fn account(&self) -> Result<Account, SystemError>;
    /// What it can do.
    fn capabilities(&self) -> Capabilities;
    /// Everything it holds, proven complete.
    fn observe(&mut self, progress: OnProgress<'_>) -> Result<Observed, SystemError>;
    /// Carries a request out: all of it or none of it, one outcome a member.
    fn perform(&mut self, request: &Request) -> Result<Answer, Fault>;
    /// Reads the members of a request as they are now.
    fn look(&mut self, request: &Request) -> Result<Looked, Fault>;
    /// Takes or renews the lease for `seconds` from `now` (Unix seconds).
    fn lease(&mut self, lease: &Lease, now: i64, seconds: u32) -> Result<(), SystemError>;
    /// Gives the lease back, if it is held by this holder.
    fn release(&mut self, lease: &Lease) -> Result<(), SystemError>;
}

/// A system behind HTTP, as pure text.
pub trait Protocol: Send + Sync {
    /// What it can do.
    fn capabilities(&self) -> Capabilities;
    /// The HTTP request that an operation is.
    fn request(&self, request: &Request) -> HttpRequest;
    /// What an answer to it means.
    fn read(&self, request: &Request, response: &HttpResponse) -> Result<Answer, Fault>;
    /// The HTTP request that reads the members of an operation as they are now.
    fn probe(&self, request: &Request) -> HttpRequest;
    /// What an answer to it means.
    fn read_probe(&self, request: &Request, response: &HttpResponse) -> Result<Looked, Fault>;
    /// A cursor that reads everything the system holds.
    fn observe(&self) -> Box<dyn Cursor>;
    /// The HTTP request that takes or renews the lease for `seconds`, or gives it back with 0; `None` where
    /// the system has no lease. A refusal is the [`Fault`] that the request ends with.
    fn lease(&self, seconds: u32) -> Option<HttpRequest> {
        let _ = seconds;
        None
    }
    /// How it sends mail; `None` where it sends none.
    fn mailer(&self) -> Option<&dyn Mailer> {
        None
    }
}

/// A system that sends mail, at most once a person and email, as pure text.
pub trait Mailer {
    /// What a mail says of it.
    fn pages(&self) -> &SitePages;
    /// The most recipients of a request.
    fn most(&self) -> usize;
    /// The HTTP request that makes sure of an email; `None` where the system keeps none.
    fn ensure(&self, email: &EmailTarget) -> Option<HttpRequest>;
    /// The HTTP request that reads a page of the marks of an email, behind a place.
    fn marks(&self, email: &EmailKey, after: u64) -> HttpRequest;
    /// What an answer to it means; the error is a sentence.
    fn read_marks(&self, after: u64, response: &HttpResponse) -> Result<MarksPage, String>;
    /// The HTTP request that sends. Repeating it sends nothing twice.
    fn invite(&self, invitation: &Invitation) -> HttpRequest;
    /// What an answer to it means.
    fn read_invite(&self, invitation: &Invitation, response: &HttpResponse) -> Result<InviteAnswer, Fault>;
}

/// A system behind HTTP that said who it is and what its limits are.
#[derive(Clone)]
pub struct Greeted {
    /// Who it says it is.
    pub account: Account,
    /// How to talk to it.
    pub protocol: Arc<dyn Protocol>,
}

/// What a greeting wants next.
pub enum GreetStep {
    /// Send this and come back with the response.
    Send(HttpRequest),
    /// Something in between spoke (a proxy, a maintenance page), and it may pass: ask again. The error is
    /// told where it does not.
    Again(SystemError),
    /// It said who it is.
    Done(Greeted),
}

/// Asks a system who it is and what its limits are, before anything else is asked.
pub trait Greeting: Send {
    /// Takes the last response (`None` at the start, and after [`GreetStep::Again`]) and says what to do
    /// next.
    fn next(&mut self, last: Option<&HttpResponse>) -> Result<GreetStep, SystemError>;
}

/// The site of a run.
pub enum Site {
    /// It carries requests out itself, on a thread of its own.
    Direct(Box<dyn Direct>),
    /// It is behind HTTP.
    Remote(Greeted, Box<dyn Wire>),
}

/// What a cursor wants next.
#[derive(Debug)]
pub enum CursorStep {
    /// Send this and come back with the response.
    Send(HttpRequest),
    /// All is read and proven complete.
    Done(Box<Observed>),
}

/// Reads a system page by page.
pub trait Cursor: Send {
    /// Takes the last response (`None` at the start) and says what to do next.
    fn next(&mut self, last: Option<&HttpResponse>) -> Result<CursorStep, SystemError>;
    /// Done so far and total where known.
    fn progress(&self) -> (u64, Option<u64>);
}

/// Sends one request and waits for its answer, whole. Answers that say by their status that nothing
/// is to be read in them come back as the [`Fault`] they mean.
pub trait Wire: Send + Sync {
    /// Sends.
    fn send<'a>(
        &'a self,
        request: &'a HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, Fault>> + Send + 'a>>;
}

/// How long to wait when a server says "too many requests" and not how long.
const THROTTLED_MS: u64 = 5_000;

/// What a status alone means; `None` where the body is to be read.
pub fn fault_of_status(method: HttpMethod, response: &HttpResponse) -> Option<Fault> {
    let why = || {
        format!(
            "the server answers {}: {}",
            response.status,
            excerpt(&response.body)
        )
    };
    Some(match response.status {
        200..=299 => return None,
        401 | 403 => Fault::Unauthorised { why: why() },
        429 => Fault::Throttled {
            wait_ms: response.retry_after.map_or(THROTTLED_MS, |wait| {
                u64::try_from(wait.as_millis()).unwrap_or(u64::MAX)
            }),
        },
        503 => Fault::Transient { why: why() },
        500..=599 if method == HttpMethod::Get => Fault::Transient { why: why() },
        500..=599 => Fault::Ambiguous { why: why() },
        300..=399 => Fault::Broken {
            why: match &response.location {
                Some(to) => format!(
                    "the server sends on to {}: if that is the right place, write its address as `url`",
                    excerpt(to)
                ),
                None => why(),
            },
        },
        _ => Fault::Broken { why: why() },
    })
}

/// The beginning of a body, for people: one line, no control characters.
fn excerpt(body: &str) -> String {
    const SHOWN: usize = 160;
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let mut text: String = body.trim().chars().take(SHOWN).map(clean).collect();
    if body.trim().chars().nth(SHOWN).is_some() {
        text.push('…');
    }
    if text.is_empty() {
        text.push_str("(nothing)");
    }
    text
}
