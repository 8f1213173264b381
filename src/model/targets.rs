//! What the plan wants to exist besides members, and where: the part of a plan that a change set
//! carries with it, so that it can be applied without the plan and its sources.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use serde::{Deserialize, Serialize};

use super::{CheckpointKey, Email, EmailKey, MigrationNames, OfferingKey, TagKey, TagName};

/// Where a secret is found. The secret itself is never part of a plan, a change set or a journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretRef {
    /// An environment variable.
    Env(String),
    /// A file, relative to the plan.
    File(String),
}

/// Where users live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum SiteTarget {
    /// The embedded site: one SQLite file.
    Local {
        /// The file, absolute or relative to the plan's folder.
        path: String,
        /// The site for which it stands in a rehearsal: the limits of that one apply.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        like: Option<SiteLike>,
    },
    /// A WordPress site, written through the companion plugin.
    #[serde(rename = "wordpress")]
    WordPress {
        /// Its address, without a slash at the end.
        url: String,
        /// Who decides access there.
        membership: Membership,
        /// The login of the administrator whose application password is used.
        user: String,
        /// The application password.
        password: SecretRef,
    },
}

/// The site for which the embedded site stands in a rehearsal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SiteLike {
    /// A WordPress site with the companion plugin.
    #[serde(rename = "wordpress")]
    WordPress,
}

/// Who decides access on a WordPress site. Named by the plan and probed before the first write; nothing
/// falls back from one to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Membership {
    /// AccessAlly: offerings and tags are made there and found by name.
    #[serde(rename = "accessally")]
    AccessAlly,
    /// Rehome's own plugin alone.
    Companion,
}

impl Membership {
    /// The word, as plans and the plugin say it.
    pub fn word(self) -> &'static str {
        match self {
            Self::AccessAlly => "accessally",
            Self::Companion => "companion",
        }
    }
}

/// Who owns contacts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContactsTarget {
    /// The site.
    Managed,
    /// A contact system outside.
    External(ExternalContacts),
}

impl ContactsTarget {
    /// The contact system outside; `None` if the site manages contacts.
    pub fn external(&self) -> Option<&ExternalContacts> {
        match self {
            Self::Managed => None,
            Self::External(external) => Some(external),
        }
    }

    /// Share of the published rate that Rehome may use, in thousandths.
    pub fn share_permille(&self) -> u16 {
        self.external().map_or(1_000, |external| external.share_permille)
    }

    /// Who owns the contacts and where, as the folder of the run state is named after it.
    pub fn identity(&self) -> String {
        match self {
            Self::Managed => MANAGED.to_owned(),
            Self::External(external) => external.identity(),
        }
    }

    /// The word by which the site's plugin knows who owns contacts.
    pub fn plugin_word(&self) -> &str {
        match self {
            Self::Managed => MANAGED,
            Self::External(external) => &external.plugin_word,
        }
    }
}

/// The word of plans and of the plugin for contacts that the site manages.
pub const MANAGED: &str = "managed";

/// A contact system outside, as the plan describes it. Which systems there are is declared in their own folders
/// ([`ContactDeclaration`](super::ContactDeclaration)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalContacts {
    /// Its keyword.
    pub system: String,
    /// Its name, for people.
    pub title: String,
    /// Its base URL, without a slash at the end.
    pub url: String,
    /// Where its secrets are, by the plan's key.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub secrets: BTreeMap<String, SecretRef>,
    /// Its other keys, as the plan writes them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub settings: BTreeMap<String, ContactSetting>,
    /// Of these, the keys that say which account it is.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub account_keys: BTreeSet<String>,
    /// Share of the published rate that Rehome may use, in thousandths: 1 to 1000.
    pub share_permille: u16,
    /// What happens to members who opted out and are not contacts yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opted_out: Option<OptedOut>,
    /// The word by which the site's plugin knows it.
    pub plugin_word: String,
}

impl ExternalContacts {
    /// A contact system at an address, for tests and the simulator of runs.
    #[cfg(any(test, feature = "planted-bugs"))]
    pub fn example(url: &str) -> Self {
        Self {
            system: "example".to_owned(),
            title: "the example CRM".to_owned(),
            url: url.to_owned(),
            secrets: BTreeMap::new(),
            settings: BTreeMap::new(),
            account_keys: BTreeSet::new(),
            share_permille: 1000,
            opted_out: None,
            plugin_word: "example".to_owned(),
        }
    }

    /// Which account it is, as far as the plan says: keyword, address, and the settings that name it.
    fn identity(&self) -> String {
        let mut identity = format!("{}\u{1f}{}", self.system, self.url);
        let named = self
            .settings
            .iter()
            .filter(|(key, _)| self.account_keys.contains(*key));
        for (key, setting) in named {
            identity.push_str(&format!("\u{1f}{key}={setting}"));
        }
        identity
    }
}

