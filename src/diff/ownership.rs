//! A plan and who made what the site has in; what belongs to another migration, and what the site remembers under a
//! name that the plan does not contain, out.

use std::collections::BTreeSet;

use crate::{
    diagnostics::{Code, Diagnostic},
    model::{MigrationNames, Observed, SourceKey, TagName},
    plan::{Plan, TextSpan},
    text::{nearest::show, quoted},
    wanted::Wanted,
};

/// What of the plan belongs to another migration on the site, unless the plan says that it takes it over.
pub fn of_other_migrations(plan: &Plan, wanted: &Wanted, site: &Observed) -> Vec<Diagnostic> {
    let names = plan.targets.names();
    let made_by = &site.made_by;
    let mut found = Vec::new();
    for (target, item) in plan.targets.offerings.iter().zip(&plan.offering_items) {
        let (maker, there) = (
            made_by.offerings.get(&target.key),
            site.offerings.get(&target.key),
        );
        if let (Some(maker), Some(there)) = (other(&names, maker, item.takes_over.as_deref()), there) {
            let what = format!(
                "the offering {} ({})",
                show(target.key.as_str()),
                show(&there.name)
            );
            found.push(refused(
                &what,
                maker,
                &format!("offerings.{}", item.key),
                item.span.clone(),
            ));
        }
    }
    for (target, item) in plan.targets.emails.iter().zip(&plan.email_items) {
        let maker = made_by.emails.get(&target.key);
        if let Some(maker) = other(&names, maker, item.takes_over.as_deref()) {
            let what = format!("the email {}", show(target.key.as_str()));
            found.push(refused(
                &what,
                maker,
                &format!("emails.{}", item.key),
                item.span.clone(),
            ));
        }
    }
    for ((key, name), entry) in plan.targets.tags.iter().zip(&plan.tag_entries) {
        let maker = made_by.tags.get(name);
        if let Some(maker) = other(&names, maker, entry.takes_over.as_deref()) {
            let what = format!("the tag {}", show(name.as_str()));
            found.push(refused(&what, maker, &format!("tags.{key}"), entry.span.clone()));
        }
    }
    found.extend(tags_of_offerings(plan, &names, site));
    found.extend(carried_tags(wanted, &names, site));
    found
}

/// The maker, where it is another migration than this one and than the one that is taken over.
fn other<'m>(names: &MigrationNames, maker: Option<&'m String>, takes_over: Option<&str>) -> Option<&'m str> {
    let maker = maker?.as_str();
    (!names.includes(maker) && takes_over != Some(maker)).then_some(maker)
}

fn refused(what: &str, maker: &str, place: &str, span: TextSpan) -> Diagnostic {
    let message = format!("{what} on the site belongs to the migration {}", show(maker));
    Diagnostic::error(Code::OtherMigration, message)
        .at(span, "the plan would change it")
        .remedy(format!(
            "Use another key or name. If this plan takes it over, write in [{place}]: takes_over = {0}. If it is an \
             earlier name of this migration, write in [migration]: was = [{0}]",
            toml(maker)
        ))
}

/// Tags that an offering of the plan would own and another migration made.
fn tags_of_offerings(plan: &Plan, names: &MigrationNames, site: &Observed) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (target, item) in plan.targets.offerings.iter().zip(&plan.offering_items) {
        // An offering that is refused itself is refused once.
        if other(
            names,
            site.made_by.offerings.get(&target.key),
            item.takes_over.as_deref(),
        )
        .is_some()
        {
            continue;
        }
        for tag in target.tags.all() {
            let maker = site.made_by.tags.get(tag);
            if let Some(maker) = other(names, maker, item.takes_over.as_deref()) {
                let what = format!(
                    "the tag {} of the offering {}",
                    show(tag.as_str()),
                    show(&item.key)
                );
                found.push(refused(
                    &what,
                    maker,
                    &format!("offerings.{}", item.key),
                    item.span.clone(),
                ));
            }
        }
    }
    found
}

