//! The plan's names and the systems' limits in; a diagnostic for each name that a system does not take, out.

use super::Observations;
use crate::{
    diagnostics::{Code, Diagnostic},
    model::{Observed, ObservedTag, TagName, TagRules, TextLimit},
    plan::Plan,
    text::{amount, nearest::show},
    wanted::Wanted,
};

/// The names of offerings, fields and the migration that are too long for a system, and more tags than it keeps. Nothing
/// is written before all of them fit.
pub fn refused_names(plan: &Plan, wanted: &Wanted, seen: Observations<'_>) -> Vec<Diagnostic> {
    let site = &seen.site.name_limits;
    let mut refused = Vec::new();
    for (target, item) in plan.targets.offerings.iter().zip(&plan.offering_items) {
        if !seen.site.offerings.contains_key(&target.key)
            && let Some(diagnostic) = too_long("offering", &target.name, site.offering, "the site")
        {
            refused.push(diagnostic.at(item.span.clone(), "this offering"));
        }
    }
    refused.extend(too_long(
        "migration",
        &plan.targets.migration,
        site.migration,
        "the site",
    ));
    let (fields, system) = match seen.contacts {
        Some(contacts) => (contacts, "the contact system"),
        None => (seen.site, "the site"),
    };
    let names = plan.field_names().into_iter();
    refused
        .extend(names.filter_map(|name| too_long("field", name.as_str(), fields.name_limits.field, system)));
    let names = wanted.tags.names();
    refused.extend(too_many("the site", names, seen.site, seen.site_tag_rules));
    if let Some(contacts) = seen.contacts {
        refused.extend(too_many(
            "the contact system",
            names,
            contacts,
            seen.contact_tag_rules,
        ));
    }
    refused
}

fn too_long(what: &str, name: &str, limit: Option<TextLimit>, system: &str) -> Option<Diagnostic> {
    let limit = limit?;
    let length = limit.exceeded_by(name)?;
    let unit = limit.unit.word();
    let message = format!(
        "the name of the {what} {} has {length} {unit}, and {system} takes at most {}",
        show(name),
        limit.most
    );
    Some(Diagnostic::error(Code::BadValue, message).remedy(format!("Give the {what} a shorter name")))
}

/// More tags than a system keeps.
fn too_many(system: &str, names: &[TagName], there: &Observed, rules: &TagRules) -> Option<Diagnostic> {
    let most = rules.max_count?;
    let exists = |name: &TagName| {
        let same = |tag: &ObservedTag| rules.fold(&tag.name) == rules.fold(name);
        there.tags.iter().any(same)
    };
    let new: Vec<&TagName> = names.iter().filter(|name| !exists(name)).collect();
    let first = new.get(most.saturating_sub(there.tags.len()))?;
    let message = format!(
        "{system} keeps at most {} tags: it has {}, and the plan needs {} more; the first that does not fit is {}",
        amount(most as u64),
        amount(there.tags.len() as u64),
        amount(new.len() as u64),
        show(first.as_str())
    );
    let remedy =
        "Carry over fewer values as tags (`$value`, `$rest`), or delete tags there that are not in use";
    Some(Diagnostic::error(Code::TooMany, message).remedy(remedy))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Account, ObservedBuilder, Side};

    #[test]
    fn a_name_is_measured_in_the_unit_of_the_system() {
        let limit = Some(TextLimit::bytes(4));
        assert!(too_long("field", "über", None, "the site").is_none());
        assert!(too_long("field", "uber", limit, "the site").is_none());
        let refused = too_long("field", "über", limit, "the site").unwrap();
        assert_eq!(
            refused.message,
            "the name of the field `über` has 5 bytes, and the site takes at most 4"
        );
    }

    #[test]
    fn the_first_tag_that_does_not_fit_is_named_and_those_that_exist_need_no_room() {
        let account = Account {
            side: Side::Contacts,
            kind: "example".to_owned(),
            id: "1".to_owned(),
            place: "there".to_owned(),
        };
        let mut there = ObservedBuilder::new(account, 0);
        there.tag("VIP").unwrap();
        let there = there.finish();
        let rules = TagRules {
            max_count: Some(2),
            ..TagRules::default()
        };
        let names = ["VIP", "Gold", "Silver"].map(TagName::new);
        assert!(too_many("the site", &names[..2], &there, &rules).is_none());
        let refused = too_many("the site", &names, &there, &rules).unwrap();
        assert!(
            refused
                .message
                .ends_with("the first that does not fit is `Silver`"),
            "{}",
            refused.message
        );
    }
}
