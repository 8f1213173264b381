//! A plan's `[contacts]` and its secrets in; what talking to the practice CRM begins with, out.

use super::{CONVENTIONS, Handshake};
use crate::{
    model::ExternalContacts,
    systems::{OpenedContacts, Secrets, transport::Credentials},
};

/// Opens the practice CRM.
pub(super) fn open(target: &ExternalContacts, secrets: &Secrets) -> OpenedContacts {
    OpenedContacts {
        handshake: Box::new(Handshake::new(&target.url)),
        credentials: secrets
            .get("token")
            .map_or(Credentials::None, |token| Credentials::bearer(token)),
        conventions: CONVENTIONS,
    }
}
