//! A plan's `[contacts]` and its secrets in; what talking to Drip begins with, out.

use std::collections::BTreeMap;

use super::{
    CONVENTIONS, DECLARATION, Handshake,
    chosen::Chosen,
    field_names::FieldNames,
    protocol::{BATCHES_AN_HOUR, REQUESTS_AN_HOUR},
};
use crate::{
    model::{ContactSetting, ExternalContacts},
    systems::{OpenedContacts, Secrets, transport::Credentials},
};

/// Opens Drip: the token is the user of Basic authentication, an access token is sent as it is.
pub(super) fn open(target: &ExternalContacts, secrets: &Secrets) -> OpenedContacts {
    let setting = |name: &str| DECLARATION.setting(target, name);
    let limits = setting("limits");
    let limit = |name: &str, published: u32| {
        let number = limits.as_ref().and_then(|limits| limits.get(name)?.number());
        number.map_or(published, |number| u32::try_from(number).unwrap_or(u32::MAX))
    };
    let chosen = Chosen {
        account: setting("account").and_then(text),
        visible_after_s: setting("visible_after")
            .and_then(|value| value.number())
            .unwrap_or_default(),
        per_hour: limit("per_hour", REQUESTS_AN_HOUR),
        batches_per_hour: limit("batches_per_hour", BATCHES_AN_HOUR),
        fields: FieldNames::new(setting("fields").map(names).unwrap_or_default()),
    };
    let credentials = match secrets.get("oauth") {
        Some(access) => Credentials::bearer(access),
        None => Credentials::Basic {
            user: secrets.get("token").cloned().unwrap_or_default(),
            password: String::new(),
        },
    };
    OpenedContacts {
        handshake: Box::new(Handshake::new(&target.url, chosen)),
        credentials,
        conventions: CONVENTIONS,
    }
}

fn text(setting: ContactSetting) -> Option<String> {
    match setting {
        ContactSetting::Text(text) => Some(text),
        ContactSetting::Number(number) => Some(number.to_string()),
        ContactSetting::Table(_) => None,
    }
}

fn names(setting: ContactSetting) -> BTreeMap<String, String> {
    match setting {
        ContactSetting::Table(table) => {
            let names = table.into_iter();
            names.filter_map(|(name, own)| Some((name, text(own)?))).collect()
        }
        ContactSetting::Text(_) | ContactSetting::Number(_) => BTreeMap::new(),
    }
}