/// The value of a key that only one contact system has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContactSetting {
    /// A line of text.
    Text(String),
    /// A whole number.
    Number(u64),
    /// A table of its own.
    Table(BTreeMap<String, ContactSetting>),
}

impl ContactSetting {
    /// The number that it is.
    pub fn number(&self) -> Option<u64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(_) | Self::Table(_) => None,
        }
    }

    /// The value of a key, where it is a table.
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Table(table) => table.get(key),
            Self::Text(_) | Self::Number(_) => None,
        }
    }
}

impl fmt::Display for ContactSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
            Self::Table(table) => table
                .iter()
                .try_for_each(|(key, value)| write!(f, "{key}={value};")),
        }
    }
}

/// Whether a text can name a folder, and so a migration or an environment: a name, never a path.
///
/// ```
/// use rehome::model::is_folder_name;
///
/// assert!(is_folder_name("spring-move"));
/// assert!(!["", "..", ".x", "a/b", "a\\b", "c:", "a\n"].into_iter().any(is_folder_name));
/// ```
pub fn is_folder_name(name: &str) -> bool {
    !name.is_empty()
        && name.chars().count() <= 100
        && !name.starts_with('.')
        && !name.contains(|c: char| c.is_control() || matches!(c, '/' | '\\' | ':'))
}

/// What happens to members who opted out and are not contacts yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OptedOut {
    /// They are made, and marked as opted out.
    Create,
    /// They are blocked, and listed.
    Skip,
}

/// What an offering is. Decides nothing yet but how reports name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OfferingKind {
    /// A course.
    Course,
    /// A membership.
    Membership,
    /// Only a bundle of others.
    Bundle,
}

impl OfferingKind {
    /// The word, as plans and sites say it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Course => "course",
            Self::Membership => "membership",
            Self::Bundle => "bundle",
        }
    }
}

/// The tags that an offering owns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferingTags {
    /// Gives access.
    pub base: Option<TagName>,
    /// Gives access to everything at once.
    pub instant: Option<TagName>,
    /// Takes access away, whatever else is held.
    pub revoke: Option<TagName>,
    /// Each opens one module; in their order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modules: Vec<TagName>,
}

impl OfferingTags {
    /// The tag that a grant writes: base, or instant where there is no base tag.
    pub fn grant(&self) -> Option<&TagName> {
        self.base.as_ref().or(self.instant.as_ref())
    }

    /// The tags that give access: base, instant, those of the modules.
    pub fn access(&self) -> impl Iterator<Item = &TagName> {
        [&self.base, &self.instant]
            .into_iter()
            .flatten()
            .chain(&self.modules)
    }

    /// Whether a member has access; `holds` says which tags the member has.
    pub fn give_access(&self, holds: impl Fn(&TagName) -> bool) -> bool {
        self.access().any(&holds) && !self.revoke.as_ref().is_some_and(&holds)
    }

    /// Whether a member with access by these tags may lose it with `new`: an access tag that no longer gives
    /// access, or another revoke tag.
    pub fn lose_to(&self, new: &Self) -> bool {
        let gone = |tag: &TagName| !new.access().any(|other| other == tag);
        self.access().any(gone) || (new.revoke.is_some() && new.revoke != self.revoke)
    }

    /// All tags owned, in the order base, instant, revoke, modules.
    pub fn all(&self) -> impl Iterator<Item = &TagName> {
        [&self.base, &self.instant, &self.revoke]
            .into_iter()
            .flatten()
            .chain(&self.modules)
    }
}

/// An offering that should exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferingTarget {
    /// Its key in the plan.
    pub key: OfferingKey,
    /// Its name on the site.
    pub name: String,
    /// What it is.
    pub kind: OfferingKind,
    /// Keys of the offerings it includes directly.
    pub includes: Vec<OfferingKey>,
    /// The tags it owns.
    pub tags: OfferingTags,
}

/// How an email reaches people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EmailVia {
    /// A tag starts it.
    Tag,
    /// The site sends it.
    Site,
    /// Written to a file.
    File,
}

/// An email that should exist on the site. Never sent by apply.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailTarget {
    /// Its key in the plan.
    pub key: EmailKey,
    /// Offerings whose members it is for.
    pub offerings: Vec<OfferingKey>,
    /// How it is sent.
    pub via: EmailVia,
    /// At most so many an hour.
    pub per_hour: Option<u32>,
    /// Subject, with merge fields as written.
    pub subject: String,
    /// Body in Markdown, with merge fields as written.
    pub body: String,
}

