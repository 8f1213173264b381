//! `[expect]`: the numbers that the consultant knows from elsewhere.

use super::TextSpan;

/// A number, or a range with both ends in it: `412`, `"950..1050"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberRange {
    /// The least.
    pub min: u64,
    /// The most.
    pub max: u64,
    /// Where it is in the plan.
    pub span: TextSpan,
}

impl NumberRange {
    /// True if the number is in the range.
    pub fn holds(&self, number: u64) -> bool {
        (self.min..=self.max).contains(&number)
    }
}

/// What the consultant expects; a miss refuses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expect {
    /// Members wanted: users and contacts.
    pub members: Option<NumberRange>,
    /// People with effective access wanted, bundles included, by index of the offering.
    pub offerings: Vec<(u16, NumberRange)>,
}
