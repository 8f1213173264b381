//! The form of a system behind HTTP: requests of the run in, exchanges of text out.

use std::sync::Arc;

use super::{Direct, Exchange, Mailer, SystemError, Wire};
use crate::model::{Account, Answer, Capabilities, Looked, Observed, Request};

/// A system behind HTTP, as pure text.
pub trait Protocol: Send + Sync {
    /// What it can do.
    fn capabilities(&self) -> Capabilities;
    /// Carries an operation out. Members that were answered before a request failed keep their outcome: the fault
    /// is then [`Answer::rest`].
    fn carry_out<'a>(&'a self, request: &'a Request) -> Box<dyn Exchange<Answer> + 'a>;
    /// Reads the members of an operation as they are now.
    fn probe<'a>(&'a self, request: &'a Request) -> Box<dyn Exchange<Looked> + 'a>;
    /// Reads everything the system has, proven complete.
    fn observe(&self) -> Box<dyn Exchange<Observed, SystemError>>;
    /// Takes or renews the lease for `seconds`, or gives it back with 0; `None` if the system has no lease.
    fn lease(&self, seconds: u32) -> Option<Box<dyn Exchange<()> + '_>> {
        let _ = seconds;
        None
    }
    /// How it sends email; `None` if it sends none.
    fn mailer(&self) -> Option<&dyn Mailer> {
        None
    }
}

/// A system behind HTTP that said who it is and what its limits are: how a handshake ends.
#[derive(Clone)]
pub struct Session {
    /// Who it says it is.
    pub account: Account,
    /// How to talk to it.
    pub protocol: Arc<dyn Protocol>,
}

/// The site of a run.
pub enum Site {
    /// It carries requests out itself, on a thread of its own.
    Direct(Box<dyn Direct>),
    /// It is behind HTTP.
    Remote(Session, Box<dyn Wire>),
}
