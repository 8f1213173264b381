//! What a contact system declares of itself, as data: the words and keys of a plan's `[contacts]` table, the
//! checkpoints that it needs, and what the site's plugin is told. Each system's folder has one declaration; nothing
//! outside that folder names a system.

use super::{CheckpointBefore, ContactSetting, ExternalContacts};

/// What the value of a key of `[contacts]` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactKeyKind {
    /// `{ env = "NAME" }` or `{ file = "path" }`. Never the secret itself.
    Secret,
    /// One line of text.
    Text,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A whole number from `min` to `max`.
    Number {
        /// The smallest that is read.
        min: u64,
        /// The largest that is read.
        max: u64,
    },
    /// A time such as `"5 minutes"`, kept in seconds, of at most `max_seconds`.
    Duration {
        /// The longest that is read.
        max_seconds: u64,
    },
    /// A table of its own, such as `[contacts.limits]`, with these keys. None of them is a secret or a table.
    Table(&'static [ContactKey]),
    /// A table of its own, such as `[contacts.fields]`, whose keys are the plan's names and whose values are lines of text.
    Names,
}

/// A key of `[contacts]` that one system has besides those that all systems have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContactKey {
    /// As a plan writes it.
    pub name: &'static str,
    /// What its value is.
    pub kind: ContactKeyKind,
    /// Whether a plan must have it, or one of the keys that it excludes.
    pub required: bool,
    /// What a plan that leaves it out gets, as a plan writes it without quotes; never of a secret.
    pub default: Option<&'static str>,
    /// Keys that mean the same in another way: a plan has at most one of them.
    pub excludes: &'static [&'static str],
    /// Whether another value means another account, with runs of its own.
    pub names_account: bool,
    /// What it means: a clause for the plan language page and the JSON Schema.
    pub meaning: &'static str,
}

impl ContactKey {
    /// A key that a plan may leave out.
    pub const fn new(name: &'static str, kind: ContactKeyKind, meaning: &'static str) -> Self {
        Self {
            name,
            kind,
            required: false,
            default: None,
            excludes: &[],
            names_account: false,
            meaning,
        }
    }

    /// The value of the default.
    pub fn default_value(&self) -> Option<ContactSetting> {
        let text = self.default?;
        match self.kind {
            ContactKeyKind::Secret | ContactKeyKind::Table(_) | ContactKeyKind::Names => None,
            ContactKeyKind::Text | ContactKeyKind::Choice(_) => Some(ContactSetting::Text(text.to_owned())),
            ContactKeyKind::Number { .. } => text.parse().ok().map(ContactSetting::Number),
            ContactKeyKind::Duration { .. } => seconds(text).map(ContactSetting::Number),
        }
    }
}

/// The seconds of a time such as `5 minutes`.
pub fn seconds(text: &str) -> Option<u64> {
    let (count, unit) = text.trim().split_once(' ')?;
    let unit = match unit.trim().strip_suffix('s').unwrap_or(unit.trim()) {
        "second" => 1,
        "minute" => 60,
        "hour" => 3_600,
        "day" => 86_400,
        _ => return None,
    };
    count.parse::<u64>().ok()?.checked_mul(unit)
}

/// A checkpoint that a system needs, whether or not the plan writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StandingCheckpoint {
    /// Its key; a checkpoint of the same key in the plan replaces it.
    pub key: &'static str,
    /// What a person does.
    pub say: &'static str,
    /// When.
    pub before: CheckpointBefore,
}

/// What a contact system declares of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContactDeclaration {
    /// The word of `[contacts] system`, and of accounts.
    pub keyword: &'static str,
    /// Its name, for people: "the practice CRM".
    pub title: &'static str,
    /// Whether messages, the JSON Schema and the plan language page tell of it. A system for tests alone is read where a
    /// plan names it, and nobody is told that there is one.
    pub listed: bool,
    /// What a plan that leaves `url` out gets; `None` where `url` is required.
    pub default_url: Option<&'static str>,
    /// An example of `url`, for messages.
    pub example_url: &'static str,
    /// The keys of its `[contacts]` table besides `system`, `url`, `share` and `opted_out`.
    pub keys: &'static [ContactKey],
    /// The word that the site's plugin knows it by.
    pub plugin_word: &'static str,
    /// What a person does before contacts are written.
    pub checkpoints: &'static [StandingCheckpoint],
}

impl ContactDeclaration {
    /// The value of a key that is no secret: the plan's, or else the default.
    pub fn setting(&self, target: &ExternalContacts, name: &str) -> Option<ContactSetting> {
        let written = target.settings.get(name).cloned();
        let key = || self.keys.iter().find(|key| key.name == name);
        written.or_else(|| key()?.default_value())
    }
}

/// What reading a plan needs to know of the systems that exist.
#[derive(Debug, Clone, Copy)]
pub struct Declarations {
    /// The contact systems.
    pub contact_systems: &'static [&'static ContactDeclaration],
    /// Keywords of the language whose systems are not built yet.
    pub later_contact_systems: &'static [&'static str],
    /// What a person does where AccessAlly decides access.
    pub accessally_checkpoints: &'static [StandingCheckpoint],
}

impl Declarations {
    /// The contact system with this keyword.
    pub fn contact_system(&self, keyword: &str) -> Option<&'static ContactDeclaration> {
        self.contact_systems
            .iter()
            .find(|system| system.keyword == keyword)
            .copied()
    }

    /// The contact systems that people are told of.
    pub fn listed(&self) -> impl Iterator<Item = &'static ContactDeclaration> + use<> {
        let all = self.contact_systems.iter().copied();
        all.filter(|system| system.listed)
    }

    /// Every key of `[contacts]` that some listed system declares, each once, in the order of the systems.
    pub fn contact_keys(&self) -> Vec<&'static ContactKey> {
        let mut keys: Vec<&ContactKey> = Vec::new();
        for key in self.listed().flat_map(|system| system.keys) {
            if keys.iter().all(|known| known.name != key.name) {
                keys.push(key);
            }
        }
        keys
    }

    /// Every key of a table of `[contacts]`, such as `limits`, that some listed system declares, each once.
    pub fn keys_of_table(&self, name: &str) -> Vec<&'static ContactKey> {
        let mut keys: Vec<&ContactKey> = Vec::new();
        let tables = self.listed().flat_map(|system| system.keys);
        for table in tables.filter(|key| key.name == name) {
            let ContactKeyKind::Table(own) = table.kind else {
                continue;
            };
            for key in own {
                if keys.iter().all(|known| known.name != key.name) {
                    keys.push(key);
                }
            }
        }
        keys
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_and_a_unit() {
        for (text, expected) in [
            ("5 minutes", Some(300)),
            ("1 second", Some(1)),
            (" 2 hours ", Some(7_200)),
            ("1 day", Some(86_400)),
            ("5", None),
            ("5 m", None),
            ("-1 hours", None),
            ("99999999999999999999 days", None),
            ("18446744073709551615 days", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
