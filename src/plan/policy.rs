//! `[members]`, `[policy]`, `[policy.limits]`: what may be changed.

use serde::{Deserialize, Serialize};

/// Who becomes a user.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhoGetsUser {
    /// Who is granted something.
    #[default]
    Granted,
    /// All members.
    All,
    /// No members.
    None,
}

/// Who becomes a contact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhoGetsContact {
    /// Who is granted something.
    #[default]
    Granted,
    /// Who has a value that is mapped to a tag or a grant.
    Mapped,
    /// All members.
    All,
}

/// How a new user logs in. Logins that are there never change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum LoginRule {
    /// By the email address.
    #[default]
    Email,
    /// By the part before the @.
    LocalPart,
    /// By the text of a column. Where it is blank the source does not say.
    Column(super::ColumnUse),
}

/// `[members]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MembersRule {
    /// Who becomes a user.
    pub users: WhoGetsUser,
    /// Who becomes a contact.
    pub contacts: WhoGetsContact,
    /// How new users log in, where their source does not say; never a column.
    pub login: LoginRule,
}

/// What happens to a name or field that has a value already. A blank never overwrites.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExistingFields {
    /// Never written.
    Keep,
    /// Written where it is blank.
    #[default]
    FillBlanks,
    /// Written where it differs.
    Overwrite,
}

/// How many members found on the site may be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UpdateLimit {
    /// A share of them, in whole percent; counted from 10 of them on.
    Percent(u8),
    /// A number of them.
    Count(u64),
}

/// `[policy.limits]`: apply refuses beyond these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Limits {
    /// Members found on the site that are changed.
    pub updates: UpdateLimit,
    /// Members who lose effective access to something.
    pub lost_access: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            updates: UpdateLimit::Percent(30),
            lost_access: 0,
        }
    }
}

/// `[policy]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Policy {
    /// Names and fields that have a value already.
    pub existing_fields: ExistingFields,
    /// Whether a revoke also removes the access tags.
    pub remove_tags: bool,
    /// What apply refuses.
    pub limits: Limits,
    /// Whether a known key with a new address is the same person, so that the address is changed; otherwise blocked.
    pub accept_renames: bool,
}
