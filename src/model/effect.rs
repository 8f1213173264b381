//! The unit of truth: one attribute of one member on one system set to one value.

use std::fmt;

use super::{Account, Change, Email};

/// An effect's id: a hash of account, member, attribute and value. It says what, not when.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EffectId([u8; 16]);

impl EffectId {
    /// The id of what `change` does to `member` on `account`.
    pub fn of(account: &Account, member: &Email, change: &Change) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in [
            account.id.as_str(),
            member.as_str(),
            &change.attribute.to_string(),
            change.after.as_deref().unwrap_or("\u{0}absent"),
        ] {
            hasher.update(part.as_bytes());
            hasher.update(&[0x1f]);
        }
        let mut id = [0; 16];
        id.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        Self(id)
    }

    /// The sixteen bytes.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for EffectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for EffectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