/// Tags that take their names from values and by which an offering of another migration gives or takes access.
fn carried_tags(wanted: &Wanted, names: &MigrationNames, site: &Observed) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for carried in &wanted.carried {
        let owner = site.offerings.values().find_map(|offering| {
            let maker = other(names, site.made_by.offerings.get(&offering.key), None)?;
            offering
                .tags
                .all()
                .any(|tag| *tag == carried.tag)
                .then_some((offering, maker))
        });
        if let Some((offering, maker)) = owner {
            let message = format!(
                "the tag {}, which is carried over from a value, belongs to the offering {} of the migration {}",
                show(carried.tag.as_str()),
                show(&offering.name),
                show(maker)
            );
            found.push(Diagnostic::error(Code::OtherMigration, message).remedy(format!(
                "Map this value to something else, or put a text before it: tag = \"Old: $value\". If it is an earlier \
                 name of this migration, write in [migration]: was = [{}]",
                toml(maker)
            )));
        }
    }
    found
}

/// What the site remembers of this migration under keys that the plan does not contain, with the line that keeps each.
pub fn remembered_elsewhere(plan: &Plan, site: &Observed) -> Vec<Diagnostic> {
    let names = plan.targets.names();
    let ours = |maker: &String| names.includes(maker);
    let mut found = Vec::new();
    let known: BTreeSet<_> = plan.targets.offerings.iter().map(|target| &target.key).collect();
    for (key, there) in &site.offerings {
        let made = site.made_by.offerings.get(key).is_some_and(ours);
        if made && !known.contains(key) {
            let tags: BTreeSet<&TagName> = there.tags.all().collect();
            let same = plan.targets.offerings.iter().zip(&plan.offering_items);
            let same = same.into_iter().find(|(target, _)| {
                let new = !site.offerings.contains_key(&target.key);
                new && (target.name == there.name || target.tags.all().any(|tag| tags.contains(tag)))
            });
            let what = format!("the offering {} ({})", show(key.as_str()), show(&there.name));
            let here = same.map(|(_, item)| (item.key.as_str(), item.span.clone()));
            found.push(remembered(&what, "offerings", key.as_str(), here));
        }
    }
    let known: BTreeSet<_> = plan.targets.emails.iter().map(|target| &target.key).collect();
    for (key, there) in &site.emails {
        let made = site.made_by.emails.get(key).is_some_and(ours);
        if made && !known.contains(key) {
            let same = plan.targets.emails.iter().zip(&plan.email_items);
            let same = same.into_iter().find(|(target, _)| {
                !site.emails.contains_key(&target.key)
                    && (target.subject == there.subject || target.body == there.body)
            });
            let what = format!("the email {} ({})", show(key.as_str()), show(&there.subject));
            let here = same.map(|(_, item)| (item.key.as_str(), item.span.clone()));
            found.push(remembered(&what, "emails", key.as_str(), here));
        }
    }
    found.extend(source_keys(plan, site));
    found
}

/// Keys of sources that the plan does not name, while it names one of which the site knows no key yet.
fn source_keys(plan: &Plan, site: &Observed) -> Vec<Diagnostic> {
    let keyed: Vec<_> = plan
        .keyed_sources()
        .filter_map(|at| plan.sources.get(at))
        .collect();
    let knows = |key: &SourceKey| keyed.iter().any(|source| source.site_key() == key);
    let Some(new) = keyed
        .iter()
        .find(|source| site.key_number(source.site_key()).is_none())
    else {
        return Vec::new();
    };
    let left = site.keys.iter().filter(|key| !knows(key));
    left.map(|key| {
        let what = format!("keys of the source {}", show(key.as_str()));
        let here = Some((new.key.as_str(), new.span.clone()));
        remembered(&what, "sources", key.as_str(), here)
    })
    .collect()
}

fn remembered(what: &str, table: &str, old: &str, here: Option<(&str, TextSpan)>) -> Diagnostic {
    let message = format!("the site has {what}, which the plan does not contain");
    let diagnostic = Diagnostic::warning(Code::RememberedElsewhere, message);
    let (key, diagnostic) = match here {
        Some((key, span)) => (key, diagnostic.at(span, "is it this one, under another key?")),
        None => ("KEY", diagnostic),
    };
    diagnostic.remedy(format!(
        "If only its key was changed, write in [{table}.{key}]: was = {}. Otherwise nothing has to be done",
        toml(old)
    ))
}

/// A text as TOML writes it.
fn toml(text: &str) -> String {
    format!("\"{}\"", quoted(text))
}
