//! A normalised email address: the identity of a member.

use std::{borrow::Borrow, fmt, sync::Arc};

use serde::{Deserialize, Serialize};

/// The longest address a site can hold, in characters after IDNA (the width of `wp_users.user_email`).
pub const MAX_EMAIL_CHARS: usize = 100;

/// A normalised email address: ASCII, lower case, one `@`, a dot in the domain, at most
/// [`MAX_EMAIL_CHARS`] characters. Made from raw text by `people::email`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Email(Arc<str>);

impl Email {
    /// Takes text that is normalised already (from a database, from the normaliser).
    /// `None` if it is not.
    pub fn from_normalised(text: &str) -> Option<Self> {
        let (local, domain) = text.split_once('@')?;
        let shaped = !local.is_empty()
            && !domain.contains('@')
            && domain.contains('.')
            && !domain.starts_with('.')
            && !domain.ends_with('.')
            && text.len() <= MAX_EMAIL_CHARS
            && text
                .bytes()
                .all(|b| b.is_ascii_graphic() && !b.is_ascii_uppercase());
        shaped.then(|| Self(Arc::from(text)))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Email {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Email {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::from_normalised(&text).ok_or_else(|| format!("{text:?} is not a normalised email address"))
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}
