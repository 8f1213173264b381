//! Targets in; which secret they send to which address, without the secrets, out.

use serde::{Deserialize, Serialize};

use crate::model::{SecretRef, SiteTarget, Targets};

/// A secret and the address that it is sent to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Binding {
    /// Which system, for people.
    pub(crate) system: String,
    /// Its address.
    pub(crate) url: String,
    /// Where the secret is, for people: a variable or a file.
    pub(crate) secret: String,
    /// Whether it is a file.
    pub(crate) file: bool,
}

/// All secrets that these targets ask for.
pub(crate) fn bindings(targets: &Targets) -> Vec<Binding> {
    let new = |system: &str, url: &str, at: &SecretRef| {
        let (secret, file) = match at {
            SecretRef::Env(name) => (format!("the environment variable {name}"), false),
            SecretRef::File(name) => (format!("the file {name}"), true),
        };
        Binding {
            system: system.to_owned(),
            url: url.to_owned(),
            secret,
            file,
        }
    };
    let mut all = Vec::new();
    if let SiteTarget::WordPress {
        url, user, password, ..
    } = &targets.site
    {
        all.push(new(&format!("WordPress, as {user}"), url, password));
    }
    if let Some(contacts) = targets.contacts.external() {
        let secrets = contacts.secrets.values();
        all.extend(secrets.map(|at| new(&contacts.title, &contacts.url, at)));
    }
    all
}
