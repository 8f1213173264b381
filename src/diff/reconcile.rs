//! A line an offering that a person signs: who holds it at the source, who shall have it, who has it.

use serde::{Deserialize, Serialize};

use crate::model::OfferingKey;

/// People of one offering. Two sums hold: `wanted = already + gain + held_back`, and
/// `today = already + lose + others`; after apply `today - lose + gain` have access.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferingLine {
    /// The offering.
    pub offering: OfferingKey,
    /// Members whom a record grants it, directly or by a bundle.
    pub source: u64,
    /// Those of them who are wanted on the site.
    pub wanted: u64,
    /// Wanted, and have access already.
    pub already: u64,
    /// Wanted, and gain access now.
    pub gain: u64,
    /// Wanted, and cannot have it until somebody decides or mends something.
    pub held_back: u64,
    /// People with access on the site today.
    pub today: u64,
    /// Those of them who lose it now.
    pub lose: u64,
    /// Those of them who keep it though no record grants it: in no source, or not Rehome's to take.
    pub others: u64,
}

impl OfferingLine {
    /// A line of zeros.
    pub fn new(offering: OfferingKey) -> Self {
        Self {
            offering,
            source: 0,
            wanted: 0,
            already: 0,
            gain: 0,
            held_back: 0,
            today: 0,
            lose: 0,
            others: 0,
        }
    }

    /// True when both sums hold.
    pub fn adds_up(&self) -> bool {
        self.wanted == self.already + self.gain + self.held_back
            && self.today == self.already + self.lose + self.others
    }

    /// People with access after apply.
    pub fn after(&self) -> u64 {
        self.today + self.gain - self.lose.min(self.today + self.gain)
    }
}
