//! A plan's `[contacts]` and its secrets in; what talking to the patchwork CRM begins with, out.

use super::{CONVENTIONS, DECLARATION, Handshake};
use crate::{
    model::{ContactSetting, ExternalContacts},
    systems::{OpenedContacts, Secrets, transport::Credentials},
};

/// Opens the patchwork CRM: it takes two secrets, each in a header of its own.
pub(super) fn open(target: &ExternalContacts, secrets: &Secrets) -> OpenedContacts {
    let secret = |key: &str| secrets.get(key).cloned().unwrap_or_default();
    let token = if secrets.contains_key("oauth") {
        "oauth"
    } else {
        "token"
    };
    let visible_after = match DECLARATION.setting(target, "visible_after") {
        Some(ContactSetting::Number(seconds)) => seconds,
        _ => 0,
    };
    OpenedContacts {
        handshake: Box::new(Handshake::new(&target.url, visible_after.saturating_mul(1_000))),
        credentials: Credentials::Headers(vec![
            ("X-Patchwork-App", secret("app_id")),
            ("X-Patchwork-Key", secret(token)),
        ]),
        conventions: CONVENTIONS,
    }
}
