//! A plan's `[contacts]` and its secrets in; what talking to Keap begins with, out.

use super::{
    CONVENTIONS, DECLARATION, Handshake,
    chosen::{Chosen, Key},
    duplicates::Duplicates,
};
use crate::{
    model::{ContactSetting, ExternalContacts},
    systems::{OpenedContacts, Secrets, transport::Credentials},
};

/// Opens Keap with a personal access token, a service account key, or an OAuth access token.
pub(super) fn open(target: &ExternalContacts, secrets: &Secrets) -> OpenedContacts {
    let setting = |name: &str| DECLARATION.setting(target, name);
    let limits = setting("limits");
    let limit = |name: &str| u32::try_from(limits.as_ref()?.get(name)?.number()?).ok();
    let (key, secret) = match secrets.get("oauth") {
        Some(secret) => (Key::OAuth, Some(secret)),
        None => (Key::Token, secrets.get("token")),
    };
    let names = match setting("fields") {
        Some(ContactSetting::Table(table)) => table,
        _ => std::collections::BTreeMap::new(),
    };
    let names = names.into_iter().map(|(name, label)| (name, label.to_string()));
    let chosen = Chosen {
        key,
        per_second: limit("per_second"),
        per_minute: limit("per_minute"),
        per_day: limit("per_day"),
        visible_after_s: setting("visible_after")
            .and_then(|value| value.number())
            .unwrap_or_default(),
        duplicates: setting("duplicates").and_then(|word| Duplicates::from_word(&word.to_string())),
        fields: names.collect(),
    };
    OpenedContacts {
        handshake: Box::new(Handshake::new(&target.url, chosen)),
        credentials: Credentials::bearer(secret.map_or("", String::as_str)),
        conventions: CONVENTIONS,
    }
}
