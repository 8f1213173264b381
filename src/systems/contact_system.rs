//! A contact system that Rehome can talk to: what it declares of itself, and how it is opened.

use std::{collections::BTreeMap, fmt};

use super::{Conventions, Exchange, Session, SystemError, simulation::Simulate, transport::Credentials};
use crate::model::{ContactDeclaration, ExternalContacts};

/// The secrets of a plan's `[contacts]`, by key.
pub type Secrets = BTreeMap<String, String>;

/// A contact system. Its folder has one of these, and the list of them is in `contact_systems.rs`.
#[derive(Clone, Copy)]
pub struct ContactSystem {
    /// What it declares of itself.
    pub declaration: &'static ContactDeclaration,
    /// How it is opened, for a plan's `[contacts]` and its secrets.
    pub open: fn(&ExternalContacts, &Secrets) -> OpenedContacts,
    /// How it is simulated for a rehearsal (`rehome simulate`); `None` if it cannot be.
    pub simulate: Option<Simulate>,
    /// One without contacts and with a server of its own, for the contract tests.
    #[cfg(test)]
    pub(crate) subject: fn() -> Box<dyn super::contract::subject::Subject>,
}

impl fmt::Debug for ContactSystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContactSystem")
            .field("keyword", &self.declaration.keyword)
            .finish_non_exhaustive()
    }
}

/// What talking to a contact system begins with.
pub struct OpenedContacts {
    /// Asks who it is.
    pub handshake: Box<dyn Exchange<Session, SystemError>>,
    /// Proves who asks.
    pub credentials: Credentials,
    /// How it says that it does not answer, and how fast it may be asked.
    pub conventions: Conventions,
}