/// The part of the work that a checkpoint precedes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckpointBefore {
    /// Before anything is made.
    Offerings,
    /// Before contacts and users.
    Contacts,
    /// After everything else: before the last verification.
    Verify,
}

/// Work that only a person can do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Its key in the plan.
    pub key: CheckpointKey,
    /// What to do.
    pub say: String,
    /// When.
    pub before: CheckpointBefore,
}

/// Everything but members: what should exist, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Targets {
    /// The migration's name; the site stores it as `granted_by`.
    pub migration: String,
    /// The names that the migration had before, and those of migrations whose place it takes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub was: Vec<String>,
    /// The environment chosen, if any.
    pub environment: Option<String>,
    /// Where users live.
    pub site: SiteTarget,
    /// Who owns contacts.
    pub contacts: ContactsTarget,
    /// In the order of the plan's text.
    pub offerings: Vec<OfferingTarget>,
    /// In the order of the plan's text.
    pub tags: Vec<(TagKey, TagName)>,
    /// In the order of the plan's text.
    pub emails: Vec<EmailTarget>,
    /// In the order of the plan's text.
    pub checkpoints: Vec<Checkpoint>,
    /// What the systems of the plan need a person to do, whether or not the plan writes it. A checkpoint of the plan
    /// with the same key replaces one of these.
    pub standing_checkpoints: Vec<Checkpoint>,
    /// Goes first.
    pub canary: Option<Email>,
}

impl Targets {
    /// The names of the migration, the one that it has now and those that it had.
    pub fn names(&self) -> MigrationNames {
        MigrationNames {
            name: self.migration.clone(),
            was: self.was.clone(),
        }
    }

    /// The checkpoints of the systems that no checkpoint of the plan replaces, then those of the plan.
    pub fn all_checkpoints(&self) -> Vec<Checkpoint> {
        let replaced = |standing: &&Checkpoint| self.checkpoints.iter().any(|own| own.key == standing.key);
        let standing = self
            .standing_checkpoints
            .iter()
            .filter(|standing| !replaced(standing));
        standing.chain(&self.checkpoints).cloned().collect()
    }

    /// The host of the live site, where this is it; `None` for a site on this machine, and for one that the environment
    /// or the first part of the address calls a copy.
    pub fn live_host(&self) -> Option<&str> {
        let SiteTarget::WordPress { url, .. } = &self.site else {
            return None;
        };
        let (_, rest) = url.split_once("://")?;
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let name = match host.strip_prefix('[') {
            Some(inner) => inner.split(']').next().unwrap_or_default(),
            None => host.split(':').next().unwrap_or_default(),
        };
        let loopback = name.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback());
        let last = name.rsplit('.').next().unwrap_or_default();
        let here = loopback || last == "localhost" || last == "test";
        let first = name.split(['.', '-']).next().unwrap_or_default();
        let copy = [self.environment.as_deref().unwrap_or_default(), first]
            .into_iter()
            .any(|word| COPIES.iter().any(|copy| word.eq_ignore_ascii_case(copy)));
        (!here && !copy).then_some(host)
    }
}

/// What a copy of a site is called, as an environment or as the first part of its address.
const COPIES: [&str; 12] = [
    "staging",
    "stage",
    "test",
    "testing",
    "dev",
    "development",
    "local",
    "copy",
    "sandbox",
    "rehearsal",
    "practice",
    "demo",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn live(url: &str, environment: Option<&str>) -> Option<String> {
        let site = SiteTarget::WordPress {
            url: url.to_owned(),
            membership: Membership::Companion,
            user: "ann".to_owned(),
            password: SecretRef::Env("X".to_owned()),
        };
        let targets = Targets {
            was: Vec::new(),
            migration: "move".to_owned(),
            environment: environment.map(str::to_owned),
            site,
            contacts: ContactsTarget::Managed,
            offerings: Vec::new(),
            tags: Vec::new(),
            emails: Vec::new(),
            checkpoints: Vec::new(),
            standing_checkpoints: Vec::new(),
            canary: None,
        };
        targets.live_host().map(str::to_owned)
    }

    #[test]
    fn a_site_is_live_unless_it_is_here_or_is_called_a_copy() {
        let host = "members.lumen.example";
        for environment in [None, Some("live"), Some("production"), Some("anything")] {
            assert_eq!(
                live(&format!("https://{host}/shop"), environment).as_deref(),
                Some(host)
            );
        }
        for (url, environment) in [
            ("https://members.lumen.example", Some("staging")),
            ("https://staging.lumen.example", None),
            ("https://staging-7.lumen.example", None),
            ("http://127.0.0.1:8080", None),
            ("http://[::1]:8080/x", None),
            ("http://localhost", None),
            ("https://lumen.test", None),
        ] {
            assert_eq!(live(url, environment), None, "{url}");
        }
    }
}
