//! A plan's `[contacts]` and its secrets in; what talking to Kit begins with, out.

use std::collections::BTreeMap;

use super::{CONVENTIONS, DECLARATION, Handshake, chosen::Chosen};
use crate::{
    model::{ContactSetting, ExternalContacts},
    systems::{OpenedContacts, Secrets, transport::Credentials},
};

/// Opens Kit with a key of its API v4, or with the access token of an app.
pub(super) fn open(target: &ExternalContacts, secrets: &Secrets) -> OpenedContacts {
    let setting = |name: &str| DECLARATION.setting(target, name);
    let limits = setting("limits");
    let per_minute = limits
        .as_ref()
        .and_then(|limits| limits.get("per_minute")?.number());
    let names = match setting("fields") {
        Some(ContactSetting::Table(table)) => table,
        _ => BTreeMap::new(),
    };
    let names = names.into_iter().map(|(name, key)| (name, key.to_string()));
    let chosen = Chosen {
        bulk: secrets.contains_key("oauth"),
        per_minute: per_minute.and_then(|number| u32::try_from(number).ok()),
        visible_after_s: setting("visible_after")
            .and_then(|value| value.number())
            .unwrap_or_default(),
        fields: names.collect(),
    };
    let credentials = if let Some(token) = secrets.get("oauth") {
        Credentials::bearer(token)
    } else {
        let key = secrets.get("token").cloned().unwrap_or_default();
        Credentials::Headers(vec![("X-Kit-Api-Key", key)])
    };
    OpenedContacts {
        handshake: Box::new(Handshake::new(&target.url, chosen)),
        credentials,
        conventions: CONVENTIONS,
    }
}
