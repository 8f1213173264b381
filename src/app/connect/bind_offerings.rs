//! The offerings of a plan and those that AccessAlly has in; the plan with AccessAlly's own tags, or what is to
//! be made there first, out.

use crate::{
    app::{AppError, PlanFile},
    diff::Setup,
    model::{Membership, Observed, OfferingKey, OfferingTags, OfferingTarget, SiteTarget, Targets},
    plan::{Pattern, Plan},
};

/// Whether offerings and tags are made on the site by a person, and only found by Rehome.
pub(crate) fn binds(plan: &Plan) -> bool {
    finds_offerings(&plan.targets)
}

fn finds_offerings(targets: &Targets) -> bool {
    matches!(
        targets.site,
        SiteTarget::WordPress {
            membership: Membership::AccessAlly,
            ..
        }
    )
}

/// Binds each offering of a plan to the one of the same name on the site.
pub(crate) fn bind(file: &PlanFile, site: &mut Observed) -> Result<PlanFile, AppError> {
    let mut bound = file.clone();
    let mut missing = Vec::new();
    for target in &mut bound.plan.targets.offerings {
        let name = Pattern::fold(&target.name);
        let mut same = site
            .offerings
            .values()
            .filter(|there| Pattern::fold(&there.name) == name);
        let tags = match (same.next(), same.next()) {
            (Some(there), None) => tags_of(target, there),
            (None, _) => Err(format!(
                "the offering \"{}\" does not exist: create it in AccessAlly (or give an offering this name)",
                target.name
            )),
            (Some(_), Some(_)) => Err(format!(
                "two offerings are called \"{}\": rename one of them",
                target.name
            )),
        };
        match tags {
            Ok(tags) => target.tags = tags,
            Err(what) => missing.push(what),
        }
    }
    if !missing.is_empty() {
        return Err(unbound(site, missing));
    }
    use_plan_keys(&bound.plan.targets, site);
    Ok(bound)
}

/// Gives the offerings that AccessAlly has the keys of the plan's offerings of the same names, with AccessAlly's own tags.
/// All others keep their keys, marked where the plan uses the same one. Does nothing on other sites.
pub(crate) fn use_plan_keys(targets: &Targets, site: &mut Observed) {
    if !finds_offerings(targets) {
        return;
    }
    let mut there: Vec<OfferingTarget> = std::mem::take(&mut site.offerings).into_values().collect();
    for target in &targets.offerings {
        let name = Pattern::fold(&target.name);
        let Some(at) = there.iter().position(|there| Pattern::fold(&there.name) == name) else {
            continue;
        };
        let bound = OfferingTarget {
            tags: there.remove(at).tags,
            ..target.clone()
        };
        site.offerings.insert(bound.key.clone(), bound);
    }
    for mut other in there {
        if targets.offerings.iter().any(|target| target.key == other.key) {
            other.key = OfferingKey::new(format!("{} (AccessAlly)", other.key));
        }
        site.offerings.insert(other.key.clone(), other);
    }
}

/// The tags that AccessAlly has for an offering, where they can do what the plan asks of it.
fn tags_of(target: &OfferingTarget, there: &OfferingTarget) -> Result<OfferingTags, String> {
    let (wanted, tags) = (&target.tags, &there.tags);
    let name = &target.name;
    if tags.grant().is_none() {
        return Err(format!(
            "the offering \"{name}\" has no tag there that gives access"
        ));
    }
    if wanted.revoke.is_some() && tags.revoke.is_none() {
        return Err(format!(
            "the offering \"{name}\" has no revoke tag there; if no one should ever lose it, set tags.revoke = false"
        ));
    }
    if wanted.modules.len() != tags.modules.len() {
        return Err(format!(
            "the offering \"{name}\" has {} there and {} in the plan; set modules = {}",
            modules(tags),
            modules(wanted),
            tags.modules.len()
        ));
    }
    Ok(tags.clone())
}

fn modules(tags: &OfferingTags) -> String {
    match tags.modules.len() {
        0 => "no modules".to_owned(),
        1 => "1 module".to_owned(),
        more => format!("{more} modules"),
    }
}

/// Tags that would have to be made on a site where Rehome makes none.
pub(crate) fn check_tags(site: &Observed, setup: &Setup) -> Result<(), AppError> {
    if setup.site_tags.is_empty() {
        return Ok(());
    }
    let missing = setup.site_tags.iter();
    let missing = missing.map(|tag| format!("the tag \"{tag}\" is not in AccessAlly's list of tags"));
    Err(unbound(site, missing.collect()))
}

fn unbound(site: &Observed, what: Vec<String>) -> AppError {
    AppError::Unbound {
        place: site.account.place.clone(),
        what,
    }
}
