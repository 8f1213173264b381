//! What a difference creates and changes besides members in; its lines out.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use super::view::DifferenceView;
use crate::{
    diff::{OfferingSetup, Setup},
    model::{EmailTarget, OfferingTarget, TagName},
    text::{amount, counted, printable},
};

/// What is created before any member, and what changes on the site.
pub(crate) fn setup_text(view: &DifferenceView<'_>) -> String {
    let mut text = created_first(view);
    text.push_str(&changed(view));
    text
}

/// What is created before any member; an offering's own tags stand beside it.
pub(crate) fn created_first(view: &DifferenceView<'_>) -> String {
    let setup = &view.difference.setup;
    if setup.len() == setup.changed() {
        return String::new();
    }
    let mut text = "Created first\n".to_owned();
    let mut beside: BTreeSet<&TagName> = BTreeSet::new();
    for one in setup.offerings.iter().filter(|one| one.before.is_none()) {
        let tags: Vec<&TagName> = target(view, one)
            .into_iter()
            .flat_map(|target| target.tags.all())
            .filter(|tag| setup.site_tags.contains(tag))
            .collect();
        let names: Vec<String> = tags.iter().map(|tag| quoted(tag.as_str())).collect();
        let with = if names.is_empty() { "" } else { " with the tags " };
        let _ = writeln!(text, "  + offering {}{with}{}", one.key, names.join(", "));
        beside.extend(tags);
    }
    let carried: BTreeMap<&TagName, u64> = view
        .difference
        .carried
        .iter()
        .map(|carried| (&carried.tag, carried.members))
        .collect();
    let own = |tag: &&TagName| !beside.contains(tag) && !carried.contains_key(tag);
    for tag in setup.site_tags.iter().filter(own) {
        let _ = writeln!(text, "  + tag {}", quoted(tag.as_str()));
    }
    text.push_str(&carried_over(setup, &carried));
    if !setup.contact_tags.is_empty() && setup.contact_tags == setup.site_tags {
        let count = counted(setup.contact_tags.len() as u64, "tag");
        let _ = writeln!(text, "  + the same {count} in the contact system");
    } else {
        for tag in setup.contact_tags.iter().filter(|tag| !carried.contains_key(tag)) {
            let _ = writeln!(text, "  + tag {} in the contact system", quoted(tag.as_str()));
        }
    }
    for email in setup.emails.iter().filter(|one| one.before.is_none()) {
        let _ = writeln!(text, "  + email {} (created, not sent)", email.key);
    }
    text.push('\n');
    text
}

/// Offerings and emails of the site that get another form, from what to what.
pub(crate) fn changed(view: &DifferenceView<'_>) -> String {
    let setup = &view.difference.setup;
    if setup.changed() == 0 {
        return String::new();
    }
    let mut text = "Changed on the site\n".to_owned();
    let mut last = false;
    for one in &setup.offerings {
        let (Some(before), Some(after)) = (&one.before, target(view, one)) else {
            continue;
        };
        let what = joined(&offering_changes(before, after));
        let _ = writeln!(text, "  ~ offering {}: {what}", one.key);
        last |= one.closes(after);
    }
    if last {
        text.push_str(
            "    An offering gets its new tags after all members have theirs, so that no one loses access in between.\n",
        );
    }
    for one in &setup.emails {
        let after = view.targets.emails.iter().find(|email| email.key == one.key);
        let (Some(before), Some(after)) = (&one.before, after) else {
            continue;
        };
        let what = joined(&email_changes(before, after));
        let _ = writeln!(text, "  ~ email {}: {what} (changed, not sent)", one.key);
    }
    text.push('\n');
    text
}

fn target<'v>(view: &DifferenceView<'v>, one: &OfferingSetup) -> Option<&'v OfferingTarget> {
    view.targets.offerings.iter().find(|target| target.key == one.key)
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", printable(text))
}

fn joined(parts: &[String]) -> String {
    if parts.is_empty() {
        "other details".to_owned()
    } else {
        parts.join("; ")
    }
}

fn tag(name: Option<&TagName>) -> String {
    name.map_or_else(|| "none".to_owned(), |name| quoted(name.as_str()))
}

fn list<T: std::fmt::Display>(some: &[T]) -> String {
    if some.is_empty() {
        return "none".to_owned();
    }
    let names: Vec<String> = some.iter().map(|one| quoted(&one.to_string())).collect();
    names.join(", ")
}

/// What changes of an offering, one phrase each.
fn offering_changes(before: &OfferingTarget, after: &OfferingTarget) -> Vec<String> {
    let mut parts = Vec::new();
    let mut part = |what: &str, before: String, after: String| {
        if before != after {
            parts.push(format!("{what} {before} -> {after}"));
        }
    };
    part("name", quoted(&before.name), quoted(&after.name));
    let (old, new) = (&before.tags, &after.tags);
    part("base tag", tag(old.base.as_ref()), tag(new.base.as_ref()));
    part(
        "instant tag",
        tag(old.instant.as_ref()),
        tag(new.instant.as_ref()),
    );
    part("revoke tag", tag(old.revoke.as_ref()), tag(new.revoke.as_ref()));
    part("module tags", list(&old.modules), list(&new.modules));
    part("includes", list(&before.includes), list(&after.includes));
    part(
        "kind",
        before.kind.word().to_owned(),
        after.kind.word().to_owned(),
    );
    parts
}

/// What changes of an email, one phrase each.
fn email_changes(before: &EmailTarget, after: &EmailTarget) -> Vec<String> {
    let mut parts = Vec::new();
    if before.subject != after.subject {
        parts.push(format!(
            "subject {} -> {}",
            quoted(&before.subject),
            quoted(&after.subject)
        ));
    }
    if before.body != after.body {
        parts.push("another text".to_owned());
    }
    if before.offerings != after.offerings {
        parts.push(format!(
            "for {} -> {}",
            list(&before.offerings),
            list(&after.offerings)
        ));
    }
    if before.via != after.via || before.per_hour != after.per_hour {
        parts.push("another way or rate of sending".to_owned());
    }
    parts
}

/// More tags that are carried over than these are counted, not named; `--format json` names all.
const CARRIED_NAMED: usize = 20;

/// New tags that take their names from values, those of most members first.
fn carried_over(setup: &Setup, carried: &BTreeMap<&TagName, u64>) -> String {
    let new: BTreeSet<&TagName> = setup.site_tags.iter().chain(&setup.contact_tags).collect();
    let mut new: Vec<(&TagName, u64)> = new
        .into_iter()
        .filter_map(|tag| Some((tag, *carried.get(tag)?)))
        .collect();
    if new.is_empty() {
        return String::new();
    }
    new.sort_by_key(|(_, members)| std::cmp::Reverse(*members));
    let mut text = format!(
        "  + {} carried over from values\n",
        counted(new.len() as u64, "new tag")
    );
    for (tag, members) in new.iter().take(CARRIED_NAMED) {
        let name = printable(tag.as_str());
        let _ = writeln!(text, "      \"{name}\" for {}", counted(*members, "member"));
    }
    if let Some(more) = new.len().checked_sub(CARRIED_NAMED).filter(|more| *more > 0) {
        let _ = writeln!(
            text,
            "      … and {} more: see --format json",
            amount(more as u64)
        );
    }
    text
}
