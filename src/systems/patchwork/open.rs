//! A plan's `[contacts]` and its secrets in; what talking to the patchwork CRM begins with, out.

use super::{CONVENTIONS, Handshake};
use crate::{
    model::ExternalContacts,
    systems::{OpenedContacts, Secrets, transport::Credentials},
};

/// Opens the patchwork CRM: it takes two secrets, each in a header of its own.
pub(super) fn open(target: &ExternalContacts, secrets: &Secrets) -> OpenedContacts {
    let secret = |key: &str| secrets.get(key).cloned().unwrap_or_default();
    OpenedContacts {
        handshake: Box::new(Handshake::new(&target.url)),
        credentials: Credentials::Headers(vec![
            ("X-Patchwork-App", secret("app_id")),
            ("X-Patchwork-Key", secret("token")),
        ]),
        conventions: CONVENTIONS,
    }
}
