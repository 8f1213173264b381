//! What the plan wants to exist beside members, and where: the part of a plan that a change set
//! carries with it, so that it can be applied without the plan and its sources.

use serde::{Deserialize, Serialize};

use super::{CheckpointKey, Email, EmailKey, OfferingKey, TagKey, TagName};

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
#[serde(tag = "system", rename_all = "kebab-case")]
pub enum ContactsTarget {
    /// The site.
    Managed,
    /// The practice CRM of `rehome simulate`.
    Simulated {
        /// Its base URL.
        url: String,
        /// Its token.
        token: Option<SecretRef>,
        /// Share of the published rate that Rehome may use, in thousandths: 1 to 1000.
        share_permille: u16,
        /// What becomes of people who opted out and are no contacts yet.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        opted_out: Option<OptedOut>,
    },
}

impl ContactsTarget {
    /// Share of the published rate that Rehome may use, in thousandths.
    pub fn share_permille(&self) -> u16 {
        match self {
            Self::Managed => 1_000,
            Self::Simulated { share_permille, .. } => *share_permille,
        }
    }
}

/// What becomes of people who opted out and are no contacts yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OptedOut {
    /// They are made, and marked as opted out.
    Create,
    /// They wait, and are listed.
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

    /// All tags owned, in the order base, instant, revoke, modules.
    pub fn all(&self) -> impl Iterator<Item = &TagName> {
        [&self.base, &self.instant, &self.revoke]
            .into_iter()
            .flatten()
            .chain(&self.modules)
    }
}

/// An offering that shall exist.
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

/// An email that shall exist on the site. Never sent by apply.
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

/// Before which part of the work a checkpoint stands.
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

/// Everything but members: what shall exist, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Targets {
    /// The migration's name; stands as `granted_by` on the site.
    pub migration: String,
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
    /// Goes first.
    pub canary: Option<Email>,
}

impl Targets {
    /// The plan's checkpoints, and before them those that stand without being written: what the systems of the
    /// plan do by themselves, or cannot be asked. One of the same key in the plan takes the place of such a one.
    pub fn all_checkpoints(&self) -> Vec<Checkpoint> {
        let mut standing: Vec<(&str, &str, CheckpointBefore)> = Vec::new();
        if let SiteTarget::WordPress {
            membership: Membership::AccessAlly,
            ..
        } = self.site
        {
            standing.push((
                "maintenance-mode",
                "AccessAlly, Settings, General Setup, Migration Tools: maintenance mode on, so that nobody buys or logs in \
                 while members are moved. Whether it is on cannot be read.",
                CheckpointBefore::Offerings,
            ));
            standing.push((
                "production-site-url",
                "AccessAlly, Developer Tools: on a copy, Production Site URL must be the address of the live site, else the \
                 copy charges cards too. It cannot be read.",
                CheckpointBefore::Offerings,
            ));
        }
        if self.contacts != ContactsTarget::Managed {
            standing.push((
                "automations",
                "Switch off every automation in the contact system that reacts to the tags of this plan: one of them may \
                 create users and send passwords.",
                CheckpointBefore::Contacts,
            ));
        }
        let named = |key: &str| {
            self.checkpoints
                .iter()
                .any(|checkpoint| checkpoint.key.as_str() == key)
        };
        let standing = standing.into_iter().filter(|(key, ..)| !named(key));
        let standing = standing.map(|(key, say, before)| Checkpoint {
            key: CheckpointKey::new(key),
            say: say.to_owned(),
            before,
        });
        standing.chain(self.checkpoints.iter().cloned()).collect()
    }
}
