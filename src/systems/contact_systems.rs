//! The list of contact systems. A new one is a folder, and a line here.

use super::{contact_system::ContactSystem, drip, simulated, wordpress};
use crate::model::{ContactDeclaration, Declarations};

/// Every contact system that Rehome can talk to.
pub const CONTACT_SYSTEMS: &[ContactSystem] = &[
    drip::SYSTEM,
    simulated::SYSTEM,
    #[cfg(any(test, feature = "practice-systems"))]
    super::patchwork::SYSTEM,
];

/// Words of the plan language whose systems are not built yet.
const LATER: &[&str] = &["keap", "ontraport", "activecampaign", "kit"];

/// What the systems declare, for the reader of a plan.
pub const DECLARATIONS: &Declarations = &Declarations {
    contact_systems: &DECLARED,
    later_contact_systems: LATER,
    accessally_checkpoints: wordpress::ACCESSALLY_CHECKPOINTS,
};

const DECLARED: [&ContactDeclaration; CONTACT_SYSTEMS.len()] = {
    let mut declared = [CONTACT_SYSTEMS[0].declaration; CONTACT_SYSTEMS.len()];
    let mut index = 0;
    while index < declared.len() {
        declared[index] = CONTACT_SYSTEMS[index].declaration;
        index += 1;
    }
    declared
};

/// The contact system with this keyword.
pub fn contact_system(keyword: &str) -> Option<&'static ContactSystem> {
    CONTACT_SYSTEMS
        .iter()
        .find(|system| system.declaration.keyword == keyword)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ContactKeyKind;

    #[test]
    fn each_keyword_stands_for_one_system() {
        let mut keywords: Vec<&str> = DECLARED.iter().map(|system| system.keyword).collect();
        keywords.extend(LATER);
        keywords.push("managed");
        let all = keywords.len();
        keywords.sort_unstable();
        keywords.dedup();
        assert_eq!(keywords.len(), all);
    }

    /// Two systems may have tables of one name with keys of their own.
    fn is_same(one: ContactKeyKind, other: ContactKeyKind) -> bool {
        let is_table = |kind| matches!(kind, ContactKeyKind::Table(_));
        one == other || (is_table(one) && is_table(other))
    }

    #[test]
    fn a_key_is_of_one_kind_whichever_system_declares_it() {
        let keys = || DECLARED.iter().flat_map(|system| system.keys);
        for key in keys() {
            assert!(
                !["system", "url", "share", "opted_out"].contains(&key.name),
                "every system has {}",
                key.name
            );
            let same_name = keys().filter(|other| other.name == key.name);
            assert!(
                same_name.clone().all(|other| is_same(other.kind, key.kind)),
                "{}",
                key.name
            );
        }
    }
}
