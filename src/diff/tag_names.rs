//! The plan's tags and the systems' rules for names in; a diagnostic for each name that a system does not take, out.

use super::Observations;
use crate::{
    diagnostics::{Code, Diagnostic},
    model::{ObservedTag, TagName, TagProblem, TagRules},
    wanted::Wanted,
};

/// The names of tags that a system does not take. A tag that exists has a name that its system takes.
pub fn refused_tag_names(wanted: &Wanted, seen: Observations<'_>) -> Vec<Diagnostic> {
    let names = wanted.tags.names();
    let contacts = seen.contacts.map(|contacts| &contacts.tags[..]);
    let mut refused = refused_on("the site", names, &seen.site.tags, seen.site_tag_rules);
    if let Some(there) = contacts {
        refused.extend(refused_on(
            "the contact system",
            names,
            there,
            seen.contact_tag_rules,
        ));
    }
    refused
}

fn refused_on(system: &str, names: &[TagName], there: &[ObservedTag], rules: &TagRules) -> Vec<Diagnostic> {
    let exists = |name: &TagName| there.iter().any(|tag| rules.fold(&tag.name) == rules.fold(name));
    names
        .iter()
        .filter_map(|name| {
            let problem = rules.problem(name).filter(|_| !exists(name))?;
            let (message, remedy) = match problem {
                TagProblem::TooLong(most, unit) => (
                    format!(
                        "the name of the tag \"{name}\" has {} {unit}, and {system} takes at most {most}",
                        unit.count(name.as_str()),
                        unit = unit.word(),
                    ),
                    "Give the tag a shorter name",
                ),
                TagProblem::Forbidden(one) => (
                    format!(
                        "the name of the tag \"{name}\" contains \"{one}\", which {system} does not take"
                    ),
                    "Give the tag another name",
                ),
            };
            Some(Diagnostic::error(Code::BadValue, message).remedy(remedy))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::LengthUnit;

    #[test]
    fn a_name_that_a_system_does_not_take_is_named_unless_the_tag_exists() {
        let rules = TagRules {
            max_length: 4,
            unit: LengthUnit::Bytes,
            forbidden: vec![','],
            ..TagRules::default()
        };
        let names = ["Photo", "a,b", "VIP", "Older"].map(TagName::new);
        let there = [ObservedTag::from_name(TagName::new("Older"))];
        let refused = refused_on("the contact system", &names, &there, &rules);
        let messages: Vec<&str> = refused.iter().map(|one| one.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "the name of the tag \"Photo\" has 5 bytes, and the contact system takes at most 4",
                "the name of the tag \"a,b\" contains \",\", which the contact system does not take",
            ]
        );
    }
}
