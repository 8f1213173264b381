//! What a system takes as names besides those of tags: lengths in its own unit, and characters that it does not take.

use super::LengthUnit;

/// How long a text may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextLimit {
    /// The most.
    pub most: usize,
    /// Of what.
    pub unit: LengthUnit,
}

impl TextLimit {
    /// So many bytes of UTF-8.
    pub const fn bytes(most: usize) -> Self {
        Self {
            most,
            unit: LengthUnit::Bytes,
        }
    }

    /// The length of a text that is too long, with the limit: `510 bytes, and … takes at most 500`.
    pub fn exceeded_by(self, text: &str) -> Option<usize> {
        let length = self.unit.count(text);
        (length > self.most).then_some(length)
    }
}

/// A system's limits for names. `None`: any name fits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NameLimits {
    /// Names of offerings.
    pub offering: Option<TextLimit>,
    /// Names of fields.
    pub field: Option<TextLimit>,
    /// The name of a migration, which is kept with everything that it grants.
    pub migration: Option<TextLimit>,
}

impl NameLimits {
    /// A WordPress site with the companion plugin: what its tables and its contract take.
    pub const WORDPRESS: Self = Self {
        offering: Some(TextLimit::bytes(500)),
        field: Some(TextLimit::bytes(100)),
        migration: Some(TextLimit::bytes(100)),
    };
}
