//! A plan's `[contacts]` and its secrets in; what talking to the patchwork CRM begins with, out.

use super::{CONVENTIONS, DECLARATION, Handshake, handshake::Chosen};
use crate::{
    model::ExternalContacts,
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
    let setting = |name: &str| DECLARATION.setting(target, name);
    let limits = setting("limits");
    let limit = |name: &str| {
        let number = limits.as_ref()?.get(name)?.number()?;
        u32::try_from(number).ok()
    };
    let chosen = Chosen {
        visible_after_s: setting("visible_after")
            .and_then(|value| value.number())
            .unwrap_or_default(),
        per_minute: limit("per_minute"),
        per_day: limit("per_day"),
    };
    OpenedContacts {
        handshake: Box::new(Handshake::new(&target.url, chosen)),
        credentials: Credentials::Headers(vec![
            ("X-Patchwork-App", secret("app_id")),
            ("X-Patchwork-Key", secret(token)),
        ]),
        conventions: CONVENTIONS,
    }
}
