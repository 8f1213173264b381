//! The list of contact systems. A new one is a folder, and a line here.

use super::{contact_system::ContactSystem, drip, keap, kit, simulated, wordpress};
use crate::model::{ContactDeclaration, Declarations};

/// Every contact system that Rehome can talk to.
pub const CONTACT_SYSTEMS: &[ContactSystem] = &[
    simulated::SYSTEM,
    drip::SYSTEM,
    keap::SYSTEM,
    kit::SYSTEM,
    #[cfg(any(test, feature = "practice-systems"))]
    super::patchwork::SYSTEM,
];

/// Words of the plan language whose systems are not built yet.
const LATER: &[&str] = &["ontraport", "activecampaign"];

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
    use crate::model::{ContactKey, ContactKeyKind};

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
            for other in same_name {
                assert!(is_one_kind(key, other), "{}", key.name);
            }
        }
    }

    /// Tables may have different keys; a key that both have is of one kind.
    fn is_one_kind(one: &ContactKey, other: &ContactKey) -> bool {
        match (one.kind, other.kind) {
            (ContactKeyKind::Table(own), ContactKeyKind::Table(others)) => own.iter().all(|key| {
                let mut same = others.iter().filter(|other| other.name == key.name);
                same.all(|other| is_one_kind(key, other))
            }),
            (own, other) => own == other,
        }
    }
}
